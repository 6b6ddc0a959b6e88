"""Proofs for all sizes: scalars commute, declared symmetries are used and owed, inverses cancel; false neighbours are refuted."""

from dataclasses import replace

import pytest

from constructions.language import (
    Attention,
    BadConstruction,
    Construction,
    Head,
    Invariant,
    Parameter,
    Prompt,
    Readout,
    Repeat,
    Stream,
    Token,
    Transformer,
    at,
)
from constructions.matrix import exact, identity, iterate, solve, zeros
from verify.domains import DOMAINS
from verify.engines.letters import lettered
from verify.methods.blockwise import blockwise, may_vanish
from verify.methods.identity import identity as identity_testing
from verify.methods.property import property_search
from verify.methods.symbolic import symbolic
from verify.plan import plan
from verify.verdict import Standing

SIZES = {"d": 3, "n": 5, "m": 2}
PROMPT = dict(
    prompt=lambda X, X_q: Prompt(context=(Token(x=X),), query=(Token(x=X_q),)),
    readout=lambda z: Readout(z, at="query"),
    data={"X": ("n", "d"), "X_q": ("m", "d")},
    sizes=SIZES,
)


def layer(x, z, query):
    return Attention((Head(query=query @ x, key=x, value=x, into=z),), kernel="linear", mask="context")


def record(name, network, formula, parameters, **fields):
    """The network answers X_q network XᵀX, the algorithm X_q formula XᵀX; both are functions of the parameters."""

    def weights(d, n, A, u, v, lam):
        x, z = stream = Stream(x=d, z=d)
        return Transformer(stream, layers=(layer(x, z, network(A, u, v, lam).T),))

    def algorithm(X, X_q, A, u, v, lam):
        return X_q @ formula(A, u, v, lam) @ (X.T @ X)

    every = {"A": Parameter(("d", "d")), "u": Parameter(("d", 1)), "v": Parameter(("d", 1)), "lam": Parameter()}
    every = {name: replace(value, default=1) for name, value in every.items()} | parameters
    made = dict(name=name, title=name, weights=weights, algorithm=algorithm, parameters=every)
    return Construction(**PROMPT, **made, **fields)


def inverse(A):
    return solve(A, identity(A.shape[0]))


def update(P, u, v, one=1):
    return P - P @ u @ v.T @ P / (one + v.T @ P @ u)


SYMMETRIC = {"A": Parameter(("d", "d"), default=1, symmetric=True)}
WHEREVER = "wherever the inverses exist and nothing is divided by zero"
TRUE = {
    "sherman-morrison": (lambda A, u, v, lam: inverse(A + u @ v.T), lambda A, u, v, lam: update(inverse(A), u, v), {}),
    "twice": (
        lambda A, u, v, lam: inverse(inverse(A) + u @ u.T + v @ v.T),
        lambda A, u, v, lam: update(update(A, u, u), v, v),
        SYMMETRIC,
    ),
    "from-the-identity": (
        lambda A, u, v, lam: inverse(lam * identity(A.shape[0]) + u @ v.T),
        lambda A, u, v, lam: update(identity(A.shape[0]) / lam, u, v),
        {},
    ),
    "push-through": (
        lambda A, u, v, lam: inverse(lam * identity(A.shape[0]) + A.T @ A) @ A.T,
        lambda A, u, v, lam: A.T @ inverse(lam * identity(A.shape[0]) + A @ A.T),
        {},
    ),
}
FALSE = {
    "without-the-1": (TRUE["sherman-morrison"][0], lambda A, u, v, lam: update(inverse(A), u, v, 0), {}),
    "wrong-sign": (TRUE["sherman-morrison"][0], lambda A, u, v, lam: update(inverse(A), -u, v), {}),
    "transposed": (TRUE["sherman-morrison"][0], lambda A, u, v, lam: update(inverse(A), v, u), {}),
    "not-symmetric": (*TRUE["twice"][:1], lambda A, u, v, lam: update(update(A.T, u, u), v, v), {}),
    "pushed-wrong": (TRUE["push-through"][0], lambda A, u, v, lam: A.T @ inverse(identity(A.shape[0]) + A @ A.T), {}),
}


