"""A plan on Ray: session, searcher, scheduler, and the callbacks of records and progress."""
