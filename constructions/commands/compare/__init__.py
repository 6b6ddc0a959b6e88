"""`compare`: two learners on linear tasks that neither has seen."""
