"""DeltaNet is online gradient descent, token by token or in chunks.

**Statement.** For all sizes d_k, d_v there is one delta layer such that for every n, all keys k_t, values v_t, queries
q_t and rates β_t it answers S_t q_t at every token t, where S_0 = 0 and S_t is S_{t−1} after a gradient step of size
β_t on ½|S k_t − v_t|². For every c so does the layer that takes c tokens at once and solves a triangular system.

**Proof.** The gradient is (S k − v) kᵀ, so the step is the layer's recurrence. For a chunk that starts at S let
u_t = β_t (v_t − S_{t−1} k_t) be the changes, S_t = S + Σ_{i ≤ t} u_i k_iᵀ. Then u_t = β_t (v_t − S k_t −
Σ_{i<t} u_i ⟨k_i, k_t⟩): with L_ti = β_t ⟨k_t, k_i⟩ for i < t the rows u_t solve (I + L) U = diag(β) (V − K Sᵀ), and
the tokens read S_t q_t = S q_t + Σ_{i ≤ t} u_i ⟨k_i, q_t⟩. The determinant of I + L is 1.

**Remarks.** What is left of an error is (1 − β|k|²) times it: with β = 1/|k|² the layer reads back what it has just
written, and each step is one of Kaczmarz. Linear attention adds v kᵀ and corrects nothing; with all gradients taken
at S = 0 the rule is that. Kernels in use scale q, normalise k and compute β as a sigmoid of the token: none of it
is here.
"""

from constructions.algorithms import delta_rule
from constructions.language import Attention, Construction, DeltaLayer, Equal, Head, NearMiss, Prompt, Readout, Source
from constructions.language import Stream, Token, Transformer, one_step
from constructions.matrix import below, zeros


def weights(d_k, d_v, *, factor=1):
    k, v, q, b, out = stream = Stream(k=d_k, v=d_v, q=d_k, b=1, out=d_v)
    return Transformer(stream, layers=(DeltaLayer(query=q, key=k, value=v, rate=factor * b, into=out),))


def weights_in_chunks(d_k, d_v, chunk):
    k, v, q, b, out = stream = Stream(k=d_k, v=d_v, q=d_k, b=1, out=d_v)
    return Transformer(stream, layers=(DeltaLayer(query=q, key=k, value=v, rate=b, into=out, chunk=chunk),))


def linear_attention(d_k, d_v):
    k, v, q, _, out = stream = Stream(k=d_k, v=d_v, q=d_k, b=1, out=d_v)
    head = Head(query=q, key=k, value=v, into=out)
    return Transformer(stream, layers=(Attention((head,), kernel="linear", mask="causal"),))


def algorithm(K, V, Q, beta, *, late=0):
    S = [zeros(V.shape[1], K.shape[1])] * late + delta_rule.online_steps(K, V, beta)
    return below(*(Q[t] @ S[t].T for t in range(K.shape[0])))


def errors(K, V, beta, d_k, d_v, n):
    """v_t − S_t k_t, as rows, and what the proof says of it."""
    S = [zeros(d_v, d_k), *delta_rule.online_steps(K, V, beta)]
    after = below(*(V[t] - K[t] @ S[t + 1].T for t in range(n)))
    return after, below(*((1 - beta[t] * (K[t] @ K[t].T)) * (V[t] - K[t] @ S[t].T) for t in range(n)))


DELTA_RULE = Construction(
    name="delta-rule",
    tag="ICL-0032",
    sources=(
        Source("schlag2021linear", "the delta rule as the update of a fast weight matrix"),
        Source("yang2024parallelizing", "the form in chunks"),
    ),
    sizes={"d_k": 3, "d_v": 2, "n": 5, "chunk": 3},
    data={"K": ("n", "d_k"), "V": ("n", "d_v"), "Q": ("n", "d_k"), "beta": ("n", 1)},
    weights=weights,
    prompt=lambda K, V, Q, beta: Prompt(context=(Token(k=K, v=V, q=Q, b=beta),)),
    readout=lambda out: Readout(out, at="context"),
    algorithm=algorithm,
    claims=(
        Equal("token by token, network = algorithm"),
        Equal("in chunks, network = algorithm", replaces={"weights": weights_in_chunks}),
    ),
    steps=one_step(
        "what is left of an error is (1 − β|k|²) times it",
        left=lambda K, V, beta, d_k, d_v, n: errors(K, V, beta, d_k, d_v, n)[0],
        right=lambda K, V, beta, d_k, d_v, n: errors(K, V, beta, d_k, d_v, n)[1],
    ),
    near_misses={
        "linear-attention": NearMiss("it adds v kᵀ, whatever S says of k already", weights=linear_attention),
        "read-before-write": NearMiss("token t reads what it has written", algorithm={"late": 1}),
        "loss-without-one-half": NearMiss("on |S k − v|² the rate counts twice", factor=2),
    },
    dead={},
    resources=dict(layers="1", heads="1", width="2*d_k + 2*d_v + 1", tokens="n", nonzeros="2*d_k + 2*d_v + 1"),
)
