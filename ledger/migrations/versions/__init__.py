"""One file a step, one head; a step once published is never changed."""
