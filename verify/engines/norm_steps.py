"""The layer of Akyürek et al. on rows of sources: what leaks into a softmax, and what LayerNorm makes of a column with two pads.

The lemma is that of `constructions/instructions/normed.py`. Its premises are checked here on the rows themselves: two rows hold ν
(the pads), all rows add up to something whose ideal is 0, and half of the difference of the pads is ν times a divisor.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from constructions.instructions.bounded import Bounded, exactly
from constructions.instructions.normed import Norm, leaks, norm, pad_reach
from constructions.matrix import Matrix, Unsupported, exp, modulus, named, ones, zeros
from verify.arithmetic.factored_sums import Sum
from verify.arithmetic.terms_of_sums import Term
from verify.engines.norm_sums import part_of_size
from verify.engines.rational_values import Ring
from verify.engines.sources import Row, Sources, add_rows, mapped, sparse
from verify.engines.sum_parts import Shifted, Softened


def leaked(token: int, stream: list[list[Row]], head: Softened, sources: Sources, reaches: list[Matrix]) -> list[Row]:
    """What softmax adds to the rows of a token besides what hard attention does, within what hides behind new sources."""
    arithmetic, read = sources.arithmetic, head.read[token]
    tiny = exp(-arithmetic.matrix([[head.sharpness]], 1))
    at_read, elsewhere = leaks(len(read), len(head.seen[token]), tiny)
    total, weights = zeros(head.value.shape[0], 1), modulus(head.value)
    for j in head.seen[token]:
        total = total + weights @ reaches[j] * (at_read if j in read else elsewhere)
    return mapped(sparse(head.out, arithmetic), sources.fresh(exactly(zeros(*total.shape)).off_by(named(total))))


@dataclass(frozen=True, eq=False)
class Normed:
    """A column behind LayerNorm: units with rows ν v read v(x)/c up to what `off` says; c is 1 where `divisor` is None."""

    size: Matrix  # ν
    off: Norm
    reach: Matrix
    divisor: tuple[Row, Bounded, Matrix] | None

    def kept(self, value: Matrix) -> Matrix:
        """The error of units with the rows `value` where c is 1."""
        weights = modulus(value)
        return self.off.kept(weights @ self.reach, weights @ ones(weights.shape[1], 1))


def normed(token: int, rows: list[Row], step: Shifted, sources: Sources) -> Normed:
    """LayerNorm of the rows of a token, ν being the first part of what the units share that meets the premises of the lemma.
    Raises `Unsupported` where there is none."""
    failed = Unsupported("LayerNorm has a composed bound only where two rows carry its size, and none does")
    for size in _sizes(rows, step.shared):
        try:
            return _normed(token, rows, step, size, sources)
        except Unsupported as reason:
            failed = reason
    raise failed


def _sizes(rows: list[Row], shared: Term | None) -> list[Term]:
    """What rows have in common with what the units share: with anything, where these read nothing."""
    found: dict[Term, None] = {}
    for term, atoms in ((term, c.atoms) for row in rows for c in row.values() for term in c.terms):
        powers = dict(term)
        wanted = term if shared is None else shared
        if common := tuple((a, min(p, powers[a])) for a, p in wanted if powers.get(a, 0) > 0 and atoms.positive[a]):
            found[common] = None
    return list(found)


def _normed(token: int, rows: list[Row], step: Shifted, size: Term, sources: Sources) -> Normed:
    arithmetic = sources.arithmetic
    scale = arithmetic.matrix([[Sum(arithmetic.atoms, {size: Fraction(1)})]], 1)
    pads = [r for r, row in enumerate(rows) if any(part_of_size(c, size)[0].terms for c in row.values())]
    if len(pads) != 2:
        raise Unsupported(f"LayerNorm has a composed bound only where two rows carry its size, and {len(pads)} do")
    total: Row = {}
    for row in rows:
        add_rows([total], [row])
    mean = sources.bounds([total])
    if any(entry.terms for entry in arithmetic.table(mean.size).entries):
        raise Unsupported("LayerNorm has a composed bound only where the mean of a column is 0, but for what leaks")
    half, (plus, minus) = (
        arithmetic.constant(Fraction(1, 2)),
        sorted(pads, key=lambda r: not _leads(rows[r], size)),
    )
    difference: Row = {}
    add_rows([difference], [{source: half * c for source, c in rows[plus].items()}])
    add_rows([difference], [{source: -(half * c) for source, c in rows[minus].items()}])
    divisor, moved = _split(difference, size)
    reach = sources.reaches(token, rows, pads)
    others = [[entry] for r, entry in enumerate(arithmetic.table(reach).entries) if r not in pads and entry.terms]
    kept, drift = arithmetic.matrix(others, 1), sources.bounds([moved]).reach
    known, one = sources.bounds([divisor]), _is_one(divisor, sources)
    least = (
        ones(1, 1)
        if one
        else arithmetic.matrix([[known_ring(sources).least(sources.value(divisor), arithmetic.atoms)]], 1)
    )
    off = norm(kept, mean.error, drift, scale, step.width, least - known.error)
    held = arithmetic.table(pad_reach(kept, mean.error, drift, scale, known.reach)).cells[0][0]
    sources.pads.update({(token, r): (rows[r], held) for r in pads})
    entries = arithmetic.table(reach).entries
    reach = arithmetic.matrix([[held if r in pads else entry] for r, entry in enumerate(entries)], 1)
    return Normed(scale, off, reach, None if one else (divisor, known, least))


def passed(rows: list[Row], found: Normed, step: Shifted, sources: Sources) -> list[Row]:
    """What the shifted units add."""
    arithmetic, value = sources.arithmetic, step.value / found.size
    weights, linear = modulus(value), mapped(sparse(value, arithmetic), rows)
    shift, out = arithmetic.matrix([[step.shift]], 1), sparse(step.out, arithmetic)
    if found.divisor is None:
        own = found.kept(value)
        own = named(own + found.off.tail(weights @ found.reach + own, shift))
        add_rows(linear, sources.fresh(exactly(zeros(*own.shape)).off_by(own)))
        return mapped(out, linear)
    divisor, size, least = found.divisor
    made = found.off.divided(sources.bounds(linear), size, least, weights @ ones(weights.shape[1], 1))
    made = Bounded(made.size, named(made.error + found.off.tail(made.reach, shift)))
    inverse = known_ring(sources).functions.inverse(sources.value(divisor))
    return mapped(out, sources.fresh(made, [sources.value(row) * inverse for row in linear]))


def known_ring(sources: Sources) -> Ring:
    """The ring. LayerNorm divides, so the values in the ideal network have to be known."""
    if sources.ring is None:
        raise Unsupported("LayerNorm has a composed bound only where the ideal network is followed, too")
    return sources.ring


def _leads(row: Row, scale: Term) -> bool:
    """Whether the part of a pad that is ν times something starts with a positive coefficient."""
    parts = [part for c in row.values() if (part := part_of_size(c, scale)[0]).terms]
    return parts[0].terms[min(parts[0].terms)] > 0


def _split(row: Row, scale: Term) -> tuple[Row, Row]:
    """A row divided by ν: what had ν as a factor, and the rest."""
    whole: Row = {}
    rest: Row = {}
    for source, c in row.items():
        for made, part in zip((whole, rest), part_of_size(c, scale), strict=True):
            if part.terms:
                made[source] = part
    return whole, rest


def _is_one(row: Row, sources: Sources) -> bool:
    ring = known_ring(sources)
    found = sources.value(row) + -ring.one if row else None
    sure = not any(entry.terms for entry in sources.arithmetic.table(sources.bounds([row]).error).entries)
    return found is not None and sure and ring.functions.is_zero(found)
