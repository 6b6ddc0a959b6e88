# %% [markdown]
# # Lesson 3. Attention is a sum over examples
#
# *One new idea: linear attention computes exactly the sum of lesson 2. Ten minutes.*
#
# An attention head makes three vectors of every token: a *query*, a *key*, a *value*. Token $j$ receives
#
# $$ \sum_i \langle q_j, k_i \rangle\, v_i. $$
#
# (This is *linear* attention: there is no softmax around the scores. What softmax would do comes at the end of this
# lesson.) Lesson 2 ended with $\frac{\eta}{n} \sum_i \langle x_i, x_q \rangle\, y_i$.
#
# **Predict.** Match the two sums. What is the query, what is the key, what is the value? Where does $\eta/n$ go?

# %%
from fractions import Fraction as F

from constructions.language import (
    Attention,
    Construction,
    Head,
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


def weights(d, n, eta):
    x, y = stream = Stream(x=d, y=1)  # what a token holds: its x and its y
    head = Head(query=x, key=x, value=eta / n * y, into=y)
    return Transformer(stream, layers=(Attention((head,), kernel="linear", mask="context"),))


# %% [markdown]
# **Explain.** The query is the question's $x$, the keys are the examples' $x$, the values are the labels times
# $\eta/n$, and the result goes `into` the question's empty $y$. `mask="context"` says that only examples are looked
# at. That is the whole layer.

# %% [markdown]
# The rest says how data become tokens and where the answer is read; lesson 4 is about it. Here it is for completeness,
# and below it the four matrices of the head as *block pictures*: columns are what is read, rows what comes out, a dot
# is a block of zeros.

# %%
LAYER = Construction(
    name="lesson-three",
    title="One head, one sum over examples",
    sizes={"d": 2, "n": 4, "m": 1},
    parameters={"eta": Parameter(default="1/2")},
    data={"X": ("n", "d"), "Y": ("n", 1), "X_q": ("m", "d")},
    weights=weights,
    prompt=lambda X, Y, X_q: Prompt(context=(Token(x=X, y=Y),), query=(Token(x=X_q),)),
    readout=lambda y: Readout(y, at="query"),
    algorithm=lambda X, Y, X_q, eta, n: eta / n * X_q @ (X.T @ Y),  # the model after one step, from 0
)
network = at(LAYER)
data = {"X": exact([[1, 1], [-2, 0], [2, 1], [1, 0]]), "Y": exact([[0], [-2], [1], [2]]), "X_q": exact([[2, -1]])}
run = network.run(data)

from constructions.views.theorem.blocks import block
from constructions.views.theorem.letters import symbolic

(lettered,) = symbolic(LAYER, {}).instance.network.layers  # the same head, with letters for sizes and parameters
pictures = [
    block(name, form, ["x" if name in ("query", "key") else "y"]) for name, form in lettered.heads[0].forms.items()
]
print(*pictures, sep="\n")
assert [picture.entries for picture in pictures] == [(("I", "·"),), (("I", "·"),), (("·", "η/n"),), (("·", "1"),)]

# %% [markdown]
# **Predict.** The scores are the inner products of lesson 2 before the labels come in. What are the four numbers?

# %%
(layer,) = network.network.unrolled
(head,) = layer.heads
queries = run.read(head.query, at="query", layer=0)
keys = run.read(head.key, at="context", layer=0)
(scores,) = fractions_of(queries @ keys.T)
print("scores:", *scores)
assert scores == [sum(a * b for a, b in zip(row, (2, -1), strict=True)) for row in [(1, 1), (-2, 0), (2, 1), (1, 0)]]
assert scores == [1, -4, 3, 2]

# %% [markdown]
# **Explain.** They are 1, -4, 3 and 2: inner products, so one of them is negative. Attention is often drawn as a map
# of how much a token “looks at” another one. This one looks at the second example with weight -4, which is no amount
# of looking. The map is a table of inner products; the explanation is what they are multiplied with.
#
# **Predict.** And the answer of the layer? You computed it in lesson 2.

# %%
((answer,),) = fractions_of(run.answer)
((by_gradient,),) = fractions_of(network.algorithm(data))
print("attention:", answer, "  gradient step:", by_gradient)
assert answer == by_gradient == F(15, 8)

# %% [markdown]
# **Explain.** Both are 15/8.

# %% [markdown]
# One example proves nothing, though: could a head that adds up *something else* have met
# 15/8 by luck? The verifier does not try examples, it compares formulas for all data and all sizes:

# %%
from verify import verify

(verdict,) = verify(LAYER, methods=("blockwise",)).verdicts
print(verdict.standing.value, "for", verdict.scope)
assert verdict.standing.value == "proved" and "all sizes" in verdict.scope

# %% [markdown]
# **Predict.** Replace the linear kernel by softmax, as in the transformers that you know. Is it still this gradient
# step?


# %%
def softmax_weights(d, n, eta):
    x, y = stream = Stream(x=d, y=1)
    head = Head(query=x, key=x, value=eta / n * y, into=y)
    return Transformer(stream, layers=(Attention((head,), kernel="softmax", mask="context"),))


from dataclasses import replace

standings = {v.method: v for v in verify(replace(LAYER, weights=softmax_weights), methods=("symbolic",)).verdicts}
for method, verdict in standings.items():
    print(f"{method}: {verdict.standing.value}")
assert "refuted" in {verdict.standing.value for verdict in standings.values()}

# %% [markdown]
# **Explain.** It is refuted. Softmax makes all weights positive and their sum one, so it can only average the values. Some
# theorems of this package are about softmax, and they are different theorems. *“Transformers do gradient descent”* is
# a sentence about particular weights of a particular kind of attention, and each word of it matters.
