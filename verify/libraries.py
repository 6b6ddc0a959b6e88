"""The libraries that the verifier stands on, and what to type where one of them is not installed."""

from constructions.interop import need

LIBRARIES = ("flint", "hypothesis", "rich", "sympy")


def require() -> None:
    """Nothing, or MissingLibrary with the command that installs what is missing."""
    for library in LIBRARIES:
        need(library, "verify", "the verifier")
