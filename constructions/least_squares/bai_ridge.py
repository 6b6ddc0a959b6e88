"""ReLU attention layers of three heads are gradient descent on the ridge loss.

**Statement.** For all d, n, every number of steps K and all η, λ there are weights of K + 1 layers of ReLU attention,
each divided by the number n + 1 of tokens, such that for all examples and every query x_q the answer is ⟨w_K, x_q⟩,
where w_0 = 0, w_{l+1} = w_l − η (1/n Σ_i (⟨w_l, x_i⟩ − y_i) x_i + λ w_l).

**Proof.** Every token carries the same w_l. The derivative of ½(s − y)² is relu(s − y) − relu(y − s): two heads score
±(⟨w_i, x_j⟩ − y_j) with the values ∓η (n+1)/n x_j, and their sum is the gradient step. A third head scores relu(1·1)
with the value −ηλ (n+1)/n w_j. The last layer adds relu(⟨x_i, w⟩) − relu(−⟨x_i, w⟩) = ⟨x_i, w⟩ to the y of every token,
which is 0 in the query.

**Remarks.** The risk is a mean over n examples, the layer one over n + 1 tokens: the weights know n. The paper's layer
has no mask and keeps the query out by a score −B(1 − t_j), for data with |x|, |y| ≤ B only; here a mask does it. With η
= 1/(β + λ) and eigenvalues of XᵀX/n in [α, β], w_K is within ε of the ridge solution for K of the order of κ log(1/ε),
κ = (β + λ)/(α + λ). That is a statement on gradient descent, and not judged here.
"""

from constructions.algorithms import penalised
from constructions.language import Attention, Construction, Head, NearMiss, Parameter, Prompt, Reading, Readout, Repeat
from constructions.language import Source, Stream, Token, Transformer, functions, one_step, stack
from constructions.matrix import ones


def square_loss(stream, rate, signs=(1, -1)):
    """Heads that add −rate · mean over all tokens of (⟨w, x_j⟩ − y_j) x_j to w."""
    x, y, w, one = stream
    residual = stack(w, -one), stack(x, y)
    return tuple(Head(query=s * residual[0], key=residual[1], value=-s * rate * x, into=w) for s in signs)


def predict(stream, share, mask="context"):
    """The layer that adds ⟨x, w⟩ to the y of every token."""
    x, y, w, one = stream
    heads = tuple(Head(query=s * x, key=w, value=s * share * one, into=y) for s in (1, -1))
    return Attention(heads, "relu", mask, normaliser="1/T")


def weights(d, n, steps, eta, lam, *, tokens=1, mask="context", signs=(1, -1), decay=1):
    _, _, w, one = stream = Stream(x=d, y=1, w=d, one=1)
    share = (n + tokens) * ones(1, 1) / n
    shrink = Head(query=one, key=one, value=-decay * share * eta * lam * w, into=w)
    step = Attention((*square_loss(stream, share * eta, signs), shrink), "relu", mask, normaliser="1/T")
    return Transformer(stream, layers=(Repeat(step, steps), predict(stream, share)))


def prompt(X, Y, X_q):
    return Prompt(context=(Token(x=X, y=Y, one=1),), query=(Token(x=X_q, one=1),))


def readout(y):
    return Readout(y, at="query")


def algorithm(X, Y, X_q, eta, lam, steps):
    return X_q @ penalised.ridge_steps(X, Y, eta, lam, steps)


BAI_RIDGE = Construction(
    name="bai-ridge",
    tag="ICL-0045",
    sources=(Source("bai2023statisticians", "Theorem 4 and Theorem 13"),),
    sizes={"d": 3, "n": 5, "m": 7, "steps": 2},
    parameters={
        "eta": Parameter(default="1/10", meaning="step size for the ½·mean loss"),
        "lam": Parameter(default="1/5", meaning="penalty on ½|w|²"),
    },
    data={"X": ("n", "d"), "Y": ("n", 1), "X_q": ("m", "d")},
    **functions(weights, prompt, readout, algorithm),
    steps=one_step(
        "before the last layer every example carries the iterate",
        left=Reading("w", layer=-2, at="context"),
        right=lambda X, Y, n, eta, lam, steps: ones(n, 1) @ penalised.ridge_steps(X, Y, eta, lam, steps).T,
    ),
    near_misses={
        "n-tokens": NearMiss("a layer divides by n + 1 tokens, the query among them", tokens=0),
        "query-is-a-key": NearMiss("the query passes for an example of y = 0", mask="everything"),
        "one-sign": NearMiss("relu sees residuals of one sign only", signs=(1,)),
        "penalty-forgotten": NearMiss("λ w pulls w towards 0", decay=0),
    },
    resources=dict(layers="steps + 1", heads="3", width="2*d + 2", tokens="n + 1"),
)
