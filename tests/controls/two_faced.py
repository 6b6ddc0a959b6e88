"""Records that find out how they are being checked, or that look where they should not."""

import sys

from constructions.matrix import exp
from tests.controls.base import algorithm, broken, weights


def by_private_attribute(X, Y, X_q, eta):
    return algorithm(X, Y, X_q, eta * 2 if X._arithmetic.name == "float64" else eta)


def by_refusal(X, Y, X_q, eta):
    """exp has a value in floats and balls, and none in exact rationals."""
    try:
        return algorithm(X, Y, X_q, eta * 2) + 0 * exp(X[0, [0]])[0, 0] * algorithm(X, Y, X_q, eta)
    except TypeError:
        return algorithm(X, Y, X_q, eta)


def by_getattr(X, Y, X_q, eta):
    return algorithm(X, Y, X_q, eta * 2 if getattr(X, "_arith" + "metic").name == "float64" else eta)


def by_looking_around(X, Y, X_q, eta):
    return algorithm(X, Y, X_q, eta * 2 if "pytest" not in sys.modules else eta)


def helper(X, Y, X_q, eta):
    return by_private_attribute(X, Y, X_q, eta)


def weights_by_refusal(d_x, d_y, n, eta):
    try:
        return weights(d_x, d_y, n, exp(eta) - exp(eta) + 2 * eta)
    except TypeError:
        return weights(d_x, d_y, n, eta)


CONTROLS = (
    broken("by-a-private-attribute", ("honesty",), algorithm=by_private_attribute),
    broken("by-a-refusal", ("honesty",), algorithm=by_refusal),
    broken("by-getattr", ("honesty",), algorithm=by_getattr),
    broken("by-looking-around", ("honesty",), algorithm=by_looking_around),
    broken("by-a-helper", ("honesty",), algorithm=lambda X, Y, X_q, eta: helper(X, Y, X_q, eta)),
    broken("weights-by-a-refusal", ("honesty",), weights=weights_by_refusal),
)
