"""Models that are not linear in their weights, trained on the examples in the prompt."""
