"""From an arm or a searched point to a planned trial."""
