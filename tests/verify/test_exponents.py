"""exp(u + v) = exp(u) exp(v) over one denominator, and a reading before the last layer."""

from dataclasses import replace
from fractions import Fraction

import flint
import pytest

from constructions import get
from constructions.language import Reading
from constructions.matrix import Unsupported
from verify import verify
from verify.arithmetic import exponents as module
from verify.arithmetic.exponents import Exponents
from verify.arithmetic.polynomial import PolynomialArithmetic
from verify.engines.trials import bound_of, bounds_of
from verify.methods.identity import recorded
from verify.methods.steps import judged
from verify.plan import plan
from verify.sides import claim_sides, step_sides
from verify.verdict import Standing


def test_exponents_over_one_denominator_are_sums_and_over_two_are_not():
    ring = flint.fmpq_mpoly_ctx.get(["x", "y", "s"], "degrevlex")
    (x, y, s), one = ring.gens(), ring.constant(1)
    exponents = Exponents()
    assert exponents.powers(x, s) == {0: 1}
    assert exponents.powers(y, s) == {1: 1}
    assert exponents.powers(2 * x - y, s) == {0: 2, 1: -1}
    assert exponents.powers(x - y, one) == {2: 1}
    assert exponents.powers(x + x / 2, s) == {3: 3}  # x/2 is no whole multiple of x
    assert exponents.powers(x + y, s * s) == {4: 1}
    assert Exponents().powers(-2 * x, one) == {0: -2}  # met as x, so that exp(−x) is known, too


def test_a_reading_before_the_last_layer_is_not_one_at_the_end():
    lasso = get("lasso")
    (step,) = lasso.steps
    sizes = plan(lasso, {"d": 2, "n": 2, "m": 1, "steps": 1})
    early = replace(step, left=Reading("w", layer=-3, at="context"))  # w = 0, before the only step
    assert judged(lasso, sizes, step_sides(step), "").standing is Standing.PROVED
    assert judged(lasso, sizes, step_sides(early), "").standing is Standing.REFUTED


def test_bounds_of_many_pairs_in_one_run_are_those_of_each():
    construction = get("gd-steps")
    program = recorded(construction, plan(construction).sizes[0], claim_sides)
    pairs = [program.outputs, (program.outputs[0], program.outputs[0])]
    assert bounds_of(program, pairs) == [bound_of(replace(program, outputs=pair)) for pair in pairs]


def test_what_was_met_is_not_reduced_again(monkeypatch):
    """Multiples of an exponent that was met are looked up; reduction is for what is new."""
    ring = flint.fmpq_mpoly_ctx.get(["x", "y"], "degrevlex")
    (x, y), one = ring.gens(), ring.constant(1)
    exponents, asked = Exponents(), []
    honest = module._reduced
    monkeypatch.setattr(module, "_reduced", lambda top, echelon: asked.append(top) or honest(top, echelon))
    assert exponents.powers(2 * y - 2 * x, one) == {0: -2}
    assert [exponents.powers(k * (x - y), one) for k in (1, 3, -5)] == [{0: 1}, {0: 3}, {0: -5}]
    assert len(asked) == 1
    assert exponents.powers(x, one) == {1: 1} and exponents.powers(x - 2 * y, one) == {0: 2, 1: -1}
    assert len(asked) == 3


def test_cells_and_lines_are_left_out_where_symbols_proved_the_claim_and_only_there():
    sizes = {"S": 2, "A": 2, "sweeps": 1}
    record = get("value-iteration")
    proved = {verdict.method for verdict in verify(record, **sizes).verdicts}
    assert "symbolic" in proved and not proved & {"cells", "line"}
    asked = verify(record, methods=("symbolic", "cells", "line"), **sizes).verdicts
    assert {"symbolic", "cells", "line"} <= {verdict.method for verdict in asked}
    wide = verify(get("two-layer-network"), d=1, n=2, m=1, K=1, steps=2)
    assert {"cells", "line"} <= {verdict.method for verdict in wide.verdicts}


def test_exponentials_multiply_as_powers_and_not_otherwise():
    functions = PolynomialArithmetic(["x", "y"], room=2)
    x, y, two = functions.variable(0), functions.variable(1), functions.constant(Fraction(2))
    e = functions.exponential

    def same(a, b):
        return functions.is_zero(a + -b)

    assert same(e(x + x + x), e(x) * e(x) * e(x)) and not same(e(x + x), two * e(x))
    assert same(e(x) * e(-x), two * two.inverse())
    assert same(e(x + -y) * e(y), e(x)) and same(e(x + -(y + y)) * e(y) * e(y), e(x))
    assert same(e(x + -x), e(functions.constant(Fraction(0))))
    with pytest.raises(Unsupported, match="more than 2 independent exponentials have no value in rational functions"):
        _ = e(x * y)


def test_powers_are_bounded():
    """Beyond the bound an exponential is a letter of its own: it proves less."""
    ring = flint.fmpq_mpoly_ctx.get(["x"], "degrevlex")
    (x,), one = ring.gens(), ring.constant(1)
    most = module.MOST
    assert Exponents().powers(most * x, one) == {0: most}
    assert Exponents().powers((most + 1) * x, one) == {0: 1}
    exponents = Exponents()
    assert exponents.powers(x, one) == {0: 1} and exponents.powers((most + 1) * x, one) == {1: 1}
