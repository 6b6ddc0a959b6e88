"""Which methods run, in which order, when they stop, and what becomes of a method that raises."""

import inspect
import re
from dataclasses import replace
from functools import partial

import pytest

from constructions import get
from constructions.language import NearMiss, UnknownName, Within
from constructions.matrix import ShapeMismatch
from tests.controls.base import TRUE, algorithm, readout
from tests.controls.written_tokens import RECURRENCE
from tests.controls.written_tokens import algorithm as recur
from verify import METHODS, verify
from verify import judge as module
from verify.command.display import misses
from verify.command.plain import as_json
from verify.judge import guarded, guarded_all
from verify.methods.claims import CLAIM_METHODS
from verify.verdict import Counterexample, Standing, Verdict

WRONG = replace(TRUE, name="wrong", readout=lambda y: readout(-y))
MISSED = replace(TRUE, near_misses={"other-sign": NearMiss("the sign", readout=lambda y: readout(-y))})
POINT = Counterexample({}, {}, {}, 0, 1, -1)


def told(construction, **options):
    """The report, and what was said while it was made."""
    phrases = []
    return verify(construction, progress=phrases.append, d_x=2, d_y=1, n=2, m=1, **options), phrases


def small(construction, **options):
    return told(construction, **options)[0]


def put(monkeypatch, **methods):
    monkeypatch.setattr(module, "CLAIM_METHODS", methods)
    monkeypatch.setattr(module, "METHODS", (*methods, *METHODS[len(CLAIM_METHODS) :]))


def planted(monkeypatch, **standings):
    """Claim methods that answer at once; what they were asked is kept."""
    asked = []

    def method(name, standing):
        def answer(single, at):
            asked.append((name, single.claims[0].text, at.seed))
            return Verdict("claim", single.claims[0].text, name, standing, "here")

        return replace(CLAIM_METHODS["identity"], judge=answer)

    put(monkeypatch, **{name: method(name, Standing[standing]) for name, standing in standings.items()})
    return asked


def test_everything_runs_and_says_so_in_order():
    report, phrases = told(MISSED)
    claim = TRUE.claims[0].text
    applicable = [name for name, method in CLAIM_METHODS.items() if method.applies_to(TRUE.claims[0])]
    methods = [
        f"{name}: {claim}" for name in applicable if name not in module.PIECE_BY_PIECE["symbolic"]
    ]  # which have proved it
    assert phrases == [
        "the builders",
        "honesty",
        f"sizes of the source: {claim}",
        *methods,
        "proof steps",
        "resources",
        "necessity",
        "near miss: other-sign",
    ]
    kinds = [verdict.kind for verdict in report.verdicts]
    assert list(dict.fromkeys(kinds)) == ["honesty", "claim", "resources", "necessity", "near miss"]
    assert report.of("honesty")[0].subject == claim and report.of("near miss")[0].subject == "other-sign"
    others = [(verdict.kind, verdict.method) for verdict in report.verdicts if verdict.kind != "claim"]
    assert others[0] == ("honesty", "honesty") and others[1] == ("resources", "resources")
    assert report.stands and report.skipped == () and 0 < report.seconds < 60


@pytest.mark.parametrize("whole", sorted(module.PIECE_BY_PIECE))
@pytest.mark.parametrize("standing", ["PROVED", "CERTIFIED", "UNDECIDED"])
def test_pieces_are_gone_through_only_where_nothing_has_proved_the_whole(standing, whole, monkeypatch):
    names = [whole, "other", *module.PIECE_BY_PIECE[whole]]
    asked = planted(monkeypatch, **{name: standing if name == whole else "PROVED" for name in names})
    _ = small(TRUE)
    assert [name for name, *_ in asked] == (names[:2] if standing == "PROVED" else names)
    asked.clear()
    _ = small(TRUE, methods=names)  # who names them gets them
    assert [name for name, *_ in asked] == names


def test_every_part_is_asked_about_the_record_and_the_plan(monkeypatch):
    asked = planted(monkeypatch, first="PROVED")
    seen = {}

    def spy(name, several):
        def part(record, *words):
            seen[name] = (record.name, words[-1].seed, words[:-1])
            verdict = Verdict(name, name, name, Standing.REFUTED if name == "near_miss" else Standing.TESTED, "here")
            return [verdict] if several else verdict

        monkeypatch.setattr(module, name, part)

    for name in ("honesty", "steps", "resources", "necessity", "near_miss"):
        spy(name, name in ("steps", "necessity"))
    report, phrases = told(MISSED, seed=3)
    assert seen == {name: ("one-step", 3, ("other-sign",) if name == "near_miss" else ()) for name in seen}
    assert list(seen) == ["honesty", "steps", "resources", "necessity", "near_miss"]
    claim = TRUE.claims[0].text
    assert asked == [("first", claim, 3)]
    parts = ["proof steps", "resources", "necessity", "near miss: other-sign"]
    assert phrases == ["the builders", "honesty", f"first: {claim}", *parts]
    assert [verdict.method for verdict in report.verdicts] == ["honesty", "first", *list(seen)[1:]]
    assert 0 <= report.seconds < 60


