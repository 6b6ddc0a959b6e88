"""The language in which theorem files are written: registers, heads, prompts, and the record of a theorem."""

from constructions.language.builder import at, build
from constructions.language.construction import Construction
from constructions.language.forward import ForwardClosed
from constructions.language.instance import Instance, WrongData
from constructions.language.prompt import Prompt, Readout, Token
from constructions.language.quantifier import UnknownName, WrongQuantifier
from constructions.language.statement import (
    BadConstruction,
    Equal,
    Invariant,
    Limit,
    NearMiss,
    Parameter,
    Reading,
    Source,
    Step,
    Within,
)
from constructions.language.stream import Form, Stream, stack
from constructions.language.transformer import Attention, BadNetwork, Head, MesaLayer, Repeat, Stack, Transformer, Write

__all__ = [
    "Attention",
    "BadConstruction",
    "BadNetwork",
    "Construction",
    "Equal",
    "Form",
    "ForwardClosed",
    "Head",
    "Instance",
    "Invariant",
    "Limit",
    "MesaLayer",
    "NearMiss",
    "Parameter",
    "Prompt",
    "Reading",
    "Readout",
    "Repeat",
    "Source",
    "Stack",
    "Step",
    "Stream",
    "Token",
    "Transformer",
    "UnknownName",
    "Within",
    "Write",
    "WrongData",
    "WrongQuantifier",
    "at",
    "build",
    "stack",
]
