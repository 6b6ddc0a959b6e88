"""`export`: a network as files, exact weights beside floats."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from constructions.commands.cautions import say
from constructions.commands.misuse import Misuse
from constructions.commands.options import NAMED, find, name_of_claim, require_parameters, settings
from constructions.interop import MissingLibrary
from constructions.language import Instance, at
from constructions.language.extent import check_extent
from constructions.views.text import as_json

HELP = "write a network into files: safetensors, its exact weights as JSON, and ONNX on request"
EXAMPLES = """examples:
  python -m constructions export gd-steps --output gd-steps
  python -m constructions export gd-steps --set d_x=10 --set n=64 --set steps=20 --set eta=0.05 --output gd --onnx
  python -m constructions export my_theorem.py --output mine --json

The folder gets network.json (architecture, registers, prompt, readout, every weight as an exact fraction, digests) and
weights.safetensors (the same weights in float64); with --onnx also network.onnx, whose inputs are the data by name. Read
them again with constructions.interop.files.load, which executes nothing and refuses these files if they were changed. Sizes and
parameters that are not set take their defaults."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    def add(word: str, **options: Any) -> None:
        parser.add_argument(word, **options)

    add("name", metavar="NAME", help=NAMED)
    add("--output", metavar="DIR", required=True, help="the folder to write into; it is made if it is not there")
    add(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a size (steps=8) or an exact parameter (eta=1/4)",
    )
    add("--onnx", action="store_true", help="also write network.onnx (needs torch, onnx and onnxscript)")
    add("--force", action="store_true", help="replace files that are there")
    add("--json", action="store_true", help="print what was written as one JSON object")


def run(args: argparse.Namespace) -> str:
    """Write the files, and say which."""
    construction = find(args.name)
    sizes, parameters = settings(construction, args.set)
    require_parameters(construction, parameters)
    check_extent(construction, construction.with_sizes(sizes))
    instance, folder = at(construction, sizes, parameters), Path(args.output)
    try:
        label = name_of_claim(args.name, construction)
        claim = f"{label}: {construction.claims[0].text}" if label else ""
        written = _write(instance, folder, claim, args.onnx, args.force)
    except MissingLibrary as missing:
        raise Misuse(str(missing)) from missing
    except OSError as error:
        raise Misuse(f"cannot write into {folder}: {error.strerror}; choose another folder") from error
    if args.json:
        return as_json(
            {"construction": label or construction.name, "files": {path.name: path.stat().st_size for path in written}}
        )
    told = "\n".join(f"  {path}  {path.stat().st_size:,} bytes" for path in written)
    return f"{label or construction.name} with {', '.join(f'{k} = {v}' for k, v in instance.sizes.items())}\n{told}"


def _write(instance: Instance, folder: Path, claim: str, onnx: bool, force: bool) -> list[Path]:
    from constructions.interop.files import FILES, GRAPH, save
    from verify.scrutiny.digest import described_instance

    if folder.exists() and not folder.is_dir():
        raise Misuse(f"cannot write into {folder}: it is a file; name a folder")
    for name in (*FILES, GRAPH):
        if (folder / name).exists() and not force:
            raise Misuse(
                f"{folder / name} exists and is left as it is; choose another folder, or replace it with --force"
            )
    graph = None
    if onnx:
        from constructions.interop.onnx import graph_of

        say(["making network.onnx, which takes up to a minute for a deep network"])
        graph = graph_of(instance)
    return list(save(instance, folder, described_instance(instance), claim, graph))
