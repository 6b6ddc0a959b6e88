"""Identity testing: the fields agree with each other, the bounds are bounds, and a planted error is never certified."""

from dataclasses import replace
from fractions import Fraction
from math import log2

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from constructions import get
from constructions.language import Attention, Head, Stream, Transformer, Within
from constructions.matrix import Pole, Unsupported, below, beside, exact, reciprocal, relu, solve
from constructions.matrix.rational import fractions_of
from tests.controls.base import TRUE, algorithm, weights
from tests.verify.programs import OnALine, Ratio, programs
from verify import Standing
from verify.arithmetic import degree, prime_field
from verify.arithmetic.factors import Degrees, Factor, margin
from verify.arithmetic.primes import MERSENNE, probably_prime, random_prime
from verify.arithmetic.program import Program
from verify.arithmetic.recorder import Recorder
from verify.arithmetic.residues import NotInField, Residues, self_test
from verify.engines import trials, two_points
from verify.engines.trials import Rationals, bound_of, mersenne, random_field
from verify.engines.two_points import compare, evaluated
from verify.methods.identity import identity, recorded, test_identity
from verify.plan import Plan, plan, stream_of_integers
from verify.sides import claim_sides, invariant_sides, step_sides

test_identity.__test__ = False  # it is not a test
ROUTES = ("rational", "prime", "")
PRIMES = (10007, 2**61 - 1, 2**127 - 1, 2**521 - 1)
EVERY_MERSENNE = 1
for exponent in MERSENNE:
    EVERY_MERSENNE *= 2**exponent - 1


def small(construction=TRUE) -> Plan:
    return Plan((plan(construction).sizes[0],))


def judged(record, route="", plan=None):
    return identity(record, plan or small(record), route)


def with_value(factor, **fields):
    """The true record with its value multiplied by a number."""

    def changed(d_x, d_y, n, eta):
        x, y = stream = Stream(x=d_x, y=d_y)
        head = Head(query=x, key=x, value=factor * -eta / n * y, into=y)
        return Transformer(stream, (Attention((head,), kernel="linear", mask="context"),))

    return replace(TRUE, weights=changed, **fields)


def run_in(arithmetic, program, bits=40, word="point"):
    numbers = stream_of_integers(bits, word)
    left, right = program.run(
        arithmetic, lambda r, c, positive: arithmetic.of(r, c, [next(numbers) + positive for _ in range(r * c)])
    )
    return arithmetic.residues(left) + arithmetic.residues(right)


# --- the fields --------------------------------------------------------------------------------------------------


@given(programs(), st.sampled_from(PRIMES))
def test_flint_numpy_and_the_rationals_modulo_p_agree(program, p):
    try:
        over_q = run_in(Rationals(), program)
    except Pole:
        assume(False)
    assume(all(value.denominator % p for value in over_q))
    try:
        by_flint, by_numpy = run_in(prime_field.PrimeField(p), program), run_in(Residues(p), program)
    except Pole:
        assume(p > 10**6)  # a small field has poles of its own
        raise
    assert by_flint == by_numpy == [value.numerator * pow(value.denominator, -1, p) % p for value in over_q]


@pytest.mark.parametrize("name", ["gd-looped", "gd-plus-plus", "causal-lm", "mesa-layer", "td-zero", "copy-next"])
def test_the_fields_agree_on_the_networks_of_the_catalogue(name):
    construction, p = get(name), 2**127 - 1
    for sizes in plan(construction).sizes:
        program = recorded(construction, sizes, claim_sides)
        over_q = [v.numerator * pow(v.denominator, -1, p) % p for v in run_in(Rationals(), program)]
        assert run_in(prime_field.PrimeField(p), program) == over_q == run_in(Residues(p), program)


@pytest.mark.parametrize("p", PRIMES)
@pytest.mark.parametrize("field", [prime_field.PrimeField, Residues])
def test_the_largest_entries_multiply_right(field, p):
    assert self_test(field(p))


