"""At which sizes a construction is judged, and how points are chosen so that nobody can predict them."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from constructions.language import BadConstruction, Construction, Transformer, UnknownName
from constructions.language.extent import check_extent
from constructions.language.shapes import size_value
from constructions.language.statement import Parameter
from constructions.matrix import Matrix, exact

COSTLIEST = 200  # width times depth: larger networks are judged at smaller sizes
PRIMES = (3, 2, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


@dataclass(frozen=True)
class Plan:
    """What to judge a construction at: size assignments, and a seed that moves every random point."""

    sizes: tuple[Mapping[str, int], ...]
    seed: int = 0

    @property
    def in_words(self) -> str:
        return "; ".join(map(sizes_in_words, self.sizes))

    @property
    def where(self) -> str:
        return f"at the sizes {self.in_words}"


def sizes_in_words(sizes: Mapping[str, int]) -> str:
    """d_x=3, n=7."""
    return ", ".join(f"{name}={value}" for name, value in sizes.items())


def plan(construction: Construction, given: Mapping[str, int] | None = None, seed: int = 0) -> Plan:
    """Three assignments of distinct primes to the sizes of the data, so that no identity can hold by coincidence of shapes:
    more examples than inputs, fewer, and larger ones. Other sizes (depth, heads) get 3, 2, 1, each capped by its default; so is a
    size that is an exponent in a shape, as in 2**L.
    Assignments at which width × depth, as declared, exceeds `COSTLIEST` are left out; where that leaves none or one, the
    cheapest is taken, and one where all sizes of the data are 2. A size that bounds others is what it bounds; and a
    small bound, at most 3 unless it was given, is judged with every size up to it.
    """
    given = dict(given or {})
    data_sizes = sizes_of_data(construction)
    exponents, k = _exponents(construction), len(data_sizes)
    if k + 2 > len(PRIMES):
        most = f"distinct primes are at hand for {len(PRIMES) - 2}"
        raise BadConstruction(f"{construction.name}: the shapes of its data name {k} sizes, and {most}; name fewer")
    orders = (PRIMES[:k], PRIMES[:k][::-1], PRIMES[2 : k + 2])
    chosen: list[dict[str, int]] = []
    for primes, depth in zip(orders, (3, 2, 1), strict=True):
        sizes = dict(zip(data_sizes, primes, strict=True)) | {name: construction.sizes[name] for name in exponents}
        full = {name: sizes.get(name, min(depth, max(2, default))) for name, default in construction.sizes.items()}
        full = construction.with_sizes(_bounded(construction, {**full, **given}, given))
        if full not in chosen:
            chosen.append(full)
    small = [sizes for sizes in chosen if declared_cost(construction, sizes) <= COSTLIEST]
    if len(small) < min(2, len(chosen)):  # the cheapest, and one that is small whatever coincides
        cheapest = min(chosen, key=lambda sizes: declared_cost(construction, sizes))
        twos = _bounded(construction, {**cheapest, **{name: 2 for name in data_sizes if name not in given}}, given)
        small = [cheapest, twos] if twos != cheapest else [cheapest]
    found = _with_every_length(construction, small, given)
    for sizes in found:
        check_extent(construction, sizes)
    return Plan(found, seed)


def _bounded(construction: Construction, sizes: Mapping[str, int], given: Mapping[str, int]) -> dict[str, int]:
    """A bound that was given cuts what it bounds; another one is the largest that it bounds."""
    full, bounds = dict(sizes), construction.at_most
    for name, bound in bounds.items():
        if bound not in given:
            full[bound] = max(sizes[other] for other in bounds if bounds[other] == bound)
        elif name not in given:
            full[name] = min(full[name], full[bound])
    return full


def _with_every_length(
    construction: Construction, chosen: list[dict[str, int]], given: Mapping[str, int]
) -> tuple[Mapping[str, int], ...]:
    """The assignments, the last of them also at every size from its bound down to 1; without it where that says it all.
    The bound is what was given, else 3 or its default if that is smaller."""
    sizes = chosen[-1]
    bounds = {
        bound: sizes[bound] if bound in given else max(given.get(name, 1), min(3, construction.sizes[bound]))
        for name, bound in construction.at_most.items()
    }
    free = {name: bound for name, bound in construction.at_most.items() if name not in given}
    choices = itertools.product(*(range(bounds[bound], 0, -1) for bound in free.values()))
    lengths = [{**sizes, **bounds, **dict(zip(free, choice, strict=True))} for choice in choices]
    covered = construction.at_most and all(sizes[bound] <= bounds[bound] for bound in bounds)
    kept = chosen[:-1] if covered else chosen
    return (*kept, *(construction.with_sizes(one) for one in lengths if one not in kept))


def cost_of(network: Transformer) -> int:
    """The width of the stream times the number of sublayers, in every pass."""
    return network.stream.width * len(network.sublayers) * network.passes


def declared_cost(construction: Construction, sizes: Mapping[str, int]) -> int:
    """The width of the stream times the number of layers, as far as the record declares them; 0 where it does not. A network
    that writes tokens pays for every pass, which reads what the others wrote."""
    try:
        width, layers = (size_value(construction.resources.get(name, "0"), sizes) for name in ("width", "layers"))
        return width * layers * size_value(construction.resources.get("passes", "1"), sizes) ** 2
    except (BadConstruction, UnknownName):  # formulas that are no sizes
        return 0


def sizes_of_data(construction: Construction) -> list[str]:
    """The sizes that shapes of data mention."""
    mentioned = {
        word for shape in construction.data.values() for entry in shape for word in re.findall(r"\w+", str(entry))
    }
    return [name for name in construction.sizes if name in mentioned]


def _exponents(construction: Construction) -> set[str]:
    """The sizes that are exponents in a shape: anything but a small one makes very large shapes."""
    entries = [str(entry) for shape in construction.data.values() for entry in shape]
    return {name for entry in entries for name in re.findall(r"\*\*\s*([A-Za-z_]\w*)", entry)}


def shape_at(shape: tuple[Any, ...], sizes: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(size_value(entry, sizes) for entry in shape)


def fill(shape: tuple[int, ...], make: Callable[[int, int], Matrix]) -> Any:
    """A parameter of the given shape: a matrix, or a nested tuple of matrices beyond two sizes."""
    if len(shape) > 2:
        return tuple(fill(shape[1:], make) for _ in range(shape[0]))
    rows, columns = (*shape, 1, 1)[:2]
    return make(rows, columns)


def symmetric_names(construction: Construction) -> set[str]:
    """The parameters and data that are their own transposes."""
    data = {name for name, word in construction.domain.items() if word == "symmetric"}
    return data | {name for name, parameter in construction.parameters.items() if parameter.symmetric}


def mirrored(value: Any) -> Any:
    """M + Mᵀ, part by part: every symmetric matrix is one, so M free gives all of them."""
    return tuple(map(mirrored, value)) if isinstance(value, (tuple, list)) else value + value.T


def within_domain(construction: Construction, data: Mapping[str, Any]) -> dict[str, Any]:
    """Free data with M + Mᵀ for those that must be symmetric; other domains are left alone."""
    words = construction.domain
    return {name: mirrored(value) if words.get(name) == "symmetric" else value for name, value in data.items()}


def parameters_from(
    construction: Construction, sizes: Mapping[str, int], make: Callable[[Parameter, int, int], Matrix]
) -> dict[str, Any]:
    """A value for every parameter, made entry block by entry block; M + Mᵀ where it must be symmetric."""
    made = {
        name: fill(shape_at(parameter.shape, sizes), lambda r, c, p=parameter: make(p, r, c))
        for name, parameter in construction.parameters.items()
    }
    return {name: mirrored(v) if construction.parameters[name].symmetric else v for name, v in made.items()}


def stream_of_integers(bits: int, *words: Any) -> Iterator[int]:
    """Integers in [0, 2^bits) from SHAKE-256 of the words: reproducible, and fixed by what is judged."""
    seed = hashlib.shake_256("\x1f".join(map(str, words)).encode()).digest(32)
    width = (bits + 7) // 8
    for block in itertools.count():
        chunk = hashlib.shake_256(seed + block.to_bytes(8, "big")).digest(width * 64)
        for i in range(64):
            yield int.from_bytes(chunk[i * width : (i + 1) * width], "big") >> (8 * width - bits)


def drawn(numbers: Iterator[int], rows: int, columns: int) -> Matrix:
    """A rows × columns exact matrix of the next integers."""
    return exact([[next(numbers) for _ in range(columns)] for _ in range(rows)])
