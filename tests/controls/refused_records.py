"""Records that cannot even be made: the exception and its words."""

from dataclasses import replace

from constructions.language import BadConstruction, Equal, NearMiss, Parameter, Within, WrongQuantifier
from tests.controls.base import TRUE, algorithm, broken, weights

SAME = "network = algorithm"


def claims(*made):
    return lambda: broken("refused", claims=made)


def asking(builder):
    return lambda: broken("refused", weights=builder)


REFUSED = {
    "two-claims-in-the-same-words": (claims(Equal(), Equal()), BadConstruction, "same words"),
    "a-bound-in-the-words-of-an-equality": (claims(Equal(), Within(lambda: 10, SAME)), BadConstruction, "same words"),
    "only-claims-about-other-networks": (
        claims(Equal(replaces={"weights": weights})),
        BadConstruction,
        "another network",
    ),
    **{
        f"a-claim-that-replaces-the-{field}": (
            claims(Equal(), Equal("other", replaces={field: value})),
            BadConstruction,
            f"replaces {field}",
        )
        for field, value in {
            "algorithm": algorithm,
            "domain": {"X": "one-hot rows"},
            "sizes": {**TRUE.sizes, "n": 1},
        }.items()
    },
    "no-claims": (claims(), BadConstruction, "claims nothing"),
    "weights-that-ask-for-data": (
        asking(lambda d_x, d_y, n, eta, X: weights(d_x, d_y, n, eta)),
        WrongQuantifier,
        "which is data",
    ),
    "a-capacity-of-many-networks": (
        lambda: replace(TRUE, name="refused", sizes={**TRUE.sizes, "N": 7}, at_most={"n": "N"}),
        BadConstruction,
        "weights of refused asks for n, and n is at most N",
    ),
    "a-capacity-behind-a-parameter": (
        lambda: replace(
            TRUE,
            name="refused",
            sizes={**TRUE.sizes, "N": 7},
            parameters={"eta": Parameter(("n",), default=1)},
            weights=lambda d_x, d_y, N, eta: weights(d_x, d_y, N, eta[0]),
            at_most={"n": "N"},
        ),
        BadConstruction,
        "weights of refused asks for eta, and n is at most N",
    ),
    "a-near-miss-without-a-change": (lambda: NearMiss("nothing"), BadConstruction, "replaces nothing"),
}
