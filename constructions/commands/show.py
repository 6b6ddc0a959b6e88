"""`show`: one theorem on a page: statement, stream, prompt, and every weight matrix as a block table."""

from __future__ import annotations

import argparse

from constructions.commands.misuse import Misuse
from constructions.commands.options import NAMED, find, require_parameters, settings, takes
from constructions.commands.patience import patience
from constructions.language import Construction, at
from constructions.language.extent import check_extent
from constructions.views.text import as_json
from constructions.views.theorem.blocks import numbers
from constructions.views.theorem.layers import layer_records
from constructions.views.theorem.letters import symbolic
from constructions.views.theorem.page import page
from constructions.views.theorem.record import record

HELP = "one theorem: statement, stream, prompt, and every weight matrix with named registers on both axes"
EXAMPLES = """examples:
  python -m constructions show gd-step                         the weights in letters, for all sizes
  python -m constructions show gd-step --sizes d_x=2,n=4       some sizes as numbers
  python -m constructions show gd-step --numbers --set d_y=1 --set eta=1/2 --set 'W_0=[[1,0,"1/3"]]'
  python -m constructions show my_theorem.py                   a construction of your own

A zero block is printed as ·"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help=NAMED)
    parser.add_argument("--sizes", metavar="d_x=3,n=4", default="", help="sizes to show as numbers instead of letters")
    parser.add_argument(
        "--set", metavar="NAME=VALUE", action="append", default=[], help="with --numbers: a size or an exact parameter"
    )
    parser.add_argument(
        "--numbers", action="store_true", help="dense weight matrices as numbers, at the sizes and parameters"
    )
    parser.add_argument("--json", action="store_true", help="the same as one JSON object; entries are strings")


def run(args: argparse.Namespace) -> str:
    """The page, or its content as JSON."""
    construction = find(args.name)
    with patience("building the network"):
        return _shown(construction, args)


def _shown(construction: Construction, args: argparse.Namespace) -> str:
    words = [word for word in args.sizes.split(",") if word.strip()]
    for word in words:
        if word.partition("=")[0].strip() in construction.parameters:
            raise Misuse(
                f"--sizes takes sizes, and {word} is a parameter: use --numbers --set {word}\n{takes(construction)}"
            )
    sizes, parameters = settings(construction, [*words, *args.set])
    if parameters and not args.numbers:
        raise Misuse(
            f"--set {next(iter(parameters))}=… puts a number in for a parameter: add --numbers, or leave it out to see "
            "letters"
        )
    check_extent(construction, construction.with_sizes(sizes))
    shown = symbolic(construction, sizes)
    layers = layer_records(shown.instance.network)
    if args.numbers:
        require_parameters(construction, parameters)
        layers = layer_records(at(construction, sizes, parameters).network, numbers)
    if args.json:
        return as_json(record(construction, shown, layers))
    return page(construction, shown, layers)
