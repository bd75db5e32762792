"""How far apart languages are: matrices, their sources, URIEL, genealogy, geography and scripts."""
