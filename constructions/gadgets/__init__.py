"""Lemmas that theorems use: small layers with a claim of their own."""
