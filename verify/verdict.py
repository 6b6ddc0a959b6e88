"""What the verifier answers: a standing, its scope in words, and the evidence. Never a bare yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NoReturn

from constructions.language import Construction


class NotVerified(AssertionError):
    """`Report.require()` was asked of a construction that does not stand."""


class Standing(Enum):
    """How firmly a statement stands, strongest first."""

    PROVED = "proved"  # no sampling and no probability
    CERTIFIED = "certified"  # an explicit failure probability, or a rigorous bound at points
    TESTED = "tested"  # finitely many points
    UNDECIDED = "undecided"  # no method could say; the reason is given
    REFUTED = "refuted"  # a counterexample


@dataclass(frozen=True)
class Counterexample:
    """One point at which the two sides differ, in exact numbers small enough to check by hand where possible."""

    sizes: Mapping[str, int]
    parameters: Mapping[str, Any]
    data: Mapping[str, Any]
    left: Any
    right: Any
    defect: Any
    sides: tuple[str, str] = ("network", "algorithm")


@dataclass(frozen=True)
class Verdict:
    """One answer. `kind` is "claim", "step", "honesty", "resources", "near miss" or "necessity"; `subject` says which one.

    "necessity" is information: it counts for `Report.stands` only where the record declares `dead`.
    """

    kind: str
    subject: str
    method: str
    standing: Standing
    scope: str
    because: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    counterexample: Counterexample | None = None

    def __bool__(self) -> NoReturn:
        raise TypeError("a verdict is not a bool: look at verdict.standing, or call report.require()")

    @property
    def as_expected(self) -> bool:
        """A near miss must be refuted; nothing else may be."""
        return (self.standing is Standing.REFUTED) == (self.kind == "near miss")


def undecided(method: str, subject: str, where: str, because: str, kind: str = "claim") -> Verdict:
    """The verdict of a method that could not say, with the reason."""
    return Verdict(kind, subject, method, Standing.UNDECIDED, where, because)


@dataclass(frozen=True)
class Report:
    """Every verdict on one construction. `skipped` names the checks that were left out on request."""

    construction: Construction
    verdicts: tuple[Verdict, ...]
    seconds: float = 0.0
    skipped: tuple[str, ...] = ()

    def __bool__(self) -> NoReturn:
        raise TypeError("a report is not a bool: look at report.stands, or call report.require()")

    def __str__(self) -> str:
        """One line a claim, and why the construction does not stand, if it does not."""
        claims = [f"{verdict.standing.value}: {subject}; {verdict.scope}" for subject, verdict in self.claims.items()]
        head = f"{self.construction.name} {'stands' if self.stands else 'does not stand'}"
        head += ", as a gadget: a lemma about layers" if self.construction.gadget else ""
        return "\n  ".join([head, *claims, *self.failures])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from verify.html import report_html

        return report_html(self)

    def of(self, kind: str) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.kind == kind)

    @property
    def claims(self) -> dict[str, Verdict]:
        """For every claim its deciding verdict: a refutation if there is one, else the strongest standing; of the undecided ones
        the first that raised an error."""
        deciding: dict[str, Verdict] = {}
        for verdict in self.of("claim"):
            best = deciding.get(verdict.subject)
            if best is None or _weight(verdict) < _weight(best):
                deciding[verdict.subject] = verdict
        return deciding

    @property
    def failures(self) -> tuple[str, ...]:
        """Why the construction does not stand: empty when it does."""
        enough = {Standing.PROVED, Standing.CERTIFIED} | ({Standing.TESTED} if self.construction.accept else set())
        weak = [
            f"claim “{subject}” is {verdict.standing.value}: {self._why(verdict)}"
            for subject, verdict in self.claims.items()
            if verdict.standing not in enough
        ]
        wrong = [
            f"near miss “{v.subject}” was not refuted ({v.standing.value}): {v.because or v.scope}"
            if v.kind == "near miss"
            else f"{v.kind} “{v.subject}” is refuted: {v.because or v.scope}"
            for v in self.verdicts
            if not v.as_expected and v.kind != "claim" and (v.kind != "necessity" or self.construction.dead is not None)
        ]
        doubtful = [
            f"{v.kind} “{v.subject}” is undecided: {v.because}"
            for v in self.verdicts
            if v.kind in ("honesty", "step", "resources") and v.standing is Standing.UNDECIDED
        ]
        texts = (claim.text for claim in self.construction.claims)
        silent = [
            f"claim “{text}” was judged by none of the methods that ran" for text in texts if text not in self.claims
        ]
        partial = [f"not judged in full; these did not run: {', '.join(self.skipped)}"] if self.skipped else []
        return (*weak, *wrong, *doubtful, *silent, *partial) if self.claims else ("no claim was judged",)

    def _why(self, deciding: Verdict) -> str:
        """Why a claim has no better standing; where it is open every method has its own reason."""
        if deciding.standing is not Standing.UNDECIDED:
            return deciding.because or deciding.scope
        reasons: dict[str, list[str]] = {}
        for verdict in self.of("claim"):
            if verdict.subject == deciding.subject:
                reasons.setdefault(verdict.because, []).append(verdict.method)
        told = [f"{because} ({', '.join(methods)})" for because, methods in reasons.items()]
        return "; ".join(told) if len(told) > 1 else deciding.because or deciding.scope

    @property
    def stands(self) -> bool:
        """Every claim proved or certified (or tested, if the record accepts that), every near miss refuted, nothing else."""
        return not self.failures

    def require(self) -> Report:
        """This report, or `NotVerified` saying what does not stand."""
        if self.failures:
            raise NotVerified(f"{self.construction.name} does not stand:\n  " + "\n  ".join(self.failures))
        return self


def _weight(verdict: Verdict) -> tuple[int, bool]:
    refuted = verdict.standing is Standing.REFUTED
    return -1 if refuted else list(Standing).index(verdict.standing), "raised" not in verdict.evidence
