"""Which theorem a certificate speaks of: SHA-256 digests of exact weights, architecture, prompt, readout and formulas.

The description walks frozen data, whatever they are made of, so that a new kind of layer is digested too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from typing import Any

import numpy as np

from constructions.digest import sha256
from constructions.language import Construction, Form, Instance
from constructions.language.statement import Claim
from constructions.matrix import Matrix
from verify.plan import plan
from verify.points import generic_instance
from verify.scrutiny.place import told
from verify.scrutiny.reading import is_record, reachable
from verify.scrutiny.source_text import LEAVES, NoDigest, entries, source_text


def described_claims(construction: Construction, sizes: Mapping[str, int], seed: int) -> dict[str, Any]:
    """What was claimed of which network, at every size assignment of the plan and with generic parameters."""
    assignments = plan(construction, dict(sizes), seed).sizes
    return {
        "data": {name: [str(size) for size in shape] for name, shape in construction.data.items()},
        "domain": plain(construction.domain),
        "at most": dict(construction.at_most),
        "degree": construction.degree,
        "gadget": construction.gadget,
        "parameters": {name: plain(parameter) for name, parameter in construction.parameters.items()},
        "algorithm": attempt(lambda: sha256(source_of(construction.algorithm))),
        "invariant": attempt(lambda: sha256(plain(construction.invariant))),
        "steps": [
            {"text": step.text, "digest": attempt(lambda s=step: sha256(plain(s)))} for step in construction.steps
        ],
        "near misses": {
            name: attempt(lambda m=miss: sha256(plain(m.replaces))) for name, miss in construction.near_misses.items()
        },
        "claims": [described_claim(construction, claim, assignments) for claim in construction.claims],
    }


def described_claim(
    construction: Construction, claim: Claim, assignments: tuple[Mapping[str, int], ...]
) -> dict[str, Any]:
    single = construction.claiming(claim)
    bare = single.claims[0]
    networks = [{"sizes": dict(sizes), **described_network(single, sizes)} for sizes in assignments]
    return {
        "kind": type(bare).__name__,
        "text": bare.text,
        "domain": plain(single.domain),
        "digest": attempt(lambda: sha256(plain(bare))),
        **({"algorithm": attempt(lambda: sha256(source_of(claim.algorithm)))} if claim.algorithm else {}),
        "networks": networks,
    }


def described_network(construction: Construction, sizes: Mapping[str, int]) -> dict[str, str]:
    """Digests of what the builders fix."""
    try:
        instance = generic_instance(construction, sizes)
    except Exception as error:  # a builder is a stranger's program
        return {"network": f"cannot be built: {told(error)}"}
    return described_instance(instance)


def described_instance(instance: Instance) -> dict[str, str]:
    """Digests of the weights, architecture, prompt and readout of a built network."""
    layers = instance.network.unrolled
    prompt = (instance.context, instance.query, dict(instance.positions), *_coming(instance))
    passes = [] if instance.network.single else [plain(instance.network.passes)]
    return {
        "weights": attempt(lambda: sha256([plain(form) for layer in layers for form in parts(layer, Form)])),
        "architecture": attempt(
            lambda: sha256(
                [dict(instance.network.stream.registers), [plain(layer, skip=Form) for layer in layers], *passes]
            )
        ),
        "prompt": attempt(lambda: sha256(plain(prompt))),
        "readout": attempt(lambda: sha256(plain(instance.readout))),
    }


def fingerprint(instance: Instance) -> Any:
    """Everything that the builders fixed, as plain values. Raises `NoDigest` where something is not an exact value."""
    prompt = (instance.context, instance.query, dict(instance.positions), *_coming(instance))
    registers = dict(instance.network.stream.registers)
    return plain((registers, instance.network.unrolled, instance.network.passes, prompt, instance.readout))


def _coming(instance: Instance) -> tuple[Any, ...]:
    """What arrives, where anything does."""
    return () if instance.arriving is None else (instance.arriving,)


def attempt(digest: Callable[[], str]) -> str:
    """A digest, or why there is none."""
    try:
        return digest()
    except NoDigest as reason:
        return f"no digest: {reason}"


def plain(value: Any, skip: type | tuple[type, ...] = ()) -> Any:
    """Frozen data as lists, dictionaries and strings; what is of the type `skip` becomes its type's name."""
    if skip and isinstance(value, skip):
        return type(value).__name__
    kind = type(value)
    if kind is str or kind is bool:
        return value
    if kind is tuple or kind is list:
        return [plain(part, skip) for part in value]
    if isinstance(value, LEAVES):
        return value if isinstance(value, (bool, str)) else str(value)
    if isinstance(value, Matrix):
        return entries(value)
    if isinstance(value, Form):
        return {
            "reads": {name: str(width) for name, width in value.space.registers.items()},
            "dense": entries(value.dense),
        }
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist(), skip)
    if isinstance(value, Mapping):
        return {str(key): plain(part, skip) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(part, skip) for part in value]
    if is_dataclass(value) and not isinstance(value, type):
        return [type(value).__name__, {f.name: plain(getattr(value, f.name), skip) for f in fields(value)}]
    if callable(value):
        return source_of(value)
    raise NoDigest(f"{type(value).__name__} has no text that says its exact value")


def parts(value: Any, kind: type) -> Iterator[Any]:
    """Everything of a type inside frozen data, in order."""
    if isinstance(value, kind):
        yield value
    elif isinstance(value, Mapping):
        yield from (found for part in value.values() for found in parts(part, kind))
    elif isinstance(value, (tuple, list)):
        yield from (found for part in value for found in parts(part, kind))
    elif is_dataclass(value) and not isinstance(value, type):
        yield from (found for f in fields(value) for found in parts(getattr(value, f.name), kind))


def source_of(function: Any) -> list[Any]:
    """The source of a function and of all that it calls, with the constants that their names stand for."""
    return [variant_of(function), *sorted(map(source_text, reachable(function)), key=str)]


def variant_of(function: Any) -> Any:
    """The arguments that `functools.partial` fixes; of a variant or a chain of the language, all that it is made of."""
    if is_record(function):
        return plain(function)
    if not isinstance(function, partial):
        return []
    return [*variant_of(function.func), *plain([function.args, function.keywords])]
