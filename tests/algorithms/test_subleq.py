"""SUBLEQ against an interpreter on Python's integers, and programs that do something, run by the network."""

import random

import pytest

from constructions import get
from constructions.algorithms import subleq
from constructions.language import at
from constructions.matrix import Matrix, exact
from constructions.matrix.floating import array_of, floats
from constructions.matrix.rational import fractions_of

WORDS = 6  # bits


def interpreted(memory: list[int], program: list[tuple[int, int, int]], pc: int, steps: int, bits: int) -> tuple:
    """Plain SUBLEQ with numbers modulo 2^bits in [−2^(bits−1), 2^(bits−1))."""
    memory = list(memory)
    for _ in range(steps):
        a, b, c = program[pc]
        memory[b] = (memory[b] - memory[a] + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1)
        pc = c if memory[b] <= 0 else (pc + 1) % len(program)
    return memory, pc


def bits_of(numbers: list[int], width: int) -> list[list[int]]:
    return [[1 if number >> k & 1 else -1 for k in range(width)] for number in numbers]


def loaded(L: int, N: int, memory: list[int], program: list[tuple[int, int, int]], pc: int = 0) -> dict[str, Matrix]:
    """The prompt: memory and program filled up to 2^L words with zeros and with jumps to themselves."""
    memory = [*memory, *[0] * (2**L - len(memory))]
    program = [*program, *((2**L - 1, 2**L - 1, i) for i in range(len(program), 2**L))]
    rows = [[bit for part in bits_of(list(line), L) for bit in part] for line in program]
    return {"M": exact(bits_of(memory, N)), "P": exact(rows), "pc": exact(bits_of([pc], L))}


def numbers_in(rows: list[list[float]], width: int) -> list[int]:
    """Two's complement, the lowest bit first."""
    found = [sum(2**k for k in range(width) if row[k] > 0) for row in rows]
    return [number - 2**width * (number >= 2 ** (width - 1)) for number in found]


@pytest.mark.parametrize("seed", range(20))
def test_steps_against_an_interpreter(seed):
    draw, L, N = random.Random(seed), 3, 5
    memory = [draw.randrange(-(2 ** (N - 1)), 2 ** (N - 1)) for _ in range(2**L)]
    program = [tuple(draw.randrange(2**L) for _ in range(3)) for _ in range(2**L)]
    pc, steps = draw.randrange(2**L), draw.randrange(1, 9)
    data = loaded(L, N, memory, program, pc)
    M, counter = subleq.run(data["M"], data["P"], data["pc"], steps)
    after, place = interpreted(memory, program, pc, steps, N)
    assert fractions_of(M) == bits_of(after, N) and fractions_of(counter) == bits_of([place], L)


X, Y, SUM, T, ONE, ZERO, COUNT = range(7)
ADD = [(X, T, 1), (T, Y, 2), (ZERO, ZERO, 2)]
MULTIPLY = [(X, T, 1), (T, SUM, 2), (T, T, 3), (ONE, Y, 5), (ZERO, ZERO, 0), (ZERO, ZERO, 5)]
NEXT = [(Y, T, 1), (T, X, 2), (T, T, 3), (X, T, 4), (T, Y, 5), (T, T, 6)]  # x ← x + y, y ← x + y
FIBONACCI = [*NEXT, (ONE, COUNT, 8), (ZERO, ZERO, 0), (ZERO, ZERO, 8)]
PROGRAMS = {  # L, memory, program, passes, where the answer stands, the answer
    "add": (3, [19, -7], ADD, 3, Y, 12),
    "multiply": (3, [5, 3, 0, 0, 1], MULTIPLY, 15, SUM, 15),
    "fibonacci": (4, [0, 1, 0, 0, 1, 0, 3], FIBONACCI, 24, Y, 13),
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("number", (0, 1), ids=("softmax", "hard"))
def test_programs_run_in_the_network(name, number):
    """Softmax attention in float64, over many passes: snapping keeps the errors from growing. Hard attention exactly."""
    L, memory, program, passes, place, answer = PROGRAMS[name]
    record = get("subleq").claiming(get("subleq").claims[number])
    machine = at(record, {"L": L, "N": WORDS, "steps": passes}, {"beta": "1/10"})
    data = loaded(L, WORDS, memory, program)
    if number:
        rows = fractions_of(machine.run(data).answer)
        assert rows == fractions_of(machine.algorithm(data))
    else:
        rows = array_of(machine.run({key: floats(array_of(value)) for key, value in data.items()}).answer).tolist()
        assert max(abs(abs(bit) - 1) for row in rows[:-1] for bit in row[:WORDS]) < 1e-12
    found = numbers_in(rows[:-1], WORDS)
    padded = [*memory, *[0] * (2**L - len(memory))]
    jumps = [*program, *((2**L - 1, 2**L - 1, i) for i in range(len(program), 2**L))]
    assert found == interpreted(padded, jumps, 0, passes, WORDS)[0]
    assert found[place] == answer
