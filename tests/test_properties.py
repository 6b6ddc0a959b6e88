"""Every theorem at drawn sizes, parameters and degenerate data; and what gradient descent must do besides.

The first part compares network and algorithm exactly. The second never calls an algorithm: its properties
(permutations, rotations, shifts of W_0, composition) hold for the network alone, so a slip of both sides is seen too.
"""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import Phase, event, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from constructions import CATALOGUE
from constructions.language import Attention, Box, Construction, Equal, Limit, Within, at, build
from constructions.language.quantifier import call, written
from constructions.language.quantifier import names_of as quantified
from constructions.matrix import Pole, Unsupported, below, beside, exact, identity, zeros
from constructions.matrix.floating import array_of, floats
from constructions.matrix.rational import fractions_of
from verify.methods.enclosure import Answer, decide
from verify.strategies import DOMAINS, data_of, matrices, orthogonal, parameters_of, sizes_of

FEWER = settings(max_examples=max(20, settings().max_examples // 3))
CLAIMS = [(construction, claim) for construction in CATALOGUE for claim in construction.claims]
EQUAL = [(construction, claim) for construction, claim in CLAIMS if isinstance(claim, Equal)]
WITHIN = [(construction, claim) for construction, claim in CLAIMS if isinstance(claim, Within)]


def named(pairs):
    return [f"{construction.name}: {claim.text}" for construction, claim in pairs]


def test_no_claim_is_left_out():
    assert len(EQUAL) + len(WITHIN) == len([claim for _, claim in CLAIMS if not isinstance(claim, Limit)])
    limits = {construction.name for construction, claim in CLAIMS if isinstance(claim, Limit)}
    assert {construction.name for construction, _ in EQUAL + WITHIN} | limits == {
        construction.name for construction in CATALOGUE
    }
    words = {word for construction in CATALOGUE for word in construction.domain.values() if not isinstance(word, Box)}
    assert words <= {"real", *DOMAINS}


@pytest.mark.parametrize(("construction", "claim"), EQUAL, ids=named(EQUAL))
@FEWER
@given(st.data())
def test_network_equals_algorithm_exactly(construction, claim, data):
    variant = construction.claiming(claim)
    sizes = data.draw(sizes_of(variant))
    instance = at(variant, sizes, data.draw(parameters_of(variant, sizes)))
    values = data.draw(data_of(variant, sizes))
    try:
        answer = fractions_of(instance.algorithm(values))
    except Unsupported:
        assert_not_refuted_in_balls(instance, values)
        return
    except Pole:
        event("the algorithm has a pole")
        with pytest.raises(Pole):
            _ = instance.run(values).answer
        return
    try:
        assert fractions_of(instance.run(values).answer) == answer
    except Unsupported:  # softmax of a network whose algorithm has exact values
        assert_not_refuted_in_balls(instance, values)


def assert_not_refuted_in_balls(instance, values):
    try:
        assert decide(Equal(), instance, values) is not Answer.FAILS
    except Pole:  # a sum of exponentials so small that its ball contains zero
        event("the balls are too wide to divide by")


@pytest.mark.parametrize(("construction", "claim"), WITHIN, ids=named(WITHIN))
@FEWER
@given(st.data())
def test_network_stays_within_its_bound(construction, claim, data):
    """In float64, in the claim's own box, with a relative slack of 1e-12 for rounding, more where differences are divided by s."""
    variant = construction.claiming(claim)
    sizes = data.draw(sizes_of(variant))
    drawn = data.draw(parameters_of(variant, sizes))
    parameters = {name: floats(array_of(value)) for name, value in drawn.items()}
    instance = build(variant, sizes, parameters)
    values = {
        name: floats(array_of(value)) for name, value in data.draw(data_of(variant, sizes, parameters=drawn)).items()
    }
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # no number, then, and no bound
            bound = float(array_of(exact(call(claim.bound, {**sizes, **parameters})))[0, 0])
    except Pole:  # so large an error that the divisor's own bound is gone
        bound = 0.0
    if not bound > 0:  # beyond that pole the formula is no bound: nothing is claimed there
        event("the bound has no value")
        return
    answer = array_of(instance.algorithm(values))
    defect = np.abs(array_of(instance.run(values).answer) - answer).max()
    s = min(1.0, float(array_of(parameters["s"])[0, 0])) if "s" in parameters else 1.0
    assert defect <= bound * (1 + 1e-12) + 1e-12 * (1 + np.abs(answer).max()) / s


@pytest.mark.parametrize("construction", CATALOGUE, ids=lambda c: c.name)
def test_every_near_miss_differs_somewhere_on_drawn_data(construction):
    """What makes the equality above worth something: the same data tell every exact near miss from the algorithm."""
    for name, miss in construction.near_misses.items():
        variant = construction.variant(miss)
        assert seen_to_differ(variant), (
            f"no drawn data tell the near miss {name} of {construction.name} from the theorem"
        )


def seen_to_differ(variant: Construction) -> bool:
    @st.composite
    def cases(draw):
        sizes = draw(sizes_of(variant))
        return sizes, draw(parameters_of(variant, sizes)), draw(data_of(variant, sizes))

    def differs_in_floats(sizes, parameters, values):
        instance = build(variant, sizes, {name: floats(array_of(value)) for name, value in parameters.items()})
        floating = {name: floats(array_of(value)) for name, value in values.items()}
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # the exponentials of wild data
                difference = array_of(instance.run(floating).answer) - array_of(instance.algorithm(floating))
        except Pole:
            return False
        return np.abs(difference).max() > 1e-3  # not where it is no number

    def differs(case):
        sizes, parameters, values = case
        try:
            instance = at(variant, sizes, parameters)
            return fractions_of(instance.run(values).answer) != fractions_of(instance.algorithm(values))
        except Unsupported:
            return differs_in_floats(sizes, parameters, values)
        except Pole:
            return True
        except ValueError:  # the shapes of the near miss fit at some sizes only
            return False

    try:
        _ = find(
            cases(),
            differs,
            settings=settings(max_examples=500, phases=[Phase.generate], database=None, derandomize=True),
        )
    except NoSuchExample:
        return False
    return True


# ---- gradient descent: what must hold for the network alone


def chapter(construction: Construction) -> str:
    return written(construction.weights).__module__.split(".")[1]


SUMS = {
    "raw-sgd-step",
    "raw-sgd",
    "batch-gd",
}  # of a loss that is a sum, with weight decay towards 0; the first two in order
DESCENT = [c for c in CATALOGUE if chapter(c) == "gradient_descent" and set(c.data) == {"X", "Y", "X_q"}]
REGRESSION = [c for c in DESCENT if c.name not in SUMS and isinstance(c.claims[0], Equal)]
ORDERED = {"causal-lm"}  # examples see earlier ones only, so their order matters
REDUCES_TO_W = [c for c in REGRESSION if "W_0" in c.parameters]


def names_of(constructions):
    return {c.name for c in constructions}


def test_the_chapter_is_covered():
    others = {"delta-rule", "cot-gd"}  # with other data: they answer at every token, or with the weights themselves
    assert names_of(DESCENT) | others == {c.name for c in CATALOGUE if chapter(c) == "gradient_descent"}
    assert {"gd-step", "gd-steps", "gd-looped", "gd-preconditioned", "gd-interleaved"} <= names_of(REDUCES_TO_W)


def answers(construction, sizes, parameters, X, Y, X_q):
    """The network's answers at the queries, one row each."""
    instance = at(construction, {**sizes, "n": X.shape[0], "m": X_q.shape[0]}, parameters)
    return instance.run({"X": X, "Y": Y, "X_q": X_q}).read(instance.readout.form, "query")


@st.composite
def problems(draw, construction):
    sizes = draw(sizes_of(construction))
    parameters, data = draw(parameters_of(construction, sizes)), draw(data_of(construction, sizes))
    return sizes, parameters, data["X"], data["Y"], data["X_q"]


def over(constructions):
    return pytest.mark.parametrize("construction", constructions, ids=lambda c: c.name)


@over([c for c in REGRESSION if c.name not in ORDERED])
@FEWER
@given(st.data())
def test_the_order_of_examples_does_not_matter(construction, data):
    sizes, parameters, X, Y, X_q = data.draw(problems(construction))
    order = list(data.draw(st.permutations(range(sizes["n"]))))
    before = fractions_of(answers(construction, sizes, parameters, X, Y, X_q))
    assert fractions_of(answers(construction, sizes, parameters, X[order], Y[order], X_q)) == before


def test_where_the_order_of_examples_matters_it_is_seen_to():
    for construction in REGRESSION:
        if construction.name in ORDERED:
            sizes = {**dict.fromkeys(construction.sizes, 1), "n": 2, "steps": 2}
            X, Y = exact([[1], [2]]), exact([[1], [5]])
            there, back = (
                answers(construction, sizes, {}, X[order], Y[order], exact([[1]])) for order in ([0, 1], [1, 0])
            )
            assert fractions_of(there) != fractions_of(back)


@over(REGRESSION)
@FEWER
@given(st.data())
def test_the_answer_is_linear_in_the_query(construction, data):
    sizes, parameters, X, Y, X_q = data.draw(problems(construction))
    mix = data.draw(matrices(2, sizes["m"]))
    answered = answers(construction, sizes, parameters, X, Y, X_q)
    assert fractions_of(answers(construction, sizes, parameters, X, Y, mix @ X_q)) == fractions_of(mix @ answered)


@over(REGRESSION)
@FEWER
@given(st.data())
def test_queries_are_answered_one_by_one(construction, data):
    """Any list of queries, in any order and with repetition, gets the list of its answers."""
    sizes, parameters, X, Y, X_q = data.draw(problems(construction))
    chosen = data.draw(st.lists(st.integers(0, sizes["m"] - 1), min_size=1, max_size=3))
    answered = answers(construction, sizes, parameters, X, Y, X_q)
    assert fractions_of(answers(construction, sizes, parameters, X, Y, X_q[chosen])) == fractions_of(answered[chosen])


def rotated(construction, parameters, R):
    """Parameters in rotated coordinates: rows of W_0 turn, A and the blocks of P and Q are conjugated."""
    d = R.shape[0]
    wide = below(beside(R, zeros(d, 1)), beside(zeros(1, d), identity(1)))

    def turn(value, shape):
        if isinstance(value, (list, tuple)):
            return [turn(part, shape[1:]) for part in value]
        if tuple(shape[-2:]) == ("d_x", "d_x"):
            return R.T @ value @ R
        if tuple(shape[-2:]) == ("d_x + 1", "d_x + 1"):
            return wide.T @ value @ wide
        return value @ R if shape[-1:] == ("d_x",) else value

    return {name: turn(value, construction.parameters[name].shape) for name, value in parameters.items()}


@over(REGRESSION)
@FEWER
@given(st.data())
def test_rotating_all_inputs_changes_nothing(construction, data):
    sizes, parameters, X, Y, X_q = data.draw(problems(construction))
    R = data.draw(orthogonal(sizes["d_x"]))
    before = fractions_of(answers(construction, sizes, parameters, X, Y, X_q))
    turned = rotated(construction, parameters, R)
    assert fractions_of(answers(construction, sizes, turned, X @ R, Y, X_q @ R)) == before


@over(REDUCES_TO_W)
@FEWER
@given(st.data())
def test_shifting_the_initial_weights_and_the_labels_together(construction, data):
    """W_0 + S on labels y + S x ends at W_K + S."""
    sizes, parameters, X, Y, X_q = data.draw(problems(construction))
    S = data.draw(matrices(sizes["d_y"], sizes["d_x"]))
    before = answers(construction, sizes, parameters, X, Y, X_q)
    shifted = {**parameters, "W_0": parameters["W_0"] + S}
    after = answers(construction, sizes, shifted, X, Y + X @ S.T, X_q)
    assert fractions_of(after) == fractions_of(before + X_q @ S.T)


WITH_VELOCITY = {"heavy-ball", "chebyshev"}  # the next step needs more than the weights
STEPPED = [c for c in REDUCES_TO_W if "steps" in c.sizes and c.name not in WITH_VELOCITY]


@over(STEPPED)
@FEWER
@given(st.data())
def test_k_steps_are_k_networks_of_one_step(construction, data):
    """Asked about the unit vectors, a one-step network answers W_1ᵀ; that is the W_0 of the next one."""
    sizes, parameters, X, Y, X_q = data.draw(problems(construction))
    W, unit = parameters["W_0"], identity(sizes["d_x"])
    for k in range(sizes["steps"]):
        one = {name: at_step(construction, name, value, k) for name, value in parameters.items()}
        W = answers(construction, {**sizes, "steps": 1}, {**one, "W_0": W}, X, Y, unit).T
    assert fractions_of(answers(construction, sizes, parameters, X, Y, X_q)) == fractions_of(X_q @ W.T)


def at_step(construction, name, value, k):
    """The k-th part of a parameter that has one part a step."""
    if construction.parameters[name].shape[:1] != ("steps",):
        return value
    return [value[k]] if isinstance(value, (list, tuple)) else value[k]


def counts_examples(construction):
    given = {name: 1 for name, declared in construction.parameters.items() if declared.default is None}
    layers = at(construction, parameters=given).network.unrolled
    return "n" in quantified(construction.weights) or any(
        layer.normaliser == "1/n" for layer in layers if isinstance(layer, Attention)
    )


SCALED_BY_N = {"eta", "A"}  # what multiplies 1/n in these theorems
SCALED_AGAINST_N = {"mu", "L"}  # what is divided by


@over(REGRESSION)
@FEWER
@given(st.data())
def test_a_zero_example_changes_n_and_nothing_else(construction, data):
    """n + 1 examples, the last being (0; 0), with step sizes times (n + 1)/n: the same answers. GD++ keeps its γ.

    Where neither the weights nor a layer count the examples, a zero example changes nothing at all.
    """
    sizes, parameters, X, Y, X_q = data.draw(problems(construction))
    n, uniform = sizes["n"], not counts_examples(construction)

    def scaled(value):
        return [scaled(part) for part in value] if isinstance(value, (list, tuple)) else Fraction(n + 1, n) * value

    steps = set() if uniform else SCALED_BY_N & set(parameters)
    against = set() if uniform else SCALED_AGAINST_N & set(parameters)
    assert bool(steps) + bool(against) == (0 if uniform else 1)
    more = {name: scaled(value) if name in steps else value for name, value in parameters.items()}
    more |= {name: Fraction(n, n + 1) * parameters[name] for name in against}
    before = fractions_of(answers(construction, sizes, parameters, X, Y, X_q))
    X_0, Y_0 = below(X, zeros(1, sizes["d_x"])), below(Y, zeros(1, Y.shape[1]))
    assert fractions_of(answers(construction, sizes, more, X_0, Y_0, X_q)) == before
