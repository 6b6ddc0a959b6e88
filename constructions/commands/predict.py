"""`predict`: rows of CSV files become a prompt; the frozen network runs in float64 with the textbook beside it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from constructions.commands.cautions import warn
from constructions.commands.files import check_writable, write
from constructions.commands.options import Misuse, find, require_parameters, settings
from constructions.commands.predictions import as_csv, as_records, as_table, rows_of
from constructions.commands.progress import progress
from constructions.commands.text import as_json
from constructions.commands.training_data import TrainingData, training_data
from constructions.language import Construction, at
from constructions.matrix.floating import array_of, floats

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
BATCH = 1024


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", metavar="NAME", help="a name or tag of `list`, or FILE.py; its data must be X, Y and X_q"
    )
    parser.add_argument("--train", metavar="FILE.csv", required=True, help="the examples: inputs and targets")
    parser.add_argument(
        "--target", metavar="COLUMN", nargs="+", required=True, help="the columns of the training file to predict"
    )
    parser.add_argument("--query", metavar="FILE.csv", required=True, help="the rows to predict for")
    parser.add_argument(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="an exact parameter (eta=0.05 means 1/20) or a size",
    )
    parser.add_argument(
        "--standardize", action="store_true", help="inputs minus training mean, divided by training standard deviation"
    )
    parser.add_argument(
        "--intercept", action="store_true", help="add a column of ones to the inputs (after standardizing)"
    )
    parser.add_argument("--output", metavar="FILE.csv", help="also write the predictions to a CSV file")
    parser.add_argument("--json", action="store_true", help="print one list with an object per query row")


@np.errstate(all="ignore")  # an overflow ends in inf or NaN, which is refused below with a sentence
def run(args: argparse.Namespace) -> str:
    """The table of predictions, or the list as JSON."""
    construction = find(args.name)
    roles = _roles(construction)
    sizes, parameters = _settings(construction, roles, args.set)
    if args.output:
        check_writable(Path(args.output))
    data = training_data(args.train, args.query, args.target, args.standardize, args.intercept)
    sizes |= _sizes(construction, roles, data)
    first = at(construction, {**sizes, roles["m"]: 1}, parameters)
    if first.readout.at != "query":
        raise Misuse(
            f"{construction.name} reads its answer at {first.readout.at}, not at the queries, so it predicts "
            f"nothing for them. To watch it run: python -m constructions trace {construction.name}"
        )
    warn(construction, first, {"X": data.X, "Y": data.Y, "X_q": data.X_q}, data.notes)
    network, algorithm = _both(construction, sizes, roles["m"], parameters, data)
    rows = rows_of(network, algorithm)
    if args.output:
        write(Path(args.output), as_csv(rows, data.targets))
    if args.json:
        return as_json(as_records(rows, data.targets))
    return as_table(rows, data.targets)


def _roles(construction: Construction) -> dict[str, Any]:
    """Which sizes of the construction are n, d_x, d_y and m; refuses a construction whose data are not X, Y, X_q."""
    shapes = {name: tuple(shape) for name, shape in construction.data.items()}
    if set(shapes) == {"X", "Y", "X_q"} and not any(word != "real" for word in construction.domain.values()):
        (n, d_x), (rows, d_y), (m, width) = shapes["X"], shapes["Y"], shapes["X_q"]
        named = set(construction.sizes) >= {n, d_x, m} and (d_y in construction.sizes or isinstance(d_y, int))
        if named and rows == n and width == d_x and len({n, d_x, d_y, m}) == 4:
            return {"n": str(n), "d_x": str(d_x), "d_y": d_y, "m": str(m)}
    taken = ", ".join(f"{name} ({'×'.join(map(str, shape))})" for name, shape in shapes.items())
    domain = "".join(f"; {name}: {word}" for name, word in construction.domain.items())
    raise Misuse(
        f"predict puts tables of numbers into prompts whose data are X (n×d_x), Y (n×d_y) and X_q (m×d_x); "
        f"{construction.name} takes {taken}{domain}. To watch it run: python -m constructions trace {construction.name}"
    )


def _settings(construction: Construction, roles: Mapping[str, Any], words: list[str]) -> tuple[dict[str, int], Any]:
    """What --set says, which may not be a size that the files have."""
    sizes, parameters = settings(construction, words)
    require_parameters(construction, parameters)
    for name in sizes:
        if name in roles.values():
            raise Misuse(f"the size {name} comes from the files; leave --set {name}=… out")
    return sizes, parameters


def _sizes(construction: Construction, roles: Mapping[str, Any], data: TrainingData) -> dict[str, int]:
    """The sizes that the files have."""
    n, d_x, d_y = roles["n"], roles["d_x"], roles["d_y"]
    if isinstance(d_y, int) and len(data.targets) != d_y:
        raise Misuse(f"{construction.name} takes {d_y} target, got {len(data.targets)}; name {d_y} with --target")
    return {n: len(data.X), d_x: data.X.shape[1]} | ({} if isinstance(d_y, int) else {d_y: len(data.targets)})


def _both(
    construction: Construction, sizes: Mapping[str, int], m: str, parameters: Mapping[str, Any], data: TrainingData
) -> tuple[np.ndarray, np.ndarray]:
    """Network and algorithm for every query row, a few hundred queries in one pass (queries do not see each other)."""
    X, Y, answers = floats(data.X), floats(data.Y), []
    batches = [data.X_q[k : k + BATCH] for k in range(0, len(data.X_q), BATCH)]
    try:
        with progress(f"running {construction.name} on {len(data.X_q)} queries", len(batches)) as state:
            for state.done, queries in enumerate(batches):
                instance = at(construction, {**sizes, m: len(queries)}, parameters)
                given = {"X": X, "Y": Y, "X_q": floats(queries)}
                answers.append([array_of(instance.run(given).answer), array_of(instance.algorithm(given))])
    except MemoryError as error:
        raise Misuse(
            f"a prompt of {len(data.X)} examples does not fit into memory; use fewer rows in the training file"
        ) from error
    network, algorithm = (np.concatenate(side) for side in zip(*answers, strict=True))
    for side, values in (("network", network), ("textbook algorithm", algorithm)):
        if not np.isfinite(values).all():
            raise Misuse(
                f"the {side} overflows float64 on these data: the iteration diverges; take a smaller step size, "
                "scale the inputs down, or --standardize"
            )
    return network, algorithm
