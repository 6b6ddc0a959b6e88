"""Hand-built transformer weights that *are* learning algorithms: one theorem a file, exact, and checked by `verify`."""

import sys

from constructions.catalogue import CATALOGUE, get

__all__ = ["CATALOGUE", "get"]

if "IPython" in sys.modules:  # a notebook: records display as block tables
    from constructions.interop.notebook import enable

    _ = enable()
