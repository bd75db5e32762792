"""A folder of data as it lies on disk: read, checked and digested."""
