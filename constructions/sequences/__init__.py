"""Sequences of symbols: counting and copying in context."""
