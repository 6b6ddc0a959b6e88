"""Which of scikit-learn's checks meet the bounded domain of an estimator: `python -m constructions.interop.sklearn.checks`.

They feed data as they like. An estimator whose theorem holds in a box refuses what lies outside (`OutOfDomain`); every other check
must pass. The suite fits dozens of networks, which takes up to a minute where layers grow with the examples.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sklearn.utils.estimator_checks import check_estimator

from constructions.catalogue import claimed
from constructions.interop.sklearn.estimators import InContextRegressor, OutOfDomain
from constructions.interop.sklearn.predictors import predictors
from constructions.language import Construction, UnknownName
from constructions.language.statement import Box


@dataclass(frozen=True)
class Outcomes:
    """The names of the checks that passed, met the bounded domain, or were skipped; what the others said."""

    passed: tuple[str, ...]
    out_of_domain: tuple[str, ...]
    skipped: tuple[str, ...]
    failed: dict[str, str]


def bounded() -> list[str]:
    """The constructions that predict from data in a box, as NAME or NAME@CLAIM."""
    named = [(record.name, record) for record in predictors()]
    claimed = [
        (f"{n}@{k}", record.claiming(c)) for n, record in named for k, c in enumerate(record.claims, 1) if c.domain
    ]
    return [name for name, record in (*named, *claimed) if boxes(record)]


def boxes(record: Construction) -> str:
    """The data that a record bounds, and to what."""
    return ", ".join(f"{name}: {word}" for name, word in record.domain.items() if isinstance(word, Box))


def outcomes(model: Any) -> Outcomes:
    """Run all checks on an estimator. A check that is run several times counts as what went worst."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the suite feeds odd data on purpose
        found = check_estimator(model, on_fail=None, on_skip=None)
    sorted_out: dict[str, dict[str, str]] = {"passed": {}, "skipped": {}, "out of domain": {}, "failed": {}}
    for check in found:
        met = check["status"] == "failed" and any(
            isinstance(error, OutOfDomain) for error in _causes(check["exception"])
        )
        sorted_out["out of domain" if met else check["status"]][check["check_name"]] = str(check["exception"])
    worst = {name: status for status, names in sorted_out.items() for name in names}
    passed, skipped, met = (
        tuple(name for name in names if worst[name] == status) for status, names in list(sorted_out.items())[:3]
    )
    return Outcomes(passed, met, skipped, sorted_out["failed"])


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and those that it came from; checks put sentences of their own around what they meet."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def main(argv: Sequence[str] | None = None) -> int:
    """0 where no check failed for another reason than the domain, 1 where one did, 2 for a name that predicts nothing."""
    parser = argparse.ArgumentParser(prog="python -m constructions.interop.sklearn.checks", description=__doc__)
    _ = parser.add_argument(
        "names", nargs="*", metavar="NAME[@CLAIM]", help="all with a bounded domain, if none is named"
    )
    _ = parser.add_argument(
        "--list", action="store_true", help="list the constructions with a bounded domain; check nothing"
    )
    options = parser.parse_args(argv)
    status = 0
    try:
        for name in options.names or bounded():
            record = claimed(name)
            print(f"{name}: {record.claims[0].text} ({boxes(record) or 'no bounds'})", flush=True)
            if not options.list:
                found = outcomes(InContextRegressor(name))
                print("\n".join(_told(found)), flush=True)
                status |= bool(found.failed)
    except UnknownName as error:
        print(error, file=sys.stderr)
        return 2
    return status


def _told(found: Outcomes) -> Iterator[str]:
    yield f"  {len(found.passed)} checks pass"
    for words, names in (("raise OutOfDomain", found.out_of_domain), ("were skipped", found.skipped)):
        if names:
            yield f"  {len(names)} {words}: {', '.join(names)}"
    yield from (f"  {name} failed: {reason}" for name, reason in found.failed.items())


if __name__ == "__main__":
    sys.exit(main())
