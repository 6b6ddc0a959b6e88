"""Counterexamples that a person can check: small entries, at points that the record allows."""

from dataclasses import replace

from constructions import get
from constructions.language import Parameter
from tests.controls.base import TRUE, algorithm
from verify.engines.counterexample import LARGE, counterexample, exact_defect, wider
from verify.plan import Plan, plan
from verify.sides import claim_sides


def found(record, **sizes):
    return counterexample(record, record.sizes | sizes, exact_defect(claim_sides))


def test_a_symmetric_parameter_stays_symmetric_while_it_is_made_small():
    def off_diagonal(X, Y, X_q, eta, A):
        return algorithm(X, Y, X_q, eta) + A[[0], [1]] * (X_q @ X.T @ Y)

    square = Parameter(("d_x", "d_x"), default=1, symmetric=True)
    record = replace(TRUE, parameters={**TRUE.parameters, "A": square}, algorithm=off_diagonal)
    A = found(record, d_x=2, d_y=1, n=1, m=1).parameters["A"]
    assert A == [[0, 1], [1, 0]]


def test_a_positive_parameter_is_made_1_and_others_0():
    record = replace(
        TRUE,
        parameters={"eta": Parameter(default=1, positive=True), "lam": Parameter(default=1)},
        algorithm=lambda X, Y, X_q, eta: algorithm(X, Y, X_q, 2 * eta),
    )
    point = found(record)
    assert point.parameters == {"eta": [[1]], "lam": [[0]]}
    assert point.sizes == dict.fromkeys(TRUE.sizes, 1)
    assert [abs(row[0][0]) for row in (point.left, point.right, point.defect)] == [1, 2, 1]


def test_a_tuple_of_parameters_is_printed_part_by_part():
    record = get("gd-preconditioned")
    wrong = replace(record, algorithm=lambda X, Y, X_q, A: 0 * (X_q @ X.T @ Y))
    point = found(wrong, steps=2)
    assert len(point.parameters["A"]) == point.sizes["steps"]
    assert all(isinstance(row, (list, tuple)) for part in point.parameters["A"] for row in part)


def test_larger_sizes_are_tried_one_after_the_other():
    at = plan(TRUE, {"d_x": 1, "d_y": 1, "n": 1, "m": 1})
    tried = wider(TRUE, Plan(at.sizes, 7))
    assert tried.seed == 7 and tried.sizes[: len(at.sizes)] == at.sizes
    twos = dict.fromkeys(TRUE.sizes, 2)
    assert list(tried.sizes[len(at.sizes) :]) == [{**twos, name: LARGE} for name in TRUE.sizes]
