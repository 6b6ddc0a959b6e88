"""Records that are right at small sizes only, or right only where a hypothesis of the cut-off lemma is forgotten.

`CONTROLS` are wrong, and `DECOYS` say at which sizes each of them is right: a cut-off below the next one would believe it.
"""

from itertools import permutations

from constructions.algorithms import gradient_descent as gd
from constructions.language import (
    Attention,
    Head,
    Invariant,
    Parameter,
    Prompt,
    Repeat,
    Stream,
    Token,
    Transformer,
)
from constructions.matrix import iterate, ones
from tests.controls.base import TRUE, Control, algorithm, broken, weights


def labels_times(matrix):
    """One step of gradient descent whose labels are multiplied by a d_y × d_y matrix of the parameters."""

    def built(d_x, d_y, n, eta, A, B, C, D):
        x, y = stream = Stream(x=d_x, y=d_y)
        head = Head(query=x, key=x, value=-eta / n * (matrix(A, B, C, D) @ y), into=y)
        return Transformer(stream, (Attention((head,), kernel="linear", mask="context"),))

    return built


def taught(matrix):
    def formula(X, Y, X_q, eta, A, B, C, D):
        return algorithm(X, Y @ matrix(A, B, C, D).T, X_q, eta)

    return formula


def standard(A, B, C, D):
    """s_4 = Σ ± the products of four matrices in all orders: zero for 2 × 2 matrices (Amitsur and Levitzki), not for 3 × 3."""
    letters, total = (A, B, C, D), 0 * A
    for order in permutations(range(4)):
        odd = sum(order[i] > order[j] for i in range(4) for j in range(i + 1, 4)) % 2
        P, Q, R, S = (letters[k] for k in order)
        total = total - P @ Q @ R @ S if odd else total + P @ Q @ R @ S
    return total


def three_labels(Y):
    """6 Σ_{i<j<k} y_i y_j y_k of the first powers: zero for fewer than three tokens."""
    row = ones(1, Y.shape[0])
    first, second, third = row @ Y, Y.T @ Y, row @ (Y * Y * Y)
    return first * first * first - 3 * first * second + 2 * third


SQUARE = {name: Parameter(("d_y", "d_y"), default=0) for name in "ABCD"}
FOUR = {"parameters": {**TRUE.parameters, **SQUARE}}
ONE_LABEL = {"data": {**TRUE.data, "Y": ("n", 1)}, "sizes": {"d_x": 3, "n": 5, "m": 2}}


def one_label(d_x, n, eta):
    return weights(d_x, 1, n, eta)


def thrice(d_x, d_y, eta):
    return weights(d_x, d_y, 1, 3 * eta)


def counted(X, Y, X_q, eta):
    """n steps at once: the tokens are counted."""
    n = X.shape[0]
    return algorithm(X, Y, X_q, eta) * (ones(1, n) @ ones(n, 1)) * (ones(1, n) @ ones(n, 1))


def biased_prompt(X, Y, X_q, d_y):
    return Prompt(context=(Token(x=X, y=Y + ones(d_y, 1)),), query=(Token(x=X_q),))


def mixed(d_x, d_y, n, eta, P):
    x, y = stream = Stream(x=d_x, y=d_y)
    head = Head(query=P @ x, key=x, value=-eta / n * y, into=y)
    return Transformer(stream, (Attention((head,), kernel="linear", mask="context"),))


CONTROLS: tuple[Control, ...] = (
    broken("eta-times-n", weights=lambda d_x, d_y, n, eta: weights(d_x, d_y, 1, eta * n)),
    broken("right-for-three-tokens", weights=thrice, algorithm=counted),
    broken(
        "commuting-parameters",
        **FOUR,
        weights=labels_times(lambda A, B, C, D: A @ B),
        algorithm=taught(lambda A, B, C, D: B @ A),
    ),
    broken(
        "a-standard-identity",
        at_sizes=True,
        **FOUR,
        weights=labels_times(lambda A, B, C, D: A + standard(A, B, C, D)),
        algorithm=taught(lambda A, B, C, D: A),
    ),
    broken(
        "three-tokens-at-once",
        **ONE_LABEL,
        weights=one_label,
        algorithm=lambda X, Y, X_q, eta: algorithm(X, Y, X_q, eta) + three_labels(Y) * ones(X_q.shape[0], 1),
    ),
    broken(
        "a-parameter-transposed",
        parameters={**TRUE.parameters, "P": Parameter(("d_x", "d_x"), default=0)},
        weights=mixed,
        algorithm=lambda X, Y, X_q, eta, P: algorithm(X, Y, X_q @ P, eta),
    ),
    broken("a-constant-in-the-tokens", prompt=biased_prompt, weights=weights),
    broken(
        "sums-of-the-inputs",
        algorithm=lambda X, Y, X_q, eta: (
            algorithm(X, Y, X_q, eta)
            + (X_q @ X.T @ X - X_q @ ones(X.shape[1], 1) @ ones(1, X.shape[1])) @ ones(X.shape[1], Y.shape[1])
        ),
    ),
)


def first_gradient(d_x, d_y, n, steps, eta, W):
    """Every layer adds the gradient at the parameter W, which is the state in the first layer only."""
    x, y, z = stream = Stream(x=d_x, y=d_y, z=d_y)
    head = Head(query=x, key=x, value=eta / n * (W @ x - z), into=y)
    return Transformer(stream, (Repeat(Attention((head,), kernel="linear", mask="context"), steps),))


A_STATE_CALLED_W = broken(
    "a-state-with-the-name-of-a-parameter",
    sizes={**TRUE.sizes, "steps": 2},
    parameters={**TRUE.parameters, "W": Parameter(("d_y", "d_x"), default=0)},
    weights=first_gradient,
    prompt=lambda X, Y, X_q, W: Prompt((Token(x=X, y=-W @ X, z=Y),), (Token(x=X_q, y=-W @ X_q),)),
    algorithm=lambda X, Y, X_q, eta, W, steps: X_q @ iterate(lambda V, _: gd.step(V, X, Y, eta), W, steps).T,
    invariant=Invariant(
        start=lambda W: W,
        step=lambda W, X, Y, eta: gd.step(W, X, Y, eta),
        holds={
            ("y", "context"): lambda W, X: -X @ W.T,
            ("y", "query"): lambda W, X_q: -X_q @ W.T,
        },
    ),
)
CONTROLS = (*CONTROLS, A_STATE_CALLED_W)
DECOYS = {  # the sizes at which a wrong record is right
    "commuting-parameters": {"d_y": 1},
    "a-standard-identity": {"d_y": 2},
    "three-tokens-at-once": {"n": 2},
    "a-parameter-transposed": {"d_x": 1},
}
