"""Hand-built transformer weights that *are* learning algorithms: one theorem a file, exact, and checked by `verify`."""

from constructions.catalogue import CATALOGUE, get

__all__ = ["CATALOGUE", "get"]
