"""Every wrong construction is refuted by the kind of check that should see it, and none of them stands."""

from dataclasses import replace

import pytest

from constructions.language import BadConstruction, Construction, Equal, WrongQuantifier
from tests.controls import (
    at_load,
    bounds,
    bounds_on_boxes,
    counted,
    cut_off,
    edges,
    empty_theorems,
    escapes,
    exponentials,
    free_states,
    given_context,
    named_sizes,
    obligations,
    opaque_functions,
    other_names,
    passed_on,
    peeking,
    refused_records,
    smuggling,
    special_cases,
    tiny_errors,
    true_records,
    two_faced,
    weights_and_masks,
)
from tests.controls.base import TRUE
from verify import Standing, verify
from verify.judge import guarded
from verify.methods.claims import CLAIM_METHODS
from verify.plan import plan
from verify.scrutiny.digging import digging

FAMILIES = (
    weights_and_masks,
    empty_theorems,
    special_cases,
    two_faced,
    tiny_errors,
    bounds,
    bounds_on_boxes,
    smuggling,
    peeking,
    at_load,
    given_context,
    cut_off,
    free_states,
    obligations,
    edges,
    passed_on,
    exponentials,
    named_sizes,
    opaque_functions,
)
ALL = [control for family in FAMILIES for control in family.CONTROLS]
TRUE_ONES = (*true_records.RECORDS, *passed_on.TRUE_RECORDS, *exponentials.RECORDS, *opaque_functions.RECORDS)
STRONG = (Standing.PROVED, Standing.CERTIFIED)


@pytest.mark.parametrize("record", TRUE_ONES, ids=lambda record: record.name)
def test_the_true_theorems_stand(record):
    verify(record).require()


@pytest.mark.parametrize("record", true_records.NAMED, ids=lambda record: record.name)
def test_no_name_brings_bad_luck(record):
    """Points and parameters are drawn from the name."""
    assert not [v for v in verify(record, methods=("identity", "honesty")).verdicts if not v.as_expected]


@pytest.mark.parametrize("control", ALL, ids=lambda control: control.record.name)
def test_a_wrong_construction_is_refuted(control):
    report = verify(control.record)
    seen = [(v.kind, v.method, v.standing.value, v.because) for v in report.verdicts]
    kinds = {verdict.kind for verdict in report.verdicts if verdict.standing is Standing.REFUTED}
    assert kinds & set(control.refuted) or not control.refuted, seen
    assert not report.stands
    believed = [verdict for verdict in report.of("claim") if verdict.standing in STRONG]
    if control.at_sizes:
        believed = [verdict for verdict in believed if "at " not in verdict.scope or "=" not in verdict.scope]
    assert not believed or kinds - {"claim"}, seen


@pytest.mark.parametrize(
    ("control", "method"),
    [(control, method) for control in ALL for method in control.by],
    ids=lambda part: part if isinstance(part, str) else part.record.name,
)
def test_a_method_refutes_what_it_must(control, method):
    at = plan(control.record)
    for claim in control.record.claims:
        verdict = CLAIM_METHODS[method](control.record.claiming(claim), at)
        assert verdict.standing is Standing.REFUTED, verdict


@pytest.mark.parametrize(
    "control",
    [c for c in ALL if not {"honesty", "step", "necessity"} & {*c.refuted} and not c.at_sizes],
    ids=lambda control: control.record.name,
)
def test_no_method_believes_a_wrong_construction(control):
    """Each on its own, whatever the others found."""
    at = plan(control.record)
    for claim in control.record.claims:
        single = control.record.claiming(claim)
        for name, method in CLAIM_METHODS.items():
            verdict = guarded("claim", claim.text, name, lambda m=method, s=single: m(s, at))
            assert verdict.standing not in STRONG, verdict


@pytest.mark.parametrize("name", refused_records.REFUSED)
def test_a_record_that_states_no_theorem_cannot_be_made(name):
    make, error, words = refused_records.REFUSED[name]
    with pytest.raises(error, match=words):
        make()


@pytest.mark.parametrize("record", (*escapes.BEYOND, *counted.BEYOND), ids=lambda record: record.name)
def test_symbols_refuse_what_depends_on_the_value_of_a_size(record):
    """No method may say "for all sizes": the sizes that were compared stand in the scope as numbers."""
    verdicts = verify(record, methods=[name for name in CLAIM_METHODS if name != "property"]).of("claim")
    assert "blockwise" in {verdict.method for verdict in verdicts}
    for verdict in verdicts:
        if verdict.method == "blockwise" and verdict.standing is Standing.PROVED:
            assert "all sizes d_x, d_y, n" not in verdict.scope, verdict
        assert verdict.standing not in STRONG or "=" in verdict.scope, verdict
    assert not verify(record, **{**escapes.LARGE, **counted.LARGE}[record.name]).stands


@pytest.mark.parametrize("record", escapes.OPEN, ids=lambda record: record.name)
def test_what_escapes_the_reading_of_the_source(record):
    """Right while it is judged, and wrong later or elsewhere."""
    assert not verify(record).stands


DUG = {**other_names.RECORDS, **counted.DIGGING}


@pytest.mark.parametrize("words", DUG, ids=lambda words: DUG[words].name)
def test_digging_by_another_name_is_seen(words):
    assert words in digging(DUG[words])


def test_a_record_is_a_record_itself_and_is_checked_once_more():
    """A subclass, or a record that was changed, could show one theorem and have another judged."""

    class Evil(Construction):
        def claiming(self, claim):
            return TRUE

    class Weak(Equal):
        pass

    fields = {name: getattr(TRUE, name) for name in TRUE.__dataclass_fields__}
    with pytest.raises(BadConstruction, match="a record is a Construction itself, not a Evil"):
        verify(Evil(**fields))
    with pytest.raises(BadConstruction, match="one-step claims a Weak; a claim is an Equal, Within or Limit"):
        replace(TRUE, claims=(Weak(),))
    changed = replace(TRUE, name="changed")
    object.__setattr__(changed, "weights", lambda X, eta: TRUE)
    with pytest.raises(WrongQuantifier, match="weights of changed asks for X, which is data"):
        verify(changed)


def test_there_are_controls():
    names = [control.record.name for control in ALL]
    assert len(names) >= 120 and len(set(names)) == len(names)
