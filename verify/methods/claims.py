"""The methods that can decide a claim, cheapest decisive first. Each maps (Construction with one claim, Plan) to a Verdict."""

from __future__ import annotations

from collections.abc import Callable

from constructions.language import Construction
from verify.methods.blockwise import blockwise
from verify.methods.enclosure import enclosure
from verify.methods.exhaustive import exhaustive
from verify.methods.floating import floating
from verify.methods.identity import identity
from verify.methods.property import property_search
from verify.plan import Plan
from verify.verdict import Verdict

ClaimMethod = Callable[[Construction, Plan], Verdict]

CLAIM_METHODS: dict[str, ClaimMethod] = {
    "blockwise": blockwise,
    "identity": identity,
    "exhaustive": exhaustive,
    "enclosure": enclosure,
    "float": floating,
    "property": property_search,
}
