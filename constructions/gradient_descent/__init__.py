"""Linear regression by gradient descent, learned in context."""
