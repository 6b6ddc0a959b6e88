"""Random formulas: what cancels in letters is equal in numbers at two sizes, and what known laws make equal cancels."""

import random
from fractions import Fraction

import pytest

from constructions.matrix import Pole, Size, exact, identity, normal, solve, vanishing
from constructions.matrix.formula import formula_of, matrix_symbol, scalar_symbol
from constructions.matrix.rational import fractions_of
from constructions.matrix.vanishing import left_over

SHAPES = {"A": "dd", "B": "dd", "S": "dd", "X": "nd", "Y": "nd", "u": "d1", "v": "d1", "y": "n1"}
NUMBERS = ({"d": 2, "n": 3, "1": 1}, {"d": 3, "n": 2, "1": 1})
LAWS = ("distributive", "transpose", "scalars", "symmetry", "inverse", "update", "push")


def in_letters():
    sizes = {"d": Size.named("d"), "n": Size.named("n"), "1": 1}
    values = {name: matrix_symbol(name, sizes[r], sizes[c], symmetric=name == "S") for name, (r, c) in SHAPES.items()}
    return values | {"s": scalar_symbol("s"), "sizes": sizes}


def in_numbers(sizes, seed):
    """A random exact point, with which the letters agree in shape and symmetry."""
    draw = random.Random(seed)

    def entry():
        return Fraction(draw.randint(-9, 9), draw.randint(1, 5))

    values = {
        name: exact([[entry() for _ in range(sizes[c])] for _ in range(sizes[r])]) for name, (r, c) in SHAPES.items()
    }
    return values | {"S": values["S"] + values["S"].T, "s": exact(entry() or 1), "sizes": sizes}


def tree(draw, rows, columns, depth):
    """A random expression of a shape."""
    leaves = [(name, False) for name, shape in SHAPES.items() if shape == rows + columns]
    leaves += [(name, True) for name, (r, c) in SHAPES.items() if c + r == rows + columns]
    leaves += [("I", False)] if rows == columns and rows != "1" else []
    leaves += [("s", False)] if rows + columns == "11" else []
    kinds = ["product"] if not leaves else ["leaf"] if depth <= 0 else ["+", "-", "product", "product", "scale", "T"]
    if depth > 0 and rows == columns:
        kinds.append("inverse")
    kind = draw.choice(kinds)
    if kind == "leaf":
        return ("leaf", *draw.choice(leaves), rows)
    if kind in "+-":
        return (kind, tree(draw, rows, columns, depth - 1), tree(draw, rows, columns, depth - 1))
    if kind == "product":
        inner = draw.choice(
            [size for size in "dn1" if size != "1" or depth > 0 or {rows, columns} != {"1"}][: 3 if depth > 0 else 1]
        )
        return ("@", tree(draw, rows, inner, depth - 1), tree(draw, inner, columns, depth - 1))
    if kind == "scale":
        return ("*", tree(draw, "1", "1", depth - 1), tree(draw, rows, columns, depth - 1))
    return (kind, tree(draw, columns, rows, depth - 1), rows)


def value(node, values):
    kind, *parts = node
    if kind == "leaf":
        name, turned, rows = parts
        found = identity(values["sizes"][rows]) if name == "I" else values[name]
        return found.T if turned else found
    if kind in ("T", "inverse"):
        inner = value(parts[0], values)
        return inner.T if kind == "T" else solve(inner, identity(inner.shape[0]))
    left, right = (value(part, values) for part in parts)
    return {"+": lambda: left + right, "-": lambda: left - right, "@": lambda: left @ right, "*": lambda: left * right}[
        kind
    ]()


def equal_pair(law, draw, values):
    """Two formulas that a law makes equal, of random parts."""

    def of(rows, columns, depth=1):
        return value(tree(draw, rows, columns, depth), values)

    if law == "distributive":
        A, B, C = of("n", "d"), of("d", "d"), of("d", "d")
        return A @ (B + C), A @ B + A @ C
    if law == "transpose":
        A, B = of("n", "d", 2), of("d", "d", 2)
        return (A @ B).T, B.T @ A.T
    if law == "scalars":
        a, B, C, b = of("1", "1"), of("n", "d"), of("d", "d"), of("1", "1")
        return B @ (a * C) * b, (b @ a) * (B @ C)
    if law == "symmetry":
        A = of("n", "d", 2)
        return (A @ values["S"] @ A.T).T, A @ values["S"].T @ A.T
    return inverse_pair(law, of, values)


def inverse_pair(law, of, values):
    one = identity(values["sizes"]["d"])
    if law == "inverse":
        A, B = values["A"] + of("d", "d", 0), of("d", "d")
        return solve(A, A @ B), B
    if law == "update":
        A, u, v = values["A"], of("d", "1", 0), of("d", "1", 0)
        P = solve(A, one)
        return solve(A + u @ v.T, one), P - P @ u @ v.T @ P / (1 + v.T @ P @ u)
    X, s = values["X"] + of("n", "d", 0), values["s"]
    return solve(s * one + X.T @ X, X.T), X.T @ solve(s * identity(X.shape[0]) + X @ X.T, identity(X.shape[0]))


