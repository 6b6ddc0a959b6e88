"""`python -m verify`: options, processes with limits, displays and certificates."""
