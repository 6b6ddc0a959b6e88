"""Two softmax heads with a sink are a step of dual ascent for entropic optimal transport.

**Statement.** For all d, n, every number of steps K and all λ > 0 and g there are weights of K layers of two softmax
heads with a sink such that for all points x_1, …, x_n and y_1, …, y_n in ℝ^d token i answers the dual potentials (u_i,
v_i) after K steps u_i ← u_i + g (1/n − S_i)/(1 + S_i), S_i = Σ_j e^{(u_i + v_j − |x_i − y_j|²)/λ}, and alike for v,
from u = v = 0.

**Proof.** Token i holds x_i, y_i, −|x_i|², −|y_i|², u_i, v_i and 1. The head for u scores the logarithm of the plan's
entry (i, j), which is bilinear in the two tokens. Beside a sink of score 0 its weights are P_ij/(1 + S_i), so the value
−g(1 + 1/n) and a skip of g/n make g/n − g(1 + 1/n) S_i/(1 + S_i) = g (1/n − S_i)/(1 + S_i). The head for v exchanges
the roles.

**Remarks.** Plain softmax forgets how large S_i was; the sink keeps it. The step is gradient ascent on the dual with
the step size g/(1 + S_i) of each potential's own, so a point where nothing moves is the entropic plan. That it is
reached is not judged here (in the tests, with g = λ, the plan meets that of Sinkhorn's algorithm). The weights are
ours: of the paper only the abstract was at hand, which states gradient steps on the dual by softmax layers.
"""

from constructions.algorithms import transport
from constructions.language import Attention, Construction, Head, NearMiss, Parameter, Prompt, Readout, Repeat, Source
from constructions.language import Stream, Token, Transformer, Write, functions, stack
from constructions.matrix import beside, ones


def weights(d, n, steps, lam, rate, *, sink=True, own=1, anchor=1):
    x, y, x_norm, y_norm, u, v, one = stream = Stream(x=d, y=d, x_norm=1, y_norm=1, u=1, v=1, one=1)

    def head(point, norm, dual, others, other_norm, other_dual):
        query = stack(dual + own * norm, one, 2 * point) / lam
        key = stack(one, other_dual + other_norm, others)
        return Head(query=query, key=key, value=-rate * (n + anchor) / n * one, into=dual)

    heads = head(x, x_norm, u, y, y_norm, v), head(y, y_norm, v, x, x_norm, u)
    skip = tuple(Write(anchor * rate / n * one, dual) for dual in (u, v))
    return Transformer(stream, layers=(Repeat(Attention(heads, "softmax", "everything", skip=skip, sink=sink), steps),))


def prompt(X, Y, d):
    x_norm, y_norm = (-ones(1, d) @ (points * points) for points in (X, Y))
    return Prompt(context=(Token(x=X, y=Y, x_norm=x_norm, y_norm=y_norm, one=1),))


def algorithm(X, Y, lam, rate, steps):
    return beside(*transport.dual_ascent(X, Y, lam, rate, steps))


def plain_gradient(X, Y, lam, rate, steps, n):
    u = v = 0 * ones(n, 1)
    for _ in range(steps):
        P = transport.plan(u, v, X, Y, lam)
        u, v = (w + rate * (ones(n, 1) / n - Q @ ones(n, 1)) for w, Q in ((u, P), (v, P.T)))
    return beside(u, v)


OPTIMAL_TRANSPORT = Construction(
    name="optimal-transport",
    tag="ICL-0053",
    sources=(Source("daneshmand2024transport", "the claim of the abstract; the weights are ours"),),
    sizes={"d": 2, "n": 3, "steps": 2},
    parameters={
        "lam": Parameter(default=1, positive=True, meaning="weight λ of the entropy"),
        "rate": Parameter(default=1, meaning="step size g of the dual ascent"),
    },
    data={"X": ("n", "d"), "Y": ("n", "d")},
    degree=2,
    **functions(weights, prompt, lambda u, v: Readout(stack(u, v), at="context"), algorithm),
    near_misses={
        "no-sink": NearMiss("weights that sum to 1 do not know S_i", sink=False),
        "plain-gradient": NearMiss("the sink divides every step by 1 + S_i", algorithm=plain_gradient),
        "own-norm-forgotten": NearMiss("beside a sink the token's own |x|² does not cancel", own=0),
        "no-marginal": NearMiss("1/n of the mass must stay", anchor=0),
    },
    resources=dict(layers="steps", heads="2", width="2*d + 5", tokens="n"),
)
