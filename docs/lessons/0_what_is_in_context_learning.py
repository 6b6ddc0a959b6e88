# %% [markdown]
# # Lesson 0. What is in-context learning?
#
# *One new idea: a frozen network can do a task that nobody trained it for, because the task stands in its prompt. Ten
# minutes.*
#
# Each lesson asks you to **predict** before it **runs**, and **explains** afterwards. Write your guess down: a guess
# that was only thought is always right. What comes out is folded on the page; open it when you have written. You need
# linear algebra and one course in machine learning.
#
# One colour code holds for formulas, tables and code, here and on the pages of the theorems: what goes in, $x$, is blue
# with a line below; the weights of a model, $w$, are green with two lines; what comes out, $y$, is orange with a dashed
# line.
#
# Here is a prompt, three examples and a question:
#
# > 1 → 3, &nbsp; 2 → 6, &nbsp; 3 → 9, &nbsp; 5 → ?
#
# And here is another one:
#
# > 1 → −2, &nbsp; 2 → −4, &nbsp; 3 → −6, &nbsp; 5 → ?
#
# **Predict.** Write down both answers. Then ask yourself: what in your head changed between the two?

# %%
from constructions import get
from constructions.language import at
from constructions.matrix import exact
from constructions.matrix.rational import fractions_of

RECORD = get("gd-steps")  # a network of this package: layers of linear attention, and nothing else
# One number in, one number out, three examples, one question, twenty layers.
network = at(RECORD, {"d_x": 1, "d_y": 1, "n": 3, "m": 1, "steps": 20}, {"eta": "1/10"})


def weights_of(network):
    """Every number in every weight matrix."""
    return [
        fractions_of(form.dense)
        for layer in network.network.unrolled
        for head in layer.heads
        for form in head.forms.values()
    ]


frozen = weights_of(network)  # before there is any prompt
print(len(frozen), "weight matrices, written down before the first prompt")

# %% [markdown]
# The weights exist, and nothing has been asked yet. No training will follow: there is no loss, no gradient and no
# optimiser in what comes next, only the forward pass.
#
# **Predict.** Will the same weights answer both prompts? Exactly, nearly, or only one of them?


# %%
def ask(examples, question):
    """The network's answer to a prompt of pairs (x, y) and a question x."""
    X, Y = exact([[x] for x, _ in examples]), exact([[y] for _, y in examples])
    run = network.run({"X": X, "Y": Y, "X_q": exact([[question]])})
    return float(fractions_of(run.answer)[0][0])


tripling = ask([(1, 3), (2, 6), (3, 9)], 5)
minus_two = ask([(1, -2), (2, -4), (3, -6)], 5)
print(f"first prompt:  {tripling:.3f}")
print(f"second prompt: {minus_two:.3f}")
assert f"{tripling:.3f}" == "15.000" and f"{minus_two:.3f}" == "-10.000"

# %% [markdown]
# **Explain.** The answers are 15.000 and -10.000 to three decimals. One network did two tasks.

# %% [markdown]
# Between the two calls nothing in it changed, which can be checked rather than believed:

# %%
assert weights_of(network) == frozen
print("the same weights, number by number")

# %% [markdown]
# **Predict.** So where is the difference between “times three” and “times minus two”, if not in the weights? And what
# will the network answer to a prompt that no straight line fits, such as 1 → 1, 2 → 4, 3 → 9, with the question 5?

# %%
squares = ask([(1, 1), (2, 4), (3, 9)], 5)
print(f"squares: {squares:.2f}")
assert f"{squares:.2f}" == "12.86" and squares != 25

# %% [markdown]
# **Explain.** It says 12.86, and not 25. The network did not recognise squares. It fitted a multiple of $x$ to the
# three examples and used it: whatever stands in the prompt, this network treats it as data for a linear model. What it
# *can* learn is fixed by its weights; what it *does* learn stands in the prompt. That is in-context learning, and this
# network is a learning algorithm.
#
# **A misconception to drop now:** *the weights change while it learns*. They do not. What changes is the hidden state, and
# the next lessons find the learned model there.
#
# **Before you go on.** The prompt has three examples. Give this network a first example that is wrong (1 → 300): which
# of the later answers change? Try it with `ask`.
#
# <details><summary>Answer</summary>
#
# Only the answer to that prompt. The network keeps nothing from one prompt to the next: there is nowhere to keep it,
# since the weights do not change.
#
# </details>
