"""What `python -m verify` can be asked."""

from __future__ import annotations

import argparse
import os
import re
from math import isfinite
from pathlib import Path

from constructions.language import BadConstruction
from verify.limits import Limits

DESCRIPTION = """\
Judge constructions: is the network the algorithm?

Standings: proved (no sampling, no probability), certified (an explicit failure probability, or a rigorous bound at
points), tested (finitely many points), undecided (the reason is given), refuted (with a counterexample).
Exit status: 0 when every claim is proved or certified (or the record accepts "tested") and every near miss is refuted,
1 when something does not stand, or a certificate differs, 2 for misuse, 130 when interrupted."""

EXAMPLES = """\
examples:
  python -m verify                                the whole catalogue
  python -m verify gd-step --explain              what was compared with what, and what blocked a stronger verdict
  python -m verify my_theorem.py --sizes d_x=3,n=7
  python -m verify gd-steps --figures figures     the verdict, and figures in figures/gd-steps
  python -m verify --certificate catalogue.json   write down what was claimed and found
  python -m verify --check catalogue.json         repeat it, and name the first field that differs
  python -m verify --json | python -m json.tool"""

JUDGING = (
    (("--sizes",), "d_x=3,n=7", "fix sizes; the others keep their three assignments of distinct primes"),
    (("--method",), "METHOD", "run only this method; may be repeated (see --list-methods)"),
    (("--seed",), "NUMBER", "move every random point (default 0)"),
)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        "python -m verify",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawTextHelpFormatter,
        allow_abbrev=False,
    )
    names = "constructions by name or tag, or files that define some (default: the catalogue)"
    _ = p.add_argument("what", nargs="*", metavar="NAME|FILE.py", help=names)
    kinds: dict[str, dict] = {"--sizes": {"default": ""}, "--method": {"action": "append", "default": []}}
    for flags, metavar, text in JUDGING:
        _ = p.add_argument(*flags, metavar=metavar, help=text, **kinds.get(flags[0], {"type": int, "default": 0}))
    add_printing(p)
    add_running(p)
    return p


def add_printing(p: argparse.ArgumentParser) -> None:
    group = p.add_argument_group("what is printed and written")
    text = "say for every verdict what was compared with what, and why it is not stronger"
    _ = group.add_argument("--explain", action="store_true", help=text)
    _ = group.add_argument(
        "--json", action="store_true", help="print one JSON list with an object for each construction"
    )
    text = "also write that list to a file, while the table is printed"
    _ = group.add_argument(
        "--save", dest="list_file", type=Path, metavar="FILE", help=text
    )  # nnsight gives every object a `save`
    text = "draw every construction into DIR/NAME: SVG and PNG, their data as CSV, and alt text"
    _ = group.add_argument("--figures", type=Path, metavar="DIR", help=text)
    _ = group.add_argument("--list-methods", action="store_true", help="say what there is for --method, and stop")
    either = group.add_mutually_exclusive_group()
    text = "write what was claimed, of which network, and what was found"
    _ = either.add_argument("--certificate", type=Path, metavar="FILE", help=text)
    text = (
        "repeat what a certificate describes, and name the first field that differs;\nnames and files replace its own"
    )
    _ = either.add_argument("--check", type=Path, metavar="FILE", help=text)


def add_running(p: argparse.ArgumentParser) -> None:
    group = p.add_argument_group("how it is run: every construction in a process of its own")
    text = f"processes at a time (default {cores()}, the cores here); 1 judges in this process, without limits"
    _ = group.add_argument("--jobs", type=at_least_one, metavar="N", help=text)
    default = Limits()
    text = f"for one construction (default {default.seconds:g})"
    _ = group.add_argument("--time-limit", type=positive_number, metavar="SECONDS", help=text)
    text = f"of address space for one construction (default {default.mebibytes})"
    _ = group.add_argument("--memory-limit", type=at_least_one, metavar="MIB", help=text)


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def at_least_one(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number ≥ 1, got {text!r}")
    return int(text)


def positive_number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not isfinite(value) or not 0 < value <= 10**8:
        raise argparse.ArgumentTypeError(f"expected a number of seconds above 0, got {text!r}")
    return value


def parse_sizes(text: str) -> dict[str, int]:
    """ "d_x=3,n=7" as {"d_x": 3, "n": 7}."""
    sizes = {}
    for part in filter(None, text.split(",")):
        name, equals, value = part.partition("=")
        if not equals or not re.fullmatch(r"\s*[0-9]{1,12}\s*", value) or int(value) < 1:
            raise BadConstruction(f"--sizes takes NAME=NUMBER pairs such as d_x=3,n=7 with numbers ≥ 1; got {part!r}")
        sizes[name.strip()] = int(value)
    return sizes


def contradictions(options: argparse.Namespace) -> str:
    """What cannot be asked together, as a sentence; "" if nothing is wrong."""
    if options.jobs == 1 and (options.time_limit or options.memory_limit):
        return "limits need a process of their own: leave --jobs 1 out, or ask for 2 or more"
    if options.check and (options.sizes or options.method or options.seed or options.explain):
        return "--check repeats the sizes, methods and seed of the certificate; leave --sizes, --method, --seed and --explain out"
    if options.check and options.figures:
        return "--check repeats what a certificate says and draws nothing: leave --figures out"
    return ""
