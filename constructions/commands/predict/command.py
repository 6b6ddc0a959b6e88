"""`predict`: rows of CSV files become a prompt; the frozen network runs in float64 with the textbook beside it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from constructions.commands.cautions import say, warn
from constructions.commands.files import check_writable, write
from constructions.commands.misuse import Misuse
from constructions.commands.options import NAMED, find, require_parameters, settings
from constructions.commands.predict.data import training_data
from constructions.commands.predict.passes import Passes
from constructions.commands.predict.predictions import as_csv, as_records, as_table, rows_of
from constructions.commands.predict.roles import check_readout, roles_of, sizes_of
from constructions.language import Construction
from constructions.language.boxes import check_boxes
from constructions.language.extent import FLOATS, check_extent
from constructions.views.text import as_json

HELP = "run a frozen network on CSV files, and the textbook algorithm beside it"
EXAMPLES = """examples:
  python -m constructions predict gd-step --train train.csv --target y --query query.csv --set eta=0.05
  python -m constructions predict gd-steps --train train.csv --target y --query query.csv \\
      --set eta=0.05 --set steps=100 --standardize --intercept --output predictions.csv
  python -m constructions predict gd-step --train train.csv --target y z --query query.csv --json

The training file has a header; every column that is not a target is an input. The query file has the same inputs; a
target column in it is ignored. There is no intercept unless --intercept adds a column of ones. --standardize takes mean
and standard deviation (divisor n) of the training inputs for both files; targets are never changed. Sizes come from the
files.

Table and --output have one line per query row, with network, algorithm and difference = network − algorithm. --json
prints one list with an object per query row: `network`, `algorithm` and `difference` are numbers for one target, and
objects from target name to number for several."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    def add(word: str, **options: Any) -> None:
        parser.add_argument(word, **options)

    add("name", metavar="NAME", help=f"{NAMED}; its data must be X, Y and X_q")
    add("--train", metavar="FILE.csv", required=True, help="the examples: inputs and targets")
    columns = "the columns of the training file to predict"
    add("--target", metavar="COLUMN", nargs="+", action="extend", required=True, help=columns)
    add("--query", metavar="FILE.csv", required=True, help="the rows to predict for")
    setting = "an exact parameter (eta=0.05 means 1/20) or a size"
    add("--set", metavar="NAME=VALUE", action="append", default=[], help=setting)
    deviation = "inputs minus training mean, divided by training standard deviation"
    add("--standardize", action="store_true", help=deviation)
    add("--intercept", action="store_true", help="add a column of ones to the inputs (after standardizing)")
    add("--output", metavar="FILE.csv", help="also write the predictions to a CSV file")
    add("--force", action="store_true", help="let --output replace a file that exists (never --train or --query)")
    add("--json", action="store_true", help="print one list with an object per query row")


@np.errstate(all="ignore")  # an overflow ends in inf or NaN, which is refused below with a sentence
def run(args: argparse.Namespace) -> str:
    """The table of predictions, or the list as JSON."""
    construction = find(args.name)
    roles = roles_of(construction)
    sizes, parameters = _settings(construction, roles, args.set)
    if args.output:
        check_writable(Path(args.output), args.force, (args.train, args.query))
    data = training_data(args.train, args.query, args.target, args.standardize, args.intercept)
    sizes |= sizes_of(construction, roles, data)
    check_extent(construction, construction.with_sizes({**sizes, roles["m"]: 1}), FLOATS)
    passes = Passes(construction, {**sizes, roles["m"]: len(data.X_q)}, roles["m"], parameters)
    say(
        [_used(construction, sizes, roles["m"], args.set), *data.notes]
    )  # before a network is built, which may take long
    check_readout(passes.first)
    check_boxes(passes.first, {"X": data.X, "Y": data.Y, "X_q": data.X_q})
    warn(construction, passes.first, {"X": data.X, "Y": data.Y, "X_q": data.X_q})
    rows = rows_of(*passes.both(data))
    if args.output:
        write(Path(args.output), as_csv(rows, data.targets))
    if args.json:
        return as_json(as_records(rows, data.targets))
    return as_table(rows, data.targets)


def _settings(construction: Construction, roles: Mapping[str, Any], words: list[str]) -> tuple[dict[str, int], Any]:
    """What --set says, which may not be a size that the files have."""
    sizes, parameters = settings(construction, words)
    require_parameters(construction, parameters)
    for name in sizes:
        if name in roles.values():
            raise Misuse(f"the size {name} comes from the files; leave --set {name}=… out")
    return sizes, parameters


def _used(construction: Construction, sizes: Mapping[str, int], m: str, words: Sequence[str]) -> str:
    """gd-step with n = 400, eta = 1/10 (default): every size and parameter, and which of them nobody gave."""
    defaults = {**construction.sizes, **{name: p.default for name, p in construction.parameters.items()}}
    fitting = {name: k for name, k in construction.with_sizes(sizes).items() if k != construction.sizes[name]}
    typed = (word.partition("=") for word in words)
    given = {**{name.strip(): text.strip() for name, _, text in typed}, **sizes}
    given |= {name: f"{k} (to fit the data)" for name, k in fitting.items() if name not in given}
    told = [f"{n} = {given[n]}" if n in given else f"{n} = {d} (default)" for n, d in defaults.items() if n != m]
    return f"{construction.name} with {', '.join(told)}"