@pytest.mark.parametrize("field", [prime_field.PrimeField, Residues])
def test_every_operation_by_hand(field):
    gf = field(7)
    a, b = gf.of(2, 2, [1, 2, 3, 4]), gf.of(2, 1, [5, 6])
    values = {
        "lift": (gf.lift(exact([["1/2", -1], [8, "7/3"]])), [4, 6, 1, 0]),  # 1/2 = 4, and 7 = 0
        "whole": (gf.lift(exact([[9, -1]])), [2, 6]),
        "negate": (gf.negate(b), [2, 1]),
        "times": (gf.times(b, b), [4, 1]),
        "scale": (gf.scale(gf.of(1, 1, [3]), b), [1, 4]),
        "matmul": (gf.matmul(a, b), [3, 4]),
        "transpose": (gf.transpose(a), [1, 3, 2, 4]),
        "take": (gf.take(a, [1], [1, 0]), [4, 3]),
        "below": (gf.join([gf.transpose(b), a, a], 0), [5, 6, 1, 2, 3, 4, 1, 2, 3, 4]),
        "beside": (gf.join([b, a, b], 1), [5, 1, 2, 5, 6, 3, 4, 6]),
        "one part": (gf.join([a], 1), [1, 2, 3, 4]),
        "one row": (gf.join([a], 0), [1, 2, 3, 4]),
        "reciprocal": (gf.reciprocal(a), [1, 4, 5, 2]),
        "solve": (gf.solve(a, b), [3, 1]),  # 3 + 2 = 5, and 9 + 4 = 13 = 6
        "nothing": (gf.matmul(gf.of(2, 0, []), gf.of(0, 1, [])), [0, 0]),
    }
    assert {name: gf.residues(value) for name, (value, _) in values.items()} == {k: v for k, (_, v) in values.items()}


def test_the_self_test_can_fail():
    class Wraps(Residues):
        def matmul(self, a, b):
            return (a.astype(float) @ b.astype(float)).astype(object) % self.p  # rounds

    assert not self_test(Wraps(2**61 - 1))


@pytest.mark.parametrize("field", [prime_field.PrimeField, Residues])
def test_poles_and_denominators_are_refused(field):
    gf = field(7)
    with pytest.raises(NotInField, match=r"1/14 has no value in .*: p divides the denominator"):
        gf.lift(exact("1/14"))
    with pytest.raises(Pole, match=r"^division by zero$"):
        gf.reciprocal(gf.of(1, 2, [3, 14]))
    with pytest.raises(Pole, match=r"^singular linear system$"):
        gf.solve(gf.of(2, 2, [1, 2, 3, 13]), gf.of(2, 1, [1, 1]))
    with pytest.raises(Unsupported, match="relu has no value in"):
        gf.relu(gf.of(1, 1, [3]))


def test_random_primes_are_prime_and_composites_are_seen():
    numbers = stream_of_integers(60, "primes")
    drawn = {random_prime(60, numbers) for _ in range(20)}
    assert len(drawn) == 20 and all(2**60 < p < 2**61 for p in drawn)
    import sympy

    assert all(sympy.isprime(p) for p in drawn)
    for composite in ((2**61 - 1) * (2**31 - 1), 3215031751, 3825123056546413051, 561 * 10**6 + 1):
        assert probably_prime(composite, stream_of_integers(60, "bases")) == sympy.isprime(composite)
    assert all(sympy.isprime(2**e - 1) for e in MERSENNE[:3])


# --- what is written down ----------------------------------------------------------------------------------------

WRITTEN = {
    "add": lambda A, B, s: A + B,
    "add, swapped": lambda A, B, s: B + A,
    "negate": lambda A, B, s: -A,
    "times": lambda A, B, s: A * B,
    "scale": lambda A, B, s: s * A,
    "constant": lambda A, B, s: 2 * A,
    "another constant": lambda A, B, s: 3 * A,
    "the constant over 5": lambda A, B, s: Fraction(2, 5) * A,
    "matmul": lambda A, B, s: A @ B,
    "matmul, swapped": lambda A, B, s: B @ A,
    "transpose": lambda A, B, s: A.T @ B,
    "take": lambda A, B, s: below(A[[0]], A[[0]]),
    "take another": lambda A, B, s: below(A[[0]], A[[1]]),
    "take columns": lambda A, B, s: A[:, [1, 0]],
    "take rows": lambda A, B, s: A[[1, 0]],
    "below": lambda A, B, s: below(A, B)[[1, 2]],
    "beside": lambda A, B, s: beside(A, B)[:, [1, 2]],
    "reciprocal": lambda A, B, s: reciprocal(A),
    "solve": lambda A, B, s: solve(A, B),
    "solve, swapped": lambda A, B, s: solve(B, A),
    "variable": lambda A, B, s: A,
    "another variable": lambda A, B, s: B,
}


def written(make, name="A", positive=False, other=0):
    recorder = Recorder()
    A, B = recorder.variable(2, 2, name, positive), recorder.variable(2, 2, "B")
    return Program.of(recorder, make(A, B, recorder.variable(1, 1, "s")), exact([[other, 0], [0, 0]]))


