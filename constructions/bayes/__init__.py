"""Posterior means and decisions, from examples in the prompt."""
