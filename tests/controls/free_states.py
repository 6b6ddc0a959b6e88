"""What a proof for all sizes and depths may confuse: two letters, two states, two numbers of a step, a size and its values."""

from dataclasses import replace

from constructions import get
from constructions.algorithms import gradient_descent as gd
from constructions.language import Parameter
from constructions.matrix import iterate
from tests.controls.base import TRUE, Control, algorithm, broken, weights

STEPS = replace(get("gd-steps"), near_misses={}, dead=None, tag="")
PRIMES = (2, 3, 5, 7, 11, 13)  # the sizes of every plan


def other_end(X, Y, X_q, W_0, eta, steps):
    """A second iteration, whose step knows where the first one ended: W_K stands in it, and W_l does not."""

    def step(W, l):
        return gd.step(W, X, Y, eta[l])

    end = iterate(step, W_0, steps)
    return X_q @ iterate(lambda W, l: step(W, l) + (end - W), W_0, steps).T


def inner_number(X, Y, X_q, W_0, eta, steps):
    """The inner iteration takes the outer step's η at each of its own steps."""
    end = iterate(lambda W, l: gd.step(W, X, Y, eta[l]), W_0, steps)

    def step(W, l):
        inner = iterate(lambda V, k: gd.step(V, X, Y, eta[l]), W_0, steps)
        return gd.step(W, X, Y, eta[l]) + inner - end

    return X_q @ iterate(step, W_0, steps).T


def vanishing(size):
    """A factor that is 1 at the sizes of every plan."""
    product = 1
    for prime in PRIMES:
        product = product * (size - prime)
    return 1 + product


CONTROLS = (
    broken(
        "two-entries-of-a-row",
        by=("blockwise", "invariant"),
        parameters={**TRUE.parameters, "c": Parameter((1, 3), default=0)},
        weights=lambda d_x, d_y, n, eta, c: weights(d_x, d_y, n, eta * c.T[0]),
        algorithm=lambda X, Y, X_q, eta, c: algorithm(X, Y, X_q, eta) * c.T[1],
    ),
    Control(replace(STEPS, name="a-step-that-knows-the-end", algorithm=other_end), by=("blockwise", "invariant")),
    Control(replace(STEPS, name="a-step-inside-a-step", algorithm=inner_number), by=("symbolic",)),
    broken(
        "right-at-all-prime-n",
        at_sizes=True,
        by=("invariant",),
        weights=lambda d_x, d_y, n, eta: weights(d_x, d_y, n, eta * vanishing(n)),
    ),
    broken(
        "right-at-all-prime-d-y",
        at_sizes=True,
        by=("invariant",),
        weights=lambda d_x, d_y, n, eta: weights(d_x, d_y, n, eta * vanishing(d_y)),
    ),
)