def test_the_digest_covers_every_operation_operand_and_constant():
    first, again = ([written(make).digest for make in WRITTEN.values()] for _ in range(2))
    assert first == again and len(set(first)) == len(first) and {len(digest) for digest in first} == {32}
    others = [written(WRITTEN["variable"], **more) for more in ({"name": "C"}, {"positive": True}, {"other": 1})]
    assert len({*first, *(program.digest for program in others)}) == len(first) + 3
    recorder = Recorder()
    A, B = recorder.variable(2, 2, "A"), recorder.variable(2, 2, "B")
    assert Program.of(recorder, A, B).digest != Program.of(recorder, B, A).digest
    assert Program.of(recorder, A, B).outputs == (0, 1)


def test_what_occurred_before_is_written_once():
    recorder = Recorder()
    A, B = recorder.variable(2, 3, "A"), recorder.variable(3, 4, "B")
    once = A @ B
    assert len(recorder.operations) == 3 and recorder.products == 24 and not recorder.divides
    assert Program.of(recorder, A @ B, once).outputs == (2, 2) and len(recorder.operations) == 3
    assert A[[0, 1]].shape == (2, 3) and len(recorder.operations) == 3  # all rows in order: nothing is taken
    assert below(A, A).shape == (4, 3) and beside(A, A).shape == (2, 6) and A.T.shape == (3, 2)
    assert A[[1]].shape == (1, 3) and (A @ B).shape == (2, 4)
    assert [operation.name for operation in recorder.operations[3:]] == ["join", "join", "transpose", "take"]


@pytest.mark.parametrize("name", ["reciprocal", "solve"])
def test_a_division_is_noticed(name):
    assert written(WRITTEN[name]).divides and not written(WRITTEN["times"]).divides


def test_solutions_have_the_shape_of_the_right_side():
    recorder = Recorder()
    A, b = recorder.variable(2, 2, "A"), recorder.variable(2, 1, "b")
    assert solve(A, b).shape == (2, 1) and reciprocal(b).shape == (2, 1)


@pytest.mark.parametrize("name", WRITTEN)
def test_a_program_says_what_the_functions_say(name):
    """Written down and run in ℚ, against the same formula on exact matrices."""
    values = [[[2, 3], [5, 7]], [[1, 4], [6, 11]], [[13]]]
    numbers = iter([entry for matrix in values for row in matrix for entry in row])
    field = Rationals()
    left, right = written(WRITTEN[name], other=3).run(
        field, lambda r, c, positive: field.of(r, c, [next(numbers) for _ in range(r * c)])
    )
    expected = fractions_of(WRITTEN[name](*map(exact, values)))
    assert field.residues(left) == [entry for row in expected for entry in row] and field.residues(right) == [
        3,
        0,
        0,
        0,
    ]


# --- degrees and heights -----------------------------------------------------------------------------------------


def line(word):
    """Variables a + b t with integers a, b."""
    numbers = stream_of_integers(12, word)
    arithmetic = OnALine()
    return lambda r, c, positive: arithmetic.table(r, c, lambda i, j: Ratio([next(numbers), next(numbers) + 1]))


def degree_holds(program, lines=("first", "second")):
    """Whether the bounds are at least what is measured on random lines."""
    numbers = [degree.degree_variables, degree.DegreeArithmetic()]
    left, right = program.run(numbers[1], lambda r, c, positive: numbers[0](r, c))
    bounds = numbers[1].add(left, right)
    for word in lines:
        a, b = program.run(OnALine(), line(word))
        for bound, entry in zip(bounds.numerators.flat, OnALine().add(a, OnALine().negate(b)).flat, strict=True):
            if entry.top and (entry.top.degree() > bound or entry.bottom.degree() > bounds.denominator):
                return False
    return True


@given(programs())
def test_the_computed_degree_is_never_below_the_true_one(program):
    try:
        assert degree_holds(program)
    except Pole:
        assume(False)


