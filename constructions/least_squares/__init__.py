"""Least squares and ridge regression, solved in context."""
