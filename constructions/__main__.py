"""`python -m constructions`: look at theorems, watch them run, and run them on your own data."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from constructions.commands import export, new, show, trace
from constructions.commands import list as list_command
from constructions.commands.compare import command as compare
from constructions.commands.misuse import Misuse
from constructions.commands.options import file_of
from constructions.commands.predict import command as predict
from constructions.language import BadConstruction, BadNetwork, ForwardClosed, UnknownName, WrongData, WrongQuantifier
from constructions.language.boxes import OutOfDomain
from constructions.language.quantifier import offer
from constructions.language.stream import UnknownRegister
from constructions.loading import CannotLoad, line_in, what_went_wrong
from constructions.matrix import MatrixError, NeedsNumber, Pole, ShapeMismatch, Unsupported
from constructions.views.drawing import NothingToDraw

COMMANDS = {
    "list": list_command,
    "show": show,
    "trace": trace,
    "predict": predict,
    "compare": compare,
    "export": export,
    "new": new,
}
REFUSALS = (
    Misuse, NothingToDraw, CannotLoad, UnknownName, UnknownRegister, WrongData, WrongQuantifier, BadConstruction, BadNetwork,
    ForwardClosed, MatrixError, NeedsNumber, OutOfDomain, Pole, ShapeMismatch, Unsupported,
)  # fmt: skip
EPILOG = """examples:
  python -m constructions list
  python -m constructions show gd-step
  python -m constructions trace gd-step
  python -m constructions predict gd-step --train train.csv --target y --query query.csv --set eta=0.05
  python -m constructions compare ridge-closed-form ridge ols --set lam=1/4
  python -m constructions export gd-steps --output gd-steps
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
    """Run one command; 0 when it worked, 2 for misuse, 130 when it was interrupted; messages go to stderr."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Greek letters shows ? for them
    try:
        return _run(argv)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _run(argv: Sequence[str] | None) -> int:
    args = None
    try:
        check_command(sys.argv[1:] if argv is None else argv)
        args = parser().parse_args(argv)
        text = COMMANDS[args.command].run(args)
    except SystemExit as stop:  # argparse: --help or a word that it does not know
        return int(stop.code or 0)
    except REFUSALS as refusal:
        return _refuse(refusal)
    except MemoryError as error:
        return _refuse(_too_large(sys.argv[1:] if argv is None else argv, error))
    except Exception as error:
        file = file_of(getattr(args, "name", ""))
        if file is None or not line_in(error, file):
            raise
        return _refuse(f"{file} cannot be run: {what_went_wrong(error, file)}")
    try:
        print(text, flush=True)
    except BrokenPipeError:  # `| head` closed the pipe
        _ = os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def check_command(words: Sequence[str]) -> None:
    """Refuse a command that there is not, with the nearest ones that there are."""
    if words and not words[0].startswith("-") and words[0] not in COMMANDS:
        raise Misuse(f"no command is called {words[0]!r}; {offer(words[0], COMMANDS)}")


def _too_large(words: Sequence[str], error: MemoryError) -> str:
    why = f" ({text})" if (text := str(error).rstrip(".")) else ""
    return f"{' '.join(words)} does not fit into memory{why}; take smaller sizes"


def _refuse(reason: object) -> int:
    print(f"error: {reason}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