@pytest.mark.parametrize("rule", ["times", "matmul", "reciprocal", "solve", "add"])
def test_an_understated_degree_is_noticed(rule, monkeypatch):
    true_rule = getattr(degree.DegreeArithmetic, rule)

    def understated(self, a, b=None):
        result = true_rule(self, a) if b is None else true_rule(self, a, b)
        return Degrees(np.where(result.numerators > 0, result.numerators - 1, result.numerators), {}, result.height)

    monkeypatch.setattr(degree.DegreeArithmetic, rule, understated)
    recorder = Recorder()
    A, B = recorder.variable(2, 2, "A"), recorder.variable(2, 2, "B")

    values = {"times": A * B, "matmul": A @ B, "reciprocal": reciprocal(A), "solve": solve(A, B), "add": A + B}
    assert not degree_holds(Program.of(recorder, values[rule], exact([[0, 0], [0, 0]])))


@given(programs())
def test_the_computed_height_is_never_below_the_true_one(program):
    """On t^(powers) the numerator keeps its height; its first and last coefficients divide those of the reduced one's multiple."""
    assert height_holds(program)


def height_holds(program):
    powers = iter(range(1, 100))
    table = OnALine().table

    def variable(r, c, positive):
        return table(r, c, lambda i, j: Ratio([0] * (next(powers) % 9) + [1]))

    try:
        bound = bound_of(program)
        a, b = program.run(OnALine(), variable)
    except Pole:
        assume(False)
    for entry in OnALine().add(a, OnALine().negate(b)).flat:
        coefficients = [abs(int(c)) for c in entry.top.coeffs() if c]
        ends = [coefficients[0], coefficients[-1], abs(int(entry.top(1)))] if coefficients else []
        if any(end and log2(end) > bound.height for end in ends):
            return False
    return True


def test_an_understated_height_is_noticed(monkeypatch):
    recorder = Recorder()
    A = recorder.variable(2, 2, "A")
    program = Program.of(recorder, 1000 * A, exact([[0, 0], [0, 0]]))
    assert height_holds(program)
    lift = degree.DegreeArithmetic.lift
    monkeypatch.setattr(degree.DegreeArithmetic, "lift", lambda self, a: replace(lift(self, a), height=0.0))
    assert not height_holds(program)


@pytest.mark.parametrize("field", [prime_field.PrimeField, Residues, lambda p: Rationals()])
def test_a_zero_pivot_is_no_pole(field):
    gf = field(101)
    assert gf.residues(gf.solve(gf.of(2, 2, [0, 1, 1, 0]), gf.of(2, 1, [3, 4]))) == [4, 3]


def test_the_denominator_of_a_divisor_comes_to_the_top():

    recorder = Recorder()
    a, b = recorder.variable(1, 1, "a"), recorder.variable(1, 1, "b")
    for value in (reciprocal(reciprocal(a)), solve(reciprocal(a), b), solve(reciprocal(a * b), 0 * b + 1)):
        assert degree_holds(Program.of(recorder, value, exact(0)))


def test_the_adjugate_counts_in_the_height_of_a_solution():
    large = Degrees(np.ones((2, 2)), {("constant", 3): Factor(0.0, 7.0)}, 10.0)
    solved = degree.DegreeArithmetic().solve(large, degree.degree_variables(2, 1))
    assert solved.height >= 10 + 1 + 7 and sum(f.height for f in solved.factors.values()) >= 2 * 10 + 1


def test_every_rule_of_degree_and_height_by_hand():
    """A: degree 3 and height 10 over a factor (5, 7); B: degree 2 and height 4 over a factor (1, 2). 2 × 2 both."""
    a = Degrees(np.full((2, 2), 3.0), {"f": Factor(5.0, 7.0)}, 10.0)
    b = Degrees(np.full((2, 2), 2.0), {"g": Factor(1.0, 2.0)}, 4.0)
    rules = degree.DegreeArithmetic()

    def seen(value):
        return value.numerators[0, 0], value.height, value.denominator, value.denominator_height

    assert seen(rules.add(a, b)) == (7, 13, 6, 9)  # 2 + 5, and max(10 + 2, 4 + 7) + 1
    assert seen(rules.times(a, b)) == seen(rules.scale(rules.take(a, [0], [0]), b)) == (5, 14, 6, 9)
    assert seen(rules.times(a, a)) == (6, 20, 10, 14)
    assert seen(rules.matmul(a, b)) == (5, 15, 6, 9)  # a sum of 2 products
    assert seen(rules.matmul(rules.take(a, [0], [0]), rules.take(b, [0], [0]))) == (5, 14, 6, 9)
    assert seen(rules.join([a, b], 0)) == (4, 12, 6, 9)
    assert seen(rules.transpose(a)) == seen(rules.negate(a)) == seen(a)
    assert rules.divided == Factor(0.0, 0.0)
    assert seen(rules.reciprocal(a)) == (14, 37, 12, 40)  # 3·3 + 5, and 3·10 + 7, over the product of all four
    assert seen(rules.solve(a, b)) == (10, 33, 7, 24)  # det: 2·3 and 2·(10 + 1); adj·N_B·D_A: 3 + 2 + 5 and 22 + 4 + 7
    assert rules.divided == Factor(18.0, 62.0)
    one, other = rules.take(a, [0], [0]), rules.take(b, [0], [0])
    assert seen(rules.reciprocal(one)) == (5, 7, 3, 10) and seen(rules.solve(one, other)) == (7, 21, 4, 12)
    assert seen(rules.lift(exact([["3/2", 0], ["1/2", -4]]))) == (0, 3, 0, 1)  # 3, 0, 1, −8 over 2
    assert seen(rules.lift(exact([[0, 5]]))) == (-np.inf, log2(5), 0, 0) and rules.divided == Factor(24.0, 83.0)
    assert np.isneginf(rules.matmul(rules.take(a, [0, 1], []), rules.take(b, [], [0, 1])).numerators).all()


