"""Random small networks, each with its own formula or with one change of it: methods must never contradict each other."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from constructions.language import Attention, Construction, Head, Readout, Stream, Transformer, at
from constructions.matrix import exact, relu, zeros
from constructions.matrix.rational import fractions_of
from tests.controls.base import prompt
from verify import Standing
from verify.judge import guarded
from verify.methods.claims import CLAIM_METHODS
from verify.plan import plan, stream_of_integers

STRONG = (Standing.PROVED, Standing.CERTIFIED)
SIZES = {"d": 2, "n": 3, "m": 1}
PROFILES = {60: 25}  # the ci profile draws 60 examples elsewhere; one here runs all methods
EXAMPLES = PROFILES.get(settings().max_examples, settings().max_examples)

numbers = st.integers(-3, 3).map(lambda k: Fraction(k, 2))
registers = st.sampled_from("xy")
heads = st.tuples(registers, registers, registers, numbers)


def record(made, formula_of, kernel):
    """Heads (query, key, value, scale) that all write into y, and the sum that they stand for."""

    def weights(d):
        x, y = stream = Stream(x=d, y=d)
        forms = {"x": x, "y": y}
        layer = tuple(Head(forms[q], forms[k], c * forms[v], y) for q, k, v, c in made)
        return Transformer(stream, (Attention(layer, kernel=kernel, mask="context"),))

    def algorithm(X, Y, X_q):
        answer = 0 * X_q
        for q, k, v, c in formula_of:
            asked = X_q if q == "x" else zeros(X_q.shape[0], X_q.shape[1])
            scores = asked @ (X if k == "x" else Y).T
            if kernel == "relu":
                scores = relu(scores)
            answer = answer + c * scores @ (X if v == "x" else Y)
        return answer

    return Construction(
        name="drawn",
        title="Drawn at random",
        sizes=SIZES,
        data={"X": ("n", "d"), "Y": ("n", "d"), "X_q": ("m", "d")},
        weights=weights,
        prompt=prompt,
        readout=lambda y: Readout(y, at="query"),
        algorithm=algorithm,
    )


def differs(construction):
    """Whether the sides differ at one of some exact points, at any sizes of the plan."""
    drawn = stream_of_integers(16, "agreement")
    for sizes in plan(construction).sizes:
        instance = at(construction, sizes)
        for _ in range(3):
            shapes = {name: instance.shape_of(name) for name in construction.data}
            data = {
                name: exact([[next(drawn) - 2**15 for _ in range(columns)] for _ in range(rows)])
                for name, (rows, columns) in shapes.items()
            }
            if any(map(any, fractions_of(instance.run(data).answer - instance.algorithm(data)))):
                return True
    return False


def judged(construction):
    at_sizes = plan(construction)
    return [
        guarded("claim", "drawn", name, lambda m=method: m(construction, at_sizes))
        for name, method in CLAIM_METHODS.items()
    ]


@st.composite
def pairs(draw):
    """Heads, and the heads of the formula: the same, or one of them changed."""
    made = draw(st.lists(heads, min_size=1, max_size=3))
    formula = list(made)
    if draw(st.booleans()):
        place, change = draw(st.integers(0, len(made) - 1)), draw(heads)
        formula[place] = change
    return made, formula, draw(st.sampled_from(["linear", "relu"]))


@settings(max_examples=EXAMPLES)
@given(pairs())
def test_methods_never_contradict_each_other(pair):
    construction = record(*pair)
    found = judged(construction)
    standings = {verdict.standing for verdict in found}
    where = [(verdict.method, verdict.standing.value, verdict.scope) for verdict in found]
    if differs(construction):
        assert not standings & {*STRONG}, where
    elif pair[0] == pair[1]:
        assert Standing.REFUTED not in standings, where
    assert not (Standing.REFUTED in standings and standings & {*STRONG}), where
