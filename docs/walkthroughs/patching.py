# %% [markdown]
# # Patching activations in a network whose algorithm is known
#
# Activation patching is how people look for an algorithm in a trained network: replace an activation by that of
# another run, and see what the answer does. In a trained network nobody can say whether the method found the truth.
# Here the truth is a theorem, so we can watch the method find it, and see where it would mislead.
#
# ## Knock out a layer
#
# First a stack of four layers, each one step of gradient descent (`gd-steps`), as a torch module with the field's
# names for hooks.

# %%
import torch

from constructions.interop.torch import module


def knocked_out(model, point, data):
    """The answer when what flows through a hook point is replaced by 0."""
    handle = point.register_forward_hook(lambda part, inputs, output: torch.zeros_like(output))
    try:
        return model(**data)
    finally:
        handle.remove()


def stack(steps):
    return module("gd-steps", d_x=2, d_y=1, n=4, m=2, steps=steps, eta=0.5, W_0=0).requires_grad_(False)


data = {
    "X": torch.tensor([[1.0, 1], [-2, 0], [2, 1], [1, 0]], dtype=torch.float64),
    "Y": torch.tensor([[0.0], [-2], [1], [2]], dtype=torch.float64),
    "X_q": torch.eye(2, dtype=torch.float64),  # probes: the answers are the weight vector itself
}
model = stack(4)
answer, cache = model.run_with_cache(**data)
for layer in range(5):
    w = -cache.readout("y", layer, "query")[0, :, 0]  # the readout is minus the register y
    print(f"after layer {layer}: w =", *(f"{float(c) + 0.0:.4f}" for c in w))
assert torch.equal(-cache.readout("y", 4, "query")[0], answer)

# %% [markdown]
# Knock out the only head of one layer, and three steps are left. *Which* layer is knocked out should not matter here,
# since all steps are the same. Does it?

# %%
three = stack(3)(**data)
for number, block in enumerate(model.blocks, start=1):
    left = knocked_out(model, block.hook_attn_out, data)
    print(f"without layer {number}: largest difference from three steps {float((left - three).abs().max()):.0e}")
    assert torch.allclose(left, three, rtol=0, atol=1e-15) and not torch.allclose(left, answer, atol=1e-3)

# %% [markdown]
# It does not: an ablation shows that every layer matters, and nothing about *what* it does. For that one has to put
# something else in.
#
# ## Find the model
#
# The network `raw-sgd-step` has nine layers, one operation each, and registers of its own. We run it on two prompts, A
# and B. If the model that was learned from A stands somewhere in the stream, then moving *that place* from run A into
# run B must make the network answer B's question with A's model. That hybrid answer can be computed from the textbook,
# and it is neither A's answer nor B's.

# %%
learner = module("raw-sgd-step", d=2, m=1, w=0, alpha=0.25, lam=0).requires_grad_(False)  # w′ = w − ½ (xᵀw − y) x
A = {"X": [[1.0, 2]], "Y": [[3.0]], "X_q": [[1.0, 0]]}
B = {"X": [[-1.0, 1]], "Y": [[1.0]], "X_q": [[2.0, 1]]}
A, B = ({name: torch.tensor(rows, dtype=torch.float64) for name, rows in prompt.items()} for prompt in (A, B))
model_of_A = 0.5 * A["Y"][0] * A["X"][0]
hybrid = float(model_of_A @ B["X_q"][0])
answers = [float(learner(**prompt)) for prompt in (A, B)]
_, from_A = learner.run_with_cache(**A)
print(f"A's answer {answers[0]}, B's answer {answers[1]}, B's question under A's model {hybrid}")
assert (answers, hybrid) == ([1.5, -0.5], 6.0)

# %% [markdown]
# The three numbers are 1.5, -0.5 and 6.0, so the outcomes can be told apart. Now the sweep: every layer, every
# register, every column.

# %%
COLUMNS = ["x1", "y1", "x2"]


def patched(layer, register, column):
    """B's answer when one register of one column, after one layer, is as it was in run A."""

    def put(part, inputs, output):
        output = output.clone()
        output[:, column, learner.columns(register)] = from_A.stream(layer)[:, column, learner.columns(register)]
        return output

    handle = learner.blocks[layer - 1].hook_resid_post.register_forward_hook(put)
    try:
        return float(learner(**B))
    finally:
        handle.remove()


registers = [name for name in learner.instance.network.stream.registers if name != "column"]
depth, found = len(learner.blocks), {}
for register in registers:
    for column, name in enumerate(COLUMNS):
        layers = [layer for layer in range(1, depth + 1) if abs(patched(layer, register, column) - hybrid) < 1e-12]
        if layers:
            found[register, name] = layers
for (register, name), layers in found.items():
    print(f"register {register} of column {name}: layers", *layers)

# %% [markdown]
# Read the list as a story. The half gradient stands in `g` of column y1, then in `z`; then the weight vector stands in
# `w` of column y1, is moved to column x2, and is used. The theorem's own proof says the same, and
# `python -m constructions trace raw-sgd-step --model` finds it without patching:

# %%
from constructions.views.trace.run import trace

rows = {name: tensor.to(int).tolist() for name, tensor in A.items()}
standings = trace(learner.instance, rows).model.standings
known = {}
for standing in standings:
    quantity, place = standing.find.quantity, standing.find.place
    if quantity.final and quantity.family == "w" and place.register == "w" and standing.find.factor == 1:
        known[COLUMNS[place.tokens[0]]] = standing.layers[0][0]
print("the search finds w in register w:", known)
assert known == {"y1": found["w", "y1"][0], "x2": found["w", "x2"][0]} == {"y1": 7, "x2": 8}

# %% [markdown]
# Both say that it stands in column y1 from layer 7 on, and in column x2 from layer 8 on.
#
# ## Where patching misleads
#
# The sweep found more places than those of the model: `g` and `z` hold half a *gradient*, and moving it moves the
# answer just as well. Is that an accident of the start $w = 0$, where the model is a multiple of the gradient? Take
# another start and look again.

# %%
learner = module("raw-sgd-step", d=2, m=1, w=[0, 1], alpha=0.25, lam=0).requires_grad_(False)
_, from_A = learner.run_with_cache(**A)
half_gradient, weights = from_A.readout("z", 6)[0, 1], from_A.readout("w", 7)[0, 1]
hybrid = float(weights @ B["X_q"][0])
after_z, after_w = patched(6, "z", 1), patched(7, "w", 1)
print("z of y1 after layer 6:", *half_gradient.tolist(), "  w of y1 after layer 7:", *weights.tolist())
print(f"B's question under A's model {hybrid}; with A's z {after_z}; with A's w {after_w}")
assert half_gradient.tolist() == [-1, -2] and weights.tolist() == [0.5, 2]
assert after_z == after_w == hybrid == float(learner(**{**A, "X_q": B["X_q"]})) == 3

# %% [markdown]
# It is no accident. With the start (0, 1) the register `z` holds (-1, -2) and `w` holds (0.5, 2), which are no
# multiples of each other, and still both patches give 3.0, the answer of A's model. Patching shows that what *decides*
# the answer passes through a place. It does not show that the place holds the model: whatever determines the model
# passes the same test. To tell them apart one has to read the numbers, and to know what to compare them with. In a
# trained network that is the hard part; here it is a formula.
