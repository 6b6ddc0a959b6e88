"""The parts of the study of weights, each on its own: degrees, findings, places, patterns, slots, slopes of GeLU."""

from dataclasses import replace

import numpy as np
import pytest

from constructions.language import (
    Attention,
    Head,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    stack,
)
from constructions.matrix import Unsupported, exact, gelu, identity, solve
from constructions.matrix.floating import FLOAT64, array_of, floats
from tests.controls.bounds import COUNTS
from tests.verify.test_necessity import LABELLED, LEAK, PLAIN, PREDICTED, PREFIXES, SMALL, causal, derivative
from verify import Standing
from verify.arithmetic.pattern import PATTERN, pattern_of
from verify.engines import derivative_degree
from verify.engines.derivative_degree import doubt
from verify.engines.generic_points import FIELD
from verify.engines.places import matching
from verify.engines.sensitivity import study
from verify.methods.necessity import necessity
from verify.plan import Plan, plan

LENGTH = {"d_x": 2, "n": 4}
LEAST_BITS = {1: 3, 2: 4, 3: 4, 5: 5}  # n → bits; by the degrees 4, 6, 8, 12 of what is divided by


@pytest.mark.parametrize(("n", "least"), LEAST_BITS.items())
def test_more_poles_than_points_give_no_probability(n, least, monkeypatch):
    """Half of all points may be poles, and no more of them."""

    def weights(d_x):
        x, y = stream = Stream(x=d_x, y=1)
        return Transformer(stream, (Attention((Head(x, x, y, y),), "linear", "context", normaliser="sum"),))

    given = []
    for bits in range(1, 9):
        monkeypatch.setitem(derivative_degree.BITS, FIELD, bits)
        try:
            given.append((bits, doubt(replace(PLAIN, weights=weights), {"d_x": 1, "n": n, "m": 1}, FIELD)))
        except Unsupported as reason:
            assert str(reason) == "more poles than points" and not given
    assert given[0][0] == least


def test_a_weight_that_matters_against_its_pattern_is_reported(monkeypatch):
    """Here the pattern is said to rule out every query that is not zero."""

    def ruled_out(construction, sizes, seed):
        seen = study(construction, sizes, seed)
        seen.possible["layer 1 head 1 query"] &= ~seen.nonzero["layer 1 head 1 query"]
        return seen

    monkeypatch.setattr("verify.methods.necessity.study", ruled_out)
    verdict = necessity(PLAIN, SMALL)[PREDICTED]
    assert verdict.standing is Standing.REFUTED
    assert "alive, though the pattern rules them out: layer 1 head 1 query row 0 x 0" in verdict.because


@pytest.mark.parametrize(("domain", "standing"), [({"E": "one-hot rows"}, "UNDECIDED"), ({"E": "real"}, "CERTIFIED")])
def test_data_that_do_not_move_freely_say_nothing_of_zeros(domain, standing):
    record = replace(COUNTS, domain=domain)
    assert necessity(record, plan(record))[PREDICTED].standing is Standing[standing]


def test_a_name_matches_the_pattern_that_is_its_own():
    patterns = ["layer 1 *", "layer last head 2 *"]
    assert matching("layer 1 head 1 key row 0 x 0", patterns, "layer 3") == "layer 1 *"
    assert matching("layer 3 head 2 key row 0 x 0", patterns, "layer 3") == "layer last head 2 *"
    assert matching("layer 3 head 1 key row 0 x 0", patterns, "layer 3") is None
    assert matching("layer 2 head 2 key row 0 x 0", patterns, "layer 3") is None


def mixed(mask, mixing):
    def weights(d_x, n):
        x, y, spare = stream = Stream(x=d_x, y=1, spare=1)
        head = Head(query=x, key=x, value=y, into=spare, mixing=mixing(n))
        return Transformer(stream, (Attention((head,), "linear", mask),))

    return weights


