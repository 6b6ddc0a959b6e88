"""K + 2 layers are K steps of Newton's iteration on least squares, from M_0 = αS.

**Statement.** For every d, K and α there are weights of K + 2 linear attention layers such that for every n, all
examples and every query x_q the network answers YᵀX M_K x_q, where S = XᵀX, M_0 = α S and M_k = 2M_{k−1} − M_{k−1} S M_{k−1}. The
same holds with two heads of ReLU attention, normalised by 1/n, and an MLP that doubles; then the weights contain n.

**Proof.** Token j holds x_j, t_j = M x_j and its own prediction p_j = YᵀX M x_j. The first layer adds α Σ_i x_i ⟨x_i, x_j⟩ to
t_j, the second Σ_i y_i ⟨x_i, t_j⟩ to p_j. M is a polynomial in S, so symmetric. A Newton layer scores ⟨t_i, x_j⟩ with values
−(t_i, p_i): it adds −M S M x_j to t_j and −YᵀX M S M x_j to p_j, and the skip doubles both. ReLU: with s = −(n/2) ⟨t_i, x_j⟩ the
two heads add (relu(s) − relu(−s))/n = s/n times (t_i, p_i), and the MLP doubles what they leave.

**Remarks.** I − M_K S = (I − αS²)^(2^K): quadratic convergence to the shortest least-squares solution for 0 < α < 2/|S|². At
α = 2/|S|², the value that equation (37) takes, the leading direction is lost: αS² = 2 there, so M_1 S = 0, and it stays 0. As
printed, the second ReLU head has the sign of the first one, and relu(s) + relu(−s) is |s|; the printed expansions of M_1 and M_2
are not those of the iteration. The paper starts and reads out by softmax gadgets in 8 layers; here it takes 2, and they are exact.
"""

from constructions.algorithms import newton
from constructions.algorithms.step_size import caution_alpha
from constructions.language import MLP, Attention, Block, Construction, Equal, Head, Invariant, NearMiss, Parameter
from constructions.language import Readout, Repeat, Source, Stream, Transformer, Units, Write, functions, one_step
from constructions.language import stack, supervised
from constructions.matrix import iterate


def network(d, alpha, steps, layer, mask):
    x, y, t, p = stream = Stream(x=d, y=1, t=d, p=1)
    start = Attention((Head(query=x, key=x, value=alpha * x, into=t),), "linear", mask)
    predict = Attention((Head(query=t, key=x, value=y, into=p),), "linear", mask)
    return Transformer(stream, layers=(start, predict, Repeat(layer(x, t, stack(t, p), mask), steps)))


def linear(x, t, both, mask):
    return Attention((Head(query=x, key=t, value=-both, into=both),), "linear", mask, skip=(Write(both, both),))


def weights(d, alpha, steps, *, mask="context"):
    return network(d, alpha, steps, linear, mask)


def with_relu(d, n, alpha, steps, *, second=-1):
    """The published layer: scores −(n/2) ⟨t_i, x_j⟩, one head for their positive and one for their negative parts."""

    def layer(x, t, both, mask):
        heads = (Head(-n * x / 2, t, both, both), Head(n * x / 2, t, second * both, both))
        return Block((Attention(heads, "relu", mask, "1/n"), MLP((Units(read=both, into=both),), "identity")))

    return network(d, alpha, steps, layer, "context")


def algorithm(X, Y, X_q, alpha, steps):
    return X_q @ newton.second_moment_inverse(X, alpha, steps) @ X.T @ Y


def as_expanded(X, Y, X_q, alpha, steps):
    """From M_1 as it is printed."""
    S = X.T @ X
    printed = 2 * alpha * S - 4 * alpha * alpha * S @ S @ S
    return X_q @ iterate(lambda M, l: newton.step(M, S), printed, steps - 1) @ X.T @ Y


FU_NEWTON = Construction(
    name="fu-newton",
    tag="ICL-0027",
    sources=(Source("fu2023transformers", "Theorem 5.1 and Appendix B.2, put right"),),
    uses=("newton-inverse",),
    sizes={"d": 2, "n": 3, "m": 5, "steps": 2},
    parameters={"alpha": Parameter(default="1/100", meaning="the start is α XᵀX; it converges for 0 < α < 2/|XᵀX|²")},
    data={"X": ("n", "d"), "Y": ("n", 1), "X_q": ("m", "d")},
    **functions(weights, supervised, lambda p: Readout(p, at="query"), algorithm),
    claims=(Equal(), Equal("with ReLU attention, network = algorithm", {"weights": with_relu})),
    invariant=Invariant(
        start=lambda X, alpha: alpha * (X.T @ X),
        step=lambda W, X: newton.step(W, X.T @ X),
        holds={
            ("t", "context"): lambda W, X: X @ W,
            ("p", "context"): lambda W, X, Y: X @ W @ X.T @ Y,
            ("t", "query"): lambda W, X_q: X_q @ W,
            ("p", "query"): lambda W, X, Y, X_q: X_q @ W @ X.T @ Y,
        },
        first=2,
        symmetric=True,
    ),
    steps=one_step(
        "I − M_K S = (I − αS²)^(2^K)",
        left=lambda X, alpha, steps: newton.residual(newton.second_moment_inverse(X, alpha, steps), X.T @ X),
        right=lambda X, alpha, steps: newton.squared(newton.residual(alpha * X.T @ X, X.T @ X), steps),
    ),
    near_misses={
        "both-heads-alike": NearMiss(
            "relu(s) + relu(−s) is |s|, not s", source="Appendix B.2, equation (28)", weights=with_relu, second=1
        ),
        "expansions-as-printed": NearMiss("4α²S³, not α²S³", source="equations (10) and (38)", algorithm=as_expanded),
        "query-is-a-key": NearMiss("the query is no example", mask="everything"),
    },
    resources=dict(layers="steps + 2", heads="1", width="2*d + 2", tokens="n + 1"),
    cautions=(caution_alpha,),
)
