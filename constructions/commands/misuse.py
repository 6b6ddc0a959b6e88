"""The error of every command."""


class Misuse(Exception):
    """A command was asked for something that it cannot do; the text says what to do instead."""
