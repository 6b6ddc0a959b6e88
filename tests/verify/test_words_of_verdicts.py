"""Every verdict of every method says which method speaks, on what claim, where, and, where it could not say, why."""

from dataclasses import replace
from fractions import Fraction

import pytest

from constructions.language import Within
from constructions.matrix import exact, reciprocal, relu, softmax
from tests.controls.base import TRUE, algorithm, weights
from tests.controls.bounds import COUNTS
from tests.controls.composed_bounds import dot
from tests.verify.box_records import relu_product
from tests.verify.limits import product_limit
from verify.judge import guarded
from verify.methods.claims import CLAIM_METHODS
from verify.plan import plan
from verify.verdict import Standing


def divided(X, Y, X_q, eta):
    return algorithm(X, Y, X_q, 1 / eta)


RECORDS = {
    "true": TRUE,
    "false": replace(TRUE, algorithm=lambda X, Y, X_q, eta: algorithm(X, Y, X_q, 2 * eta)),
    "divides": replace(TRUE, weights=lambda d_x, d_y, n, eta: weights(d_x, d_y, n, 1 / eta), algorithm=divided),
    "divides-somewhere": replace(
        TRUE,
        weights=lambda d_x, d_y, n, eta: weights(d_x, d_y, n, 1 / eta),
        algorithm=divided,
        domain={"X": "one-hot rows"},
    ),
    "divides-by-zero": replace(
        TRUE, algorithm=lambda X, Y, X_q, eta: algorithm(X, Y, X_q, eta) * reciprocal(0 * (X_q @ X.T))[[0], [0]]
    ),
    "softmax": replace(TRUE, algorithm=lambda X, Y, X_q: softmax(X_q @ X.T) @ Y),
    "kink": replace(TRUE, algorithm=lambda X, Y, X_q, eta: algorithm(X, Y, relu(X_q) - relu(-X_q), eta)),
    "kink-between": replace(TRUE, algorithm=lambda X, Y, X_q, eta: algorithm(X, Y, relu(X_q), eta)),
    "finite": COUNTS,
    "within": replace(COUNTS, claims=(Within(lambda: exact(Fraction(1, 3))),)),
    "within-less": replace(COUNTS, claims=(Within(lambda: exact(-1)),)),
    "on-a-box": relu_product(lambda: exact(Fraction(1, 100))),
    "dot-product": dot("a-dot-product", 1),
    "half-a-dot-product": dot("half-a-dot-product", Fraction(1, 2)),
    "limit": product_limit(2),
    "limit-of-another-order": product_limit(3),
}


WHAT_IT_IS = ("none", "a bound", "a limit")
SLOW = {
    "boxes": ("on-a-box", "half-a-dot-product", "within"),
    "property": ("true", "false", "within-less", "softmax"),
    "float": ("true", "false", "within", "softmax"),
}
APPLIES = [
    (method, name)
    for method, judge in CLAIM_METHODS.items()
    for name, record in RECORDS.items()
    if name in SLOW.get(method, RECORDS) and judge.applies_to(record.claims[0])
]
REFUSES = [  # a claim of every kind that the method does not judge
    (method, name)
    for method, judge in CLAIM_METHODS.items()
    for name in ("true", "within", "limit")
    if not judge.applies_to(RECORDS[name].claims[0])
]


@pytest.mark.parametrize(("method", "name"), [*APPLIES, *REFUSES])
def test_a_verdict_says_who_speaks_of_what(method, name):
    record = RECORDS[name]
    claim = record.claims[0]
    verdict = guarded("claim", claim.text, method, lambda: CLAIM_METHODS[method](record.claiming(claim), plan(record)))
    assert (verdict.kind, verdict.method, verdict.subject) == ("claim", method, claim.text)
    assert verdict.scope and all(isinstance(words, str) for words in (verdict.scope, verdict.because))
    assert verdict.standing is not Standing.REFUTED or (
        verdict.because and (verdict.counterexample or verdict.evidence)
    )
    if (method, name) in REFUSES:
        assert verdict.standing is Standing.UNDECIDED and verdict.because.rpartition("the claim is ")[2] in WHAT_IT_IS
    elif verdict.standing is Standing.UNDECIDED:
        assert verdict.because and "raised" not in verdict.because, verdict
