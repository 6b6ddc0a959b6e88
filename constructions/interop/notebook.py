"""Constructions and networks as HTML in Jupyter: `import constructions` there, and a record displays as its block tables."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from constructions.language import Construction, Instance, Transformer
from constructions.matrix import MatrixError
from constructions.views.theorem.blocks import ZERO
from constructions.views.theorem.layers import layer_records, plain_layer
from constructions.views.theorem.letters import symbolic
from constructions.views.theorem.record import record

TABLE = 'border="1" cellpadding="4" style="border-collapse:collapse;display:inline-table;margin:0 1em 0.5em 0"'
OPEN = 4  # layers; of deeper networks all but the first are folded
WIDE = 6  # columns; of wider tables those that are zero are named and left out


def enable() -> bool:
    """Register the displays with IPython, where it is running; says whether it is."""
    ipython = sys.modules.get("IPython")  # where it is running it has been imported
    if ipython is None or (shell := ipython.get_ipython()) is None:
        return False
    formatter = shell.display_formatter.formatters["text/html"]
    for kind, html in ((Construction, of_construction), (Instance, of_instance), (Transformer, of_network)):
        formatter.for_type(kind, html)
    return True


def of_construction(construction: Construction) -> str:
    """Title, statement, quantifiers and the symbolic block tables."""
    shown = symbolic(construction, {})
    made = record(construction, shown, layer_records(shown.instance.network))
    head = f"<h3>{escape(construction.name)} <small>{escape(construction.tag)}</small></h3><p>{escape(construction.title)}</p>"
    return "".join([head, f"<p><em>{escape(made['quantifier'])}</em></p>", *_layers(made["layers"])])


def of_instance(instance: Instance) -> str:
    """The sizes, and the block tables at them."""
    sizes = ", ".join(f"{name} = {size}" for name, size in instance.sizes.items())
    return f"<h3>{escape(instance.construction.name)}</h3><p>{escape(sizes)}</p>" + of_network(instance.network)


def of_network(network: Transformer) -> str:
    """The registers of the stream, and the block tables of every layer."""
    registers = " ⊕ ".join(f"{name} ({width})" for name, width in network.stream.registers.items())
    try:
        tables = [*_layers([plain_layer(layer) for layer in layer_records(network)])]
    except MatrixError as error:  # letters and numbers that have no table
        tables = [f"<p>{escape(str(error))}</p>"]
    return "".join([f"<p>stream: {escape(registers)}</p>", *tables])


def _layers(layers: Sequence[dict[str, Any]]) -> Iterator[str]:
    for number, layer in enumerate(layers):
        last = "" if layer["repeated"] == "1" else f" … {layer['last']}"
        shown = " open" if number == 0 or len(layers) <= OPEN else ""
        yield f"<details{shown}><summary>Layer {escape(layer['first'] + last)}: {escape(layer['kind'])}</summary>"
        for sublayer in layer.get("sublayers", [layer]):
            for part, blocks in sublayer.get("tables", {}).items():
                tables = "".join(_table(name, block) for name, block in blocks.items())
                yield f"<p><b>{escape(part)}</b></p><div>{tables}</div>"
        yield "</details>"


def _table(name: str, block: dict[str, Any]) -> str:
    """A block table with its registers on both axes."""
    columns, entries = block["columns"], block["entries"]
    shown = [k for k in range(len(columns)) if len(columns) <= WIDE or any(row[k] != ZERO for row in entries)] or [0]
    left_out = "" if len(shown) == len(columns) else f"; 0 in the {len(columns) - len(shown)} other registers"
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in ("", *(columns[k] for k in shown)))
    rows = "".join(
        f'<tr><th scope="row">{escape(label)}</th>' + "".join(f"<td>{escape(row[k])}</td>" for k in shown) + "</tr>"
        for label, row in zip(block["rows"], entries, strict=True)
    )
    caption = f"<caption>{escape(name)} ({escape(block['shape'])}){escape(left_out)}</caption>"
    return f"<table {TABLE}>{caption}<tr>{head}</tr>{rows}</table>"
