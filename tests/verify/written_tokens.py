"""Networks that write tokens, and bounds of them: true ones, and wrong ones that must not be proved."""

import math
from dataclasses import replace
from fractions import Fraction
from functools import partial

from constructions.algorithms import filtering, smoothing
from constructions.bayes import kalman_filter as kalman
from constructions.gradient_descent import cot_gd
from constructions.language import (
    MLP,
    Attention,
    Block,
    Equal,
    Head,
    LayerNorm,
    Parameter,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    Units,
    Within,
    Write,
    stack,
)
from constructions.matrix import exact, identity, iterate, largest_row_sum, ones, reciprocal_sqrt, solve, zeros

PLAIN = {"near_misses": {}, "steps": ()}


def of_kalman(name, bound=kalman.bound, **fields):
    return replace(kalman.KALMAN_FILTER, name=name, **{"claims": (Within(bound),), **PLAIN, **fields})


def root(m, beta, share=1.0, scale=1):
    """share √(log(m + 1)/(scale β)): what a pass is shown to err by, if both are 1."""
    return reciprocal_sqrt(scale * beta / Fraction(math.log(m + 1) * share**2))


def loop(A, C, G, v):
    return filtering.loop(A, C, G, v)[0]


def by(share):
    return lambda A, C, G, v, T, m, beta: root(m, beta, share) * filtering.carried(loop(A, C, G, v), T)


def summed(start=None, total=0, move=lambda P, F: P @ F, add=lambda s, P: s + largest_row_sum(P), steps=0):
    """A bound with another iteration than (P, s) ← (P F, s + ‖P‖) from (I, 0)."""

    def bound(A, C, G, v, T, m, beta):
        F = loop(A, C, G, v)
        begin = identity(F.shape[0]) if start is None else start(F), zeros(1, 1) + total
        return root(m, beta, 2) * iterate(lambda now, t: (move(now[0], F), add(now[1], now[0])), begin, T + steps)[1]

    return bound


def plus(more):
    return lambda A, C, G, v, T, m, beta: by(2)(A, C, G, v, T, m, beta) + more(v, beta)


WRONG_BOUNDS = {  # each beside what is said of it
    "one part in 10⁹ too small": (by(1 - 1e-9), r"√\(log 3/κ\) at most, and the bound has 1.04815/√κ"),
    "the scale of twice the scores": (
        lambda A, C, G, v, T, m, beta: root(m, beta, scale=2) * filtering.carried(loop(A, C, G, v), T),
        "and the bound has 0.741152/√κ",
    ),
    "right at β = 1 alone": (
        lambda A, C, G, v, T, m, beta: root(m, beta * beta, 2) * filtering.carried(loop(A, C, G, v), T),
        "the bound has 0/√κ",
    ),
    "column sums": (
        lambda A, C, G, v, T, m, beta: root(m, beta, 2) * filtering.carried(loop(A, C, G, v).T, T),
        "another matrix",
    ),
    "powers of A": (lambda A, T, m, beta: root(m, beta, 2) * filtering.carried(A, T), "another matrix"),
    "every other power": (summed(move=lambda P, F: P @ F @ F), "another matrix"),
    "powers of the identity": (summed(move=lambda P, F: P), "another matrix"),
    "half of each power": (summed(move=lambda P, F: P @ F / 2), "another matrix"),
    "a power and more": (summed(move=lambda P, F: P @ F - F), "is not"),
    "the first power left out": (summed(start=lambda F: F), "is not"),
    "half of the identity": (summed(start=lambda F: identity(F.shape[0]) / 2), "is not"),
    "from −1": (summed(total=-1), "is not"),
    "half of each norm": (summed(add=lambda s, P: s + largest_row_sum(P) / 2), "is not"),
    "a norm too few": (summed(add=lambda s, P: s + largest_row_sum(P) - 1), "is not"),
    "the last norm alone": (summed(add=lambda s, P: largest_row_sum(P)), "is not"),
    "one step less": (summed(steps=-1), "has T - 1 steps"),
    "one step more": (summed(steps=1), "has T \\+ 1 steps"),
    "a little less": (plus(lambda v, beta: -(Fraction(1, 10**9))), "may be negative"),
    "less for large β": (plus(lambda v, beta: -beta / 10**9), "may be negative"),
    "and what may be negative": (plus(lambda v, beta: v.T @ v / 10**9), "may be negative"),
    "errors are not carried on": (lambda m, beta: root(m, beta, 2), "the bound has 0/√κ"),
}


