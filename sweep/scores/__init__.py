"""From records to a tidy frame, to groups, to the one mean of scores, to the leaderboard."""
