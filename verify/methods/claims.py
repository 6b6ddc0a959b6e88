"""The methods that can decide a claim, cheapest decisive first. Each maps (Construction with one claim, Plan) to a Verdict."""

from __future__ import annotations

from collections.abc import Callable

from constructions.language import Construction
from verify.methods.blockwise import blockwise
from verify.methods.cells import cells
from verify.methods.enclosure import enclosure
from verify.methods.exhaustive import exhaustive
from verify.methods.floating import floating
from verify.methods.identity import identity
from verify.methods.inequality import inequality
from verify.methods.property import property_search
from verify.methods.symbolic import symbolic
from verify.plan import Plan
from verify.verdict import Verdict

ClaimMethod = Callable[[Construction, Plan], Verdict]

CLAIM_METHODS: dict[str, ClaimMethod] = {
    "blockwise": blockwise,
    "symbolic": symbolic,
    "identity": identity,
    "exhaustive": exhaustive,
    "inequality": inequality,
    "cells": cells,
    "enclosure": enclosure,
    "float": floating,
    "property": property_search,
}