def attending(change):
    """The network with another layer of attention."""

    def weights(d, p, T, m, A, C, G, v, beta):
        network = kalman.weights(d, p, T, m, A, C, G, v, beta)
        ((units, write),) = (block.sublayers for block in network.layers)
        return Transformer(network.stream, (Block((units, change(write))),), T)

    return weights


def with_(**fields):
    return attending(lambda write: replace(write, **fields))


def halved(write):
    """Half of the state by one head, half by another."""
    (head,) = write.heads
    return replace(write, heads=tuple(replace(head, value=head.value / 2, key=sign * head.key) for sign in (1, -1)))


def once_more(d, p, T, m, A, C, G, v, beta):
    """What other tokens mix in is squared behind the head."""
    network = kalman.weights(d, p, T, m, A, C, G, v, beta)
    x = network.stream["x"]
    return Transformer(network.stream, (*network.layers, MLP((Units(read=x, gate=x, into=x),), "identity")), T)


def elsewhere(x_0, Y, T, A, C, G, v):
    return kalman.algorithm(x_0 + ones(1, x_0.shape[1]), Y, T, A, C, G, v)


def one_more(x_0, Y, T, A, C, G, v):
    return kalman.algorithm(x_0, Y, T + 1, A, C, G, v)


def not_the_state(x_0, Y, T, A, C, G, v):
    return 2 * kalman.algorithm(x_0, Y, T, A, C, G, v)


def twice_over(x_0, Y, T, A, C, G, v):
    return kalman.algorithm(kalman.algorithm(x_0, Y, T, A, C, G, v), Y, T, A, C, G, v)


def on_the_first(x_0, Y, T, A, C, G, v):
    K = filtering.loop(A, C, G, v)[1]
    return iterate(lambda x, t: filtering.observer_step(x, Y[[0]], K, A, C), x_0, T)


def counting(x_0, Y, T, A, C, G, v):
    K, calls = filtering.loop(A, C, G, v)[1], []

    def step(x, t):
        calls.append(t)
        return filtering.observer_step(x, Y[[t]], len(calls) * K, A, C)

    return iterate(step, x_0, T)


def doubling(x_0, Y, T, A, C, G, v):
    """The first step is the filter's, the others are not."""
    K = filtering.loop(A, C, G, v)[1]

    def step(now, t):
        return now[1] * filtering.observer_step(now[0], Y[[t]], K, A, C), 2 * now[1]

    return iterate(step, (x_0, exact(1)), T)[0]


def nested(x_0, Y, T, A, C, G, v):
    """Every step is the filter's, on what T steps make of the state."""
    K = filtering.loop(A, C, G, v)[1]
    return iterate(lambda x, t: filtering.observer_step(iterate(lambda z, l: z, x, T), Y[[t]], K, A, C), x_0, T)


def twice_a_pass(d, p, T, m, A, C, G, v, beta):
    network = kalman.weights(d, p, T, m, A, C, G, v, beta)
    return Transformer(network.stream, 2 * network.layers, T)


def mixed(write):
    (head,) = write.heads
    return replace(write, heads=(head, replace(head, mixing=exact([[1]]))))


def placed(x_0, Y):
    return replace(kalman.KALMAN_FILTER.prompt(x_0, Y), positions=(("s", "index"),))


def of_any_sign(A, C, G, v, T, m, beta, shift):
    return by(2)(A, C, G, v, T, m, beta) + shift / 10**9


def asked_twice(x_0, Y):
    return Prompt(query=(Token(x=x_0, one=1), Token(x=x_0, one=1)), arriving=Token(y=Y))


def told_twice(X, y, w_0):
    return Prompt(context=2 * (Token(x=X, y=y),), query=(Token(w=w_0, one=1),))


