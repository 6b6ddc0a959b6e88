"""Primes for identity testing: the Mersenne primes that are easy to state, and primes drawn at random."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

MERSENNE = (127, 521, 1279, 2203)  # 2^e − 1 is prime for these e
ROUNDS = 64  # of Miller and Rabin: a composite passes with probability ≤ 4^-64
SMALL = tuple(n for n in range(3, 200) if all(n % k for k in range(2, n)))


def random_prime(bits: int, numbers: Iterator[int]) -> int:
    """A prime in (2^bits, 2^(bits+1)), each with the same probability; `numbers` are random integers in [0, 2^bits)."""
    return next(p for p in ((1 << bits) | number | 1 for number in numbers) if probably_prime(p, numbers))


def probably_prime(p: int, numbers: Iterator[int]) -> bool:
    """Whether an odd p > 200² is prime, wrong with probability ≤ 4^-64 for a composite one (Miller and Rabin)."""
    if any(p % small == 0 for small in SMALL):
        return False
    twos = (p - 1 & 1 - p).bit_length() - 1
    return all(_passes(p, number % (p - 3) + 2, twos) for number in islice(numbers, ROUNDS))


def _passes(p: int, base: int, twos: int) -> bool:
    power = pow(base, (p - 1) >> twos, p)
    if power in (1, p - 1):
        return True
    for _ in range(twos - 1):
        power = power * power % p
        if power == p - 1:
            return True
    return False
