"""Without labels: what is learned in context from inputs alone."""
