"""k heads and an induction head with a sink are Bayesian inference for a Markov chain of order k.

**Statement.** For all k, n, S and every β > 0 there are weights of two layers such that for all sequences of n + 1
symbols the answer at the last token is the probability of each symbol to come next under the Dirichlet prior with
parameters 1/S, (c_s + 1/S)/(c + 1), where c_s counts how often s followed the last k symbols and c = Σ_s c_s: exactly
if the second layer is hard attention, and within (n + 1) e^{−β} in every entry if it is softmax attention of scale β.

**Proof.** In layer 1 head j is hard attention by position with a sink: it scores 1 for the token j places back and −1
for all others, so it writes e_{x_{t−j}} into lag j, and 0 where there is no such token. In layer 2 the last token
scores token i by β (Σ_j [x_{i−j} = x_{n+1−j}] − k): 0 where all k symbols agree, else −β or less. The sink's score is
0, too. So hard attention gives 1/(c + 1) to each of the c matches and to the sink. The values are e_{x_i} − 1/S, and a
skip adds 1/S: the sink counts as one symbol, spread evenly. With softmax the at most n + 1 other tokens get ε ≤ (n + 1)
e^{−β} of the mass.

**Remarks.** The cited theorem has no sink: then the answer is the maximum-likelihood row (`induction-head` for k = 1),
which has no value where the last k symbols are new. One sink is one pseudo-observation, the prior of Perks; more of
them, or tokens of the prompt that match everything, make other Dirichlet priors. One-hot positions cost n + 1
coordinates; the paper has 2.
"""

from constructions.algorithms import markov
from constructions.language import Attention, Construction, Equal, Head, NearMiss, Parameter, Prompt, Reading, Readout
from constructions.language import Source, Stream, Token, Transformer, Within, Write, one_step, stack
from constructions.matrix import below, beside, exp, identity, ones, shift, zeros


def weights(n, S, k, beta, *, kernel="softmax", sink=True, lag=0, missing=0):
    symbol, past, p, out = stream = Stream(symbol=S, past=k * S, p=n + 1, out=S)
    lags = [identity(k * S)[[j * S + s for s in range(S)]] @ past for j in range(k)]

    def copy(j):
        return Head(query=(2 * shift(n + 1, j + 1 + lag) - ones(n + 1, n + 1)) @ p, key=p, value=symbol, into=lags[j])

    one = ones(1, S) @ symbol
    query, key = stack(symbol, *lags[:-1], k * one), stack(past, -one)
    match = Head(query=beta * query, key=key, value=symbol - ones(S, S) @ symbol / S, into=out)
    first = Attention(tuple(map(copy, range(k - missing))), kernel="hard", mask="causal", sink=True)
    second = Attention((match,), kernel, "causal", skip=(Write(ones(S, S) @ symbol / S, out),), sink=sink)
    return Transformer(stream, layers=(first, second))


HARD = Equal("hard attention answers the posterior probabilities", {"beta": 1, "kernel": "hard"})


def algorithm(E, k):
    return markov.posterior_predictive(E, k)


def lagged(E, n, S, k):
    """The k symbols before every token, the latest first, 0 where there are none."""
    T = n + 1
    return beside(*(below(zeros(j, S), E[: T - j]) if j < T else zeros(T, S) for j in range(1, k + 1)))


def laplace(E, S, k):
    counts = markov.context_counts(E, k)
    return (counts + ones(1, S)) / (S + counts @ ones(S, 1))


MARKOV_K = Construction(
    name="markov-k",
    tag="ICL-0049",
    sources=(Source("rajaraman2024transformers", "Theorem 2, with a sink"),),
    uses=("induction-head",),
    sizes={"n": 4, "S": 2, "k": 2},
    parameters={"beta": Parameter(default=10, positive=True, meaning="scale of the scores of the softmax layer")},
    data={"E": ("n + 1", "S")},
    domain={"E": "one-hot rows"},
    weights=weights,
    prompt=lambda E: Prompt(context=(Token(symbol=E),), positions=(("p", "one-hot"),)),
    readout=lambda out: Readout(out, at="last"),
    algorithm=algorithm,
    claims=(
        HARD,
        Within(lambda n, beta: (n + 1) * exp(-beta), "softmax attention answers them within (n + 1) e^{−β}"),
    ),
    steps=one_step(
        "after the first layer every token knows the k symbols before it",
        left=Reading("past", layer=1, at="context"),
        right=lagged,
    ),
    near_misses={
        "one-count-a-symbol": NearMiss(
            "the sink is one observation in all, Laplace's rule adds one a symbol", algorithm=laplace, claims=(Equal(),)
        ),
        "no-sink": NearMiss("a new context must match nothing", of=HARD, sink=False),
        "one-head-short": NearMiss("k symbols, k heads", of=HARD, missing=1),
        "one-place-off": NearMiss("lag j is j places back", of=HARD, lag=1),
        "softmax-exactly": NearMiss("at finite β the other tokens leak in", claims=(Equal(),)),
        "rate-doubled": NearMiss("e^{−2β} is too good", claims=(Within(lambda n, beta: (n + 1) * exp(-2 * beta)),)),
    },
    resources=dict(layers="2", heads="k", width="n + 1 + 2*S + k*S", tokens="n + 1"),
)