def test_large_degrees_are_not_rounded_down():
    big = Degrees(np.array([[2.0**60, 3.0]]), {})
    inverse = degree.DEGREE.reciprocal(big)
    assert inverse.numerators[0].tolist() == [3.0, 2.0**60]  # a difference of large sums would be 0
    part, other = (
        Degrees(np.array([[1.0]]), {1: Factor(2.0**60, 0.0)}),
        Degrees(np.array([[1.0]]), {1: Factor(2.0**60, 0.0), 2: Factor(5.0, 0.0)}),
    )
    assert degree.DEGREE.add(part, other).numerators[0, 0] == 6.0
    assert margin(2.0**60) > 2**60 and margin(3.5) == 4 and margin(7.0) == 7


def test_a_degree_beyond_floats_is_refused():
    value = degree.degree_variables(2, 2)
    with pytest.raises(Unsupported, match="too large"):
        for _ in range(1100):
            value = degree.DEGREE.add(degree.DEGREE.times(value, value), degree.DEGREE.lift(exact([[0, 0], [0, 0]])))


# --- verdicts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ROUTES)
def test_a_true_theorem_is_certified(route):
    verdict = judged(TRUE, route)
    assert verdict.standing is Standing.CERTIFIED
    (record,) = verdict.evidence["points"]
    assert record["log2_failure"] <= -80 and record["trials"] == 2 and record["degree"] == 4


def test_small_problems_without_division_are_computed_in_the_rationals(monkeypatch):
    def fields(record):
        return [name.split(",")[0] for name in judged(record).evidence["points"][0]["fields"]]

    assert fields(TRUE) == ["ℚ", "ℚ"]
    assert fields(get("mesa-layer")) == ["GF(2^127 − 1)", "GF(p)"]
    products = recorded(TRUE, small().sizes[0], claim_sides).products
    monkeypatch.setattr(two_points, "SMALL", products)
    assert fields(TRUE) == ["ℚ", "ℚ"]
    monkeypatch.setattr(two_points, "SMALL", products - 1)
    assert fields(TRUE) == ["GF(2^127 − 1)", "GF(p)"]


def test_the_evidence_in_full():
    at, seen = small().sizes[0], judged(TRUE, "prime")
    (record,) = seen.evidence["points"]
    assert seen.scope == f"all real data and parameters, {small().where}; failure probability ≤ 2^-100"
    assert (seen.kind, seen.method, seen.subject, seen.because) == ("claim", "identity", TRUE.claims[0].text, "")
    digest = recorded(TRUE, at, claim_sides).digest.hex()
    assert record.pop("program") == digest and record.pop("fields")[1].startswith(
        "GF(p), p a random prime of 128 bits = "
    )
    words = "SHAKE-256 of the recorded program, the sizes, the seed and the values before"
    assert record == {
        "sizes": dict(at), "degree": 4, "height": 31, "bits": 127, "trials": 2, "poles": 0,
        "points": words, "log2_failure": -100,
    }  # fmt: skip
    wrong = judged(with_value(2), "prime")
    assert (wrong.scope, wrong.because) == (f"at a random point with {small().in_words}", "the two sides differ")
    assert wrong.evidence["points"][0]["log2_failure"] == 0 and wrong.evidence["points"][0]["trials"] == 1
    assert (wrong.kind, wrong.method, wrong.subject) == ("claim", "identity", TRUE.claims[0].text)


