"""Every theorem of the catalogue, exactly, at two or three size assignments; every near miss seen to fail."""

from __future__ import annotations

import random
import re
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from constructions import CATALOGUE
from constructions.algorithms import gradient_descent as gd
from constructions.algorithms import least_squares, step_size
from constructions.language import (
    MLP,
    Attention,
    BadConstruction,
    Box,
    Equal,
    LayerNorm,
    NearMiss,
    Parameter,
    Reading,
    Transformer,
    UnknownName,
    Within,
    at,
)
from constructions.language.quantifier import call
from constructions.language.shapes import size_value
from constructions.language.transformer import Repeat, forms_of
from constructions.matrix import Matrix, NeedsNumber, Pole, Size, Unsupported, exact, exp, ones
from constructions.matrix.floating import array_of, floats
from constructions.matrix.rational import fractions_of
from constructions.matrix.sizes import text
from verify.domains import bound_of

ROOT = Path(__file__).parents[1]
THEOREMS = {construction.name: construction for construction in CATALOGUE}
# Distinct primes each: more examples than inputs, then fewer; and one example, where that means something.
MANY = {
    "d_x": 3,
    "d_y": 2,
    "n": 5,
    "m": 7,
    "steps": 3,
    "heads": 2,
    "T": 5,
    "d_k": 3,
    "d_v": 2,
    "d": 3,
    "S": 3,
    "chunk": 2,
}
FEW = {
    "d_x": 5,
    "d_y": 3,
    "n": 2,
    "m": 7,
    "steps": 2,
    "heads": 3,
    "T": 3,
    "d_k": 7,
    "d_v": 3,
    "d": 5,
    "S": 2,
    "chunk": 3,
}
MANY |= {"a": 2, "b": 3, "c": 7}
FEW |= {"a": 3, "b": 2, "c": 5}
MANY |= {"A": 2, "sweeps": 2}
FEW |= {"A": 3, "sweeps": 2}
MANY |= {"N": 6, "L": 2, "p": 2}
FEW |= {"N": 3, "L": 1, "p": 3}
MANY |= {"A": 2, "sweeps": 2, "k": 2, "K": 3, "M": 3}
FEW |= {"A": 3, "sweeps": 2, "k": 1, "K": 2, "M": 2}
ONE = {**MANY, "n": 1, "T": 1, "heads": 1}
ASSIGNMENTS = {"many": MANY, "few": FEW, "one": ONE}
# The only sequence of two symbols whose last one occurred before is a, a: too short for an induction head to go wrong.
# A velocity that is not damped shows in the third step, and conjugate gradients must not have ended before.
SPECIAL = {("induction-head", "few"): {"n": 5, "S": 2}, ("heavy-ball", "few"): {"steps": 3, "n": 5}}
SPECIAL |= {("markov-k", "few"): {"n": 6, "S": 2}}
SPECIAL |= {("kalman-filter", "few"): {"d": 1, "p": 1, "T": 5}}  # far from each other, tokens do not mix in floats


def sizes_of(construction, which):
    if which == "own":
        return dict(construction.sizes)
    values = ASSIGNMENTS[which] | SPECIAL.get((construction.name, which), {})
    return {name: values[name] for name in construction.sizes}


def small(rng):
    return Fraction(rng.randint(-4, 4), rng.randint(1, 3))


def generic(rng, positive):
    """Never 0, so that nonzeros can be counted."""
    return abs(small(rng)) + 1 if positive else small(rng) + Fraction(1, 7)


def nested(rng, shape, positive):
    if len(shape) > 2:
        return tuple(nested(rng, shape[1:], positive) for _ in range(shape[0]))
    rows, columns = (*shape, 1, 1)[:2]
    return exact([[generic(rng, positive) for _ in range(columns)] for _ in range(rows)])


def parameters_at(construction, sizes, rng):
    return {
        name: nested(rng, tuple(size_value(s, sizes) for s in parameter.shape), parameter.positive)
        for name, parameter in construction.parameters.items()
    }


