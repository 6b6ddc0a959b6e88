"""SUBLEQ, the computer of one instruction, on bits ±1 (1 for a set bit), the lowest first: no branch, so every step is a formula.

The state is a memory M (2^L words × N bits, two's complement) and a program counter (1 × L bits); the program P has 2^L rows of
three addresses a, b, c of L bits. One step subtracts word a from word b; if the result is ≤ 0 it goes on with instruction
c, else with the next one. All arithmetic wraps around.
"""

from constructions.matrix import Matrix, beside, exact, iterate, ones


def address(bits: Matrix) -> Matrix:
    """The unit vector that names the place with these bits (1 × 2^L)."""
    place = ones(1, 1)
    for k in range(bits.shape[1]):
        place = beside(place * ((1 - bits[:, [k]]) / 2), place * ((1 + bits[:, [k]]) / 2))
    return place


def difference(y: Matrix, x: Matrix) -> Matrix:
    """y − x modulo 2^N, bit by bit with a borrow: the sum of three bits is their product, the borrow their majority."""
    bits, borrow = [], exact(-1)
    for k in range(y.shape[1]):
        p, q = y[:, [k]], x[:, [k]]
        bits.append(p * q * borrow)
        borrow = (-p + q + borrow + p * q * borrow) / 2
    return beside(*bits)


def successor(bits: Matrix) -> Matrix:
    """The number plus 1, modulo 2^L: a bit and the carry give their product's opposite, and carry if both are set."""
    found, carry = [], exact(1)
    for k in range(bits.shape[1]):
        p = bits[:, [k]]
        found.append(-p * carry)
        carry = (p + carry + p * carry - 1) / 2
    return beside(*found)


def at_most_zero(word: Matrix) -> Matrix:
    """1 where the word is negative (its highest bit is set) or zero (none is), else 0."""
    zero = ones(1, 1)
    for k in range(word.shape[1]):
        zero = zero * ((1 - word[:, [k]]) / 2)
    return (1 + word[:, [-1]]) / 2 + zero


def step(M: Matrix, P: Matrix, pc: Matrix) -> tuple[Matrix, Matrix]:
    """One instruction: the memory and the program counter after it."""
    L, instruction = pc.shape[1], address(pc) @ P
    a, b, c = (instruction[:, [i * L + k for k in range(L)]] for i in range(3))
    old = address(b) @ M
    new = difference(old, address(a) @ M)
    jump = at_most_zero(new)
    return M + address(b).T @ (new - old), jump * c + (1 - jump) * successor(pc)


def run(M: Matrix, P: Matrix, pc: Matrix, steps: int) -> tuple[Matrix, Matrix]:
    """The memory and the program counter after so many instructions."""
    return iterate(lambda state, l: step(state[0], P, state[1]), (M, pc), steps)
