"""Two attention layers are an induction head: what followed the last symbol before.

**Statement.** For all n ≥ 2 and S and every β > 0 there are weights of two layers such that for all sequences x_1, …,
x_n of S symbols whose last one occurred before, the answer at the last token is the frequency of each symbol among
the successors of the earlier x_n: exactly if the second layer is hard attention, and within (n−1) e^{−β} in every
entry if it is softmax attention of scale β.

**Proof.** Layer 1 is hard attention by position: with query U p and key p token t reads token t−1 and stores
e_{x_{t−1}} in `before`; token 1 has no earlier token and keeps 0. In layer 2 the last token scores β [x_{i−1} = x_n]
against token i, with value e_{x_i}. The maximisers are the c ≥ 1 successors of x_n, so hard attention averages
e_{x_i} over them. Softmax puts mass 1 − ε on them, evenly, with ε = (n−c)/(c e^β + n − c) ≤ (n−1) e^{−β}; the answer
(1−ε) p + ε p' is a mixture of distributions, and |ε (p' − p)| ≤ ε.

**Remarks.** Both layers are causal. Token 1 must not read itself, or it would pass for a successor of x_1. The answer
is the maximum-likelihood row of a transition matrix, not a Bayesian one, and the bound grows with n: a longer
sequence needs β larger by log n. One-hot positions cost n coordinates; the cited theorem gets by with 2.
"""

from constructions.algorithms import markov
from constructions.language import Attention, Construction, Equal, Head, NearMiss, Parameter, Prompt, Reading, Readout
from constructions.language import Source, Stream, Token, Transformer, Within, one_step
from constructions.matrix import below, exp, shift


def weights(n, S, beta, *, kernel="softmax", lag=1, first="strict", match="before"):
    symbol, before, p, out = stream = Stream(symbol=S, before=S, p=n, out=S)
    previous = Head(query=shift(n, lag) @ p, key=p, value=symbol, into=before)
    induction = Head(query=beta * symbol, key=stream[match], value=symbol, into=out)
    layers = (Attention((previous,), kernel="hard", mask=first), Attention((induction,), kernel, mask="causal"))
    return Transformer(stream, layers=layers)


HARD = Equal("hard attention answers the frequencies of successors", {"beta": 1, "kernel": "hard"})


def algorithm(E):
    return markov.successor_frequencies(E)


INDUCTION_HEAD = Construction(
    name="induction-head",
    tag="ICL-0012",
    sources=(Source("rajaraman2024transformers", "Theorem 1"),),
    sizes={"n": 7, "S": 3},
    parameters={"beta": Parameter(default=10, positive=True, meaning="scale of the scores of the softmax layer")},
    data={"E": ("n", "S")},
    domain={"E": "one-hot rows, last one seen before"},
    weights=weights,
    prompt=lambda E: Prompt(context=(Token(symbol=E),), positions=(("p", "one-hot"),)),
    readout=lambda out: Readout(out, at="last"),
    algorithm=algorithm,
    claims=(
        HARD,
        Within(lambda n, beta: (n - 1) * exp(-beta), "softmax attention answers them within (n−1) e^{−β}"),
    ),
    steps=one_step(
        "after the first layer every token knows the symbol before it, and the first token none",
        left=Reading("before", layer=1, at="context"),
        right=lambda E: below(0 * E[0], E[:-1]),
    ),
    near_misses={
        "no-shift": NearMiss(
            "a head that looks for the symbol finds the symbol, not what followed", of=HARD, match="symbol"
        ),
        "two-back": NearMiss("token t must hold x_{t−1}", of=HARD, lag=2),
        "first-token-reads-itself": NearMiss("token 1 passes for a successor of x_1", of=HARD, first="causal"),
        "softmax-exactly": NearMiss("at finite β the other tokens leak in", claims=(Equal(),)),
        "rate-doubled": NearMiss("e^{−2β} is too good", claims=(Within(lambda n, beta: (n - 1) * exp(-2 * beta)),)),
        "length-forgotten": NearMiss("there are n − c tokens to leak", claims=(Within(lambda beta: exp(-beta)),)),
    },
    dead={"layer 1 head 1 key row * p *": "pad", "layer 1 head 1 query row 0 p 1": "pad"},
    resources=dict(layers="2", heads="1", width="3*S + n", tokens="n", nonzeros="2*n - 1 + 6*S"),
)
