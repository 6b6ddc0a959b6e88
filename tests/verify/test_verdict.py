"""What a report makes of its verdicts: every sentence, and which of them keep a construction from standing."""

import re
from dataclasses import replace

import pytest

from constructions.language import Equal, Within
from tests.controls.base import TRUE as ONE_STEP
from verify import verify
from verify.verdict import NotVerified, Report, Standing, Verdict, undecided

PROVED, CERTIFIED, TESTED, UNDECIDED, REFUTED = Standing
TRUE = replace(ONE_STEP, claims=(Equal("the claim"),))
KINDS = ("claim", "step", "honesty", "resources", "necessity", "near miss")


def verdict(kind, standing, subject="it", because="", scope="here", method="method"):
    return Verdict(kind, subject, method, standing, scope, because)


def report(*verdicts, record=TRUE, **fields):
    """A report with a proved claim and these verdicts."""
    return Report(record, (verdict("claim", PROVED, "the claim"), *verdicts), **fields)


def test_verdicts_and_reports_are_no_truth_values():
    with pytest.raises(
        TypeError, match=r"a verdict is not a bool: look at verdict.standing, or call report.require\(\)"
    ):
        bool(verdict("claim", PROVED))
    with pytest.raises(TypeError, match=r"a report is not a bool: look at report.stands, or call report.require\(\)"):
        bool(report())


def test_the_words_of_the_standings_strongest_first():
    assert [standing.value for standing in Standing] == ["proved", "certified", "tested", "undecided", "refuted"]


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("kind", KINDS)
def test_a_near_miss_must_be_refuted_and_nothing_else_may_be(kind, standing):
    assert verdict(kind, standing).as_expected is ((kind == "near miss") == (standing is REFUTED))


def test_undecided_says_where_and_why():
    assert undecided("m", "s", "at 3", "why") == Verdict("claim", "s", "m", UNDECIDED, "at 3", "why")
    assert undecided("m", "s", "at 3", "why", "step").kind == "step"
    bare = Verdict("claim", "s", "m", PROVED, "x")
    assert bare == Verdict("claim", "s", "m", PROVED, "x", "", {}, None)


@pytest.mark.parametrize(
    ("standings", "deciding"),
    [
        ((UNDECIDED, CERTIFIED, PROVED, TESTED), PROVED),
        ((TESTED, UNDECIDED), TESTED),
        ((PROVED, REFUTED), REFUTED),
        ((REFUTED, PROVED), REFUTED),
        ((UNDECIDED, REFUTED), REFUTED),
    ],
)
def test_a_refutation_decides_a_claim_and_else_the_strongest_standing(standings, deciding):
    made = Report(TRUE, tuple(verdict("claim", standing, "the claim") for standing in standings))
    assert made.claims["the claim"].standing is deciding
    assert made.stands is (deciding in (PROVED, CERTIFIED))


def test_of_two_equal_standings_the_first_method_is_named():
    made = Report(TRUE, tuple(verdict("claim", PROVED, method=name) for name in ("first", "second")))
    assert made.claims["it"].method == "first" and len(made.of("claim")) == 2


def test_claims_are_judged_one_by_one():
    made = report(verdict("claim", UNDECIDED, "another"), verdict("step", PROVED, "a step"))
    assert {subject: v.standing for subject, v in made.claims.items()} == {"the claim": PROVED, "another": UNDECIDED}
    assert made.of("step")[0].subject == "a step" and not made.of("honesty")


@pytest.mark.parametrize(
    ("kind", "standing", "sentences"),
    [
        *((kind, PROVED, ()) for kind in KINDS[:-1]),
        *((kind, CERTIFIED, ()) for kind in KINDS[:-1]),
        *((kind, TESTED, ()) for kind in KINDS[1:-1]),
        ("claim", TESTED, ("claim “it” is tested: why",)),
        ("claim", UNDECIDED, ("claim “it” is undecided: why",)),
        ("claim", REFUTED, ("claim “it” is refuted: why",)),
        *((kind, UNDECIDED, (f"{kind} “it” is undecided: why",)) for kind in ("step", "honesty", "resources")),
        *((kind, REFUTED, (f"{kind} “it” is refuted: why",)) for kind in ("step", "honesty", "resources")),
        ("necessity", UNDECIDED, ()),
        ("necessity", REFUTED, ()),
        ("near miss", REFUTED, ()),
        *(
            ("near miss", standing, (f"near miss “it” was not refuted ({standing.value}): why",))
            for standing in (PROVED, CERTIFIED, TESTED, UNDECIDED)
        ),
    ],
)
def test_what_keeps_a_construction_from_standing(kind, standing, sentences):
    made = report(verdict(kind, standing, because="why"))
    assert made.failures == sentences and made.stands is not bool(sentences)
    if sentences:
        text = "one-step does not stand:\n  " + sentences[0]
        with pytest.raises(NotVerified, match=f"^{re.escape(text)}$"):
            made.require()
    else:
        assert made.require() is made


def test_without_a_reason_the_scope_is_named():
    wrong = [verdict("claim", UNDECIDED), verdict("near miss", PROVED), verdict("step", REFUTED)]
    assert report(*wrong).failures == (
        "claim “it” is undecided: here",
        "near miss “it” was not refuted (proved): here",
        "step “it” is refuted: here",
    )


def test_an_open_claim_is_told_with_the_reason_of_every_method():
    reasons = {"first": "the data are many", "second": "exp has no value", "third": "exp has no value"}
    made = report(*(verdict("claim", UNDECIDED, method=name, because=why) for name, why in reasons.items()))
    assert made.failures[0] == ("claim “it” is undecided: the data are many (first); exp has no value (second, third)")


def test_tested_is_enough_only_where_the_record_accepts_it():
    made = report(verdict("claim", TESTED, because="few points"), record=replace(TRUE, accept="tested"))
    assert made.stands and not replace(made, construction=TRUE).stands
    assert not report(verdict("claim", UNDECIDED), record=replace(TRUE, accept="tested")).stands


def test_a_weight_that_does_not_matter_counts_where_the_record_says_which_do():
    idle = verdict("necessity", REFUTED, because="W_Q is idle")
    assert report(idle).stands
    assert report(idle, record=replace(TRUE, dead={})).failures == ("necessity “it” is refuted: W_Q is idle",)


def test_what_was_left_out_is_named():
    made = report(skipped=("honesty", "necessity"))
    assert made.failures == ("not judged in full; these did not run: honesty, necessity",) and not made.stands


def test_a_claim_without_a_verdict_does_not_stand():
    """No method that was asked for judges bounds, and the bound is false: the report stood, with the other claim."""
    record = replace(TRUE, claims=(*TRUE.claims, Within(lambda eta: -1, "the bound")))
    methods = ("identity", "steps", "honesty", "resources", "necessity", "near-misses")
    made = verify(record, methods=methods)
    assert made.failures == ("claim “the bound” was judged by none of the methods that ran",) and not made.stands
    assert verify(TRUE, methods=methods).stands


def test_without_a_claim_nothing_stands():
    assert Report(TRUE, (verdict("honesty", PROVED),)).failures == ("no claim was judged",)


def test_a_report_that_was_not_timed():
    assert Report(TRUE, ()) == Report(TRUE, (), 0.0, ())


def test_a_report_prints_its_claims_and_its_failures():
    assert str(report()) == repr(report()) == "one-step stands\n  proved: the claim; here"
    assert str(report(verdict("step", REFUTED, because="why"))) == (
        "one-step does not stand\n  proved: the claim; here\n  step “it” is refuted: why"
    )
