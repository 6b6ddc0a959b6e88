"""A folder with a network: what is written, and how it is read and checked again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from constructions.digest import read_json, sha256
from constructions.interop.files.tensors import check_tensors, in_float64, written_layers
from constructions.interop.files.values import Damaged, form_of, plain, plain_form, value_of
from constructions.language import BadConstruction, Construction, Instance, Stream, Transformer
from constructions.language.arriving import check_arriving
from constructions.language.prompt import Item, Prompt, Readout, Segment
from constructions.language.words import check_types, check_words
from constructions.matrix import Matrix

FORMAT = "icl-constructions network, version 1"
FILES = ("network.json", "weights.safetensors")
GRAPH = "network.onnx"  # may be there, too
SECTIONS = (
    "format",
    "construction",
    "sizes",
    "parameters",
    "data",
    "stream",
    "layers",
    "passes",
    "prompt",
    "readout",
    "certificate",
)


def save(
    instance: Instance,
    folder: str | os.PathLike[str],
    certificate: Mapping[str, Any] | None = None,
    claim: str = "",
    graph: bytes | None = None,
) -> tuple[Path, ...]:
    """Write network.json and weights.safetensors into a folder, which is made if it is not there; none appears half.

    The JSON has the architecture, registers, prompt, readout and every weight as an exact fraction, with SHA-256 digests of each
    section; the other file has the same weights in float64, one tensor for each block of a form, e.g. "layers.0.head 1.query.x".
    `claim` says in words which claim of the record this is the network of, if it was reduced to one. `graph` is what
    `graph_of` of `constructions.interop.onnx` gives, for network.onnx; without it a file of that name, which would be the graph of
    another network, is removed.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    packed = in_float64(instance, {"format": FORMAT, "construction": instance.construction.name})
    described = _described(instance)
    described["construction"] |= {"claim": claim} if claim else {}
    described["certificate"] = dict(certificate or {})
    described["digests"] = {name: sha256(described[name]) for name in SECTIONS}
    binary = {FILES[1]: packed} | ({} if graph is None else {GRAPH: graph})
    described["digests"] |= {name: hashlib.sha256(content).hexdigest() for name, content in binary.items()}
    text = _text(described)
    made = []
    if graph is None:
        (target / GRAPH).unlink(missing_ok=True)
    for name, content in {FILES[0]: text.encode(), **binary}.items():
        part = target / f".{name}.part"
        _ = part.write_bytes(content)
        made.append((part, target / name))
    for part, path in made:
        _ = part.replace(path)
    return tuple(path for _, path in made)


def load(folder: str | os.PathLike[str]) -> Instance:
    """The instance in a folder, with identical exact weights. Raises `Damaged`, naming what differs; executes nothing. A graph
    (network.onnx) is compared with its digest where it is there."""
    source = Path(folder)
    if missing := [name for name in FILES if not (source / name).is_file()]:
        raise Damaged(f"there is no exported network in {source}: it lacks {' and '.join(missing)}")
    text, described = _read(source / FILES[0])
    packed = (source / FILES[1]).read_bytes()
    digests = described.get("digests")
    if not isinstance(digests, dict):
        raise Damaged(f"{source / FILES[0]} has no digests of its sections, so it cannot be checked")
    if unknown := sorted({*described} - {*SECTIONS, "digests"}):
        raise Damaged(f"{source / FILES[0]} has a section {unknown[0]!r} that was not written")
    for name in SECTIONS:
        if name not in described or sha256(described[name]) != digests.get(name):
            raise Damaged(f"{source / FILES[0]}: the section {name!r} is not what was written (its digest differs)")
    if described["format"] != FORMAT:
        raise Damaged(f"{source / FILES[0]} has the format {described['format']!r}; this version reads {FORMAT!r}")
    try:
        instance = _instance(described)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise Damaged(f"{source / FILES[0]} describes no network: {error}") from error
    check_tensors(instance, packed, source / FILES[1], digests.get(FILES[1]))
    _check_graph(source / GRAPH, digests.get(GRAPH))
    if text != _text(described):
        raise Damaged(
            f"{source / FILES[0]} says what was written, and not as it was written: its spaces or line ends differ"
        )
    return instance


