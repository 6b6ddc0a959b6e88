"""A bound for all parameters at once, at every data set of a finite domain: exact inequalities between exponentials.

Positive parameters are variables, exp(u) is a symbol, and u > 0 makes exp(u) = 1 + s with s > 0. Then bound ± defect is a
fraction of two polynomials in positive variables; if neither has a negative coefficient, it is not negative anywhere. Nothing
is sampled. A negative coefficient decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from constructions.language import Construction, Within, build
from constructions.language.quantifier import call
from constructions.matrix import Matrix, Pole, Unsupported, exact
from constructions.matrix.ambient import inside
from verify.arithmetic.polynomial import PolynomialArithmetic, Quotient, matrix_of
from verify.methods.exhaustive import finite_sizes, whole_domain
from verify.plan import Plan, fill, shape_at, sizes_in_words
from verify.sides import claim_sides
from verify.verdict import Standing, Verdict, undecided

EXPONENTIALS = 8  # independent ones that one data set may need


def inequality(construction: Construction, plan: Plan) -> Verdict:
    """The claim |network − algorithm| ≤ bound, for all positive parameters and every data set of a finite domain."""
    claim = construction.claims[0]
    if not isinstance(claim, Within):
        return undecided("inequality", claim.text, plan.where, "it decides bounds, and the claim is none")
    sizes_listed, whole = finite_sizes(construction, plan)
    if not whole:
        return undecided("inequality", claim.text, plan.where, "the data range over infinitely many matrices")
    if loose := [name for name, parameter in construction.parameters.items() if not parameter.positive]:
        return undecided("inequality", claim.text, plan.where, f"the parameter {loose[0]} may be negative")
    checked = 0
    try:
        for sizes in sizes_listed:
            for data in whole_domain(construction, _instance(construction, sizes, _symbols(construction, sizes))):
                if not _holds(construction, sizes, data, claim):
                    because = f"bound − |defect| has terms of both signs, at {sizes_in_words(sizes)}"
                    return undecided("inequality", claim.text, plan.where, because)
                checked += 1
    except (Unsupported, Pole) as reason:
        return undecided("inequality", claim.text, plan.where, str(reason))
    where = "; ".join(map(sizes_in_words, sizes_listed))
    names = ", ".join(construction.parameters)
    scope = f"every data set in the domain at the sizes {where} ({checked} cases)" + (
        f", for all {names} > 0" if names else ""
    )
    return Verdict("claim", claim.text, "inequality", Standing.PROVED, scope, evidence={"cases": checked})


def _symbols(construction: Construction, sizes: Mapping[str, int]) -> PolynomialArithmetic:
    entries = [
        f"{name}_{k}"
        for name, parameter in construction.parameters.items()
        for k in range(_count(shape_at(parameter.shape, sizes)))
    ]
    return PolynomialArithmetic(entries, EXPONENTIALS)


def _count(shape: tuple[int, ...]) -> int:
    total = 1
    for size in shape:
        total *= size
    return total


def _instance(construction: Construction, sizes: Mapping[str, int], functions: PolynomialArithmetic) -> Any:
    numbers = iter(range(functions.count))

    def make(rows: int, columns: int) -> Matrix:
        return matrix_of(functions, rows, columns, [functions.variable(next(numbers)) for _ in range(rows * columns)])

    shapes = {name: shape_at(parameter.shape, sizes) for name, parameter in construction.parameters.items()}
    return build(construction, sizes, {name: fill(shape, make) for name, shape in shapes.items()})


def _holds(construction: Construction, sizes: Mapping[str, int], data: Mapping[str, Matrix], claim: Within) -> bool:
    """Whether bound − defect and bound + defect are certainly not negative, for every entry."""
    functions = _symbols(construction, sizes)
    instance = _instance(construction, sizes, functions)
    left, right = claim_sides(instance, data)
    with inside(functions):
        bound = exact(call(claim.bound, {**sizes, **instance.parameters}))
    (limit,) = functions.table(bound).entries
    for defect in functions.table(left - right).entries:
        for slack in (limit + -defect, limit + defect):
            if not _certainly_nonnegative(slack, functions):
                return False
    return True


def _certainly_nonnegative(slack: Quotient, functions: PolynomialArithmetic) -> bool:
    above_one = list(_above_one(functions))
    generators = list(functions.generators)
    for k, above in enumerate(above_one):
        generators[functions.count + k] += int(above)
    signs = {_sign(part.compose(*generators)) for part in (slack.top, slack.bottom)}
    return None not in signs and (len(signs - {0}) <= 1)


def _above_one(functions: PolynomialArithmetic) -> Iterator[bool]:
    """For every exponential met, whether its exponent is surely positive."""
    for top, bottom in functions.exponents.met:
        yield _sign(top) == 1 and _sign(bottom) == 1


def _sign(polynomial: Any) -> int | None:
    """1 or −1 where all coefficients have that sign (the variables are positive), 0 for zero, None where they differ."""
    signs = {1 if c > 0 else -1 for c in polynomial.coeffs()}
    return None if len(signs) > 1 else next(iter(signs), 0)
