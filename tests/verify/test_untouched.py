"""What a file changes in the program that judges it is found: names, code, attributes of classes, entries of tables."""

import pytest

import verify.judge as judge
import verify.points as points
from constructions.language import Equal
from verify.methods.claims import CLAIM_METHODS
from verify.scrutiny.untouched import state, touched
from verify.verdict import Verdict


def other(*_, **__):
    return None


class Changes:
    """Small changes of the program, each taken back."""

    def a_name(self, patch):
        patch.setattr(judge, "steps", other)
        return "verify.judge.steps"

    def a_name_that_is_gone(self, patch):
        patch.delattr(judge, "METHODS")
        return "verify.judge.METHODS"

    def a_code(self, patch):
        patch.setattr(judge.guarded, "__code__", other.__code__)
        return "verify.judge.guarded.__code__"

    def a_code_of_a_private_function(self, patch):
        patch.setattr(judge._claim, "__code__", other.__code__)
        return "verify.judge._claim.__code__"

    def a_method_of_a_class(self, patch):
        patch.setattr(Verdict, "__bool__", other)
        return "Verdict.__bool__"

    def a_new_attribute_of_a_class(self, patch):
        patch.setattr(Equal, "__eq_too__", other, raising=False)
        return "Equal.__eq_too__"

    def an_entry_of_a_table(self, patch):
        patch.setitem(CLAIM_METHODS, "identity", CLAIM_METHODS["symbolic"])
        return "CLAIM_METHODS['identity']"

    def a_field_of_a_record(self, patch):
        patch.setitem(vars(CLAIM_METHODS["identity"]), "judge", other)
        return "CLAIM_METHODS['identity'].judge"

    def a_builtin(self, patch):
        import builtins

        patch.setattr(builtins, "sorted", other)
        return "builtins.sorted"


@pytest.mark.parametrize("change", [name for name in vars(Changes) if not name.startswith("_")])
def test_a_change_is_found_where_it_was_made(change):
    before = state()
    assert touched(before) == ""
    with pytest.MonkeyPatch.context() as patch:
        where = getattr(Changes(), change)(patch)
        found = touched(before)
    assert found.endswith(where), found
    assert touched(before) == ""


def test_what_a_name_stands_for_is_held():
    """A new object may lie where the old one did."""
    before = state()
    assert before["verify.points"] is points and before["verify.judge.guarded"] is judge.guarded
    assert before["verify.judge.guarded.__code__"] is judge.guarded.__code__