def beta_of_any_sign():
    parameters = kalman.KALMAN_FILTER.parameters
    return parameters | {"beta": replace(parameters["beta"], positive=False)}


WRONG_RECORDS = {
    "the farthest": (of_kalman("a", weights=partial(kalman.weights, near=-1)), "are not seen to be"),
    "half of the scores": (
        of_kalman("b", by(1), weights=partial(kalman.weights, near=Fraction(1, 2))),
        "and the bound has 0.741152/√κ",
    ),
    "the longest": (of_kalman("c", weights=partial(kalman.weights, length=0)), "are not seen to be"),
    "half of the lengths": (
        of_kalman("d", weights=partial(kalman.weights, length=Fraction(1, 2))),
        "are not seen to be",
    ),
    "nothing fed back": (of_kalman("e", weights=partial(kalman.weights, feedback=0)), "another step"),
    "β of any sign": (of_kalman("f", parameters=beta_of_any_sign()), "are not seen to be"),
    "all tokens": (of_kalman("g", weights=with_(mask="causal")), "ever more tokens"),
    "a larger window": (of_kalman("h", by(1 + 1e-9), weights=with_(mask="causal window:10")), "log 10"),
    "not its own token": (of_kalman("i", weights=with_(mask="strict window:4")), "not known here"),
    "a sink": (of_kalman("j", weights=with_(sink=True)), "a sink"),
    "a share of the tokens": (of_kalman("k", weights=with_(normaliser="1/T")), "a normaliser"),
    "hard attention": (of_kalman("l", weights=with_(kernel="hard")), "neither softmax nor linear"),
    "two heads": (of_kalman("m", weights=attending(halved)), "several softmax heads"),
    "squared": (of_kalman("n", weights=once_more), "a part in"),
    "a token that is not cleared": (
        of_kalman("o", weights=attending(lambda write: replace(write, skip=write.skip[:1]))),
        "another s",
    ),
    "a gain that moves": (of_kalman("p", algorithm=partial(kalman.algorithm, start=2)), "another step"),
    "another start": (of_kalman("q", algorithm=elsewhere), "another start"),
    "one step more": (of_kalman("r", algorithm=one_more), "has T \\+ 1 steps"),
    "twice the state": (of_kalman("s", algorithm=not_the_state), "not the state itself"),
    "the filter of the filter": (of_kalman("t", algorithm=twice_over), "another start"),
    "the first observation": (of_kalman("u", algorithm=on_the_first), "no size"),
    "a step that counts": (of_kalman("v", algorithm=counting), "hold a list"),
    "a part that doubles": (of_kalman("y", algorithm=doubling), "of which another part changes"),
    "an iteration inside": (of_kalman("z", algorithm=nested), "inside a step of another"),
    "two layers": (of_kalman("a2", weights=twice_a_pass), "exactly one layer"),
    "LayerNorm": (of_kalman("b2", weights=with_(norm=LayerNorm())), "LayerNorm"),
    "mixed values": (of_kalman("c2", weights=attending(mixed)), "values are mixed"),
    "a mask of weights": (of_kalman("d2", weights=with_(mask=exact([[1]]))), "a mask of weights"),
    "positions": (of_kalman("e2", prompt=placed), "position codes"),
    "two registers": (of_kalman("f2", readout=lambda x, y, d, p: Readout(stack(x, y), "last")), "not one register"),
    "the query": (of_kalman("g2", readout=lambda x: Readout(x, "query")), "not one register of the last"),
    "twice the register": (of_kalman("h2", readout=lambda x: Readout(2 * x, "last")), "not the state itself"),
    "two tokens": (of_kalman("j2", prompt=asked_twice), "several tokens an item"),
    "two prompts": (
        of_kalman("k2", data={"x_0": ("q", "d"), "Y": ("T", "p")}, sizes=kalman.KALMAN_FILTER.sizes | {"q": 2}),
        "does not end in one token",
    ),
    "more of any sign": (
        of_kalman("l2", of_any_sign, parameters=kalman.KALMAN_FILTER.parameters | {"shift": Parameter(default=0)}),
        "may be negative",
    ),
    "a root of what may be negative": (
        of_kalman("m2", plus(lambda v, beta: reciprocal_sqrt(beta - 1))),
        "nothing is known",
    ),
    "a root of what is negative": (of_kalman("n2", plus(lambda v, beta: reciprocal_sqrt(-beta))), "nothing is known"),
    "a matrix for a bound": (of_kalman("i2", lambda A: A), "not one number"),
    "equality": (of_kalman("w", claims=(Equal(),)), "softmax mixes"),
}


