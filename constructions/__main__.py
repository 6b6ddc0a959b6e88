"""`python -m constructions`: look at theorems, watch them run, and run them on your own data."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from constructions.commands import listing, new, predict, show, trace
from constructions.commands.options import Misuse
from constructions.language import BadConstruction, BadNetwork, ForwardClosed, UnknownName, WrongData, WrongQuantifier
from constructions.language.stream import UnknownRegister
from constructions.matrix import MatrixError, NeedsNumber, Pole, ShapeMismatch, Unsupported

COMMANDS = {"list": listing, "show": show, "trace": trace, "predict": predict, "new": new}
REFUSALS = (
    Misuse, UnknownName, UnknownRegister, WrongData, WrongQuantifier, BadConstruction, BadNetwork, ForwardClosed,
    MatrixError, NeedsNumber, Pole, ShapeMismatch, Unsupported,
)  # fmt: skip
EPILOG = """examples:
  python -m constructions list
  python -m constructions show gd-step
  python -m constructions trace gd-step
  python -m constructions predict gd-step --train train.csv --target y --query query.csv --set eta=0.05
  python -m constructions new my_theorem.py

Each command has its own --help. Whether a theorem holds is for `python -m verify NAME` to say."""


def parser() -> argparse.ArgumentParser:
    plain = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser(
        prog="python -m constructions", description=__doc__, epilog=EPILOG, formatter_class=plain
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
        added = commands.add_parser(
            name, help=module.HELP, description=module.HELP, epilog=module.EXAMPLES, formatter_class=plain
        )
        module.add_arguments(added)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it worked, 2 for misuse, with one message on stderr and nothing on stdout."""
    try:
        args = parser().parse_args(argv)
        text = COMMANDS[args.command].run(args)
    except SystemExit as stop:  # argparse: --help or a word that it does not know
        return int(stop.code or 0)
    except REFUSALS as refusal:
        print(f"error: {refusal}", file=sys.stderr)
        return 2
    try:
        print(text, flush=True)
    except BrokenPipeError:  # `| head` closed the pipe
        _ = os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