@pytest.mark.parametrize("name", TRUE)
def test_inverses_are_proved_for_all_sizes(name):
    case = record(name, *TRUE[name])
    verdict = blockwise(case, plan(case))
    assert verdict.standing is Standing.PROVED, verdict.because
    assert verdict.scope == f"all real data and parameters and all sizes d, n, m, {WHEREVER}"


@pytest.mark.parametrize("name", FALSE)
def test_false_neighbours_are_refuted_by_numbers(name):
    case = record(name, *FALSE[name])
    verdict = blockwise(case, plan(case))
    assert verdict.standing is Standing.REFUTED
    assert verdict.because.startswith("the network's answer minus the algorithm's is ") and verdict.because.endswith(
        ", not 0"
    )
    assert any(any(row) for row in verdict.counterexample.defect)


def test_what_has_no_value_anywhere_is_not_proved():
    def singular(A, u, v, lam):
        return inverse(u @ v.T)  # of rank one, so singular from d = 2 on

    case = record("nowhere", singular, singular, {})
    verdict = blockwise(case, plan(case))
    assert verdict.standing is Standing.UNDECIDED
    assert "no point was met where they have one" in verdict.because


def test_divisors_that_cannot_vanish():
    case = record("divisors", *TRUE["push-through"][:2], {"lam": Parameter(positive=True, default=1)})
    letters = lettered(case).instance
    n, lam, A = letters.sizes["n"], letters.parameters["lam"], letters.parameters["A"]
    harmless = [n.as_matrix(), lam, lam + 1, n * lam + 2]
    assert not any(may_vanish(value._entries, case) for value in harmless)
    assert all(may_vanish(value._entries, case) for value in (A, lam - 1, n - lam))


# A declared symmetry is used, by every arithmetic, and is not taken for granted without the declaration.

TURNED = (lambda A, u, v, lam: A.T, lambda A, u, v, lam: A)


@pytest.mark.parametrize("method", [blockwise, symbolic, identity_testing])
def test_a_declared_symmetry_is_used_and_only_then(method):
    declared, bare = record("declared", *TURNED, SYMMETRIC), record("undeclared", *TURNED, {})
    assert method(declared, plan(declared)).standing in (Standing.PROVED, Standing.CERTIFIED)
    assert method(bare, plan(bare)).standing is Standing.REFUTED


@pytest.mark.parametrize("word", ["symmetric", "real"])
@pytest.mark.parametrize("method", [blockwise, symbolic, identity_testing, property_search])
def test_symmetric_data(method, word):
    def weights(d):
        x, y, z = stream = Stream(x=d, y=d, z=d)
        head = Head(query=x, key=x, value=y, into=z)
        return Transformer(stream, layers=(Attention((head,), kernel="linear", mask="context"),))

    case = Construction(
        name="symmetric-data",
        title="Examples whose matrix is its own transpose",
        weights=weights,
        prompt=lambda X, S, X_q: Prompt(context=(Token(x=X, y=S),), query=(Token(x=X_q),)),
        readout=lambda z: Readout(z, at="query"),
        algorithm=lambda X, S, X_q: X_q @ X.T @ S.T,
        sizes={"d": 3, "m": 2},
        data={"X": ("d", "d"), "S": ("d", "d"), "X_q": ("m", "d")},
        domain={"S": word},
    )
    standing = method(case, plan(case)).standing
    assert (standing is Standing.REFUTED) == (word == "real")
    assert standing in (Standing.PROVED, Standing.CERTIFIED, Standing.TESTED, Standing.REFUTED)


