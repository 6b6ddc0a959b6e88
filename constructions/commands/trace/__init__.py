"""`trace`: a small prompt on its way through a network."""