def data_at(construction, instance, rng):
    data = {}
    for name in construction.data:
        rows, columns = instance.shape_of(name)
        word = construction.domain.get(name, "real")
        if isinstance(word, Box):
            bound = fractions_of(bound_of(word, instance.parameters))[0][0]
            data[name] = bound / 4 * exact([[small(rng) for _ in range(columns)] for _ in range(rows)])
        elif word == "signs":
            data[name] = exact([[rng.choice((-1, 1)) for _ in range(columns)] for _ in range(rows)])
        elif word == "real":
            data[name] = exact([[small(rng) for _ in range(columns)] for _ in range(rows)])
        elif isinstance(word, Box):
            side = instance.parameters[word.bound] if isinstance(word.bound, str) else exact(word.bound)
            data[name] = side * exact([[Fraction(rng.randint(-8, 8), 8) for _ in range(columns)] for _ in range(rows)])
        else:
            symbols = [rng.randrange(columns) for _ in range(rows)]
            if word.endswith("seen before"):
                symbols[rng.randrange(rows - 1)] = symbols[-1]
            data[name] = exact([[int(j == symbol) for j in range(columns)] for symbol in symbols])
    return data


def instance_and_data(construction, which, seed=1):
    rng = random.Random(f"{construction.name} {which} {seed}")
    sizes = sizes_of(construction, which)
    instance = at(construction, sizes, parameters_at(construction, sizes, rng))
    return instance, data_at(construction, instance, rng)


def entries(value):
    return fractions_of(value) if isinstance(value, Matrix) else [entries(part) for part in value]


def in_floats(instance, data):
    floating = {name: floats(array_of(value)) for name, value in data.items()}
    return array_of(instance.run(floating).answer), array_of(instance.algorithm(floating))


def cases(*assignments):
    return [(name, which) for name, theorem in THEOREMS.items() for which in assignments if makes_sense(theorem, which)]


def makes_sense(construction, which):
    """A last symbol that was seen before needs two symbols; for the rest every size will do."""
    return not (which == "one" and construction.domain)


@pytest.mark.parametrize(("name", "which"), cases("many", "few", "one"))
def test_network_equals_algorithm(name, which):
    construction = THEOREMS[name]
    for claim in construction.claims:
        if isinstance(claim, Equal):
            instance, data = instance_and_data(construction.claiming(claim), which)
            assert not differs_exactly(instance, data), claim.text


@pytest.mark.parametrize("name", [name for name, t in THEOREMS.items() if any(isinstance(c, Within) for c in t.claims)])
def test_network_is_within_its_bound(name):
    construction = THEOREMS[name]
    for claim in construction.claims:
        if isinstance(claim, Within):
            single = construction.claiming(claim)
            which = next(which for which in ("many", "few", "own") if has_bound(single, which))
            for seed in range(20):
                found, bound = defect_and_bound(single, which, seed)
                assert 0 < bound < 1
                assert found <= bound


def has_bound(construction, which):
    """Whether the bound has a value there: a composed one has none where the errors may reach a divisor."""
    try:
        return defect_and_bound(construction, which, 0)[1] > 0
    except Pole:
        return False


def defect_and_bound(construction, which, seed):
    """The largest defect in floats and the stated bound, at the default parameters, where the bound says something."""
    instance = at(construction, sizes_of(construction, which))
    data = data_at(construction, instance, random.Random(seed))
    network, algorithm = in_floats(instance, data)
    lifted = {name: floats(array_of(value)) for name, value in instance.parameters.items()}
    bound = call(construction.claims[0].bound, {**instance.sizes, **lifted})
    return np.abs(network - algorithm).max(), float(array_of(bound)[0, 0])


def false_steps(construction, which):
    """The proof steps whose sides differ."""
    if not construction.steps:
        return []
    instance, data = instance_and_data(construction.claiming(construction.claims[0]), which)
    reads = any(isinstance(side, Reading) for step in construction.steps for side in (step.left, step.right))
    run = instance.run(data) if reads else None

    def value(side):
        return (
            run.read(side.register, side.at, side.layer) if isinstance(side, Reading) else instance.formula(side, data)
        )

    return [step.text for step in construction.steps if entries(value(step.left)) != entries(value(step.right))]


@pytest.mark.parametrize(("name", "which"), cases("many", "few", "one"))
def test_steps_of_the_proof(name, which):
    assert false_steps(THEOREMS[name], which) == []


