"""What a worker does, in words and plain values that any process can send: list a file's constructions, judge one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from verify.command.loading import CannotLoad, NothingToJudge, Target, targets_of
from verify.command.plain import as_json
from verify.judge import Progress, verify
from verify.scrutiny import fresh
from verify.scrutiny.digest import described_claims


@dataclass(frozen=True)
class Request:
    """How to judge."""

    sizes: dict[str, int]
    methods: tuple[str, ...]
    seed: int


def listed(word: str, say: Progress) -> dict[str, Any]:
    """The targets in a file, or why there are none: "misuse" where the file holds nothing, "broken" where it raises."""
    say(f"loading {word}")
    try:
        return {"targets": [asdict(target) for target in targets_of(word)]}
    except CannotLoad as error:
        return {"broken": str(error)}
    except NothingToJudge as error:
        return {"misuse": str(error)}


def judged(target: Target, request: Request, certified: bool, address: str, say: Progress) -> dict[str, Any]:
    """The report on one construction as plain values, and with `certified` what a certificate says of it.

    `address` is where a fresh process answers, if one was started for all constructions.
    """
    if address:
        fresh.use(address)
    say(f"loading {target.word}")
    construction = target.load()
    report = verify(construction, methods=request.methods, seed=request.seed, progress=say, **request.sizes)
    if not certified:
        return {"report": as_json(report)}
    say("digests for the certificate")
    return {"report": as_json(report), "theorem": described_claims(construction, request.sizes, request.seed)}
