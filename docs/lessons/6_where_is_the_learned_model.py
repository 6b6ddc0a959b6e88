# %% [markdown]
# # Lesson 6. Where is the learned model?
#
# *One new idea: after every layer there is a model in the hidden state, and it can be read. Fifteen minutes.*
#
# A stack of such layers takes one gradient step each. The weights are frozen, so the model that is being trained must
# be in the stream. Here are the four examples again, and eight layers.

# %%
from fractions import Fraction as F
from itertools import pairwise

from constructions import get
from constructions.language import at
from constructions.matrix import exact
from constructions.matrix.rational import fractions_of

X, Y = [[1, 1], [-2, 0], [2, 1], [1, 0]], [[0], [-2], [1], [2]]
STEPS = get("gd-steps")


def models(eta, steps):
    """(w in the stream, w of the textbook) after every layer."""
    network = at(STEPS, {"d_x": 2, "d_y": 1, "n": 4, "m": 2, "steps": steps}, {"eta": eta})
    data = {"X": exact(X), "Y": exact(Y), "X_q": exact([[1, 0], [0, 1]])}  # probes: the two unit vectors
    run = network.run(data)
    read = [[-row[0] for row in fractions_of(run.read("y", at="query", layer=layer))] for layer in range(steps + 1)]
    return read, [fractions_of(W)[0] for W in network.iterates(data)]


def loss(w):
    residuals = [sum(c * x for c, x in zip(w, row, strict=True)) - label for row, (label,) in zip(X, Y, strict=True)]
    return sum(r**2 for r in residuals) / (2 * F(len(X)))


# %% [markdown]
# The trick is in `X_q`. A linear model is known when its answers to the unit vectors are known, so we ask the network
# for them: *probe tokens*. What they would answer after layer $\ell$ is the model after layer $\ell$.
#
# **Predict.** The loss of that model after 0, 1, 2, … layers: does it fall in every layer? Is the model after layer
# $\ell$ *near* the $\ell$-th iterate of gradient descent, or is it the iterate?

# %%
stream, textbook = models(F(1, 2), steps=8)
for layer, w in enumerate(stream):
    print(f"after layer {layer}: w = ({float(w[0]):.4f}, {float(w[1]):.4f})   loss {float(loss(w)):.4f}")
assert stream == textbook
assert all(loss(b) < loss(a) for a, b in pairwise(stream))

# %% [markdown]
# **Explain.** It falls in every layer, and the model *is* the iterate: the fractions are equal, all of them. What you
# see is a training run, layer by layer, in a network that is not being trained.
#
# **Predict.** So more layers are better, and a larger step is faster? Take $\eta = 1$ instead of $1/2$.

# %%
stream, textbook = models(F(1), steps=8)
losses = [float(loss(w)) for w in stream]
print("losses:", " ".join(f"{value:.2f}" for value in losses))
assert stream == textbook
assert losses[-1] > 100 * losses[0]

# %% [markdown]
# **Explain.** *More layers always help* is a misconception. With this step the loss is more than 100 times as large
# after eight layers as before them, and the network is still exactly gradient descent: the algorithm diverges, and so
# does the network. The border is a property of the data in the prompt: $\eta < 2/\lambda_{\max}$, where
# $\lambda_{\max}$ is the largest eigenvalue of $X^\top X / n$.
#
# **Predict.** Here $X^\top X / n$ has trace 3 and determinant 11/16. What are its eigenvalues, and where is the
# border?

# %%
H = [[entry / 4 for entry in row] for row in fractions_of(exact(X).T @ exact(X))]
trace, determinant = H[0][0] + H[1][1], H[0][0] * H[1][1] - H[0][1] * H[1][0]
largest, smallest = F(11, 4), F(1, 4)
assert (trace, determinant) == (largest + smallest, largest * smallest) == (3, F(11, 16))
border = 2 / largest
print(f"eigenvalues {largest} and {smallest}, border {border}")
for eta in (border - F(1, 100), border + F(1, 100)):
    read, _ = models(eta, steps=60)
    print(
        f"eta = {float(eta):.3f}: loss {float(loss(read[0])):.3f} at first, {float(loss(read[-1])):.3f} after 60 layers"
    )
below, above = (loss(models(border + sign * F(1, 100), 60)[0][-1]) for sign in (-1, 1))
assert border == F(8, 11) and below < loss([0, 0]) < above

# %% [markdown]
# **Explain.** The eigenvalues are 11/4 and 1/4, and the border is 8/11. The verdict *proved* says that network and
# algorithm agree. It does not say that the algorithm is a good idea on your data.

# %% [markdown]
# Where exactly does the model stand? In this network, nowhere in one place: each token holds only what the model *says
# about it*, and from what the probes hold $w$ is read. There are other networks. The next one is built from operations (*move*,
# *multiply*, *add*), and takes one example after the other.
#
# **Predict.** A search through the whole stream for the vector $w$ of every step: in which column would you expect it?
# In one, or in all?

# %%
from constructions.views.trace.run import trace
from constructions.views.trace.sample import sample

written = at(get("raw-sgd"), {"d": 2, "n": 3, "m": 1})
found = trace(written, sample(written, seed=0)).model.standings
NAMES = ["x1", "y1", "x2", "y2", "x3", "y3", "xq"]
places = {}
for standing in found:
    quantity, place = standing.find.quantity, standing.find.place
    if quantity.family == "w" and place.register == "w" and standing.find.factor == 1:
        places.setdefault(quantity.index, (NAMES[place.tokens[0]], standing.layers[0][0]))
depth = len(written.network.unrolled)
for index, (column, layer) in places.items():
    print(f"w_{index} stands in register w of column {column} from layer {layer} of {depth}")
assert places == {1: ("y1", 8), 2: ("y2", 16), 3: ("y3", 24)} and depth == 26

# %% [markdown]
# **Explain.** A linear model is written in the hidden state and trained there: the first version stands in column y1
# from layer 8 on, the second in y2 from layer 16, and the last in y3 from layer 24 of 26, two layers before the
# answer. The search knows nothing of the construction: it compares every place of the stream with the textbook's $w$,
# at two prompts, in exact fractions.
#
# **Before you go on.** What is stored in column y1 *after* layer 16? (`standing.layers` has the answer, as closed
# intervals.)
#
# <details><summary>Answer</summary>
#
# No version of $w$ any more: the search does not find one there. A network may forget what it has used.
#
# </details>
