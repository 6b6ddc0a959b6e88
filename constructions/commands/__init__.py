"""The commands of `python -m constructions`, one a file."""
