"""The forward pass a second time: plain torch in float64, from the definition, sharing no code with `forward.py`.

One prompt, tokens as rows of H (T × D), the query last. It knows dense matrices only: W_Q, W_K, W_V (width × D) and
W_O (D × width).
"""

import torch

torch.set_num_threads(1)


def plain_forward(layers, H, context, examples):
    """The stream after the last layer. `layers` are dictionaries of words and arrays, `context` flags the examples."""
    T = len(H)
    for layer in layers:
        sees = [[_sees(layer["mask"], i, j, context) for j in range(T)] for i in range(T)]
        update = torch.zeros_like(H)
        for W_Q, W_K, W_V, W_O in layer["heads"]:
            for i in range(T):
                keys = [j for j in range(T) if sees[i][j]]
                if not keys:
                    continue
                q, K, V = W_Q @ H[i], H[keys] @ W_K.T, H[keys] @ W_V.T
                if layer["kernel"] == "mesa":
                    ridge = layer["ridge"] * torch.eye(K.shape[1], dtype=H.dtype)
                    update[i] += W_O @ (V.T @ K @ torch.linalg.inv(K.T @ K + ridge) @ q)
                    continue
                a = K @ q
                if layer["kernel"] == "relu":
                    a = a.clamp(min=0)
                if layer["kernel"] == "softmax":
                    a = torch.softmax(a, dim=0)
                if layer["kernel"] == "hard":
                    a = (a == a.max()).to(H.dtype) / (a == a.max()).sum()
                if layer["weights"] is not None:
                    a = a * layer["weights"][i, keys]
                a = a / {"none": 1, "1/n": examples, "1/T": T, "sum": a.sum()}[layer["normaliser"]]
                update[i] += W_O @ (V.T @ a)
        for value, into in layer["skip"]:
            update += H @ value.T @ into.T
        H = H + update
    return H


def _sees(mask, reader, key, context):
    """Whether the token `reader` may read the token `key`."""
    rules = {
        "everything": True,
        "context": context[key],
        "query": not context[key],
        "causal": key <= reader,
        "strict": key < reader,
        "self": key == reader,
    }
    return all(rules[word] for word in mask.split())
