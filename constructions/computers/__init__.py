"""Loops that are computers: a program in the prompt, one instruction a pass."""
