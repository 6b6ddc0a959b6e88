"""Errors that no float shows: 10⁻¹², 10⁻³⁰, a multiple of a prime, zero on average, zero at every small or predicted point."""

from fractions import Fraction

from constructions.language import Within
from constructions.matrix import exact, identity, reciprocal, relu, solve
from tests.controls.base import algorithm, broken, weights
from verify.plan import stream_of_integers

EXACTLY = ("symbolic", "identity")
MERSENNE = 2**127 - 1
PREDICTED = tuple(number for _, number in zip(range(12), stream_of_integers(100, "identity", "aimed-at"), strict=False))


def off_by(epsilon):
    return lambda d_x, d_y, n, eta: weights(d_x, d_y, n, eta * (1 + epsilon))


def corner(X, Y, X_q):
    """A matrix of the answer's shape, linear in an example and the query."""
    return X_q[:, [0]] @ Y[0]


def vanishing_at(numbers):
    """The algorithm plus a term with a factor that is zero wherever the first entry of X is one of the numbers."""

    def formula(X, Y, X_q, eta):
        factor = exact(1)
        for number in numbers:
            factor = factor * (X[0][:, [0]] - number)
        return algorithm(X, Y, X_q, eta) + factor * corner(X, Y, X_q)

    return formula


def almost_the_same_ridge(X, Y, X_q, eta):
    A = X.T @ X + identity(X.shape[1])
    near = A + Fraction(1, 10**40) * identity(X.shape[1])
    return algorithm(X, Y, X_q, eta) + X_q @ (solve(A, X.T @ Y) - solve(near, X.T @ Y))


def tiny_fraction(X, Y, X_q, eta):
    z = X[0][:, [0]]
    return algorithm(X, Y, X_q, eta) + Fraction(1, 10**300) / (1 + z * z) * corner(X, Y, X_q)


def pole_everywhere(X, Y, X_q, eta):
    return algorithm(X, Y, X_q, eta) * (1 / (X[0] @ X[0].T - X[0] @ X[0].T))


def singular_everywhere(X, Y, X_q, eta):
    """(x xᵀ)⁻¹ does not exist in two dimensions and more."""
    return algorithm(X, Y, X_q, eta) + X_q @ solve(X[[0]].T @ X[[0]], X.T @ Y)


def undefined_in_part(X, Y, X_q, eta):
    return algorithm(X, Y, X_q, eta) + reciprocal(X)[0][:, [0]] * corner(X, Y, X_q)


def rarely_large(X, Y, X_q, eta):
    return algorithm(X, Y, X_q, eta) + relu(X[0][:, [0]] - 10**4) * corner(X, Y, X_q)


CONTROLS = (
    broken("off-by-one-part-in-10-to-the-12", by=EXACTLY, weights=off_by(Fraction(1, 10**12))),
    broken("off-by-one-part-in-10-to-the-30", by=EXACTLY, weights=off_by(Fraction(1, 10**30))),
    broken("off-by-one-part-in-10-to-the-1000", by=EXACTLY, weights=off_by(Fraction(1, 10**1000))),
    broken("off-by-a-mersenne-prime", by=EXACTLY, weights=off_by(MERSENNE)),
    broken("off-by-a-multiple-of-two-mersenne-primes", by=EXACTLY, weights=off_by(MERSENNE * (2**521 - 1))),
    broken(
        "right-in-expectation",
        by=EXACTLY,
        algorithm=lambda X, Y, X_q, eta: algorithm(X, Y, X_q, eta) + corner(X, Y, X_q),
    ),
    broken(
        "right-to-second-order",
        by=EXACTLY,
        weights=lambda d_x, d_y, n, eta: weights(d_x, d_y, n, eta / (1 + eta * eta * eta)),
    ),
    broken("zero-at-all-small-points", by=("identity",), algorithm=vanishing_at(tuple(range(-40, 40)))),
    broken("zero-at-points-that-are-predicted", by=("identity",), algorithm=vanishing_at(PREDICTED)),
    broken("a-ridge-off-by-10-to-the-minus-40", by=("identity",), algorithm=almost_the_same_ridge),
    broken("a-fraction-of-10-to-the-minus-300", by=("identity",), algorithm=tiny_fraction),
    broken("a-pole-everywhere", (), algorithm=pole_everywhere),
    broken("singular-everywhere", (), algorithm=singular_everywhere),
    broken("a-term-with-poles", by=("identity",), algorithm=undefined_in_part),
    broken("a-bound-violated-rarely", (), claims=(Within(lambda: exact(1)),), algorithm=rarely_large),
    broken("an-equality-violated-rarely", (), algorithm=rarely_large),
)
