"""Which learner to believe, from its predictions on validation examples in the prompt."""