def test_the_worst_of_all_sizes_is_claimed_and_the_points_move_with_the_seed(monkeypatch):
    asked, failures = [], iter([-100, -81, -90])

    def compared(program, words, route):
        asked.append((words, route))
        return {"log2_failure": next(failures)}, False

    monkeypatch.setattr("verify.methods.identity.compare", compared)
    at = replace(plan(TRUE), seed=7)
    verdict = identity(TRUE, at, "prime")
    assert verdict.scope.endswith(f"{at.in_words}; failure probability ≤ 2^-81") and len(at.sizes) == 3
    assert asked == [(("one-step", sorted(sizes.items()), 7), "prime") for sizes in at.sizes]


def test_what_is_undecided_says_of_what_kind_and_where():
    def never(X, Y, X_q, eta):
        return algorithm(X, Y, X_q, eta) / (X[0, 0] * Y[0, 0] - Y[0, 0] * X[0, 0])

    def whatever(X, Y, X_q, eta):
        return algorithm(X, Y, X_q, eta) / 0

    def kinked(X, Y, X_q, eta):
        return relu(algorithm(X, Y, X_q, eta))

    reasons = {never: "at every one of 20 points", whatever: "whatever the data", kinked: "are no rational functions"}
    records = [(replace(TRUE, algorithm=made), reason) for made, reason in reasons.items()]
    records.append((replace(with_value(2), domain={"X": "one-hot rows"}), "X is restricted to one-hot rows"))
    for record, reason in records:
        verdict = test_identity(record, small(), claim_sides, kind="step", subject="S")
        assert (verdict.kind, verdict.method, verdict.subject) == ("step", "identity", "S")
        assert (
            verdict.standing is Standing.UNDECIDED
            and verdict.because.endswith(reason)
            and verdict.scope == small().where
        )
    bound = replace(TRUE, claims=(Within(lambda d_x: 1),))
    verdict = identity(bound, small())
    assert verdict.standing is Standing.UNDECIDED and verdict.scope == small().where
    assert verdict.because == "it decides equalities, and the claim is a bound"
    assert (verdict.method, verdict.subject) == ("identity", bound.claims[0].text)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("factor", [1 + Fraction(1, 10**12), -1, 2, 1 + Fraction(1, 10**300)])
def test_planted_errors_are_refuted(factor, route):
    assert judged(with_value(factor), route).standing is Standing.REFUTED


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("multiple", [2**127 - 1, EVERY_MERSENNE])
def test_a_weight_that_is_off_by_a_multiple_of_the_prime_is_refuted(multiple, route):
    assert judged(with_value(1 + multiple), route).standing is Standing.REFUTED


def test_one_known_field_alone_would_believe_a_multiple_of_its_prime():
    program = recorded(with_value(1 + EVERY_MERSENNE), small().sizes[0], claim_sides)
    bound = bound_of(program)
    assert bound.height > 4000  # the height knows of the large weight
    (left, right), *_ = evaluated(program, mersenne(bound), ())
    assert left == right
    (left, right), *_ = evaluated(program, random_field(bound), ())
    assert left != right


def test_a_weight_over_the_prime_is_never_certified_by_that_field():
    record = with_value(Fraction(2**127, 2**127 - 1))
    assert judged(record, "rational").standing is Standing.REFUTED
    assert "p divides the denominator" in judged(record, "prime").because


def etas_of(program, route, monkeypatch):
    """The values of eta, the first entry that is drawn, at the points of a comparison."""
    drawn, seen = two_points._drawn, []

    def spy(arithmetic, numbers, rows, columns, positive):
        value = drawn(arithmetic, numbers, rows, columns, positive)
        seen.append(int(arithmetic.residues(value)[0]))
        return value

    with monkeypatch.context() as patched:
        patched.setattr(two_points, "_drawn", spy)
        assert not compare(program, (TRUE.name, sorted(small().sizes[0].items()), 0), route)[1]
    half = len(seen) // 2
    return [seen[0], seen[half]]


@pytest.mark.parametrize("route", ["rational", "prime"])
def test_the_second_point_is_another_one(route, monkeypatch):
    first, second = etas_of(recorded(TRUE, small().sizes[0], claim_sides), route, monkeypatch)
    assert (first - second) % 2**40