def false_invariants(construction, which):
    """Where the stream does not hold what the invariant says: register, tokens and number of layers."""
    instance, data = instance_and_data(construction, which)
    try:
        run = instance.run(data)
    except Unsupported:  # exponentials have no exact value
        small_enough = 1 if construction.domain else 4  # only real data may be scaled
        data = {name: floats(array_of(value) / small_enough) for name, value in data.items()}
        run = instance.run(data)
    invariant, states = construction.invariant, instance.iterates(data)
    assert len(states) == len(instance.network.unrolled) - invariant.first + 1
    return [
        (register, place, number)
        for number, state in enumerate(states)
        for (register, place), formula in invariant.holds.items()
        if apart(run.read(register, place, number + invariant.first), instance.formula(formula, data, W=state))
    ]


def apart(a, b):
    """Whether two matrices differ: exactly, or by more than rounding where they are floats."""
    try:
        return entries(a) != entries(b)
    except TypeError:
        return np.abs(array_of(a) - array_of(b)).max() > 1e-9 * (1 + np.abs(array_of(b)).max())


@pytest.mark.parametrize(("name", "which"), [(n, w) for n, w in cases("many", "few", "one") if THEOREMS[n].invariant])
def test_invariant_after_every_layer(name, which):
    assert false_invariants(THEOREMS[name], which) == []


@pytest.mark.parametrize("which", ["many", "few"])
@pytest.mark.parametrize(
    ("name", "miss"), [(name, miss) for name, theorem in THEOREMS.items() for miss in theorem.near_misses]
)
def test_near_miss_is_false(name, miss, which):
    assert differs(THEOREMS[name].variant(THEOREMS[name].near_misses[miss]), which)


def differs(construction, which):
    if isinstance(construction.claims[0], Within):
        return any(
            found > bound for found, bound in (defect_and_bound(construction, which, seed) for seed in range(20))
        )
    return any(differs_exactly(*instance_and_data(construction, which, seed)) for seed in range(5))


def differs_exactly(instance, data):
    """In exact numbers, or, where exponentials have none, in floats."""
    try:
        return entries(instance.run(data).answer) != entries(instance.algorithm(data))
    except Unsupported:
        network, algorithm = in_floats(instance, data)
        return np.abs(network - algorithm).max() > 1e-9 * np.abs(algorithm).max()


@pytest.mark.parametrize("name", THEOREMS)
def test_without_layers_the_theorem_is_false(name):
    construction = THEOREMS[name]
    for which in ASSIGNMENTS:
        instance, data = instance_and_data(construction.claiming(construction.claims[0]), which)
        empty = replace(instance, network=Transformer(instance.network.stream, layers=()))
        with suppress(Pole):  # data that divide by 0 say nothing
            assert differs_exactly(empty, data)
            return
    pytest.fail("every data set divides by 0")


@pytest.mark.parametrize(("name", "which"), cases("many", "few"))
def test_resources_are_those_of_the_network(name, which):
    construction = THEOREMS[name]
    instance, _ = instance_and_data(construction, which)
    layers = [layer.layer if isinstance(layer, Repeat) else layer for layer in instance.network.layers]
    sublayers = instance.network.sublayers
    counted = {
        "layers": len(instance.network.unrolled),
        "heads": max(
            len(s.heads) if isinstance(s, Attention) else 0 if isinstance(s, (MLP, LayerNorm)) else 1 for s in sublayers
        ),
        "hidden": max((sum(u.read.width for u in s.units) for s in sublayers if isinstance(s, MLP)), default=0),
        "width": instance.network.stream.width,
        "tokens": instance.layout.length,
        "passes": instance.network.passes,
        "nonzeros": sum(
            entry != 0
            for layer in layers
            for form in forms_of(layer)
            for row in fractions_of(form.dense)
            for entry in row
        ),
    }
    declared = {cost: eval(formula, {}, dict(instance.sizes)) for cost, formula in construction.resources.items()}
    assert declared == {cost: counted[cost] for cost in declared}


