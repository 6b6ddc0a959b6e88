"""False bounds of networks of many layers: too small, of another network, of another box, 1 % below what is attained."""

from dataclasses import replace
from fractions import Fraction

from constructions.gadgets.dot import DOT
from constructions.gradient_descent.raw_sgd_step import RAW_SGD_STEP, program
from constructions.gradient_descent.raw_sgd_step import weights as sgd
from constructions.instructions import compiled
from constructions.instructions.chains import Deviation
from constructions.language import Within
from constructions.least_squares.raw_ridge_step import RAW_RIDGE_STEP
from constructions.least_squares.raw_ridge_step import program as ridge_program
from constructions.least_squares.raw_ridge_step import weights as ridge
from constructions.matrix import gelu
from tests.controls.base import Control

PLAIN = {"near_misses": {}, "steps": (), "dead": None}
SGD, RIDGE, DOT_PRODUCT = (
    {"layers": layers, "width": width}
    for layers, width in (("9", "4*d + 6"), ("14", "3*d*d + 5*d + 6"), ("1", "2*d + 1 + T"))
)

bound, ridge_bound = Deviation(sgd.limit), Deviation(ridge.limit)


def step(name, weights=sgd.limit, bound=bound, record=RAW_SGD_STEP, resources=SGD):
    claims = (Within(bound),)
    return replace(
        record, name=name, weights=weights, domain=record.claims[2].domain, claims=claims, resources=resources, **PLAIN
    )


def half(d, w, alpha, lam, s, B):
    return bound(d=d, w=w, alpha=alpha, lam=lam, s=s, B=B) / 2


def of_first_order(d, w, alpha, lam, s, B):
    """The errors of both products, the first of them not carried on by the rest of the chain."""
    return Fraction(7, 6) * d * s * s * B * B * B * B


def decays_the_wrong_way(d, w, alpha, lam, s):
    return compiled(*program(d, w, alpha, lam, decay=-1), length=3, fidelity="limit", s=s)


def coarser(d, w, alpha, lam, s):
    return compiled(*program(d, w, alpha, lam), length=3, fidelity="limit", s=2 * s)


def adds_the_correction(d, lam, s):
    return compiled(*ridge_program(d, lam, sign=1), length=3, fidelity="limit", s=s)


def no_square(z):
    """g(z) + g(−z) − (g(10z) + g(−10z))/100, which is 0 if GeLU is its parabola and is not small where it is GeLU."""
    return gelu(z) + gelu(-z) - (gelu(10 * z) + gelu(-10 * z)) / 100


def asks_for_gelu(X, Y, X_q, w, alpha, lam):
    return RAW_SGD_STEP.algorithm(X, Y, X_q, w, alpha, lam) + no_square(Y)[[0], [0]] * (X_q @ w)


def dot(name, share):
    claims = (Within(lambda d, s, B: share * Fraction(7, 6) * d * s * s * B * B * B * B),)
    boxes = DOT.claims[2].domain
    return replace(
        DOT,
        name=name,
        weights=DOT.claims[2].replaces["weights"],
        domain=boxes,
        claims=claims,
        resources=DOT_PRODUCT,
        **PLAIN,
    )


CONTROLS = (
    Control(step("half-of-the-composed-bound", bound=half), by=("composition",)),
    Control(step("only-one-product-is-counted", bound=of_first_order), by=("composition",)),
    Control(step("the-bound-of-the-right-network", decays_the_wrong_way), by=("composition",)),
    Control(step("the-bound-of-half-the-scale", coarser), by=("composition",)),
    Control(
        step("the-bound-of-the-right-ridge", adds_the_correction, ridge_bound, RAW_RIDGE_STEP, RIDGE),
        by=("composition",),
    ),
    Control(replace(step("an-algorithm-that-asks-for-gelu"), algorithm=asks_for_gelu), by=("composition",)),
    Control(dot("a-dot-product-one-percent-less", Fraction(99, 100)), by=("composition",)),
)
