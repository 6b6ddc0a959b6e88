"""Reinforcement learning in context: the value of states from transitions in the prompt."""