def test_every_theorem_file_is_in_the_catalogue():
    files = {
        path.stem.replace("_", "-")
        for path in (ROOT / "constructions").glob("*/*.py")
        if re.search(r"^[A-Z_]+ = Construction\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert files == set(THEOREMS)


def test_tags_and_sources_are_listed():
    lines = [
        line.split() for line in (ROOT / "docs/tags.txt").read_text(encoding="utf-8").splitlines() if line[0] != "#"
    ]
    assert sorted(lines) == sorted([theorem.tag, name] for name, theorem in THEOREMS.items())
    keys = set(re.findall(r"^@\w+\{(\w+),", (ROOT / "docs/refs.bib").read_text(encoding="utf-8"), re.MULTILINE))
    for theorem in CATALOGUE:
        sources = [*theorem.sources, *(miss.source for miss in theorem.near_misses.values() if miss.source)]
        assert {source.key for source in sources} <= keys
        assert set(theorem.uses) <= set(THEOREMS)
        assert all(word in theorem.statement for word in ("**Statement.**", "**Proof.**", "**Remarks.**"))
        assert 3 <= len(theorem.near_misses) <= 6


def test_planted_errors_are_seen():
    """Every comparison of this file fails on an error of one part in 10³⁰, or past the first layer."""
    theorem, tiny = THEOREMS["gd-steps"], Fraction(1, 10**30)
    assert not differs(theorem, "many")
    answer = NearMiss(
        "", algorithm=lambda m, d_y, X, Y, X_q, W_0, eta: theorem.algorithm(X, Y, X_q, W_0, eta) + tiny * ones(m, d_y)
    )
    assert differs(theorem.variant(answer), "many")
    first_eta_in_every_layer = replace(theorem.invariant, step=lambda W, X, Y, eta: gd.step(W, X, Y, eta[0]))
    wrong = false_invariants(replace(theorem, invariant=first_eta_in_every_layer), "many")
    assert {layer for _, _, layer in wrong} == {2, 3}
    assert {register for register, _, _ in wrong} == {"y"}
    step = replace(THEOREMS["mesa-layer"].steps[0], right=lambda K, V, lam: least_squares.ridge(K, V, 1 / lam + tiny))
    assert false_steps(replace(THEOREMS["mesa-layer"], steps=(step,)), "few") == [step.text]
    tight = NearMiss("", claims=(Within(lambda n, beta: (n - 1) * exp(-beta) / 3),))
    assert differs(THEOREMS["induction-head"].variant(tight), "many")


def test_step_size_caution_marks_where_gradient_descent_diverges():
    X = np.random.default_rng(5).standard_normal((7, 3))
    step, S = step_size.largest_stable_step(X), X.T @ X / 7
    for eta, grows in ((0.99 * step, False), (1.01 * step, True)):
        error = np.linalg.matrix_power(np.eye(3) - eta * S, 2000)
        assert bool(np.abs(error).max() > 1) is grows
        assert (step_size.caution_step_size(X, np.array([[0.1 * eta], [eta]])) is not None) is grows
        A = eta * np.eye(3)
        assert (step_size.caution_preconditioner(X, (A / 2, A)) is not None) is grows
    assert step_size.largest_stable_step(np.zeros((2, 3))) == np.inf
    assert step_size.caution_preconditioner(X[:1], (0.1 * np.eye(3),)) is None


def test_a_shape_may_be_an_expression_in_sizes():
    assert size_value("2*d_x + 1 - n", {"d_x": 3, "n": 5}) == 2
    assert size_value(1, {}) == 1 and size_value("2**L - 1", {"L": 3}) == 7
    with pytest.raises(BadConstruction, match=r"2\*\*-1 is no size: an exponent is 0 or more"):
        size_value("2**(L - 1)", {"L": 0})
    with pytest.raises(NeedsNumber, match="L"):
        size_value("2**L", {"L": Size.named("L")})
    assert text(size_value("d_x + 1", {"d_x": Size.named("d_x")})) == "d_x + 1"
    for entry in ("d_x / 2", "f(d_x)", "-1 * d_x", "1.5", "True", "d_x % 2"):
        with pytest.raises(BadConstruction, match="is no size: use names of sizes, integers"):
            size_value(entry, {"d_x": 3})
    with pytest.raises(BadConstruction, match=r"'d_x \+' is no size: it is no formula \(invalid syntax\)"):
        size_value("d_x +", {"d_x": 3})
    with pytest.raises(UnknownName, match=r"gd-step: shape \('d_z \+ 1', 'd_x'\) names the size 'd_z'; did you mean"):
        replace(THEOREMS["gd-step"], parameters={"W_0": Parameter(("d_z + 1", "d_x"))})
