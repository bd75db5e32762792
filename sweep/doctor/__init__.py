"""`realign-sweep doctor`: looks for what would stop a sweep on this machine or cluster, and says what to do.

Nothing is trained, fetched or left behind. Each module looks at one side; `examine` puts their findings together.
"""
