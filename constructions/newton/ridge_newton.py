"""K + 1 layers of linear attention are K steps of Newton's iteration for ridge regression, and 2^K steps of gradient descent.

**Statement.** For all sizes d, d_y, every K, λ and ε there are weights of K + 1 layers of one linear attention head and a skip
such that for every n, all examples and every query x_q the network answers YᵀX T_K x_q, where T_0 = ε I,
T_k = T_{k−1} (2I − R T_{k−1}) and R = XᵀX + λI.

**Proof.** Let E_k = I − R T_k, so that E_k = E_{k−1}² and T_k = T_{k−1} (I + E_{k−1}); all these are polynomials in S = XᵀX. Write
E_k = c_k I + F_k S: c_0 = 1 − ελ, F_0 = −ε I, c_k = c_{k−1}², F_k = 2c F + F S F (with c, F of k − 1). Token j holds x_j,
f_j = F_k x_j and its own prediction p_j = YᵀX T_k x_j. The head scores ⟨f_i, x_j⟩ with values (f_i, p_i), so it adds F S F x_j to
f_j and YᵀX T F S x_j to p_j; the skip makes 2c f_j of f_j and (1 + c) p_j of p_j.

**Remarks.** With w* the ridge solution, w* − w_K = (I − εR)^(2^K) w*: quadratic convergence for 0 < ε < 2/|R|, and exactly what
2^K steps of gradient descent from 0 leave, with step ε on ½ Σ |W x − y|² + ½ λ|W|². Nothing is divided, and at no depth is it
the ridge solution itself. The published network takes n ≥ d, K + 3 layers, two heads, 4d + 2 rows, and starts from ε R. In ours
the coefficients c_k depend on the layer, and λ and ε are in the weights; as (1 − ελ)^(2^k) they have about 2^k digits.
"""

from constructions.algorithms import gradient_descent as gd
from constructions.algorithms import least_squares, newton
from constructions.algorithms.step_size import caution_eps
from constructions.language import Attention, Construction, Head, NearMiss, Parameter, Readout, Source, Step, Stream
from constructions.language import Transformer, Write, functions, last_layer, stack, supervised
from constructions.matrix import identity


def weights(d, d_y, lam, eps, steps, *, mask="context", squared=True, start=1):
    x, y, f, p = stream = Stream(x=d, y=d_y, f=d, p=d_y)
    both = stack(f, p)

    def newton_step(c):
        head = Head(query=x, key=f, value=both, into=both)
        return Attention((head,), "linear", mask, skip=(Write((2 * c - 1) * f, f), Write(c * p, p)))

    c, layers = start - eps * lam, []
    for _ in range(steps):
        layers.append(newton_step(c))
        c = c * c if squared else c
    first = Attention((Head(query=x, key=x, value=eps * y, into=p),), "linear", mask, skip=(Write(-eps * x, f),))
    return Transformer(stream, layers=(first, *layers))


def trained(X, Y, lam, eps, steps):
    return newton.ridge_inverse(X, lam, eps, steps) @ X.T @ Y


def algorithm(X, Y, X_q, lam, eps, steps):
    return X_q @ trained(X, Y, lam, eps, steps)


def left_to_learn(X, Y, lam, eps, steps, d):
    """(I − εR)^(2^steps) w*"""
    R = X.T @ X + lam * identity(d)
    return newton.squared(identity(d) - eps * R, steps) @ least_squares.ridge(X, Y, lam).T


RIDGE_NEWTON = Construction(
    name="ridge-newton",
    tag="ICL-0026",
    title="K + 1 layers of linear attention are K steps of Newton's iteration for ridge regression",
    sources=(Source("giannou2024newton", "Theorem 4.2 and Remark 4.4, with a network of our own"),),
    uses=("newton-inverse",),
    sizes={"d": 3, "d_y": 2, "n": 5, "m": 7, "steps": 2},
    parameters={
        "lam": Parameter(default=1, meaning="the ridge λ of Σ |W x − y|² + λ|W|²"),
        "eps": Parameter(default="1/20", meaning="the start is ε I; it converges for 0 < ε < 2/|XᵀX + λI|"),
    },
    data={"X": ("n", "d"), "Y": ("n", "d_y"), "X_q": ("m", "d")},
    **functions(weights, supervised, lambda p: Readout(p, at="query"), algorithm),
    steps=(
        Step(
            "w* − w_K = (I − εR)^(2^K) w*",
            left=lambda X, Y, lam, eps, steps: least_squares.ridge(X, Y, lam).T - trained(X, Y, lam, eps, steps),
            right=left_to_learn,
        ),
        Step(
            "K steps are 2^K steps of gradient descent",
            left=trained,
            right=lambda X, Y, lam, eps, steps: gd.ridge_steps(X, Y, lam, eps, 2**steps),
        ),
    ),
    near_misses={
        "query-is-a-key": NearMiss("the query is no example", mask="everything"),
        "constant-coefficients": NearMiss("c is squared from layer to layer", squared=False),
        "without-the-penalty": NearMiss("c_0 is 1 − ελ", lam=lambda lam: 0 * lam),
        "solved": NearMiss(
            "no finite number of steps is the ridge solution",
            algorithm=lambda X, Y, X_q, lam: X_q @ least_squares.ridge(X, Y, lam).T,
        ),
        "twice-as-many-steps": NearMiss(
            "K steps of Newton are 2^K of gradient descent, not 2K",
            algorithm=lambda X, Y, X_q, lam, eps, steps: X_q @ gd.ridge_steps(X, Y, lam, eps, 2 * steps + 1),
        ),
    },
    dead=last_layer("head 1 value row * f *", "head 1 into row * f *", "skip 1 *"),
    resources=dict(layers="steps + 1", heads="1", width="2*d + 2*d_y", tokens="n + 1"),
    cautions=(caution_eps,),
)