@pytest.mark.parametrize("route", ["rational", "prime"])
def test_an_author_who_knows_the_points_of_the_true_record_gains_nothing(route, monkeypatch):
    """The error vanishes at both points of the true record; they move when it is put in."""
    sizes = small().sizes[0]
    seen = etas_of(recorded(TRUE, sizes, claim_sides), route, monkeypatch)

    def aimed(X, Y, X_q, eta):
        return algorithm(X, Y, X_q, eta) * (1 + (eta - seen[0]) * (eta - seen[1]))[0, 0]

    program = recorded(replace(TRUE, algorithm=aimed), sizes, claim_sides)
    for point in seen:  # at the old points it would pass
        assert agree_at([point, *range(2, 1000)], program)
    assert not agree_at(range(1, 1000), program)
    assert judged(replace(TRUE, algorithm=aimed), route).standing is Standing.REFUTED


def agree_at(point, program):
    numbers, field = iter(point), Rationals()
    left, right = program.run(field, lambda r, c, _: field.of(r, c, [next(numbers) for _ in range(r * c)]))
    return field.residues(left) == field.residues(right)


def test_a_record_that_changes_when_it_is_run_again_is_refuted():
    calls = []

    def growing(d_x, d_y, n, eta):
        calls.append(1)
        return weights(d_x, d_y, n, eta * (1 if len(calls) == 1 else 2))

    verdict = judged(replace(TRUE, weights=growing))
    assert verdict.standing is Standing.REFUTED and "run again" in verdict.because
    assert (verdict.kind, verdict.method, verdict.subject) == ("claim", "identity", TRUE.claims[0].text)
    assert verdict.scope == small().where


@pytest.mark.parametrize("word", ["real", "symmetric"])
def test_free_variables_cover_a_domain_that_is_no_restriction_of_them(word):
    at = Plan(({"d_x": 2, "d_y": 2, "n": 2, "m": 1},))
    square = replace(
        with_value(2), data={"X": ("n", "n"), "Y": ("n", "d_y"), "X_q": ("m", "n")}, sizes={**TRUE.sizes, "d_x": 5}
    )
    assert judged(replace(square, domain={"X": word}), "rational", at).standing is Standing.REFUTED


def test_a_record_that_raises_when_it_is_run_again_is_refuted():
    calls = []

    def once(d_x, d_y, n, eta):
        calls.append(1)
        if len(calls) > 1:
            raise LookupError("gone")
        return weights(d_x, d_y, n, eta)

    verdict = judged(replace(TRUE, weights=once))
    assert verdict.standing is Standing.REFUTED and "run again" in verdict.because


@pytest.mark.parametrize("route", ROUTES)
def test_data_of_one_shape_are_different_variables(route):
    """With d_x = d_y, an algorithm that takes the inputs for the labels, and one that takes them for the queries."""
    at = Plan(({"d_x": 2, "d_y": 2, "n": 1, "m": 1},))
    assert judged(TRUE, route, at).standing is Standing.CERTIFIED
    for swapped in (lambda X, Y, X_q, eta: algorithm(X, X, X_q, eta), lambda X, Y, X_q, eta: algorithm(X, Y, X, eta)):
        assert judged(replace(TRUE, algorithm=swapped), route, at).standing is Standing.REFUTED


def test_poles_everywhere_are_undecided():
    def never(X, Y, X_q, eta):
        return algorithm(X, Y, X_q, eta) / (X[0, 0] * Y[0, 0] - Y[0, 0] * X[0, 0])

    for route in ROUTES:
        verdict = judged(replace(TRUE, algorithm=never), route)
        assert verdict.standing is Standing.UNDECIDED and "at every one of 20 points" in verdict.because
    verdict = judged(replace(TRUE, algorithm=lambda X, Y, X_q, eta: algorithm(X, Y, X_q, eta) / 0))
    assert verdict.standing is Standing.UNDECIDED and "division by zero" in verdict.because


def test_poles_are_drawn_again_and_counted(monkeypatch):
    program = recorded(get("mesa-layer"), plan(get("mesa-layer")).sizes[0], claim_sides)
    tiny = replace(random_field(bound_of(program)), bits=4, arithmetic=lambda numbers: prime_field.prime_field(17))
    counts = [evaluated(program, tiny, (word,))[2] for word in range(8)]
    assert max(counts) > 0


@pytest.mark.parametrize("route", ROUTES)
def test_a_restricted_domain_is_not_refuted_by_real_data(route):
    record = replace(with_value(2), domain={"X": "one-hot rows"})
    verdict = judged(record, route)
    assert verdict.standing is Standing.UNDECIDED and "X is restricted to one-hot rows" in verdict.because
    assert judged(replace(TRUE, domain={"X": "one-hot rows"}), route).standing is Standing.CERTIFIED


