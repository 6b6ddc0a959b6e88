"""Fresh processes, contexts that are given as parameters, sizes that builders look at: each seen to fail, and to pass."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from constructions import get
from constructions.language import Within
from constructions.loading import load_file
from tests.controls import at_load, escapes, given_context
from tests.controls.base import CAUSAL, TRUE, Control
from tests.controls.true_records import RECORDS
from tests.verify.base import ROOT, run
from verify import Standing, verify
from verify.engines.cautions import given_context as given
from verify.engines.cautions import looked_at
from verify.engines.learning import learns, of_algorithm
from verify.methods import honesty as module
from verify.methods.honesty import honesty
from verify.plan import plan
from verify.points import generic_instance
from verify.scrutiny import fresh, untouched
from verify.scrutiny.digging import digging
from verify.scrutiny.fresh import Fresh
from verify.scrutiny.origin import loaded_from, origin_of

FILE = """\
from dataclasses import replace
from tests.controls import base
from tests.controls.at_load import scaled
{constant}
MINE = replace(base.TRUE, name="mine", weights=scaled(NUMBER))
"""


def judged(record):
    return honesty(record.claiming(record.claims[0]), plan(record))


@pytest.mark.parametrize("control", at_load.CONTROLS, ids=lambda control: control.record.name)
def test_a_fresh_process_builds_other_weights(control):
    assert not digging(control.record)  # the source shows nothing
    verdict = judged(control.record)
    assert verdict.standing is Standing.REFUTED
    assert "a fresh process builds another network: the weights depend on something besides" in verdict.because


@pytest.mark.parametrize("record", at_load.FORMULAS, ids=lambda record: record.name)
def test_a_fresh_process_has_another_formula(record):
    assert not digging(record)
    verdict = judged(record)
    assert verdict.standing is Standing.REFUTED
    assert "a fresh process has another formula: it depends on something besides" in verdict.because


@pytest.mark.parametrize(
    "control", [*at_load.CONTROLS, *map(Control, at_load.FORMULAS)], ids=lambda one: one.record.name
)
def test_a_method_asked_alone_asks_a_fresh_process_too(control):
    claims = verify(control.record, methods=("blockwise", "float", "property")).of("claim")
    assert {verdict.standing for verdict in claims} == {Standing.UNDECIDED}, claims
    assert any("a fresh process" in verdict.because for verdict in claims)


def test_a_method_asked_alone_believes_what_a_fresh_process_has_too():
    for record in (at_load.BY_A_CONSTANT, get("gd-step"), replace(TRUE, name="in-memory")):
        (verdict,) = verify(record, methods=("blockwise",)).of("claim")
        assert verdict.standing is Standing.PROVED, verdict


@pytest.mark.parametrize("field", ["algorithm", "claims"])
def test_a_record_of_another_formula_is_not_taken_for_the_one_in_the_file(field):
    other = {"algorithm": lambda X, Y, X_q, eta: X_q, "claims": (Within(lambda: 2),)}
    assert origin_of(replace(TRUE, **{field: other[field]})) is None


def test_a_fresh_process_builds_the_same_weights():
    verdict = judged(at_load.BY_A_CONSTANT)
    assert verdict.standing is Standing.TESTED and verdict.evidence["fresh process"] == "same weights and formulas"
    assert "this process only" not in verdict.scope


def test_a_record_in_memory_is_said_to_have_been_built_here_only():
    verdict = judged(replace(TRUE, name="in-memory"))
    assert verdict.standing is Standing.TESTED and verdict.scope.endswith(
        "builders and formulas ran in this process only"
    )
    assert verdict.evidence["fresh process"] == "not asked: the record is in no file that a fresh process could load"


@pytest.mark.parametrize("record", [get("gd-step"), TRUE, at_load.BY_A_SET], ids=lambda record: record.name)
def test_a_record_is_found_again_where_it_came_from(record):
    origin = origin_of(record.claiming(record.claims[0]))
    assert origin and loaded_from(json.loads(json.dumps(origin))).name == record.name


def test_every_claim_is_found_with_its_own_network():
    record = get("induction-head")
    for claim in record.claims:
        single = record.claiming(claim)
        assert loaded_from(origin_of(single)).weights is single.weights
    assert origin_of(replace(TRUE, weights=at_load.scaled(2))) is None  # the name alone is not enough


def test_the_fresh_process_is_quick_and_has_another_hash_seed_and_no_environment(monkeypatch):
    """One question for all sizes and parameters."""
    monkeypatch.setenv("SOME_SECRET", "1")
    monkeypatch.setenv("PYTHONHASHSEED", "5")
    made = fresh._environment()
    assert made["PYTHONHASHSEED"] == "6" and "SOME_SECRET" not in made
    record = get("gd-step")
    single, sizes = record.claiming(record.claims[0]), plan(record).sizes
    _ = fresh.fresh(single, sizes)
    start = time.perf_counter()
    found = fresh.fresh(single, sizes)
    assert [len(choices) for choices in found.digests] == [3, 3, 3] and time.perf_counter() - start < 2
    assert not found.missing and not found.failed


def test_what_a_builder_raises_only_there_is_told(monkeypatch):
    answers = [["ValueError: not today"] * 3] * 3
    monkeypatch.setattr(module, "fresh", lambda record, sizes: Fresh(digests=answers))
    verdict = judged(TRUE)
    assert verdict.standing is Standing.REFUTED and verdict.because.endswith("(ValueError: not today)")


def test_a_fresh_process_without_an_answer_decides_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(fresh, "_address", [str(tmp_path / "nobody")])
    monkeypatch.setattr(fresh, "PATIENCE", 0.05)
    verdict = judged(TRUE)
    assert verdict.standing is Standing.UNDECIDED and "has no answer (FileNotFoundError)" in verdict.because


def test_a_file_that_ends_the_fresh_process_decides_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("ONLY_HERE", "1")
    path = tmp_path / "ends.py"
    text = "import os\n'ONLY_HERE' in os.environ or os._exit(0)\n" + FILE.format(constant="NUMBER = 2")
    path.write_text(text, encoding="utf-8")
    (record,) = [found for found in load_file(path) if found.name == "mine"]
    verdict = judged(record)
    assert verdict.standing is Standing.UNDECIDED and "the fresh process has no answer" in verdict.because


def test_the_command_asks_one_fresh_process_about_all_files_and_prints_what_to_beware_of(tmp_path):
    files = {"constant": "NUMBER = 2", "process": "import os; NUMBER = os.getpid()"}
    for name, constant in files.items():
        (tmp_path / f"{name}.py").write_text(FILE.format(constant=constant), encoding="utf-8")
    (tmp_path / "looks.py").write_text(
        "from tests.controls.escapes import BEYOND\nMINE = BEYOND[1]\n", encoding="utf-8"
    )
    done = run(
        *(tmp_path / f"{name}.py" for name in (*files, "looks")), "--method", "honesty", "--explain", "--jobs", 2
    )
    assert "honesty “network = algorithm” by honesty: refuted" in done.stdout
    assert (
        "a fresh process builds another network" in done.stdout
        and "fresh process: same weights and formulas" in done.stdout
    )
    assert "! if-n-is-above-100: a builder looks at the size n, so nothing is said of other values of it" in done.stdout


def test_the_server_ends_with_its_parent():
    code = "from verify.scrutiny.fresh import started; s = started(); print(s.process.pid, s.address)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    pid, address = done.stdout.split()
    deadline = time.monotonic() + 10
    while os.path.exists(os.path.dirname(address)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not os.path.exists(os.path.dirname(address)), pid


# What a file may not do to the program that judges it.

PATCHES = {
    "fractions.Fraction.__eq__": "import fractions\nfractions.Fraction.__eq__ = lambda a, b: True",
    "builtins.abs": "import builtins\nbuiltins.abs = len",
    "verify.sides.claim_sides.__code__": "import verify.sides\nverify.sides.claim_sides.__code__ = (lambda i, d: 0).__code__",
    "constructions.matrix.opaque.Matrix.__getattribute__": (
        "from constructions.matrix.opaque import Matrix\nMatrix.__getattribute__ = object.__getattribute__"
    ),
    "verify.methods.claims.CLAIM_METHODS['symbolic'].judge": (
        "from verify.methods.claims import CLAIM_METHODS\nobject.__setattr__(CLAIM_METHODS['symbolic'], 'judge', len)"
    ),
}


@pytest.mark.parametrize("path", PATCHES)
def test_a_file_that_changes_the_program_is_not_loaded(path, tmp_path):
    """In a process of its own, which it may spoil."""
    file = tmp_path / "patches.py"
    file.write_text(f"{FILE.format(constant='NUMBER = 2')}\n{PATCHES[path]}\n", encoding="utf-8")
    code = f"import verify.judge\nfrom verify.command.loading import load_file\nload_file({str(file)!r})"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    words = f"patches.py changes {path}: a theorem file must leave the program that judges it alone"
    assert done.returncode == 1 and words in done.stderr


def test_a_run_does_not_change_the_program():
    before = untouched.state()
    _ = judged(get("gd-step"))
    assert untouched.touched(before) == ""


# What was given, and what was learned.


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (given_context.DUMMY, "nothing is learned from the context"),
        (given_context.NO_CONTEXT, "nothing is learned from the context"),
        (given_context.IGNORED, "the algorithm's answer never depends on the data of other items"),
    ],
    ids=lambda part: getattr(part, "name", ""),
)
def test_examples_in_the_weights_are_refuted(record, words):
    verdict = judged(record)
    assert verdict.standing is Standing.REFUTED and words in verdict.because


def test_a_context_that_is_partly_given_is_announced():
    record = given_context.HALF_GIVEN
    verdict = judged(record)
    assert verdict.standing is Standing.TESTED
    assert (
        verdict.evidence["cautions"]
        == [
            "the parameter B has the count of the context's items as a size: what the weights are given is not learned in context",
            "a builder looks",
        ][:1]
    )


@pytest.mark.parametrize("record", [*RECORDS, CAUSAL], ids=lambda record: record.name)
def test_only_counts_of_context_items_are_announced(record):
    expected = ["c"] if record.name == "a-mask-weighted-by-a-parameter" else []
    assert given(record, generic_instance(record, plan(record).sizes[0])) == expected


def test_an_algorithm_that_ignores_the_context_does_not_learn():
    instance = generic_instance(given_context.IGNORED, plan(given_context.IGNORED).sizes[0])
    points = module._points(instance)
    assert learns(instance, points) and not learns(instance, points, of_algorithm)


# Sizes that are looked at.


@pytest.mark.parametrize(
    ("record", "sizes"),
    [
        (escapes.BEYOND[0], ["d_x"]),
        (escapes.BEYOND[1], ["n"]),
        (escapes.BEYOND[2], ["n"]),
        (TRUE, []),
        (CAUSAL, []),
        (get("gd-steps"), []),
        (get("td-zero"), []),
        (get("induction-head"), []),
    ],
    ids=lambda part: getattr(part, "name", ""),
)
def test_sizes_that_a_builder_looks_at(record, sizes):
    assert looked_at(record) == sizes