def test_only_the_methods_asked_for_run_and_the_others_are_named():
    report, phrases = told(MISSED, methods=["identity", "resources"])
    assert phrases == ["the builders", f"identity: {TRUE.claims[0].text}", "resources"]
    assert report.skipped == ("honesty", "near-misses", "necessity", "steps")
    assert small(TRUE, methods=["honesty"]).failures == ("no claim was judged",)
    with pytest.raises(UnknownName, match=r"no method is called 'idntity'; did you mean identity or"):
        verify(TRUE, methods=["identity", "idntity"])
    assert METHODS[-4:] == ("honesty", "resources", "necessity", "near-misses") and METHODS[-5] == "steps"


def test_a_refutation_ends_its_claim_and_the_near_misses(monkeypatch):
    asked = planted(monkeypatch, first="PROVED", second="REFUTED", third="PROVED")
    monkeypatch.setattr(module, "first_counterexample", lambda construction, at: None)
    first, second = TRUE.claims[0], replace(TRUE.claims[0], text="another")
    report = small(replace(MISSED, claims=(first, second)), seed=3)
    assert asked == [(name, text, 3) for text in (first.text, "another") for name in ("first", "second")]
    assert [verdict.standing.value for verdict in report.of("claim")] == ["proved", "refuted"] * 2
    assert not report.of("near miss") and report.skipped == ("near-misses",)


def test_near_misses_of_a_record_that_cannot_be_built_are_not_called_missing():
    def nowhere(**known):
        raise ShapeMismatch("planted")

    report = small(replace(MISSED, readout=lambda y: nowhere()))
    assert "planted" in report.of("claim")[0].because and report.skipped == ("near-misses",)
    assert misses(as_json(report)) == "not judged"


def test_a_refuted_step_keeps_no_near_miss_from_running(monkeypatch):
    planted(monkeypatch, first="PROVED")
    refuted = Verdict("step", "a step", "m", Standing.REFUTED, "here")
    monkeypatch.setattr(module, "steps", lambda construction, at: iter([refuted]))
    report = small(MISSED, methods=["first", "steps", "near-misses"])
    assert report.of("step") == (refuted,) and report.of("near miss")
    assert "near-misses" not in report.skipped


def test_a_refuted_claim_gets_numbers(monkeypatch):
    planted(monkeypatch, first="REFUTED")
    (verdict,) = small(WRONG, methods=["first"]).of("claim")
    assert verdict.counterexample.defect and verdict.scope == "at the point printed"
    for found in (lambda construction, at: None, lambda construction, at: {}["nothing"]):
        monkeypatch.setattr(module, "first_counterexample", found)
        (verdict,) = small(WRONG, methods=["first"]).of("claim")
        assert verdict.counterexample is None and verdict.scope == "here"


def test_numbers_that_a_method_found_are_kept(monkeypatch):
    given = Verdict("claim", TRUE.claims[0].text, "first", Standing.REFUTED, "mine", counterexample=POINT)
    put(monkeypatch, first=replace(CLAIM_METHODS["identity"], judge=lambda single, at: given))
    assert small(WRONG, methods=["first"]).of("claim") == (given,)


def test_what_is_not_refuted_gets_no_numbers(monkeypatch):
    asked = planted(monkeypatch, first="UNDECIDED")
    monkeypatch.setattr(module, "first_counterexample", lambda construction, at: POINT)
    assert small(TRUE, methods=["first"]).of("claim")[0].counterexample is None
    assert asked == [("first", TRUE.claims[0].text, 0)]  # the seed is 0


def test_a_claim_that_no_method_judges_is_undecided(monkeypatch):
    put(monkeypatch, bounds=replace(CLAIM_METHODS["identity"], judges=(Within,)))
    (verdict,) = small(TRUE, methods=["bounds"]).of("claim")
    assert (verdict.method, verdict.subject, verdict.standing) == ("none", TRUE.claims[0].text, Standing.UNDECIDED)
    assert verdict.because == "no method judges a claim of the kind Equal" and "d_x=2" in verdict.scope


@pytest.mark.parametrize("error", [ValueError("bad"), SystemExit("bad"), RecursionError("bad")])
def test_what_a_record_raises_becomes_its_verdict(error):
    def raises():
        raise error

    verdict = guarded("step", "subject", "method", raises)
    because = f"it raised {type(error).__name__}: bad (test_judge.py, line {verdict.because.split()[-1][:-1]})"
    raised = {"raised": type(error).__name__}
    assert verdict == Verdict("step", "subject", "method", Standing.UNDECIDED, "nowhere", because, raised)
    assert guarded_all("step", "proof steps", raises) == [replace(verdict, subject="proof steps", method="step")]
    assert guarded_all("step", "s", raises, "m")[0].method == "m"


def test_a_method_that_raises_is_named(monkeypatch):
    def raises(single, at):
        raise LookupError("gone")

    put(monkeypatch, first=replace(CLAIM_METHODS["identity"], judge=raises))
    (verdict,) = small(TRUE, methods=["first"]).of("claim")
    assert (verdict.subject, verdict.method) == (TRUE.claims[0].text, "first")
    assert re.fullmatch(r"it raised LookupError: gone \(test_judge.py, line \d+\)", verdict.because)


