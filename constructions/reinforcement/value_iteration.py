"""An attention head an action, and MLPs that take a maximum, are a sweep of value iteration.

**Statement.** For all numbers of states S and actions A, every number of sweeps K and every γ there are weights of K
layers (linear attention with A heads, then A − 1 MLPs of one ReLU unit) such that for all rewards r(s, a) and
transitions P(s, a, s') and values V_0(s) in the prompt the token of state s answers V_K(s), where V_{l+1}(s) = max_a
[r(s, a) + γ Σ_s' P(s, a, s') V_l(s')].

**Proof.** Token s holds its code e_s, P(s, ·, ·), r(s, ·) and V(s). Head a scores ⟨P(s, a, ·), e_s'⟩ = P(s, a, s') with
value γ V(s'). A skip adds r(s, a) and takes what stood there before. The head of the first action writes over V; every
MLP then adds relu(Q(s, a) − V(s)) to V, which makes it max(V(s), Q(s, a)).

**Remarks.** P need not be a probability: only for P ≥ 0 would ReLU attention score the same. A tree of maxima takes
⌈log₂ A⌉ MLPs. If all r lie in [0, 1], V_0 = 0 and P is stochastic, |V_K − V*| ≤ γ^K/(1 − γ): that is a fact on value
iteration and not judged here. The weights are ours; the paper, on learning by UCB-VI, approximates more than this core.
"""

from constructions.algorithms import dynamic_programming as dp
from constructions.language import MLP, Attention, Block, Construction, Head, NearMiss, Parameter, Prompt, Readout
from constructions.language import Repeat, Source, Stream, Token, Transformer, Units, Write
from constructions.matrix import identity


def weights(S, A, sweeps, gamma, *, erase=1, compare=True, transpose=False):
    state, P, r, V, Q = stream = Stream(state=S, P=A * S, r=A, V=1, Q=A)
    action = identity(A)

    def head(a):
        rows = identity(A * S)[[a * S + s for s in range(S)]] @ P
        query, key = (state, rows) if transpose else (rows, state)
        return Head(query=query, key=key, value=gamma * V, into=V if a == 0 else action[a] @ Q)

    rest = identity(A)[list(range(1, A))] if A > 1 else None
    old = [Write(action[0] @ r - erase * V, V)] + ([Write(rest @ (r - erase * Q), rest @ Q)] if A > 1 else [])
    larger = [MLP((Units(action[a] @ Q - V, V),), "relu") for a in range(1, A) if compare]
    sweep = Block((Attention(tuple(map(head, range(A))), "linear", "everything", skip=tuple(old)), *larger))
    return Transformer(stream, layers=(Repeat(sweep, sweeps),))


def algorithm(P, r, V_0, gamma, sweeps):
    return dp.value_iteration(V_0, P, r, gamma, sweeps)


VALUE_ITERATION = Construction(
    name="value-iteration",
    tag="ICL-0050",
    sources=(Source("lin2023decision", "the core of the construction for UCB-VI"),),
    sizes={"S": 3, "A": 2, "sweeps": 2},
    parameters={"gamma": Parameter(default="9/10", meaning="discount factor")},
    data={"P": ("S", "A*S"), "r": ("S", "A"), "V_0": ("S", 1)},
    weights=weights,
    prompt=lambda P, r, V_0: Prompt(context=(Token(P=P, r=r, V=V_0),), positions=(("state", "one-hot"),)),
    readout=lambda V: Readout(V, at="context"),
    algorithm=algorithm,
    near_misses={
        "first-action": NearMiss("without the MLPs it values one policy", compare=False),
        "not-erased": NearMiss("a sweep writes over the old values", erase=0),
        "transposed": NearMiss("s reads the values of where it may go, not of where it may come from", transpose=True),
        "undiscounted": NearMiss("values are discounted", gamma=1),
        "one-sweep-short": NearMiss("K − 1 layers", sweeps=lambda sweeps: sweeps - 1),
    },
    resources=dict(layers="sweeps", heads="A", width="S + A*S + 2*A + 1", tokens="S"),
)
