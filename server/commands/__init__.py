"""What each command of the launcher does. Each imports what it needs when it is run, so that all start quickly."""
