"""From one pass to all of them: the algorithm makes the same steps without the errors, and the claimed bound carries these on.

With x_{t+1} = x_t L + r_t + e_t in the network and x_{t+1} = x_t L + r_t in the algorithm, from one start, the difference after T
steps is Σ_{t<T} e_t L^{T−1−t}. If |e_t| ≤ ε, each of its entries is at most ε Σ_{k<T} ‖(Lᵀ)^k‖ in absolute value, where ‖·‖ is
the largest row sum. A bound is read as a sum of such carried sums times c/√a; it is enough if these reach ε, and no other term of
it can be negative.
"""

from __future__ import annotations

from typing import Any, NoReturn

import flint

from constructions.language import Construction
from constructions.language.held import check_keeps_nothing
from constructions.language.quantifier import call
from constructions.matrix import Matrix, Size, Unsupported, exact, identity
from constructions.matrix.inverses import inverted
from constructions.matrix.normal import Monomial, powers
from constructions.matrix.opaque import entries_in
from constructions.matrix.sizes import Index, equal, folding, text
from constructions.matrix.words import Formula
from verify.arithmetic.ball import precision
from verify.arithmetic.row_parts import behind
from verify.arithmetic.rows import RowArithmetic
from verify.arithmetic.smooth import ball
from verify.engines.passes import STATE, Passed, Soft, known_positive, positive

FINAL, POWER, SUM = "x′′", "P′", "s′"  # no record can use these names
CARRIED, ROOT = "Σ‖·‖", "1/√"
BITS = 128


def check_algorithm(passed: Passed) -> None:
    """The algorithm starts where the network does, steps as its passes do but for their errors, and answers its state.

    It is an `iterate` with as many steps; parts of its state beside the first are constant. Raises `Unsupported` otherwise.
    """
    arithmetic, instance = passed.arithmetic, passed.instance
    final = arithmetic.symbol(FINAL, *passed.state.shape, "final")

    def meaning(times: Size, step: Any, begin: Any) -> Any:
        _as_many(passed, times)
        check_keeps_nothing("the steps of the algorithm", step)
        parts = begin if isinstance(begin, tuple) else (begin,)
        with folding(_inside):
            made = step((passed.state, *parts[1:]) if isinstance(begin, tuple) else passed.state, Index())
        made = made if isinstance(made, tuple) else (made,)
        pairs = zip((passed.start, passed.moved, *parts[1:]), (parts[0], *made), strict=True)
        words = ("another start", "another step than a pass", *["a state of which another part changes"] * len(parts))
        for (left, right), what in zip(pairs, words, strict=False):
            if passed.differs(left, right):
                raise Unsupported(f"the algorithm has {what}")
        return (final, *parts[1:]) if isinstance(begin, tuple) else final

    with folding(meaning):
        answer = instance.formula(instance.construction.algorithm, passed.data)
    read = final @ instance.network.stream[passed.register].dense @ instance.readout.form.dense.T
    if passed.differs(answer, final) or passed.differs(read, final):
        raise Unsupported("the answer is not the state itself")


def check_bound(passed: Passed, claim: Any, construction: Construction) -> None:
    """The claimed bound is at least ε Σ_{k<T} ‖(Lᵀ)^k‖. Raises `Unsupported` where that is not seen."""
    arithmetic, soft, linear = passed.arithmetic, passed.soft, linear_part(passed)

    def meaning(times: Size, step: Any, begin: Any) -> Any:
        _as_many(passed, times)
        check_keeps_nothing("the steps of the bound", step)
        return _carried_sum(passed, linear, step, begin)

    values = {**passed.instance.sizes, **passed.instance.parameters}
    with folding(meaning):
        bound = entries_in(exact(call(claim.bound, values)), arithmetic)
    if not (equal(bound.rows, 1) and equal(bound.columns, 1)):
        raise Unsupported("the bound is not one number")
    reached = flint.arb(0)
    with precision(BITS):
        for (monomial, word), c in bound.terms.items():
            share = None if word or soft is None else _share(arithmetic, monomial, soft)
            if share is not None:
                reached += ball(c) / share.sqrt()
            elif word or c < 0 or not _never_negative(arithmetic, monomial, construction):
                raise Unsupported("the bound has a term that may be negative, or of which nothing is known")
        if soft is not None and not reached >= flint.arb(soft.keys).log().sqrt():
            least, has = f"√(log {soft.keys}/κ)", reached.str(6, radius=False)
            raise Unsupported(f"a pass is shown to err by {least} at most, and the bound has {has}/√κ for it")


