"""Right at every size of a plan and wrong beyond a size that the source names: in a range, a table, a slice, a window, a power."""

from dataclasses import replace
from fractions import Fraction

from constructions.language import Attention, Head, Readout, Stream, Transformer
from constructions.matrix import below, exact, identity, ones, softmax
from tests.controls.base import CAUSAL, TRUE, Control, algorithm, causal_weights, weights
from tests.controls.bounds import COUNTS
from tests.controls.counted import BEYOND as COUNTED
from tests.controls.escapes import BEYOND as COMPARED

LIMIT = 12


def by_a_range(d_x, d_y, n, eta):
    for _ in range(d_x - 8):
        eta = eta * 2
    return weights(d_x, d_y, n, eta)


def by_a_table(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta * ((1,) * 50 + (2,) * 1000)[n])


def by_a_power(d_x, d_y, n, eta):
    return weights(d_x, d_y, n, eta * (1 + 0 ** (n - 97) ** 2))


def by_a_product(d_x, d_y, n, eta):
    p = 1
    for k in range(-1, 45):
        p = p * (n - k)
    return weights(d_x, d_y, n, eta * (1 + p))


def elementary(k, A):
    """The k-th elementary symmetric function of the eigenvalues, by Newton's identities: 0 for matrices of lower rank."""
    d = A.shape[0]
    powers, found, power = [], [exact(1)], A
    for j in range(1, k + 1):
        powers.append(ones(1, d) @ (power * identity(d)) @ ones(d, 1))
        power = power @ A
        found.append(sum(((-1) ** (i - 1) * found[j - i] * powers[i - 1] for i in range(1, j + 1)), 0 * powers[0]) / j)
    return found[k]


def of_high_rank(X, Y, X_q, eta):
    return algorithm(X, Y, X_q, eta) + elementary(6, X.T @ X) * (X_q[:, [0]] @ Y[0])


def softmax_beyond(d_x, d_y, n):
    x, y, o = stream = Stream(x=d_x, y=d_y, o=d_y)
    factor = Fraction(1, 2) if n > LIMIT else 1
    return Transformer(stream, (Attention((Head(factor * x, x, y, o),), "softmax", "causal"),))


def in_softmax(X, Y):
    return below(*(softmax(X[j] @ X[: j + 1].T) @ Y[: j + 1] for j in range(X.shape[0])))


WRONG = (
    *COMPARED,
    *COUNTED,
    replace(
        CAUSAL,
        name="by-a-size-in-softmax",
        weights=softmax_beyond,
        readout=lambda o: Readout(o, at="context"),
        algorithm=in_softmax,
    ),
    replace(TRUE, name="by-a-range", weights=by_a_range),
    replace(TRUE, name="by-a-table", weights=by_a_table),
    replace(TRUE, name="by-a-floor", weights=lambda d_x, d_y, n, eta: weights(d_x, d_y, n, eta * (1 + d_x // 9))),
    replace(TRUE, name="by-a-maximum", weights=lambda d_x, d_y, n, eta: weights(d_x, d_y, n, eta * max(1, d_x - 8))),
    replace(TRUE, name="by-a-power", weights=by_a_power),
    replace(TRUE, name="by-a-product", weights=by_a_product),
    replace(TRUE, name="by-a-slice", algorithm=lambda X, Y, X_q, eta: algorithm(X[:, :13], Y, X_q[:, :13], eta)),
    replace(TRUE, name="by-the-rank", algorithm=of_high_rank),
    replace(COUNTS, name="by-the-last-eight-symbols", algorithm=lambda E: E[-1] @ E[-8:].T @ E[-8:]),
    replace(CAUSAL, name="by-a-window", weights=lambda d_x, d_y: causal_weights(d_x, d_y, mask="causal window:12")),
)
CONTROLS = tuple(Control(record, at_sizes=True) for record in WRONG)
