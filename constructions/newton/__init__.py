"""Second-order methods: Newton's iteration for an inverse, in context."""
