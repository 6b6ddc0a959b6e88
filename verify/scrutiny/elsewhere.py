"""Whether a fresh process has the same record: the weights and the formulas, at every size assignment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from constructions.digest import sha256
from constructions.language import Construction, build
from verify.scrutiny.digest import fingerprint
from verify.scrutiny.formulas import formulas
from verify.scrutiny.fresh import fresh
from verify.standard import parameter_choices

DIGEST = re.compile("[0-9a-f]{64}")


def otherwise(construction: Construction, assignments: Sequence[Mapping[str, int]]) -> str:
    """What a fresh process has otherwise, or why it has nothing; "" where it has the same, or where none could be asked."""
    answer = fresh(construction, assignments)
    if answer.failed or answer.missing:
        return answer.failed
    for number, sizes in enumerate(assignments):
        choices = list(parameter_choices(construction, sizes)) or [{}]
        here = [fingerprint(build(construction, sizes, choice)) for choice in choices]
        found = another_network(answer.digests[number], here)
        if found := found or another_formula(answer.formulas[number], construction, sizes):
            return found
    return ""


def another_network(there: Sequence[str], here: Sequence[bytes]) -> str:
    """What to say of digests from a fresh process and fingerprints from this one; "" where they are of the same networks."""
    if list(there) == [sha256(one) for one in here]:
        return ""
    raised = next((f" ({answer})" for answer in there if not DIGEST.fullmatch(answer)), "")
    return (
        f"a fresh process builds another network: the weights depend on something besides sizes and parameters{raised}"
    )


def another_formula(there: str, construction: Construction, sizes: Mapping[str, int]) -> str:
    """The same of formulas."""
    because = "a fresh process has another formula: it depends on something besides sizes, parameters and data"
    return "" if there == formulas(construction, sizes) else because
