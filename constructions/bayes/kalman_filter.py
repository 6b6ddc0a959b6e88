"""A softmax head that reads its own estimates is a Kalman filter, but for an error bounded at all times.

**Statement.** For all d, p, T and m, all A, C, G, all v > 0 and every β > 0 there is one layer, a bilinear MLP and a
softmax head that sees the latest m + 1 tokens, such that for every x_0 and all observations y_0, …, y_{T−1}, one of which
arrives before each of T passes, the network, which writes its estimates as tokens, ends within √(7b/10β) Σ_{t<T} ‖Fᵗ‖ of
x_T in every coordinate. Here b is the number of binary digits of m, and ‖·‖ the largest row sum of absolute values. The
predictions x_{t+1} = A x_t + K_t (y_t − C x_t) are those of the Kalman filter for noises of covariance W and V = diag(v)
that starts from the covariance P = G Gᵀ. With K = A P Cᵀ (C P Cᵀ + V)⁻¹ the loop is F = A − K C, and
W = P − A P Aᵀ + K C P Aᵀ makes P stationary. A head that sees its own token alone is the filter.

**Proof.** By the choice of W the covariance stays P and the gain K. A token that holds x and y has u = F x + K y, the
filter's next estimate from there. The MLP writes |u|² beside it. So the last token can score token i by −β|u_i − u|², but
for what is the same for all i, and answers Σ_i p_i u_i. The sum β Σ_i p_i |u_i − u|² is the entropy of p less the
logarithm of Z = Σ_i e^{−β|u_i − u|²}. The entropy is at most that of m + 1 equal shares, and Z ≥ 1, as its own term is 1.
Hence |Σ_i p_i u_i − u|² ≤ Σ_i p_i |u_i − u|² ≤ log(m + 1)/β ≤ 7b/10β. So far every estimate is from what the filter makes
of the one before, and F carries the errors on.

**Remarks.** The gain is in the weights: of the system nothing is learned in context, only its state is. If the spectral
radius of F is below 1, the sum over all t bounds the error at all times. The bound is the worst case, of order β^{−1/2},
and loose: where the u_i are apart the error is exponentially small. Of the cited theorem we know the abstract, and an
exposition of its proof: M tokens make a step err by M (2eβ)^{−1/2}, so β is of order M²/ε², where log M/ε² is enough.
The weights are ours. The network reads what it wrote itself: were the tokens the filter's own estimates, no error would be
carried on, and less would be claimed. The observations may answer to what a controller does with the estimates: all of them
are allowed.
"""

from functools import partial

from constructions.algorithms import filtering, smoothing
from constructions.language import MLP, Attention, Block, Construction, Equal, Head, NearMiss, Parameter, Prompt
from constructions.language import Readout, Source, Step, Stream, Token, Transformer, Units, Within, Write, recent
from constructions.language import stack
from constructions.matrix import ones, reciprocal_sqrt


def weights(d, p, T, m, A, C, G, v, beta, *, words="causal", feedback=1, near=1, length=1):
    x, y, s, one = stream = Stream(x=d, y=p, s=1, one=1)
    F, K = filtering.loop(A, C, G, v)
    u = (F if feedback else A) @ x + K @ y
    square = MLP((Units(read=u, gate=u, into=ones(d, 1) @ s),), "identity")
    score = Head(query=near * beta * stack(2 * u, -length * one), key=stack(u, s), value=u, into=x)
    write = Attention((score,), "softmax", recent(m + 1, words), skip=(Write(-x, x), Write(-s, s)))
    return Transformer(stream, layers=(Block((square, write)),), passes=T)


alone, exactly = partial(weights, words="self"), (Equal(),)


def algorithm(x_0, Y, T, A, C, G, v, *, start=1):
    P, V = G @ G.T, filtering.diagonal(v)
    return filtering.kalman(x_0, start * P, Y, A, C, filtering.noise_that_keeps(P, A, C, V), V, T)


def smoother(x_0, Y, m, A, C, G, v, beta):
    return smoothing.smoothed_observer(x_0, Y, filtering.loop(A, C, G, v)[1], A, C, beta, m + 1)


def observer(x_0, Y, T, A, C, G, v):
    return filtering.observer(x_0, Y, filtering.loop(A, C, G, v)[1], A, C, T)


def bound(A, C, G, v, T, m, beta):
    return reciprocal_sqrt(10 * beta / (7 * m.bit_length())) * filtering.carried(filtering.loop(A, C, G, v)[0], T)


KALMAN_FILTER = Construction(
    name="kalman-filter",
    tag="ICL-0056",
    sources=(Source("goel2024kalman", "the theorem of its abstract; bound and weights are ours"),),
    uses=("cot-gd",),
    sizes={"d": 2, "p": 1, "T": 3, "m": 2},
    parameters={
        "A": Parameter(("d", "d"), default="1/2", meaning="how the state moves"),
        "C": Parameter(("p", "d"), default="I", meaning="what is observed of it"),
        "G": Parameter(("d", "d"), default=1, meaning="factor of the stationary covariance, P = G Gᵀ"),
        "v": Parameter(("p",), default=1, positive=True, meaning="variances of the noise of the observations"),
        "beta": Parameter(default=10, positive=True, meaning="scale of the scores"),
    },
    data={"x_0": ("1", "d"), "Y": ("T", "p")},
    weights=weights,
    prompt=lambda x_0, Y: Prompt(query=(Token(x=x_0, one=1),), arriving=Token(y=Y)),
    readout=lambda x: Readout(x, at="last"),
    algorithm=algorithm,
    claims=(
        Within(bound, "the network is within √(7b/10β) Σ_{t<T} ‖Fᵗ‖ of the Kalman filter"),
        Equal("the network is the observer that smooths its estimates by a Gaussian kernel", algorithm=smoother),
        Equal("a head that sees its own token alone is the Kalman filter", replaces={"weights": alone}),
    ),
    steps=(Step("started at P, the filter keeps the gain K", left=algorithm, right=observer),),
    near_misses={
        "nothing-fed-back": NearMiss("y is compared with C x", weights=alone, feedback=0, claims=exactly),
        "another-prior": NearMiss("from 2 P the gain moves", weights=alone, algorithm={"start": 2}, claims=exactly),
        "far-for-near": NearMiss("signs count", near=-1, algorithm=smoother, claims=exactly),
        "longest-first": NearMiss("|u|² counts", length=0, algorithm=smoother, claims=exactly),
        "softmax-exactly": NearMiss("at finite β estimates nearby mix in", claims=exactly),
    },
    resources=dict(layers="1", heads="1", hidden="d", passes="T", width="d + p + 2", tokens="1"),
)
