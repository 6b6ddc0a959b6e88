"""What a proof for all depths, a certificate and a report must not overlook: state, domains, parts that do not fit."""

import itertools
from dataclasses import replace
from fractions import Fraction
from functools import partial

import pytest

from constructions.language import Box, DeltaLayer, Equal, Parameter, Stream, Transformer, Within
from constructions.language.held import check_keeps_nothing
from constructions.language.parameters import parameter_value
from constructions.language.statement import BadConstruction
from constructions.matrix import Unsupported, exact
from constructions.matrix.rational import fractions_of
from tests.controls.base import TRUE
from tests.controls.weights_and_masks import layer
from verify import Standing, verify
from verify.arithmetic.magnitudes import MagnitudeArithmetic
from verify.engines.layer_sums import layer_sum
from verify.plan import plan
from verify.scrutiny.digest import described_claims

NOTES: list[int] = []
X = Stream(x=2)


def holding(value):
    return lambda W, l: (value, W)[1]


@pytest.mark.parametrize(
    "value", [[], {}, itertools.count(), iter(()), NOTES.append, object(), (1, [2]), holding([]), partial(max, [1])]
)
def test_a_step_that_holds_what_may_change_is_refused(value):
    with pytest.raises(Unsupported, match="which may count them"):
        check_keeps_nothing("the steps of the algorithm", holding(value))


@pytest.mark.parametrize("value", [None, 1, "a", exact(1), X, X["x"], (1, (2, "b")), holding(3), partial(max, 1), len])
def test_a_step_that_holds_what_stays_is_not(value):
    check_keeps_nothing("the steps of the algorithm", holding(value))


def test_a_stream_keeps_no_notes():
    with pytest.raises(TypeError):
        X.registers["seen"] = 1


@pytest.mark.parametrize("given", [-1, 0, [[1, -1], [1, 1]], [[1, 0], [0, 1]]])
def test_a_matrix_that_must_be_positive_is_so_in_every_entry(given):
    with pytest.raises(BadConstruction, match="the parameter A must be positive"):
        parameter_value("A", Parameter(("d", "d"), positive=True), given, {"d": 2})


def test_a_number_for_a_positive_matrix_is_repeated():
    value = parameter_value("A", Parameter(("d", "d"), positive=True), 3, {"d": 2})
    assert fractions_of(value) == [[3, 3], [3, 3]]


def test_a_record_that_cannot_be_built_is_not_judged_where_it_can():
    """Square shapes hide that queries and keys do not fit; nothing may be refuted before that is said."""

    def weights(d_x, d_y, n, eta):
        made = layer(d_x, d_y, -eta / n)
        (head,) = made.layers[0].heads
        return Transformer(made.stream, (replace(made.layers[0], heads=(replace(head, key=made.stream["y"]),)),))

    report = verify(replace(TRUE, name="keys-of-labels", weights=weights))
    (verdict,) = report.verdicts
    assert verdict.standing is Standing.UNDECIDED
    assert verdict.because.startswith(
        "the record cannot be built at its default sizes d_x=3, d_y=2, n=5, m=2: query has"
    )


def test_the_digest_of_a_claim_knows_its_domain():
    def described(side):
        claims = (Equal(), Within(lambda: exact(1), domain={"X": Box(side), "Y": Box(1), "X_q": Box(1)}))
        return described_claims(replace(TRUE, name="boxed", claims=claims), {"d_x": 2, "d_y": 1, "n": 2, "m": 1}, 0)

    one, other = described(1), described(Fraction(1, 1000))
    assert one["claims"][0] == other["claims"][0]
    assert one["claims"][1] != other["claims"][1]


def test_a_delta_layer_has_no_composed_bound_and_that_is_said():
    k, v, b = stream = Stream(k=1, v=1, b=1)
    with pytest.raises(Unsupported, match="a delta layer has no composed bound"):
        _ = layer_sum(DeltaLayer(k, k, v, b, v), None, stream.width, MagnitudeArithmetic())  # type: ignore[arg-type]


def test_sizes_beyond_all_bounds_are_refused_before_anything_is_built():
    with pytest.raises(
        BadConstruction, match=r"needs about 1,000,00\d,\d{3},\d{3} numbers, and at most 10,000,000 are computed"
    ):
        _ = plan(TRUE, {"d_x": 10**6})
