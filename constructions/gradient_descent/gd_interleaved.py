"""On a prompt x_1, y_1, x_2, y_2, …, x_q two layers of linear attention are one gradient step, and K + 1 are K.

**Statement.** For all sizes d_x, d_y, n, every number of steps K, all step sizes η_1, …, η_K and every initial W_0
there are weights of K + 1 linear attention layers such that for all examples and every query, where the tokens (y; x)
hold an input (0; x_i) or a label (y_i; 0) in turn and then (0; x_q), the network answers W_K x_q, with
W_l = W_{l−1} − η_l ∇R(W_{l−1}) and R(W) = 1/(2n) Σ_i |W x_i − y_i|².

**Proof.** Layer 1: with query Uᵀ p and key p (U the shift of `copy-next`) every token reads the y-register of the
next. That adds y_i to the token of x_i, and 0 elsewhere: an input's y is 0, and nothing follows x_q. The token-wise
skip adds −W_0 x. Now x_i's token holds y_i − W_0 x_i and the query −W_0 x_q, as in `gd-steps`, so the value −(η/n) y
makes the same steps. Tokens of labels have x = 0: they score 0 with everything, so they neither act nor change.

**Remarks.** One layer cannot do it: no token holds both x_i and y_i, so no product y_i x_iᵀ can form. The copy needs
no erasing, since an input's y-register is empty, and no placeholder for the label of x_q. At W_0 = 0 the skip
vanishes and the network is attention alone. η/n counts examples, not the 2n tokens. In the
setting of Akyürek et al. (a sum, weight decay, the weights of `raw-sgd-step`) the first step is `batch-gd`.
"""

from constructions.algorithms import gradient_descent as gd
from constructions.algorithms.step_size import caution_step_size
from constructions.language import Attention, Construction, Head, Invariant, NearMiss, Parameter, Prompt, Readout
from constructions.language import Source, Stack, Stream, Token, Transformer, Write, functions
from constructions.matrix import shift


def weights(d_x, d_y, n, steps, eta, W_0, *, by=1, mask="context", per_example=1, first=0):
    y, x, p = stream = Stream(y=d_y, x=d_x, p=2 * n + 1)
    copy = Head(query=shift(2 * n + 1, by).T @ p, key=p, value=y, into=y)
    merge = Attention((copy,), kernel="linear", mask="context", skip=(Write(-W_0 @ x, into=y),))

    def layer(l):
        head = Head(query=x, key=x, value=-eta[l] / (per_example * n) * y, into=y)
        return Attention((head,), kernel="linear", mask=mask)

    return Transformer(stream, layers=(merge, Stack(layer, steps))[first:])


def prompt(X, Y, X_q):
    return Prompt(context=(Token(x=X), Token(y=Y)), query=(Token(x=X_q),), positions=(("p", "one-hot"),))


def algorithm(X, Y, X_q, W_0, eta):
    return X_q @ gd.steps(W_0, X, Y, eta).T


GD_INTERLEAVED = Construction(
    name="gd-interleaved",
    tag="ICL-0007",
    title="On a prompt x_1, y_1, x_2, y_2, …, x_q two layers of linear attention are one step of gradient descent",
    sources=(
        Source("akyurek2023learning", "Section 2.3, the layout of the prompt"),
        Source("vonoswald2023transformers", "Proposition 3 and Appendix A.5"),
    ),
    uses=("copy-next", "gd-steps"),
    sizes={"d_x": 5, "d_y": 3, "n": 7, "m": 11, "steps": 2},
    parameters={
        "eta": Parameter(
            ("steps",), default="1/10", meaning="step sizes for the ½·mean loss, one a layer but the first"
        ),
        "W_0": Parameter(("d_y", "d_x"), default=0, meaning="initial weights"),
    },
    data={"X": ("n", "d_x"), "Y": ("n", "d_y"), "X_q": ("m", "d_x")},
    **functions(weights, prompt, lambda y: Readout(-y, at="query"), algorithm),
    invariant=Invariant(
        first=1,
        start=lambda W_0: W_0,
        step=lambda W, l, X, Y, eta: gd.step(W, X, Y, eta[l]),
        holds={
            ("x", "context[0]"): lambda X: X,
            ("y", "context[0]"): lambda W, X, Y: Y - X @ W.T,
            ("x", "context[1]"): lambda X: 0 * X,
            ("y", "context[1]"): lambda Y: Y,
            ("y", "query"): lambda W, X_q: -X_q @ W.T,
        },
    ),
    near_misses={
        "shift-below-the-diagonal": NearMiss("x_i gets the label of x_{i−1}", by=-1),
        "no-copy": NearMiss("without the first layer no token holds x_i and y_i", first=1),
        "query-is-a-key": NearMiss("the query attends to itself", mask="everything"),
        "mean-over-tokens": NearMiss("1/(2n) for 1/n", per_example=2),
    },
    dead={"layer 1 head 1 query row *[02468] p *": "pad", "layer 1 head 1 key row *[02468] p *": "pad"},
    resources=dict(
        layers="steps + 1",
        heads="1",
        width="d_x + d_y + 2*n + 1",
        tokens="2*n + 1",
        nonzeros="4*n + 1 + 3*d_y + d_x*d_y + steps*(2*d_x + 2*d_y)",
    ),
    cautions=(caution_step_size,),
)