def test_draws_from_the_symmetric_domain():
    drawn = DOMAINS["symmetric"].draw(iter(range(100)), 3, 3)
    assert drawn == [list(row) for row in zip(*drawn, strict=True)]
    assert drawn[0] != drawn[1]


def test_symmetry_is_asked_of_square_shapes_and_of_given_values():
    with pytest.raises(BadConstruction, match=r"a symmetric parameter needs a square shape such as \('d_x', 'd_x'\)"):
        Parameter(("d", "n"), symmetric=True)
    with pytest.raises(BadConstruction, match=r"X_q of shape \('m', 'd'\) cannot be symmetric: name the same size"):
        record("oblong", *TURNED, {}, domain={"X_q": "symmetric"})
    case = record("given", *TURNED, SYMMETRIC)
    _ = at(case, {"d": 2}, {"A": exact([[1, 2], [2, 5]])})
    with pytest.raises(BadConstruction, match=r"A must be symmetric, but its entry \(2, 1\) is 3 and \(1, 2\) is 2"):
        at(case, {"d": 2}, {"A": exact([[1, 2], [3, 5]])})


# A free state that is declared symmetric, and what the declaration owes.


def looped(name, step, answer, start=zeros, **declared):
    """Each of the layers adds X_q XᵀX (or, by `step`, what the algorithm thinks it adds)."""

    def weights(d, steps):
        x, z = stream = Stream(x=d, z=d)
        return Transformer(stream, layers=(Repeat(layer(x, z, identity(d)), steps),))

    return Construction(
        **{**PROMPT, "sizes": SIZES | {"steps": 2}},
        name=name,
        title=name,
        weights=weights,
        algorithm=lambda X, X_q, d, steps, C: X_q @ answer(iterate(lambda W, l: step(W, X, C), start(d, d), steps)),
        parameters={"C": Parameter(("d", "d"), default=0)},
        invariant=Invariant(
            start=lambda d: start(d, d),
            step=lambda W, X, C: step(W, X, C),
            holds={("z", "query"): lambda W, X_q: X_q @ W, ("z", "context"): lambda W, X: X @ W},
            **declared,
        ),
    )


def gram(W, X, C):
    return W + X.T @ X


@pytest.mark.parametrize(
    ("answer", "declared", "standing"),
    [
        (lambda W: W, {}, Standing.PROVED),
        (lambda W: W.T, {"symmetric": True}, Standing.PROVED),
        (lambda W: W.T, {"symmetric": (True,)}, Standing.PROVED),
        (lambda W: W.T, {}, Standing.UNDECIDED),  # true, but not at a free W
        (lambda W: 2 * W.T, {"symmetric": True}, Standing.REFUTED),
        (lambda W: W, {"symmetric": (True, False)}, Standing.UNDECIDED),
    ],
)
def test_a_symmetric_free_state(answer, declared, standing):
    case = looped("symmetric-state", gram, answer, **declared)
    assert blockwise(case, plan(case)).standing is standing


def test_a_declared_symmetry_of_the_state_must_be_proved():
    """W + XᵀX C is not symmetric; if that were taken for granted, nothing else would be left to show."""

    def weights(d, steps, C):
        x, z = stream = Stream(x=d, z=d)
        head = Head(query=x, key=x, value=C.T @ x, into=z)
        return Transformer(stream, layers=(Repeat(Attention((head,), kernel="linear", mask="context"), steps),))

    def turned(W, X, C):
        return W + X.T @ X @ C

    case = replace(looped("owed", turned, lambda W: W.T, symmetric=True), weights=weights)
    verdict = blockwise(case, plan(case))
    assert verdict.standing is Standing.REFUTED
    assert verdict.because.startswith("so is its step: the terms")
    proved = replace(case, algorithm=looped("owed", turned, lambda W: W).algorithm)
    untold = replace(proved, invariant=replace(proved.invariant, symmetric=False))
    assert blockwise(untold, plan(untold)).standing is Standing.PROVED
