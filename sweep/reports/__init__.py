"""Reports: records -> tidy frame -> groups of languages -> leaderboard and stage times -> Markdown, CSV, LaTeX.

Everything is computed from the records, so a report can be made again at any time.
"""
