# %% [markdown]
# # Lesson 5. Build the layer yourself
#
# *One new idea: four matrices are a learning algorithm, and a verifier can tell you which of them is wrong. Fifteen
# minutes.*
#
# The task. The stream has two registers, `x` and `y`. An example holds $x_i$ and $y_i$. The question holds $x_q$, and
# in its `y` it holds $-W_0 x_q$ (lesson 4). The answer is read from the question's `y`, with a minus sign. **Make one
# head of linear attention that is one step of gradient descent from $W_0$**, for all examples, all questions, all
# $W_0$, $\eta$ and all sizes:
#
# $$ W_1 = W_0 - \eta \nabla R(W_0), \qquad R(W) = \frac{1}{2n} \sum_i |W x_i - y_i|^2. $$
#
# A head has four matrices, and each is a linear form in `x` and `y`: **query** and **key**, whose inner product is the
# score; **value**, what an example sends; **into**, where the sum is added.

# %%
from constructions import get
from constructions.language import Attention, Head, Stream, Transformer
from verify.review import review

TASK = get("gd-step")


def one_head(query, key, value, into, mask="context"):
    """A builder of one head from four functions of (x, y, W_0, eta, n)."""

    def weights(d_x, d_y, n, eta, W_0):
        x, y = stream = Stream(x=d_x, y=d_y)
        forms = [form(x, y, W_0, eta, n) for form in (query, key, value, into)]
        return Transformer(stream, layers=(Attention((Head(*forms),), kernel="linear", mask=mask),))

    return weights


def inputs(x, y, W_0, eta, n):
    return x


def labels(x, y, W_0, eta, n):
    return y


# %% [markdown]
# **Predict.** In lesson 3 the value was $\frac{\eta}{n} y$, and that started from 0. Will it do here, where the model
# starts from $W_0$ and the answer is read with a minus sign? If not, which of the four matrices has to change?

# %%
first = review(TASK, one_head(inputs, inputs, lambda x, y, W_0, eta, n: eta / n * y, labels))
print(first)
assert {(d.form, d.register) for d in first.wrong} == {("value", "x"), ("value", "y")}

# %% [markdown]
# **Explain.** It will not. The verdict has two parts. The *counterexample* is a smallest case in which the network is
# not the algorithm: put the numbers in and check it with a pencil. The *wrong blocks* are found by trying: these
# blocks alone were put right, and then the claim was proved, so nothing else is wrong with the head.

# %% [markdown]
# Three hints. Open them one by one, and think in between.
#
# <details><summary>Hint 1</summary>
#
# What does one example contribute to the gradient? Lesson 2 says: its residual times its input.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The residual of the model $W_0$ at example $i$ is a linear form in the registers. Lesson 4 wrote it down.
#
# </details>
# <details><summary>Hint 3</summary>
#
# The question ends at $-W_1 x_q = -W_0 x_q + \eta \nabla R(W_0)\, x_q$.
#
# </details>
#
# **Predict.** Write the value down. Then look at an attempt of somebody who knew hint 1 and was in a hurry:

# %%
second = review(TASK, one_head(inputs, inputs, lambda x, y, W_0, eta, n: eta / n * (W_0 @ x + y), labels))
print(second)
assert [(d.form, d.register, d.mine, d.theirs) for d in second.wrong] == [("value", "y", "η/n I", "−η/n I")]

# %% [markdown]
# **Explain.** One sign, and the message names it: head, matrix, register, what stands there and what should. Nobody
# looked for a sign error; the blocks were compared with the construction's, and the verifier was asked about each
# difference.
#
# **Predict.** Somebody else has every matrix right, but lets every token be a key: the question can then attend to
# itself, and its `y` is not empty. Does it matter?


# %%
def residuals(x, y, W_0, eta, n):
    return eta / n * (W_0 @ x - y)


third = review(TASK, one_head(inputs, inputs, residuals, labels, mask="everything"))
print(third)
assert [(d.form, d.mine, d.theirs) for d in third.wrong] == [("mask", "everything", "context")]

# %% [markdown]
# **Explain.** It matters: the question would learn from its own wrong label.

# %% [markdown]
# **Now you.** A page cannot run your weights, so take this lesson as a file: it is `docs/lessons/5_build_the_layer.py`
# in the repository. Replace `residuals` and the others in the next cell by your own functions, run it, and change them
# until the verifier is content. (On the page the cell is folded: it holds a solution.)

# %% tags=["hide-input"] mystnb={"code_prompt_show": "Show a solution", "code_prompt_hide": "Hide the solution"}
YOURS = one_head(query=inputs, key=inputs, value=residuals, into=labels)
verdict = review(TASK, YOURS)
print(verdict)
assert verdict.proved and not verdict.differences

# %% [markdown]
# **Predict.** Is the solution unique? Take the query twice as long and the key half as long.


# %%
def twice(x, y, W_0, eta, n):
    return 2 * x


def half(x, y, W_0, eta, n):
    return x / 2


other = review(TASK, one_head(twice, half, residuals, labels))
print(other)
assert other.proved and [(d.form, d.mine) for d in other.differences] == [("query", "2 I"), ("key", "1/2 I")]

# %% [markdown]
# **Explain.** It is proved as well. Other weights can be the same algorithm, so a block that differs from the book's
# is not yet a wrong block. That is why the verifier judges what the network *does*, for all data, and the comparison
# of blocks is only asked when it does something wrong. The consequence for trained networks: weights that look unlike
# the construction are no evidence against it.
#
# **Before you go on.** Put a second such layer behind the first. Which of its four matrices must differ from those of
# the first, so that the two layers are two steps?
#
# <details><summary>Answer</summary>
#
# None. After the first layer the `y` of example $i$ holds $y_i - (W_1 - W_0) x_i$, so the same value $W_0 x - y$ is now
# the residual of $W_1$. Lesson 6 stacks such layers.
#
# </details>
