"""What a search learned, what its early signals were worth, what confirming found; their sections and plots."""
