"""A small prompt on its way through a network, and the linear model that is trained there."""
