"""The paper's scores as records, and their section of a report."""
