"""False bounds for data in boxes: too small by a millionth, on a ten-thousandth of the box, between parameters, far away."""

from dataclasses import replace
from fractions import Fraction

from constructions.language import Parameter
from constructions.matrix import exact
from tests.controls.base import Control
from tests.verify.box_records import SEVEN_SIXTHS, gelu_product, one_variable, sink_attention

CUBIC = Fraction(38490017945975, 10**14)  # 2/√27: |x − x³| is at most that on [−1, 1]
LARGEST = Fraction("0.011589543169102")  # of the error of the product at s = 1/10 and B = 1


def product(name, bound, **fields):
    return replace(gelu_product(bound), name=name, **fields)


def between_the_points(X, Y, W):
    """Right where W is one of many halves."""
    factor = exact(1)
    for k in range(-8, 22):
        factor = factor * (W - Fraction(k, 2))
    return X * Y + factor * (X * Y)


ANY = {
    "s": Parameter(default="1/10", positive=True),
    "B": Parameter(default=1, positive=True),
    "W": Parameter(default=1),
}


def dips_between(low, high):
    """True at the scales that are tried, s B = 1/10, 1/5, 1/20 and 1/160, and false between two of them."""

    def bound(s, B):
        t = 10 * s * B
        return SEVEN_SIXTHS * s * s * B * B * B * B * (1 + 2 * (t - exact(low)) * (t - exact(high)))

    return bound


CONTROLS = (
    Control(
        product("a-product-within-a-millionth-less", lambda s, B: LARGEST * (1 - Fraction(1, 10**6)) * B * B),
        by=("boxes",),
    ),
    Control(
        replace(
            one_variable(lambda X: X * X * X, lambda: CUBIC * (1 - Fraction(1, 10**8))), name="fails-on-few-points"
        ),
        by=("boxes",),
    ),
    Control(replace(sink_attention(Fraction(1, 4), lambda: 4), name="a-sink-that-is-too-weak"), by=("boxes",)),
    Control(
        product(
            "a-product-wrong-between-the-parameters",
            lambda s, B: SEVEN_SIXTHS * s * s * B * B * B * B,
            algorithm=between_the_points,
            parameters=ANY,
        ),
        (),
    ),
    Control(
        product(
            "a-product-wrong-for-scales-that-are-large",
            lambda s, B: SEVEN_SIXTHS * s * s * B * B * B * B * (100 - s * B),
        ),
        (),
        at_sizes=True,
    ),
    Control(product("a-product-wrong-between-half-the-scale-and-the-scale", dips_between("1/2", 1)), by=("boxes",)),
    Control(product("a-product-wrong-between-the-scale-and-twice-the-scale", dips_between(1, 2)), by=("boxes",)),
    Control(product("a-product-wrong-at-a-sixteenth-of-the-scale", dips_between("1/32", "1/8")), by=("boxes",)),
)
