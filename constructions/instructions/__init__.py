"""The instruction set of Akyürek et al.: operations on the columns of a stream, and the layers that carry them out. And units
that compute on bits."""

from constructions.instructions.bits import difference, snapped, successor
from constructions.instructions.chains import Chain, everything
from constructions.instructions.deviation import deviations, error_bound, through
from constructions.instructions.operations import (
    Aff,
    Div,
    Mov,
    Mul,
    Raw,
    Together,
    aff,
    div,
    dot,
    mov,
    mul,
    raw,
    times,
)
from constructions.instructions.packing import packed
from constructions.instructions.paper_deviation import paper_bound, paper_deviations
from constructions.instructions.program import compiled
from constructions.instructions.prompts import columns, pairs, pairs_in_a_box
from constructions.instructions.scales import (
    KNOBS,
    PAD,
    SCALE,
    SIDE,
    fidelities,
    in_a_box,
    in_a_box_of_the_paper,
    in_the_paper,
    second_order,
)
from constructions.instructions.sharing import together

__all__ = [
    "KNOBS",
    "PAD",
    "SCALE",
    "SIDE",
    "Aff",
    "Chain",
    "Div",
    "Mov",
    "Mul",
    "Raw",
    "Together",
    "aff",
    "columns",
    "compiled",
    "deviations",
    "difference",
    "div",
    "dot",
    "error_bound",
    "everything",
    "fidelities",
    "in_a_box",
    "in_a_box_of_the_paper",
    "in_the_paper",
    "mov",
    "mul",
    "packed",
    "pairs",
    "pairs_in_a_box",
    "paper_bound",
    "paper_deviations",
    "raw",
    "second_order",
    "snapped",
    "successor",
    "through",
    "times",
    "together",
]
