"""What a search is asked, told and may look at."""
