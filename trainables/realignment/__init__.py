"""Realignment of an encoder on English-X sentence pairs."""
