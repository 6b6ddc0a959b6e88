# %% [markdown]
# # Lesson 4. Tokens and named registers
#
# *One new idea: the hidden state of a token is a row of numbers, and a construction says which of them mean what. Ten
# minutes.*
#
# A transformer carries one vector per token from layer to layer, the *residual stream*. Papers draw it as a column of
# boxes. Here the boxes have names, *registers*, and nobody counts coordinates:

# %%
from fractions import Fraction as F

from constructions.language import (
    Construction,
    Parameter,
    Prompt,
    Readout,
    Stream,
    Token,
    Transformer,
    at,
)
from constructions.matrix import exact
from constructions.matrix.rational import fractions_of

x, y = stream = Stream(x=2, y=1)
print("registers:", dict(stream.registers), "width:", stream.width)
assert stream.width == 3

# %% [markdown]
# A register is a linear map: `x` takes a token to its x-part. Linear maps can be added and multiplied by matrices, and
# that is how weight matrices are written.
#
# **Predict.** Let $W = (5 \;\; 7)$, a $1 \times 2$ matrix. `W @ x - y` is a linear map from the stream to one number.
# Write down its matrix: one row, three columns.

# %%
W = exact([[5, 7]])
(row,) = fractions_of((W @ x - y).dense)
print("W @ x - y is the row", *row)
assert row == [5, 7, -1]

# %% [markdown]
# **Explain.** The row is 5, 7, -1. It computes $W x - y$, the residual of the model $W$ at this token. So *a linear
# model can be written into a weight matrix*; what lesson 6 will find is a model that is written into the hidden state
# instead.

# %% [markdown]
# Now tokens. The prompt says what each token holds in the beginning: an example holds its $x$ and its $y$, the
# question holds its $x$, and nothing where its $y$ would be.


# %%
def prompt(X, Y, X_q):
    return Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q),))


def no_layers(d):
    return Transformer(Stream(x=d, y=1), layers=())


STREAM = Construction(
    name="lesson-four",
    title="A prompt, and a network without layers",
    sizes={"d": 2, "n": 3, "m": 1},
    data={"X": ("n", "d"), "Y": ("n", 1), "X_q": ("m", "d")},
    weights=no_layers,
    prompt=prompt,
    readout=lambda y: Readout(y, at="query"),
    algorithm=lambda X, Y, X_q: 0 * X_q @ (X.T @ Y),  # nothing happens, so the answer is 0
)
X, Y, X_q = [[1, 2], [3, 4], [5, 6]], [[10], [20], [30]], [[8, 9]]
run = at(STREAM).run({"X": exact(X), "Y": exact(Y), "X_q": exact(X_q)})

# %% [markdown]
# **Predict.** Three examples and a question: how many rows and columns has the stream? What stands in its last row?

# %%
table = fractions_of(run.streams[0][0])
for number, token in enumerate(table, start=1):
    print(f"token {number}: x = {token[0]}, {token[1]}   y = {token[2]}")
assert (len(table), len(table[0])) == (4, 3) and table[-1] == [8, 9, 0]

# %% [markdown]
# **Explain.** It has 4 rows and 3 columns, and ends with 8, 9, 0.

# %% [markdown]
# Whatever was packed can be unpacked again, register by register:

# %%
assert fractions_of(run.read("x", at="context", layer=0)) == X
assert fractions_of(run.read("y", at="context", layer=0)) == Y
assert fractions_of(run.read("x", at="query", layer=0)) == X_q
print("packed and unpacked without loss")

# %% [markdown]
# Why so careful with what a token may hold? Because cheating would be easy. A prompt that carried the finished answer
# would make every theorem true.
#
# **Predict.** Two attempts to cheat. First, a question token that also holds the labels of the examples. Second,
# weights that are allowed to look at the data. Which of them does the package accept?

# %%
from dataclasses import replace

from constructions.language import BadNetwork, WrongQuantifier

refused = []
try:
    at(replace(STREAM, prompt=lambda X, Y, X_q: Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q, y=Y),))))
except BadNetwork as error:
    refused.append("a token with another item's label")
    print("1.", error)
try:
    replace(STREAM, weights=lambda d, X: no_layers(d))
except WrongQuantifier as error:
    refused.append("weights that ask for data")
    print("2.", str(error).partition(".")[0])
assert len(refused) == 2

# %% [markdown]
# **Explain.** Neither of them. A token is a linear function of its own item, and weights get sizes and parameters and nothing
# else: the signature of the function is the quantifier of the theorem, *there are weights such that for all data*.

# %% [markdown]
# What may a token hold, then? Parameters, for example. If the model should start from $W_0$ instead of 0, the question
# can start with $-W_0 x_q$ in its $y$, which is a linear function of $x_q$. Lesson 5 needs that.

# %%
STARTED = replace(
    STREAM,
    parameters={"W_0": Parameter((1, "d"), default=[[5, 7]])},
    prompt=lambda X, Y, X_q, W_0: Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q, y=-W_0 @ X_q),)),
    algorithm=lambda X, Y, X_q, W_0: -X_q @ W_0.T + 0 * X_q @ (X.T @ Y),
)
started = at(STARTED).run({"X": exact(X), "Y": exact(Y), "X_q": exact(X_q)})
((held,),) = fractions_of(started.answer)
print("the question's y holds", held)
assert held == -(5 * 8 + 7 * 9) == F(-103)

# %% [markdown]
# **Before you go on.** In the network of lesson 3, what stands in the register $y$ of the *first example* after the
# layer? (It is no longer its label. Run `run.read("y", at="context")` there, and then ask which simple formula gives
# these numbers.)
#
# <details><summary>Answer</summary>
#
# $y_1 + w_1^\top x_1$: its label, and on top of it what the model after one step says of its $x$. Lesson 5 turns the
# sign round, and what remains is the residual.
#
# </details>
