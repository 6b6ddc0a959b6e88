"""`trace`: a small prompt on its way through the network, layer by layer, with the textbook beside it."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from constructions.commands.cautions import warn
from constructions.commands.files import check_figure, writing
from constructions.commands.options import NAMED, find, name_of_claim, settings
from constructions.language import at
from constructions.language.extent import check_extent
from constructions.views.text import as_json
from constructions.views.trace.drawn import traced
from constructions.views.trace.page import page
from constructions.views.trace.record import record
from constructions.views.trace.sample import drawn_parameters, small_sizes

HELP = "watch a small prompt run: the residual stream of every layer, and the weights that stand in it"
EXAMPLES = """examples:
  python -m constructions trace gd-step
  python -m constructions trace gd-steps --set steps=8
  python -m constructions trace raw-sgd --model
  python -m constructions trace gd-steps --set steps=8 --set n=3 --set eta=1/4 --seed 2 --figure descent.svg

The prompt is small (d_x = 2, d_y = 1, n = 4 unless --set says otherwise) and drawn from small integers, inside the box of
a claim that has one; --seed N draws another. Everything is computed in exact rationals and shown in short decimals;
"equal" is said of equal rationals only.
The weights in the stream are read, not assumed. Where the record names the model (w), they are the newest w that is found
there after every layer. Elsewhere column k is what the readout answers at that layer when the query is the unit vector
e_k, and where the answer to one more query is not what these add up to, no weights are shown.

Where is the linear model? Quantities that the record names (w, A⁻¹, …), the iterates of its invariant, XᵀX and XᵀY are
looked for in every register, in one column or spread over several, transposed or not, up to a constant factor. In a network
that is near the algorithm only (raw-sgd-step@GeLU), they are looked for within a gap that the page names.

In --json a number is an integer, a string such as "1/3" (exact), or a float where the network has no exact value."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help=NAMED)
    parser.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a size (steps=8) or an exact parameter (eta=1/4)",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which prompt to draw (default 0)")
    parser.add_argument(
        "--model", action="store_true", help="where the linear model stands, without the stream of every layer"
    )
    parser.add_argument("--json", action="store_true", help="the same as one JSON object")
    parser.add_argument(
        "--figure", metavar="FILE.svg", help="draw loss, weights and where they stand, by layer (needs matplotlib)"
    )


def run(args: argparse.Namespace) -> str:
    """The page, or its content as JSON; with --figure a drawing too."""
    construction = find(args.name)
    sizes, parameters = settings(construction, args.set)
    sizes = small_sizes(construction, sizes)
    check_extent(construction, sizes)
    drawn = drawn_parameters(construction, sizes, parameters, args.seed)
    if args.figure:
        check_figure(Path(args.figure))
    instance = at(construction, sizes, parameters | drawn)
    data, made = traced(instance, args.seed)
    if args.figure:
        from constructions.views.trace.figure import draw

        with writing(Path(args.figure)):
            draw(made, Path(args.figure))
    notes = [f"{', '.join(drawn)} drawn from small integers; give your own with --set"] if drawn else []
    warn(construction, instance, {name: np.array(rows, dtype=np.float64) for name, rows in data.items()}, notes)
    label = name_of_claim(args.name, construction)
    return as_json(record(made, args.seed, label)) if args.json else page(made, args.seed, args.model, label)
