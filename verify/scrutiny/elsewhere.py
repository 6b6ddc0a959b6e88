"""Whether a fresh process has the same record: the weights and the formulas, at every size assignment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from constructions.digest import sha256
from constructions.language import Construction, build
from verify.scrutiny.digest import fingerprint
from verify.scrutiny.formulas import formulas
from verify.scrutiny.fresh import fresh
from verify.standard import parameter_choices


def otherwise(construction: Construction, assignments: Sequence[Mapping[str, int]]) -> str:
    """What a fresh process has otherwise, or why it has nothing; "" where it has the same, or where none could be asked."""
    answer = fresh(construction, assignments)
    if answer.failed or answer.missing:
        return answer.failed
    for number, sizes in enumerate(assignments):
        choices = list(parameter_choices(construction, sizes)) or [{}]
        if [sha256(fingerprint(build(construction, sizes, choice))) for choice in choices] != list(
            answer.digests[number]
        ):
            return (
                "a fresh process builds another network: the weights depend on something besides sizes and parameters"
            )
        if formulas(construction, sizes) != answer.formulas[number]:
            return "a fresh process has another formula: it depends on something besides sizes, parameters and data"
    return ""
