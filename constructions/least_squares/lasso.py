"""A layer of ReLU attention and one MLP are a step of proximal gradient descent on the lasso.

**Statement.** For all d, n, every number of steps K and all η, λ > 0 there are weights of K + 1 layers (ReLU attention
of two heads, divided by the number n + 1 of tokens, then an MLP of 4d hidden units) such that for all examples and
every query x_q the answer is ⟨w_K, x_q⟩, where w_0 = 0 and w_{l+1} is the soft threshold ηλ of w_l − η Xᵀ(X w_l − y)/n.
The same holds with MLPs of 2d + 1 hidden units.

**Proof.** The heads are those of `bai-ridge`. With θ = ηλ the MLP adds S_θ(w) − w to w, and S_θ(w) − w = −relu(w) +
relu(−w) + relu(w − θ) − relu(−w − θ), as S_θ(w) = relu(w − θ) − relu(−w − θ) for θ ≥ 0. Since relu(−u) = relu(u) − u,
that is also relu(w − θ) − relu(w + θ) + θ.

**Remarks.** The proof of the cited theorem speaks of 2d hidden units, its Proposition C.1 of 4d. The paper's MLP has no
output bias: then 2d units are too few, as the two kinks of S_θ(w) − w leave θ over. One more hidden unit, which reads
the coordinate that is 1, supplies it to all coordinates together.
"""

from functools import partial

from constructions.algorithms import penalised
from constructions.language import MLP, Attention, Block, Construction, Equal, NearMiss, Parameter, Reading, Repeat
from constructions.language import Source, Stream, Transformer, Units, functions, one_step
from constructions.least_squares.bai_ridge import predict, prompt, readout, square_loss
from constructions.matrix import ones


def four_a_coordinate(stream, theta):
    w = stream["w"]
    bend = [(w, -1, 0), (-w, 1, 0), (w, 1, -theta), (-w, -1, -theta)]
    return MLP(tuple(Units(read, sign * w, bias) for read, sign, bias in bend), "relu")


def two_a_coordinate(stream, theta, offset=True):
    _, _, w, one = stream
    bend = Units(w, w, -theta), Units(w, -w, theta)
    return MLP((*bend, Units(one, theta * ones(1, w.width) @ w)) if offset else bend, "relu")


def weights(d, n, steps, eta, lam, *, tokens=1, threshold=1, shrink=four_a_coordinate):
    stream = Stream(x=d, y=1, w=d, one=1)
    share = (n + tokens) * ones(1, 1) / n
    step = Attention(square_loss(stream, share * eta), "relu", "context", normaliser="1/T")
    layer = Block((step, shrink(stream, threshold * eta * lam)))
    return Transformer(stream, layers=(Repeat(layer, steps), predict(stream, share)))


def algorithm(X, Y, X_q, eta, lam, steps):
    return X_q @ penalised.lasso_steps(X, Y, eta, lam, steps)


LASSO = Construction(
    name="lasso",
    tag="ICL-0046",
    sources=(Source("bai2023statisticians", "Theorem 10 and Proposition C.1"),),
    uses=("bai-ridge",),
    sizes={"d": 3, "n": 5, "m": 7, "steps": 2},
    parameters={
        "eta": Parameter(default="1/10", positive=True, meaning="step size for the ½·mean loss"),
        "lam": Parameter(default="1/5", positive=True, meaning="penalty on |w|_1"),
    },
    data={"X": ("n", "d"), "Y": ("n", 1), "X_q": ("m", "d")},
    **functions(weights, prompt, readout, algorithm),
    claims=(
        Equal("network = algorithm, 4d hidden units"),
        Equal("network = algorithm, 2d + 1 hidden units", {"shrink": two_a_coordinate}),
    ),
    steps=one_step(
        "before the last layer every example carries the iterate",
        left=Reading("w", layer=-2, at="context"),
        right=lambda X, Y, n, eta, lam, steps: ones(n, 1) @ penalised.lasso_steps(X, Y, eta, lam, steps).T,
    ),
    near_misses={
        "hidden-width-2d": NearMiss(
            "two kinks a coordinate leave the offset θ over",
            source="proof of Theorem 10: hidden width 2d",
            shrink=partial(two_a_coordinate, offset=False),
        ),
        "threshold-λ": NearMiss(
            "the proximal map of a step η has the threshold ηλ",
            weights=lambda d, n, steps, eta, lam: weights(d, n, steps, eta, lam, threshold=1 / eta),
        ),
        "n-tokens": NearMiss("a layer divides by n + 1 tokens", tokens=0),
    },
    resources=dict(layers="steps + 1", heads="2", hidden="4*d", width="2*d + 2", tokens="n + 1"),
)
