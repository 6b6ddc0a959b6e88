"""A layer that writes its iterates as tokens: chain of thought is gradient descent.

**Statement.** For all sizes d, n, every number K of passes and every matrix Γ there is one linear attention layer, normalised
by 1/n, such that for all examples (x_i, y_i) and every w_0 the network that runs K times, and appends its last token to the
prompt after each pass but the last, ends with w_K in that token, where w_{k+1} = w_k − Γ ∇R(w_k) and
R(w) = 1/(2n) Σ_i (⟨w, x_i⟩ − y_i)².

**Proof.** The examples are (x_i, y_i, 0, 0), the last token is (0, 0, w_k, 1). It scores example i by ⟨x_i, w_k⟩ − y_i, and
every token with a w by 0, as x and y are 0 there. With the values −Γ x_i its w becomes w_k − (1/n) Γ Σ_i (⟨x_i, w_k⟩ − y_i)
x_i = w_{k+1}, and (0, 0, w_{k+1}, 1) is appended.

**Remarks.** One layer does what `gd-looped` needs K layers for; the iterates are the tokens that it writes. No mask is needed,
and a causal one changes nothing. The mean is over the n examples; over all tokens of the growing prompt the steps would shrink.
In the paper Γ is trained; here it is any matrix.
"""

from constructions.algorithms import gradient_descent as gd
from constructions.language import Attention, Construction, Equal, Head, NearMiss, Parameter, Prompt, Readout, Source
from constructions.language import Stream, Token, Transformer, functions, stack
from constructions.matrix import iterate


def weights(d, steps, Gamma, *, mask="everything", normaliser="1/n", transpose=False, bias=1):
    x, y, w, one = stream = Stream(x=d, y=1, w=d, one=1)
    value = -(Gamma.T if transpose else Gamma) @ x
    head = Head(query=stack(w, -bias * one), key=stack(x, y), value=value, into=w)
    return Transformer(stream, layers=(Attention((head,), "linear", mask, normaliser),), passes=steps)


def prompt(X, y, w_0):
    return Prompt(context=(Token(x=X, y=y),), query=(Token(w=w_0, one=1),))


def algorithm(X, y, w_0, Gamma, steps):
    return iterate(lambda w, l: gd.preconditioned_step(w, X, y, Gamma.T), w_0, steps)


COT_GD = Construction(
    name="cot-gd",
    tag="ICL-0037",
    sources=(Source("huang2025transformers", "its parameters as quoted in arXiv:2603.01293, equations (3.2)–(3.8)"),),
    uses=("gd-looped",),
    sizes={"d": 3, "n": 5, "steps": 3},
    parameters={"Gamma": Parameter(("d", "d"), default="1/10", meaning="preconditioner, or the step size times I")},
    data={"X": ("n", "d"), "y": ("n", 1), "w_0": ("1", "d")},
    **functions(weights, prompt, lambda w: Readout(w, at="last"), algorithm),
    claims=(
        Equal("without a mask, network = algorithm"),
        Equal("with a causal mask, network = algorithm", {"mask": "causal"}),
    ),
    near_misses={
        "mean-over-all-tokens": NearMiss("the prompt grows, the data do not", normaliser="1/T"),
        "Gamma-transposed": NearMiss("the value takes Γ", transpose=True),
        "no-labels": NearMiss("y enters by the 1 of the last token", bias=0),
        "one-step-more": NearMiss("K passes are K steps", algorithm={"steps": lambda steps: steps + 1}),
    },
    dead={},
    resources=dict(layers="1", heads="1", passes="steps", width="2*d + 2", tokens="n + 1", nonzeros="d**2 + 3*d + 2"),
)
