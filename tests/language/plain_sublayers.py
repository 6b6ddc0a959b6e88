"""MLPs, LayerNorm and attention with a null logit a second time: torch's own functions, sharing no code with `forward.py`.

Tokens are rows of H (T × D). `wrong` names one planted error, so that the comparison is seen to fail.
"""

import torch
from torch.nn import functional

torch.set_num_threads(1)

ACTIVATIONS = {
    "identity": lambda u: u,
    "relu": torch.relu,
    "squared relu": lambda u: torch.relu(u) ** 2,
    "gelu": functional.gelu,
    "gelu tanh": lambda u: functional.gelu(u, approximate="tanh"),
}
ERRORS = {
    "mlp": ("gate inside", "bias outside", "no norm", "no factor", "no output bias", "other gelu", "W_in transposed"),
    "norm": ("divisor D − 1", "gain after bias", "no mean", "epsilon outside"),
    "attention": ("no sink", "sink of score 1", "values of norm forgotten", "norm of the stream"),
}


def linear(weight, bias=None):
    """An `nn.Linear` with the given weight (out × in) and bias."""
    made = torch.nn.Linear(*reversed(weight.shape), bias=bias is not None, dtype=torch.float64)
    with torch.no_grad():
        _ = made.weight.copy_(weight)
        if bias is not None:
            _ = made.bias.copy_(bias)
    return made


def layer_norm(H, gain, bias, epsilon, wrong=""):
    if wrong == "divisor D − 1":
        return (H - H.mean(1, keepdim=True)) / (H.var(1, keepdim=True) + epsilon).sqrt() * gain + bias
    if wrong == "no mean":
        return functional.layer_norm(H, H.shape[1:], None, None, epsilon) * gain + H.mean(1, keepdim=True) + bias
    if wrong == "epsilon outside":
        return (H - H.mean(1, keepdim=True)) / (H.std(1, correction=0, keepdim=True) + epsilon) * gain + bias
    if wrong == "gain after bias":
        return (functional.layer_norm(H, H.shape[1:], None, None, epsilon) + bias) * gain
    return functional.layer_norm(H, H.shape[1:], gain, bias, epsilon)


def mlp(H, groups, constants, activation, norm, wrong=""):
    """`groups` of (W_in, b_in, W_gate or None, W_out, factor); `constants` of (value, W_out); `norm` (gain, bias, ε) or None."""
    read = H if norm is None or wrong == "no norm" else layer_norm(H, *norm)
    if wrong == "other gelu":
        activation = {"gelu": "gelu tanh", "gelu tanh": "gelu"}.get(activation, activation)
    active, out = ACTIVATIONS[activation], H
    for W_in, b_in, W_gate, W_out, factor in groups:
        if wrong == "W_in transposed":
            W_in = W_in.T.reshape(W_in.shape)
        gate = 1 if W_gate is None else linear(W_gate)(read)
        if wrong == "gate inside":
            hidden = active(linear(W_in, b_in)(read) * gate)
        elif wrong == "bias outside":
            hidden = (active(linear(W_in)(read)) + b_in) * gate
        else:
            hidden = active(linear(W_in, b_in)(read)) * gate
        out = out + (1 if wrong == "no factor" else factor) * linear(W_out)(hidden)
    for value, W_out in constants if wrong != "no output bias" else ():
        out = out + W_out @ value
    return out


def softmax_one(scores):
    """exp(s)/(1 + Σ exp(s)) along the last axis."""
    top = scores.amax(-1, keepdim=True).clamp(min=0)
    weights = torch.exp(scores - top)
    return weights / (torch.exp(-top) + weights.sum(-1, keepdim=True))


def attention(H, heads, kernel, norm, wrong=""):
    """Causal heads with a sink: softmax1, or linear attention divided by 1 + the sum of its scores."""
    read = H if norm is None else layer_norm(H, *norm)
    seen, out = torch.ones(len(H), len(H), dtype=torch.bool).tril(), H
    if wrong == "norm of the stream":
        out = read
    for W_Q, W_K, W_V, W_O in heads:
        scores = linear(W_Q)(read) @ linear(W_K)(read).T
        values = linear(W_V)(H if wrong == "values of norm forgotten" else read)
        one = {"no sink": 0.0, "sink of score 1": float(torch.e)}.get(wrong, 1.0)
        if kernel == "softmax" and one == 1.0:
            weights = softmax_one(scores.masked_fill(~seen, -torch.inf))
        else:
            raw = torch.exp(scores) * seen if kernel == "softmax" else scores * seen
            weights = raw / (one + raw.sum(-1, keepdim=True))
        out = out + linear(W_O)(weights @ values)
    return out
