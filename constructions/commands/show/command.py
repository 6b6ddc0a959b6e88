"""`show`: one theorem on a page: statement, stream, prompt, and every weight matrix as a block table."""

from __future__ import annotations

import argparse
from typing import Any

from constructions.commands.list import record as listing_record
from constructions.commands.misuse import Misuse
from constructions.commands.options import NAMED, find, require_parameters, settings, takes
from constructions.commands.patience import patience
from constructions.commands.show.blocks import numbers
from constructions.commands.show.layers import layer_records, plain_layer
from constructions.commands.show.letters import Shown, symbolic
from constructions.commands.show.page import page
from constructions.commands.show.prompt import prompt_record
from constructions.commands.show.quantifier import quantifier
from constructions.commands.show.source import algorithm_source
from constructions.commands.text import as_json, size_text
from constructions.language import Construction, NearMiss, Parameter, at
from constructions.language.extent import check_extent

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


def record(construction: Construction, shown: Shown, layers: list[dict[str, Any]]) -> dict[str, Any]:
    """Everything that the page holds, as plain data."""
    line, uniform = quantifier(construction)
    return {
        **listing_record(construction),
        "statement": construction.statement,
        "quantifier": line,
        "uniformity": uniform,
        "claims": [claim.text for claim in construction.claims],
        "sizes": dict(construction.sizes),
        "shown_at": dict(shown.numbers),
        "parameters": {name: _parameter(parameter) for name, parameter in construction.parameters.items()},
        "stream": {name: size_text(width) for name, width in shown.instance.network.stream.registers.items()},
        **prompt_record(shown.instance),
        "layers": [*map(plain_layer, layers)],
        "algorithm": algorithm_source(construction.algorithm),
        "near_misses": {name: _near_miss(miss) for name, miss in construction.near_misses.items()},
        "resources": dict(construction.resources),
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    default = None if parameter.default is None else str(parameter.default)
    return {"shape": list(parameter.shape), "default": default, "meaning": parameter.meaning}


def _near_miss(miss: NearMiss) -> dict[str, str]:
    return {"because": miss.because, "source": f"{miss.source.key}, {miss.source.where}" if miss.source else ""}