def same_in_numbers(pair):
    """Whether two formulas agree at two sizes; None where one has a pole at every point that is tried."""
    found = []
    for number, sizes in enumerate(NUMBERS):
        for attempt in range(4):
            try:
                left, right = pair(in_numbers(sizes, f"{number} {attempt}"))
                found.append(fractions_of(left) == fractions_of(right))
                break
            except Pole:
                continue
    return all(found) if found else None


def cancels(left, right):
    difference = left - right
    return not left_over(formula_of(difference)).terms


@pytest.mark.parametrize("law", LAWS)
def test_equal_by_a_law(law):
    judged = 0
    for seed in range(12):
        try:
            pair = equal_pair(law, random.Random(f"{law} {seed}"), in_letters())
        except Pole:
            continue
        assert cancels(*pair), (law, seed)
        in_exact = same_in_numbers(lambda values, s=seed: equal_pair(law, random.Random(f"{law} {s}"), values))
        assert in_exact is not False, (law, seed)
        judged += 1
    assert judged >= 9


def mutated(draw, node):
    """The same expression with one leaf, sign or transpose changed, often into an equal one."""
    kind, *parts = node
    if kind == "leaf":
        name, turned, rows = parts
        swap = {"A": "B", "B": "A", "S": "A", "X": "Y", "Y": "X", "u": "v", "v": "u"}
        square = len({*SHAPES.get(name, "dd")}) == 1
        return (
            ("leaf", name, not turned, rows)
            if square and draw.random() < 0.6
            else ("leaf", swap.get(name, name), turned, rows)
        )
    if kind in "+-" and draw.random() < 0.3:
        return (draw.choice("+-"), *draw.sample(parts, 2))
    place = draw.choice([i for i, part in enumerate(parts) if isinstance(part, tuple)])
    return (kind, *(mutated(draw, part) if i == place else part for i, part in enumerate(parts)))


def test_what_cancels_is_equal_in_numbers():
    letters, cancelled, kept = in_letters(), 0, 0
    for seed in range(400):
        draw = random.Random(f"pair {seed}")
        rows, columns = draw.choice(["dd", "nd", "d1", "11", "nn"])
        one = tree(draw, rows, columns, 3)
        two = mutated(draw, one)
        try:
            verdict = cancels(value(one, letters), value(two, letters))
        except Pole:
            continue
        same = same_in_numbers(lambda values, a=one, b=two: (value(a, values), value(b, values)))
        assert not (verdict and same is False), (seed, one, two)
        cancelled, kept = cancelled + verdict, kept + (same is False)
    assert cancelled >= 20, cancelled
    assert kept >= 100, kept


def test_the_comparison_with_numbers_sees_a_planted_error(monkeypatch):
    """If A A⁻¹ were taken for A⁻¹ A⁻¹, or u vᵀ for v uᵀ, numbers would say so."""
    pairs = [lambda w: (w["u"] @ w["v"].T, w["v"] @ w["u"].T), lambda w: (w["S"].T @ w["A"], w["S"] @ w["A"].T)]
    assert [same_in_numbers(pair) for pair in pairs] == [False, False]
    assert same_in_numbers(lambda w: (w["S"], w["S"].T)) is True
    monkeypatch.setattr("constructions.matrix.words.flipped", lambda word: word)  # (A B)ᵀ = A B
    wrong = in_letters()
    pair = [lambda w: ((w["A"] @ w["B"]).T, w["A"] @ w["B"])]
    assert cancels(*pair[0](wrong))
    assert same_in_numbers(pair[0]) is False


def resolvent(w):
    return w["X"].T @ w["X"] + w["s"] * identity(w["sizes"]["d"])


def test_a_rule_that_forgets_the_rest_is_seen(monkeypatch):
    """XᵀX (s I + XᵀX)⁻¹ taken for I."""
    forgetful = normal._replaced
    monkeypatch.setattr(normal, "_replaced", lambda name, before, rest, after: forgetful(name, before, [], after))

    def pair(w):
        return w["X"].T @ solve(resolvent(w).T, w["X"].T).T, identity(w["sizes"]["d"])

    assert cancels(*pair(in_letters()))
    assert same_in_numbers(pair) is False


def test_a_step_that_multiplies_some_terms_only_is_seen(monkeypatch):
    """A⁻¹ − I taken for zero, because A (A⁻¹ − I) was taken for I − I."""

    def careless(terms, name, turned):
        return {(m, word[1:] if word[:1] == ((name, turned),) else word): 0 * c for (m, word), c in terms.items()}

    monkeypatch.setattr(vanishing, "times_base", lambda *words: vanishing.sum_of(careless(*words).items()))

    def pair(w):
        return solve(resolvent(w), identity(w["sizes"]["d"])), identity(w["sizes"]["d"])

    assert cancels(*pair(in_letters()))
    assert same_in_numbers(pair) is False
