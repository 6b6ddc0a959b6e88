"""`new`: a commented template of a theorem file, which verifies as it stands."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from constructions.commands.files import check_writable, write
from constructions.commands.misuse import Misuse
from constructions.commands.vocabulary import words_of_the_language

HELP = "write a commented template of a theorem file, which verifies as it stands"
EXAMPLES = f"""examples:
  python -m constructions new my_theorem.py        writes the construction my-theorem
  python -m constructions show my_theorem.py
  python -m verify my_theorem.py

{words_of_the_language()}"""
TEMPLATE = Path(__file__).parent / "template.py.txt"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.py", help="the file to write; the construction is named after it")
    parser.add_argument("--force", action="store_true", help="replace a file that exists")


def run(args: argparse.Namespace) -> str:
    """Write the file and say what to do next."""
    path = Path(args.file)
    name = construction_name(path)
    check_writable(path, args.force)
    text, words = TEMPLATE.read_text(encoding="utf-8"), comment(words_of_the_language())
    write(path, text.format(name=name, constant=name.replace("-", "_").upper(), file=path.name, words=words))
    steps = f"next: python -m constructions show {path}\n      python -m verify {path}"
    return f"wrote the construction {name} to {path}\n{steps}"


def construction_name(path: Path) -> str:
    """my_theorem.py → my-theorem; refuses file names that give no name."""
    name = path.stem.lower().replace("_", "-")
    if path.suffix != ".py" or not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise Misuse(
            f"{path.name!r} names no theorem file: use lower case words joined by underscores, e.g. my_theorem.py"
        )
    return name


def comment(text: str) -> str:
    return "\n".join(f"# {line}".rstrip() for line in text.split("\n"))
