"""Classifiers, trained on the examples in the prompt."""
