# %% [markdown]
# # Lesson 2. One gradient step is a sum over examples
#
# *One new idea: the gradient of a squared loss is a sum with one term for each example, and so is the prediction after
# one step. Ten minutes.*
#
# We keep the four examples of lesson 1 and the loss $R(w) = \frac{1}{2n} \sum_i (w^\top x_i - y_i)^2$. Instead of
# solving for the best $w$ at once, we take one step downhill from $w_0$: $w_1 = w_0 - \eta \nabla R(w_0)$.

# %%
from fractions import Fraction as F

X = [(1, 1), (-2, 0), (2, 1), (1, 0)]
y = [0, -2, 1, 2]
n, eta = len(X), F(1, 2)


def dot(a, b):
    return sum((F(p) * q for p, q in zip(a, b, strict=True)), F(0))


def loss(w):
    return sum(((dot(w, x) - label) ** 2 for x, label in zip(X, y, strict=True)), F(0)) / (2 * n)


# %% [markdown]
# **Predict.** A slope can be *measured*: walk a step $h$ to both sides and divide the difference of the losses by
# $2h$. For most functions that is an approximation. For this loss, how large is its error when $h = 1$? Small, large,
# or zero?


# %%
def measured(w, h):
    """(R(w + h e_k) − R(w − h e_k))/2h for every coordinate k."""
    sides = [[tuple(c + s * h * (j == k) for j, c in enumerate(w)) for s in (1, -1)] for k in range(len(w))]
    return [(loss(up) - loss(down)) / (2 * h) for up, down in sides]


def gradient(w):
    """(1/n) Σ (wᵀx_i − y_i) x_i: the sum over examples."""
    terms = [[(dot(w, x) - label) * c for c in x] for x, label in zip(X, y, strict=True)]
    return [sum(column) / n for column in zip(*terms, strict=True)]


w = (F(3), F(-2))
print("measured:", *measured(w, h=1), "  sum over examples:", *gradient(w))
assert measured(w, 1) == gradient(w) == measured(w, 100) == [4, 1]

# %% [markdown]
# **Explain.** Zero: on a parabola the slope of the line from $w - h$ to $w + h$ is the slope at $w$, for every $h$. So
# measuring is exact here, and both ways give 4 and 1. The formula that you may have derived,
#
# $$ \nabla R(w) = \frac{1}{n} \sum_i (w^\top x_i - y_i)\, x_i, $$
#
# is right, and it is a **sum over examples**. No example needs to know another one.
#
# **Predict.** From $w_0 = 0$ a step with $\eta = 1/2$ leads to $w_1 = \frac{\eta}{n} \sum_i y_i x_i$. Compute it by
# hand: four terms.

# %%
start = (F(0), F(0))
w_1 = [a - eta * g for a, g in zip(start, gradient(start), strict=True)]
by_hand = [eta / n * sum(label * x[k] for x, label in zip(X, y, strict=True)) for k in range(2)]
print("w_1 =", *w_1)
assert w_1 == by_hand == [F(1), F(1, 8)]
assert loss(w_1) < loss(start)

# %% [markdown]
# **Explain.** The weights after one step are 1 and 1/8, and the loss has become smaller.

# %% [markdown]
# Now the step that everything rests on. What does the model $w_1$ answer to a question $x_q$? Put the sum in and pull $x_q$ inside:
#
# $$ w_1^\top x_q = \frac{\eta}{n} \sum_i y_i \,\langle x_i, x_q \rangle. $$
#
# **Predict.** For $x_q = (2, -1)$: four inner products, four labels. Which example contributes most?

# %%
question = (2, -1)
terms = [eta / n * label * dot(x, question) for x, label in zip(X, y, strict=True)]
print("terms:", *terms, "  sum:", sum(terms), "  w_1ᵀx_q:", dot(w_1, question))
assert terms == [0, 1, F(3, 8), F(1, 2)]
assert sum(terms) == dot(w_1, question) == F(15, 8)

# %% [markdown]
# **Explain.** The second example, with 1 of the 15/8. Read the formula once more, from the right: compare the question
# with every example (an inner product), weigh the example's label with the result, add up. Nothing in it mentions $w$:
# **one can predict with the model after a gradient step without ever writing the model down**.
#
# **Before you go on.** Query, key, value: if you know attention, you have already seen which is which. If not, lesson
# 3 is next.
