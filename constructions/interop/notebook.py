"""Constructions and networks as HTML in Jupyter: `import constructions` there, and a record displays as its block tables."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from constructions.language import Construction, Instance, Transformer
from constructions.matrix import MatrixError
from constructions.views.theorem.layers import layer_records, plain_layer
from constructions.views.theorem.letters import symbolic
from constructions.views.theorem.record import record

TABLE = "border-collapse:collapse;display:inline-table;margin:0 1em 0.5em 0"
CELL = "border:1px solid currentColor;padding:0.1em 0.6em;text-align:center"


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
    for layer in layers:
        last = "" if layer["repeated"] == "1" else f" … {layer['last']}"
        yield f"<h4>Layer {escape(layer['first'] + last)}: {escape(layer['kind'])}</h4>"
        for sublayer in layer.get("sublayers", [layer]):
            for part, blocks in sublayer.get("tables", {}).items():
                tables = "".join(_table(name, block) for name, block in blocks.items())
                yield f"<p><b>{escape(part)}</b></p><div>{tables}</div>"


def _table(name: str, block: dict[str, Any]) -> str:
    """A block table with its registers on both axes."""
    head = "".join(f'<th scope="col" style="{CELL}">{escape(column)}</th>' for column in ("", *block["columns"]))
    rows = "".join(
        f'<tr><th scope="row" style="{CELL}">{escape(label)}</th>'
        + "".join(f'<td style="{CELL}">{escape(entry)}</td>' for entry in entries)
        + "</tr>"
        for label, entries in zip(block["rows"], block["entries"], strict=True)
    )
    caption = f"<caption>{escape(name)} ({escape(block['shape'])})</caption>"
    return f'<table style="{TABLE}">{caption}<tr>{head}</tr>{rows}</table>'