def test_of_what_is_undecided_an_error_of_the_record_is_the_reason():
    """And its line is said: what `blockwise` does not know is no news then."""
    lost = replace(get("raw-sgd-step"), algorithm=lambda X, Y, X_q, w, alpha, lam: X_q @ w.inverse, near_misses={})
    report = verify(lost, methods=("blockwise", "symbolic"))
    line = inspect.getsourcelines(lost.algorithm)[1]
    because = report.claims[lost.claims[0].text].because
    assert (
        because == f"it raised AttributeError: 'Matrix' object has no attribute 'inverse' (test_judge.py, line {line})"
    )


def test_an_interrupt_is_no_verdict():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guarded("step", "subject", "method", interrupted)


@pytest.mark.parametrize(
    ("name", "kind", "subject", "method"),
    [
        ("honesty", "honesty", TRUE.claims[0].text, "honesty"),
        ("steps", "step", "proof steps", "step"),
        ("resources", "resources", "resources", "resources"),
        ("necessity", "necessity", "necessity", "necessity"),
        ("near_miss", "near miss", "other-sign", "near-misses"),
    ],
)
def test_each_part_is_guarded_on_its_own(name, kind, subject, method, monkeypatch):
    planted(monkeypatch, first="PROVED")

    def raises(*words):
        raise LookupError("gone")

    monkeypatch.setattr(module, name, raises)
    report = small(MISSED, methods=["first", {"near_miss": "near-misses"}.get(name, name)])
    (verdict,) = report.of(kind)
    assert (verdict.subject, verdict.method) == (subject, method)
    assert verdict.because.startswith("it raised LookupError: gone (test_judge.py, line ")
    assert report.claims[TRUE.claims[0].text].standing is Standing.PROVED


COUNTED = partial(len)


def counts(X, Y, X_q, eta):
    """Right while it is judged."""
    COUNTED.keywords["calls"] = COUNTED.keywords.get("calls", 0) + 1
    return algorithm(X, Y, X_q, eta * (1 if COUNTED.keywords["calls"] < 10**6 else 2))


@pytest.mark.parametrize("method", ["blockwise", "invariant", "symbolic", "identity", "float", "property"])
def test_a_method_on_its_own_shows_nothing_of_a_formula_that_remembers(method):
    record = replace(TRUE, algorithm=counts)
    (verdict,) = small(record, methods=(method,)).verdicts
    assert verdict.standing is Standing.UNDECIDED
    assert verdict.because.startswith(
        "nothing is shown of functions that may answer otherwise the next time: algorithm "
    )


def recurrence(x_0, Y, T, A):
    COUNTED.keywords["calls"] = 0
    return recur(x_0, Y, T, A)


def test_passes_shows_nothing_of_a_recurrence_that_remembers():
    (verdict,) = verify(replace(RECURRENCE, algorithm=recurrence), methods=("passes",)).verdicts
    assert verdict.standing is Standing.UNDECIDED and "uses keywords" in verdict.because
    (verdict,) = verify(RECURRENCE, methods=("passes",)).verdicts
    assert verdict.standing is Standing.PROVED


CALLS = [0]


def breaks_later(X, Y, X_q, eta):
    CALLS[0] += 1
    return algorithm(X, Y, X_q, eta) if CALLS[0] < 3 else algorithm(X, Y, X_q, "eta")


def test_what_a_formula_that_counts_raises_is_not_the_reason():
    (verdict,) = small(replace(TRUE, algorithm=breaks_later), methods=("enclosure",)).verdicts
    assert verdict.standing is Standing.UNDECIDED and not verdict.evidence
    assert verdict.because.startswith(
        "nothing is shown of functions that may answer otherwise the next time: algorithm uses a list"
    )
    assert "; and it raised " in verdict.because


def test_a_builder_that_raises_where_a_fresh_process_is_asked_takes_nothing_down(monkeypatch):
    """And the process is asked once, while the source is read after every method."""
    read = []

    def raises(*_):
        raise SystemExit("no such size")

    monkeypatch.setattr(module, "digging", lambda single: read.append(1) or "")
    monkeypatch.setattr(module, "otherwise", raises)
    for verdict in small(TRUE, methods=["identity", "float"]).of("claim"):
        assert verdict.standing is Standing.UNDECIDED and "it raised SystemExit: no such size" in verdict.because
    asked = []
    monkeypatch.setattr(module, "otherwise", lambda *_: asked.append(1) or "")
    read.clear()
    assert len(small(TRUE, methods=["identity", "float"]).of("claim")) == len(read) == 2 and len(asked) == 1


def test_a_search_at_sizes_of_the_source_that_raises_leaves_the_others(monkeypatch):
    def raises(*_):
        raise ValueError("not here")
        yield

    monkeypatch.setattr(module, "beyond_the_plan", raises)
    first, *others = small(TRUE, methods=["identity", "property"]).of("claim")
    assert first.standing is Standing.UNDECIDED and "it raised ValueError: not here" in first.because
    assert [verdict.method for verdict in others] == ["identity", "property"]
