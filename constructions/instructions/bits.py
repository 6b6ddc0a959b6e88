"""Hidden units that compute on bits ±1, in the tokens whose register `one` holds 1; where all they read is 0 they write 0.

An integer s has s ≥ t as relu(s − t + 1) − relu(s − t). Constants are multiples of `one`, not biases, so the other tokens of a
prompt stay as they are.
"""

from collections.abc import Iterable

from constructions.language import Form, Units, stack
from constructions.matrix import exact, identity, ones


def snapped(z: Form, one: Form) -> tuple[Units, ...]:
    """z ← relu(2z + 1) − relu(2z − 1) − 1, which is 1 for z ≥ 1/2 and −1 for z ≤ −1/2, in place."""
    each = ones(z.width, 1) @ one
    return (Units(stack(2 * z + each, 2 * z - each, z, -z), stack(z, -z, -z, z)), Units(one, -(ones(1, z.width) @ z)))


def up_to(bits: Form, k: int) -> Form:
    """Σ_{i ≤ k} 2^i b_i / 2: half of what the bits 0, …, k weigh."""
    return exact([[2**i if i <= k else 0 for i in range(bits.width)]]) / 2 @ bits


def bit(into: Form, k: int, s: Form, one: Form, edges: Iterable[tuple[int, int]]) -> Units:
    """into_k += 2 (Σ c [s ≥ t]) − 1 for the pairs (t, c) of edges, s being an integer."""
    place = identity(into.width)[k] @ into
    pairs = [(s - (t - d) * one, (4 * d - 2) * c * place) for t, c in edges for d in (1, 0)]
    reads, writes = zip(*pairs, (one, -place), strict=True)
    return Units(stack(*reads), stack(*writes))


def difference(y: Form, x: Form, one: Form, into: Form) -> tuple[Units, ...]:
    """into += the bits of y − x modulo 2^N: bit k is set where s = Σ_{i ≤ k} 2^i (y_i − x_i)/2 is ≥ 2^k or in [−2^k, 0)."""
    edges = [[(2**k, 1), (-(2**k), 1), (0, -1)] for k in range(into.width)]
    return tuple(bit(into, k, up_to(y, k) - up_to(x, k), one, e) for k, e in enumerate(edges))


def successor(bits: Form, one: Form, into: Form) -> tuple[Units, ...]:
    """into += the bits of the number + 1 modulo 2^L: bit k is set where s = Σ_{i ≤ k} 2^i [b_i = 1] + 1 is in [2^k, 2^{k+1})."""
    sums = [up_to(bits, k) + (exact(2 ** (k + 1) - 1) / 2 + 1) * one for k in range(into.width)]
    edges = [[(2**k, 1), (2 ** (k + 1), -1)] for k in range(into.width)]
    return tuple(bit(into, k, sums[k], one, e) for k, e in enumerate(edges))