def smoothing_by(scale=1, more=0, gain=1):
    def algorithm(x_0, Y, m, A, C, G, v, beta):
        K = gain * filtering.loop(A, C, G, v)[1]
        return smoothing.smoothed_observer(x_0, Y, K, A, C, scale * beta, m + 1 + more)

    return of_kalman("smoother", algorithm=algorithm, claims=(Equal(),))


WRONG_SMOOTHERS = {  # of which enclosures refute each
    "twice the scale": smoothing_by(2),
    "a window less": smoothing_by(more=-1),
    "another gain": smoothing_by(gain=Fraction(10**9 + 1, 10**9)),
}


def adds_a_constant(d, steps, Gamma, *, share=1):
    """Every token that was written adds to w what two of them would add, if nobody counted."""
    network = cot_gd.weights(d, steps, Gamma)
    one, w = network.stream["one"], network.stream["w"]
    more = Head(query=one, key=one, value=ones(d, 1) @ one, into=share * w)
    (layer,) = network.layers
    return Transformer(network.stream, (replace(layer, heads=(*layer.heads, more)),), steps)


def as_two_add(X, y, w_0, Gamma, steps):
    n, d = X.shape
    more = 2 * ones(1, d) / n
    return iterate(lambda w, l: cot_gd.gd.preconditioned_step(w, X, y, Gamma.T) + more, w_0, steps)


def doubles(d, T, A):
    """x ← 2 A x: a head that sees its own token, and an MLP behind it."""
    (x,) = stream = Stream(x=d)
    head = Head(query=x, key=x, value=A @ x, into=x)
    write = Attention((head,), "softmax", "self", skip=(Write(-x, x),))
    return Transformer(stream, (write, MLP((Units(read=x, into=x),), "identity")), T)


def by_a_loop(factor):
    """An algorithm that is no `iterate`: it can be written out, and not be followed by induction."""

    def algorithm(x_0, T, A):
        for _ in range(T):
            x_0 = factor * (x_0 @ A.T)
        return x_0

    return of_kalman(
        "loop",
        weights=doubles,
        prompt=lambda x_0: Prompt(query=(Token(x=x_0),)),
        algorithm=algorithm,
        claims=(Equal(),),
        data={"x_0": ("1", "d")},
        parameters={"A": Parameter(("d", "d"), default="1/2")},
        sizes={"d": 2, "T": 3},
        resources={},
    )


def of_thought(name, **fields):
    return replace(cot_gd.COT_GD, name=name, dead=None, **{"claims": (Equal(),), **PLAIN, **fields})


def inverted(d, p, T, m, A, C, G, v, beta, *, words="causal"):
    """A is multiplied by CᵀC and by its inverse, which does not exist where p < d."""
    return kalman.weights(d, p, T, m, solve(C.T @ C, C.T @ C @ A), C, G, v, beta, words=words)


WITHOUT_A_VALUE = {
    "a bound of": of_kalman("n3", weights=inverted),
    "an equality of": of_kalman("n4", weights=partial(inverted, words="self"), claims=(Equal(),)),
}
WRONG_THOUGHT = {
    "adds": (of_thought("adds", weights=adds_a_constant, algorithm=as_two_add), "add something"),
    "a window": (of_thought("w", weights=partial(cot_gd.weights, mask="causal window:3")), "not known here"),
    "every example twice": (of_thought("t", prompt=told_twice), "several tokens an item"),
    "the context alone": (of_thought("c", weights=partial(cot_gd.weights, mask="context")), "not known here"),
    "a bound": (of_thought("b", claims=(Within(lambda: exact(1)),)), "same matrix whatever the pass and the data"),
}