def linear_part(passed: Passed) -> Formula:
    """L, where a pass makes x L + r of the state x, and L is the same in every pass and for all data."""
    arithmetic = passed.arithmetic
    linear, rest = behind(entries_in(passed.moved, arithmetic), STATE)
    if not arithmetic.kinds_in(linear) <= {"parameter", "constant", "size"} or "state" in arithmetic.kinds_in(rest):
        raise Unsupported("a pass is not linear in the state with the same matrix whatever the pass and the data")
    return linear


def _carried_sum(passed: Passed, linear: Formula, step: Any, begin: Any) -> Any:
    """Σ_{k<T} ‖Mᵏ‖ as a letter, where the fold is (P, s) ← (P M, s + ‖P‖) from (I, 0) and M is Lᵀ."""
    arithmetic = passed.arithmetic
    if not isinstance(begin, tuple) or len(begin) != 2:
        raise Unsupported("an iteration in the bound is not (P, s) ← (P M, s + ‖P‖) from (I, 0)")
    size = begin[0].shape[0]
    power, total = arithmetic.symbol(POWER, size, size, "power"), arithmetic.symbol(SUM, 1, 1, "power")
    with folding(_inside):
        moved, sum_ = step((power, total), Index())
    factor, rest = behind(entries_in(moved, arithmetic), POWER)
    norm = Matrix(arithmetic, arithmetic.largest_row_sum(power._entries))
    starts = (begin[0], identity(size)), (begin[1], exact(0)), (sum_, total + norm)
    known = Matrix(arithmetic, factor), Matrix(arithmetic, linear.flipped)
    if rest.terms or "power" in arithmetic.kinds_in(factor) or any(passed.differs(*pair) for pair in starts):
        raise Unsupported("an iteration in the bound is not (P, s) ← (P M, s + ‖P‖) from (I, 0)")
    if not equal(factor.rows, known[1].shape[0]) or passed.differs(*known):
        raise Unsupported("the bound has powers of another matrix than the one that carries errors on")
    return power, arithmetic.symbol(CARRIED, 1, 1, "carried")


def _share(arithmetic: RowArithmetic, monomial: Monomial, soft: Soft) -> Any:
    """q where a term is Σ‖·‖ times 1/√(q · scale), else None."""
    exponents = dict(monomial)
    roots = [name for name in exponents if name.startswith(ROOT)]
    if len(exponents) != 2 or exponents.get(CARRIED) != 1 or len(roots) != 1 or exponents[roots[0]] != 1:
        return None
    (under,) = arithmetic.made[roots[0]]
    if len(under.terms) != 1:
        return None
    (((here, word), c),), (((scale, _), e),) = under.terms.items(), soft.scale.terms.items()
    if word or powers(here, inverted(scale)) or c <= 0:
        return None
    return ball(c / e)


def _never_negative(arithmetic: RowArithmetic, monomial: Monomial, construction: Construction) -> bool:
    """Whether all factors of a term are sizes, positive parameters, sums of norms, or one over the root of such a product."""

    def fine(name: str) -> bool:
        if name.startswith(ROOT):
            (under,) = arithmetic.made[name]
            return len(under.terms) == 1 and positive(under, construction)
        return arithmetic.kinds.get(name) == "carried" or name in known_positive(construction)

    return all(fine(name) for name, _ in monomial)


def _as_many(passed: Passed, times: Size) -> None:
    if not equal(times, passed.instance.network.passes):
        raise Unsupported(
            f"an iteration has {text(times)} steps, and the network makes {text(passed.instance.network.passes)} passes"
        )


def _inside(*_: Any) -> NoReturn:
    raise Unsupported("an iteration inside a step of another is not looked into")