def _check_graph(path: Path, digest: str | None) -> None:
    """Nobody can read from a graph whether it is that of these weights; so it is the file that was written, or none."""
    if not path.exists():
        return
    if digest is None:
        raise Damaged(f"{path} was not written with {FILES[0]}: take it away, or export both with --onnx")
    if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        raise Damaged(f"{path} is not the file that was written (its digest differs)")


def _text(described: Mapping[str, Any]) -> str:
    return json.dumps(described, ensure_ascii=False, indent=1) + "\n"


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_bytes().decode()
        found = read_json(text)
    except ValueError as error:
        raise Damaged(f"{path} is no JSON file, or is cut off: {error}") from error
    if not isinstance(found, dict):
        raise Damaged(f"{path} holds a {type(found).__name__}, not the description of a network")
    return text, found


def _described(instance: Instance) -> dict[str, Any]:
    record, network = instance.construction, instance.network
    return {
        "format": FORMAT,
        "construction": {"name": record.name, "tag": record.tag, "title": record.title, "statement": record.statement},
        "sizes": dict(instance.sizes),
        "parameters": {name: plain(value) for name, value in instance.parameters.items()},
        "data": {name: list(shape) for name, shape in record.data.items()},
        "stream": dict(network.stream.registers),
        "layers": plain(written_layers(instance)),
        "passes": network.passes,
        "prompt": {
            "context": _plain_segment(instance.context),
            "query": _plain_segment(instance.query),
            "positions": dict(instance.positions),
            **({"arriving": _plain_segment(instance.arriving)} if instance.arriving else {}),
        },
        "readout": {"form": plain_form(instance.readout.form), "at": instance.readout.at},
    }


def _plain_segment(part: Segment | None) -> Any:
    if part is None:
        return None
    item = part.item
    products = {name: list(pair) for name, pair in item.products.items()}
    tokens = [{name: plain_form(form) for name, form in token.items()} for token in part.tokens]
    return {
        "axis": item.axis,
        "item": dict(item.registers),
        "products": products,
        "count": part.count,
        "tokens": tokens,
    }


def _segment(value: Any) -> Segment | None:
    if value is None:
        return None
    products = {name: (a, b) for name, (a, b) in value["products"].items()}
    item = Item(f"item of {value['axis']}", value["item"], value["axis"], products)
    tokens = tuple({name: form_of(form, item) for name, form in token.items()} for token in value["tokens"])
    return Segment(item, value["count"], tokens)


def _instance(described: Mapping[str, Any]) -> Instance:
    stream, named, prompt = Stream(**described["stream"]), described["construction"], described["prompt"]
    network = Transformer(stream, value_of(described["layers"], stream), described["passes"])
    readout = Readout(form_of(described["readout"]["form"], stream), described["readout"]["at"])
    context, query, arriving = (_segment(prompt.get(part)) for part in ("context", "query", "arriving"))

    def algorithm() -> Matrix:
        raise BadConstruction(f"{named['name']} was loaded from files, which hold the network and no algorithm")

    record = Construction(
        name=named["name"],
        tag=named["tag"],
        title=named["title"],
        sizes=described["sizes"],
        data={name: (shape[0], shape[1]) for name, shape in described["data"].items()},
        weights=_giving(network),
        prompt=_giving(Prompt()),
        readout=_giving(readout),
        algorithm=algorithm,
    )
    parameters = {name: value_of(value, stream) for name, value in described["parameters"].items()}
    parts = (network, context, query, prompt["positions"], readout, arriving)
    instance = Instance(record, described["sizes"], parameters, *parts)
    check_types(network)
    check_arriving(named["name"], arriving, (context, query), network.passes)
    check_words(network, instance.layout_of(1 if query else 0).tokens)
    _ = instance.rows(instance.layout, readout.at)
    return instance


def _giving(value: Any) -> Callable[[], Any]:
    return lambda: value
