"""One line makes tests of theorems for anybody's own suite."""

from dataclasses import replace

import pytest

from constructions import get
from tests.controls.base import TRUE, readout
from tests.verify.base import ROOT
from verify.testing import check, parts, theorem_tests
from verify.verdict import NotVerified

pytest_plugins = ["pytester"]

SUITE = """
from dataclasses import replace
from constructions.language import NearMiss
from tests.controls.base import TRUE, readout
from verify.testing import theorem_tests

MINE = replace(TRUE, near_misses={"other-sign": NearMiss("the sign", readout=lambda y: readout(-y))})
WRONG = replace(TRUE, name="wrong", readout=lambda y: readout(-y), near_misses={"no-miss": NearMiss("none", title="x")})

test_theorems = theorem_tests([MINE, WRONG])
"""


def test_a_suite_of_ones_own(pytester, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makepyfile(test_mine=SUITE)
    done = pytester.runpytest_subprocess("-v", "-p", "no:cacheprovider")
    assert done.parseoutcomes() == {"passed": 3, "failed": 3}
    text = done.stdout.str()
    assert "test_theorems[one-step: claim network = algorithm] PASSED" in text
    assert "test_theorems[one-step: near miss other-sign] PASSED" in text
    assert "test_theorems[one-step: everything stands] PASSED" in text
    assert "test_theorems[wrong: claim network = algorithm] FAILED" in text
    assert "test_theorems[wrong: everything stands] FAILED" in text
    assert "wrong: claim network = algorithm does not stand:" in text and "defect" in text
    assert "wrong: near miss no-miss does not stand:" in text and "near misses are not judged" in text
    assert "Traceback" not in text and "def " not in text


def test_every_statement_has_its_test():
    names = [str(part) for part in parts(get("gd-step"))]
    assert names[0] == "gd-step: claim network = algorithm"
    assert "gd-step: invariant" in names and "gd-step: near miss wrong-sign" in names
    assert names[-1] == "gd-step: everything stands"
    steps = [part.subject for part in parts(get("gd-interleaved")) if part.kind == "step"]
    assert steps == [step.text for step in get("gd-interleaved").steps]


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        ([], ValueError, "nothing would be tested"),
        (["gd-step"], TypeError, "takes Construction records, got str 'gd-step'"),
    ],
)
def test_what_would_test_nothing_is_refused(given, error, sentence):
    with pytest.raises(error, match=sentence):
        theorem_tests(given)


def test_a_verdict_that_was_never_given_is_no_pass():
    from verify import verify

    report = verify(TRUE, methods=["identity"])
    wrong = replace(TRUE, claims=(replace(TRUE.claims[0], text="another claim"),))
    with pytest.raises(NotVerified, match="no verdict was given"):
        check(next(iter(parts(wrong))), report)


def test_one_record_and_options():
    made = theorem_tests(replace(TRUE, readout=lambda y: readout(y)), methods=["identity"], d_x=2)
    (mark,) = made.pytestmark
    assert [str(part) for part in mark.args[1]] == [
        "one-step: claim network = algorithm",
        "one-step: everything stands",
    ]
    made(mark.args[1][0])
