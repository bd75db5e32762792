"""Checked data files of search_spaces; PROVENANCE.md says where each column comes from."""
