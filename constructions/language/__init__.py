"""The language in which theorem files are written: registers, heads, prompts, and the record of a theorem."""

from constructions.language.builder import at, build
from constructions.language.construction import Construction
from constructions.language.forward import ForwardClosed
from constructions.language.given import WrongData
from constructions.language.instance import Instance
from constructions.language.layout import recent
from constructions.language.prompt import Prompt, Readout, Token, supervised
from constructions.language.quantifier import UnknownName, WrongQuantifier
from constructions.language.statement import (
    BadConstruction,
    Box,
    Claim,
    Equal,
    Exponential,
    Invariant,
    Limit,
    NearMiss,
    Parameter,
    Reading,
    Source,
    Step,
    Within,
    functions,
    last_layer,
    one_step,
)
from constructions.language.stream import Form, Stream, stack
from constructions.language.sublayers import (
    MLP,
    Attention,
    BadNetwork,
    Constant,
    DeltaLayer,
    Head,
    LayerNorm,
    MesaLayer,
    Units,
    Write,
)
from constructions.language.transformer import Block, Repeat, Stack, Transformer

__all__ = [
    "MLP",
    "Attention",
    "BadConstruction",
    "BadNetwork",
    "Block",
    "Box",
    "Claim",
    "Constant",
    "Construction",
    "DeltaLayer",
    "Equal",
    "Exponential",
    "Form",
    "ForwardClosed",
    "Head",
    "Instance",
    "Invariant",
    "LayerNorm",
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
    "Units",
    "UnknownName",
    "Within",
    "Write",
    "WrongData",
    "WrongQuantifier",
    "at",
    "build",
    "functions",
    "last_layer",
    "one_step",
    "recent",
    "stack",
    "supervised",
]
