"""relu(u) as a new variable: which relus are multiples, or differences, of one another, for all real numbers.

Every relu is brought to the form of a few variables r = relu(v), one for each v met, by four lemmas. Each is true at every
point, kinks included; nothing is assumed about the side on which v stands.

    1. relu(w u) = w relu(u) for every w ≥ 0.       max(wu, 0) = w max(u, 0): multiplying by w ≥ 0 keeps the order.
    2. relu(−u) = relu(u) − u.                      max(−u, 0) = max(0, u) − u: subtract u inside the maximum.
    3. relu(1) = 1, hence relu(w) = w by 1.         max(1, 0) = 1.
    4. relu(u)² = u relu(u).                        Where u ≥ 0 both are u², elsewhere both are 0.

A polynomial is ≥ 0 at all points if its coefficients are positive and the data occur in even powers only (exponentials are
positive and relus ≥ 0 in any power). By 1, squares, such polynomials and rational numbers c > 0 leave a relu; by 2 its sign;
what stays is the key v, with leading coefficient 1. A key may contain earlier relus, reduced by 4.

So equal normal forms are equal functions. Two normal forms that differ may still be equal: of relations between different
keys nothing is known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Kinks:
    """The keys v_0, v_1, … met so far; relu(v_k) is the generator with the number `first` + k, data being the first `data`."""

    ring: Any
    data: int
    first: int
    keys: list[Any] = field(default_factory=list)
    cores: dict[Any, Any] = field(
        default_factory=dict
    )  # the terms of what was met, with leading coefficient 1 → its key

    def nonnegative(self, polynomial: Any) -> bool:
        """Whether a polynomial shows that it is ≥ 0 at all points: a sufficient condition."""
        return all(c > 0 and not any(e % 2 for e in powers[: self.data]) for powers, c in polynomial.terms())

    def positive(self, polynomial: Any) -> bool:
        """Whether it shows that it is > 0: one of its terms is a product of exponentials, or a number."""
        strict = (not (any(m[: self.data]) or any(m[self.first :])) for m in polynomial.monoms())
        return self.nonnegative(polynomial) and any(strict)

    def occur(self, polynomial: Any) -> bool:
        return bool(self.keys) and any(polynomial.degrees()[self.first :])

    def reduced(self, polynomial: Any) -> Any:
        """The same function, of degree ≤ 1 in every relu: r^e = v^(e−1) r. A key has earlier relus only, so the last go first."""
        degrees = polynomial.degrees() if self.keys else ()
        for number in reversed(range(len(self.keys))):
            if degrees[self.first + number] > 1:
                polynomial = self._lowered(polynomial, number)
                degrees = polynomial.degrees()
        return polynomial

    def _lowered(self, polynomial: Any, number: int) -> Any:
        place, parts = self.first + number, {}
        for powers, c in polynomial.terms():
            power = int(powers[place])
            rest = tuple(1 if i == place and power else int(e) for i, e in enumerate(powers))
            parts.setdefault(max(power, 1), {})[rest] = c
        total = self.ring.constant(0)
        for power, terms in parts.items():
            total = total + self.ring.from_dict(terms) * self.keys[number] ** (power - 1)
        return total

    def relu(self, polynomial: Any) -> Any:
        """relu of a polynomial, as a polynomial in the relus of keys. Raises `LookupError` where the ring has no room for it."""
        polynomial = self.reduced(polynomial)
        if polynomial.is_zero():
            return polynomial
        key = self._key(polynomial)
        upright = polynomial.leading_coefficient() > 0  # polynomial = ± w key with w ≥ 0
        if key.is_one():
            return polynomial if upright else self.ring.constant(0)
        weight, r = polynomial / key, self._variable(key)
        return self.reduced(weight * r if upright else weight * (key - r))

    def _key(self, polynomial: Any) -> Any:
        """What is left when factors ≥ 0 have been taken out, with leading coefficient 1."""
        monic = polynomial / polynomial.leading_coefficient()
        terms = tuple(monic.terms())
        if terms not in self.cores:
            self.cores[terms] = self._core(monic)  # factoring is dear, and many rows have the same kinks
        return self.cores[terms]

    def _core(self, polynomial: Any) -> Any:
        factors = [(polynomial, 1)] if polynomial.total_degree() <= 1 else polynomial.factor()[1]
        left = [factor for factor, times in factors if times % 2]
        key = self.ring.constant(1)
        for factor in left:
            monic = factor / factor.leading_coefficient()
            key = key if self.nonnegative(monic) else key * monic
        return key

    def _variable(self, key: Any) -> Any:
        if key not in self.keys:
            if self.first + len(self.keys) >= self.ring.nvars():
                raise LookupError(f"more than {len(self.keys)} different kinks")
            self.keys.append(key)
        return self.ring.gens()[self.first + self.keys.index(key)]