def test_a_mixing_is_a_matrix_of_weights_and_its_keys_are_what_anyone_sees():
    """With the identity for a mixing a causal head hides what it hid."""
    record = replace(PREFIXES, weights=mixed("causal", identity))
    found = study(record, LENGTH, 0)
    assert found.nonzero["layer 1 head 1 mixing"].tolist() == np.eye(4, dtype=bool).tolist()
    assert found.live["layer 1 head 1 mixing"][found.nonzero["layer 1 head 1 mixing"]].all()
    at = Plan((LENGTH,))
    assert necessity(record, at)[LEAK].standing is Standing.PROVED
    assert "by the zero pattern of the weights" in necessity(record, at)[LEAK].scope
    ahead = replace(
        PREFIXES, weights=mixed("causal", lambda n: exact(np.eye(n, k=1, dtype=int) + np.eye(n, dtype=int)))
    )
    assert necessity(ahead, at)[LEAK].standing is Standing.REFUTED


def test_the_pattern_of_a_solution_holds_the_solution():
    """A cyclic matrix plus the identity has an inverse without zeros; a triangular one keeps its triangle."""
    cycle = exact([[1, 2, 0, 0], [0, 1, 2, 0], [0, 0, 1, 2], [3, 0, 0, 1]])
    triangle = exact([[1, 2, 0], [0, 1, 2], [0, 0, 1]])
    for matrix in (cycle, triangle):
        size = matrix.shape[0]
        found = PATTERN.solve(PATTERN.lift(matrix), PATTERN.lift(identity(size)))
        assert (found == pattern_of(solve(matrix, identity(size)))).all()
    assert (PATTERN.smooth("gelu", PATTERN.lift(triangle)) == PATTERN.lift(triangle)).all()  # gelu(0) = 0


def test_gelu_is_differentiated_once():
    """Against finite differences in float64: Φ(x) + x φ(x)."""
    at, step = [[-2.0, -0.5, 0.0], [0.25, 1.0, 3.0]], 2.0**-17
    got = array_of(derivative(gelu, at, FLOAT64, lambda a: floats(np.array(a)))[0])
    ends = [array_of(gelu(floats(np.array(at) + sign * step))) for sign in (1, -1)]
    weights = np.array([[3, -2, 7], [1, 4, -1]])
    assert np.abs(got - weights * (ends[0] - ends[1]) / (2 * step)).max() < 1e-8


TWO = replace(
    PLAIN,
    prompt=lambda X, Y, Z, X_q: Prompt((Token(x=X, y=Y, z=Z),), (Token(x=X_q),)),
    data={**PLAIN.data, "Y": ("n", 2), "Z": ("n", 1)},
)


def slot(record):
    return necessity(record, SMALL)[LEAK].evidence["slot"]


def test_who_would_read_a_label_is_said_of_every_coordinate_of_every_slot():
    def record(form):
        def weights(d_x):
            x, y, z = stream = Stream(x=d_x, y=2, z=1)
            seen = form(x, y, z)
            heads = (Head(seen, seen, y, y), Head(seen, seen, z, z))
            return Transformer(stream, (Attention(heads, "linear", "context"),))

        both = lambda y, z: Readout(stack(y, z), "query")  # noqa: E731
        return replace(TWO, weights=weights, readout=both, algorithm=lambda X, Y, Z, X_q: X_q @ X.T @ Y)

    nothing = "attention reads nothing in the query's empty slot y, z"
    read = "attention would read a label in the query's slot y, z, which the prompt leaves empty"
    assert slot(record(lambda x, y, z: x)) == nothing
    assert slot(record(lambda x, y, z: stack(x, exact([[1, 0]]) @ y))) == read
    assert slot(record(lambda x, y, z: stack(x, z))) == read


def test_where_no_slot_is_empty_nothing_is_said_of_one():
    assert slot(LABELLED) == ""  # the label stands in it
    context = replace(PLAIN, readout=lambda y: Readout(y, "context"), algorithm=lambda X, Y, n: X @ X.T @ Y / n)
    assert slot(context) == ""
    assert slot(replace(PREFIXES, weights=causal(lambda n: "causal"), sizes={**PREFIXES.sizes, "m": 3})) == ""
