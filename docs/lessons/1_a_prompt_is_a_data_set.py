# %% [markdown]
# # Lesson 1. A prompt is a data set
#
# *One new idea: reading a prompt means fitting a model to it, and there is an equation that says when the fit is best.
# Ten minutes.*
#
# A prompt of examples $x_1 \to y_1, \dots, x_n \to y_n$ is a table with $n$ rows. Call its inputs $X$ ($n \times d$)
# and its labels $y$ ($n \times 1$). Here are four examples with two inputs each:

# %%
from fractions import Fraction

from constructions.matrix import exact, solve
from constructions.matrix.rational import fractions_of

X = exact([[1, 1], [-2, 0], [2, 1], [1, 0]])
y = exact([[0], [-2], [1], [2]])


def loss(w):
    """R(w) = 1/(2n) Σ (wᵀx_i − y_i)², exactly."""
    residual = fractions_of(X @ w - y)
    return sum((r**2 for (r,) in residual), Fraction(0)) / (2 * len(residual))


# %% [markdown]
# **Predict.** A linear model answers $w^\top x$. Which of these three has the smallest loss on the four examples:
# $w = (1, -1)$, $w = (1, 0)$ or $w = (0, 0)$?

# %%
GUESSES = {"(1, -1)": exact([[1], [-1]]), "(1, 0)": exact([[1], [0]]), "(0, 0)": exact([[0], [0]])}
losses = {name: loss(w) for name, w in GUESSES.items()}
for name, value in losses.items():
    print(f"w = {name:8} loss {value}")
assert losses == {"(1, -1)": Fraction(1, 8), "(1, 0)": Fraction(3, 8), "(0, 0)": Fraction(9, 8)}

# %% [markdown]
# **Explain.** The losses are 1/8, 3/8 and 9/8. All numbers here are exact fractions: a statement in this package is an
# equation, and an equation that holds “up to rounding” is not one.
#
# **Predict.** Is there a $w$ with loss 0? The best $w$ makes the gradient vanish, $X^\top (X w - y) = 0$, that is
#
# $$ X^\top X\, w = X^\top y. $$
#
# These are the *normal equations*. Two unknowns, two equations: solve them with a pencil before you run the cell.

# %%
best = solve(X.T @ X, X.T @ y)
(first,), (second,) = fractions_of(best)
print(f"best w = ({first}, {second}), loss {loss(best)}")
assert (first, second) == (Fraction(13, 11), Fraction(-14, 11))
assert loss(best) == Fraction(9, 88)

# %% [markdown]
# **Explain.** The best weights are 13/11 and -14/11, and even they leave a loss of 9/88: the four examples lie on no
# plane through the origin.

# %% [markdown]
# Two checks that this is the minimum, both exact. The vector of the four residuals is orthogonal to both columns of
# $X$, which says that the gradient is 0; and a small step to any side costs more:

# %%
residual = X @ best - y
assert fractions_of(X.T @ residual) == [[0], [0]]
for change in ([[1], [0]], [[-1], [0]], [[0], [1]], [[0], [-1]]):
    assert loss(best + Fraction(1, 100) * exact(change)) > loss(best)
print("the residuals are orthogonal to both columns, and no neighbour is better")

# %% [markdown]
# **Predict.** The question is $x_q = (2, -1)$. What does the best model answer? (Multiply by hand: two products and a
# sum.)

# %%
((answer,),) = fractions_of(exact([[2, -1]]) @ best)
print("answer:", answer, "≈", float(answer))
assert answer == Fraction(40, 11)

# %% [markdown]
# **Explain.** It is 40/11. So one way to continue a prompt is: make a table of it, solve the normal equations, apply
# $w$. The question for the rest of these lessons is whether a transformer can do that, or something on the way to it,
# in its forward pass.
#
# **Before you go on.** What is stored in $X^\top y$, a vector of two numbers, about the four examples? It is a sum
# with one term for each of them. Write the term down: the next lesson starts there.