@pytest.mark.parametrize("route", ROUTES)
def test_proof_steps_and_invariants(route):
    looped, mesa = get("gd-looped"), get("mesa-layer")
    at, subject = small(looped), "invariant"
    verdict = test_identity(looped, at, invariant_sides, kind="step", subject=subject, route=route)
    assert verdict.standing is Standing.CERTIFIED and verdict.kind == "step"
    sides = step_sides(mesa.steps[0])
    assert test_identity(mesa, small(mesa), sides, kind="step", subject="", route=route).standing is Standing.CERTIFIED
    wrong = step_sides(replace(mesa.steps[0], right=lambda K, V, lam: mesa.steps[0].right(K, V, 2 * lam)))
    assert test_identity(mesa, small(mesa), wrong, kind="step", subject="", route=route).standing is Standing.REFUTED


def test_without_flint_the_fields_are_numpy(monkeypatch):
    monkeypatch.setattr(prime_field, "flint", None)
    assert isinstance(prime_field.prime_field(7), Residues)
    for name in ("gd-looped", "mesa-layer"):
        assert judged(get(name), "prime").standing is Standing.CERTIFIED
    assert judged(with_value(2), "prime").standing is Standing.REFUTED


def test_bounds_and_trials_by_hand():
    recorder = Recorder()
    a, b = recorder.variable(1, 1, "a"), recorder.variable(1, 1, "b")
    assert bound_of(Program.of(recorder, reciprocal(a) * b, exact(0))) == trials.Bound(1, 1, 1, 0)
    recorder = Recorder()
    a, b = recorder.variable(1, 1, "a"), recorder.variable(1, 1, "b")
    assert bound_of(Program.of(recorder, exact("1/4") * a, b * b)) == trials.Bound(2, 3, 0, 2)  # a − 4b² over 4
    bound = trials.Bound(degree=4, height=10, poles=3, pole_height=5)
    assert trials.rational(bound).bits == 81 + 4  # 4 + 3 + 2 ≤ 2⁴
    assert trials.rational(bound).log2_failure == -82 and trials.rational(bound).over_the_rationals
    assert [trials.rational(trials.Bound(d, 0, 0, 0)).log2_failure for d in (0, 1, 2)] == [
        -81,
        -82,
        -81,
    ]  # of 82, 83, 83 bits
    assert random_field(bound).bits == 127 and random_field(bound).log2_failure == -100  # never less is claimed
    for weight in (trials.Bound(0, 2**43 - 8, 0, 0), trials.Bound(0, 0, 0, 2**43 - 8)):  # a height counts twice
        assert random_field(weight).log2_failure == -82
    assert random_field(bound).field == "GF(p), p a random prime of 128 bits"
    assert random_field(bound).over_the_rationals and not mersenne(bound).over_the_rationals
    large = replace(bound, poles=2**44)  # a chance of 2·(2⁴⁴ + 4)/2¹²⁶, which is above 2⁻⁸¹
    assert mersenne(large).bits == 126 and mersenne(large).log2_failure == -80
    assert mersenne(replace(bound, poles=2**45)).bits == 520
    assert random_field(large).bits == 127 and random_field(large).log2_failure == -81
    assert random_field(replace(bound, poles=2**45)).bits == 127
    assert random_field(replace(bound, poles=2**46)).bits == 191


def test_the_field_grows_with_the_degree():
    bound = trials.Bound(2**60, 2**20, 2**20, 2**20)
    assert mersenne(bound).field == "GF(2^521 − 1)" and random_field(bound).bits == 191
    assert mersenne(trials.Bound(9, 1, 0, 0)).field == "GF(2^127 − 1)"
    assert random_field(trials.Bound(4, 2**60, 0, 0)).bits == random_field(trials.Bound(4, 0, 0, 2**60)).bits == 191
    for chosen in (mersenne, random_field):
        with pytest.raises(Unsupported, match="no field here is as large"):
            chosen(trials.Bound(2**3000, 1, 1, 1))
        assert all(chosen(trials.Bound(2**e, 2**e, 2**e, 2**e)).log2_failure <= -80 for e in range(0, 900, 7))


def test_the_seed_moves_the_points_and_the_same_seed_repeats_them():
    program = recorded(TRUE, small().sizes[0], claim_sides)
    first, again, other = (compare(program, words, "prime")[0] for words in (("a",), ("a",), ("b",)))
    assert first == again and first["fields"][1] != other["fields"][1]
