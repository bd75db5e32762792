"""Searching without training: functions that searchers are compared on, and the loop that replays a search on them."""
