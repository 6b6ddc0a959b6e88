"""A construction that misbehaves ends in a clear message, and the others still get their verdicts."""

import gc
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.verify.base import bad, command, reports, run, true
from verify.command.child import THRESHOLDS
from verify.command.workers import Call, Stopped, run_all
from verify.limits import Limits

ENDINGS = {
    "raises": ("raise ValueError('no weights today')", "it raised ValueError: no weights today"),
    "recurses": ("return weights(d_x, d_y, n, eta)", "RecursionError"),
    "allocates": ("x = [bytes(1 << 20) for _ in range(10**9)]", "MemoryError"),
    "asks-for-too-much": ("x = bytes(1 << 45)", "MemoryError"),
    "loops": ("while True: pass", "it was stopped after 8 s (--time-limit), during “"),
    "sleeps": ("import time; time.sleep(1000)", "it was stopped after 8 s (--time-limit), during “"),
    "exits": ("sys.exit(0)", "it raised SystemExit: 0"),
    "exits-hard": ("os._exit(0)", "it ended the interpreter with exit status 0"),
    "last-words": (
        "os.write(2, b'farewell\\n'); os._exit(3)",
        "with exit status 3; its last words: farewell, during “",
    ),
    "segfaults": ("ctypes.string_at(0)", "it ended the interpreter by SIGSEGV"),
    "aborts": ("os.abort()", "it ended the interpreter by SIGABRT (perhaps out of memory; 1024 MiB are allowed"),
    "half-a-character": (r"raise ValueError('\ud800 \x1b[2J')", r"it raised ValueError: \ud800 \u001b[2J"),
    "endless": ("raise ValueError(10**7 * 'x')", "x… (10,000,000 characters)"),
    "wordless": ("raise type('Silent', (Exception,), {'__str__': lambda self: 1 / 0})", "it raised Silent"),
    "interrupts": ("raise KeyboardInterrupt", "it raised KeyboardInterrupt"),
}


def because(report):
    return " ".join([*report["failures"], *(verdict["because"] for verdict in report["verdicts"])])


FILES = {
    "loops": ("while True: pass", "cannot be loaded: it was stopped after 8 s"),
    "exits": ("import os; os._exit(7)", "cannot be loaded: it ended the interpreter with exit status 7"),
    "leaves": ("raise SystemExit", "cannot be loaded: file-leaves.py:1: it ends the program"),
    "raises": ("1 / 0", "cannot be loaded: file-raises.py:1: ZeroDivisionError: division by zero"),
    "no-python": ("def f(:", "cannot be loaded: file-no-python.py:1: SyntaxError"),
    "malformed": (
        "from constructions.language import Construction\n"
        "Construction('Bad Name', *[lambda: 0] * 4, sizes={}, data={})",
        "cannot be loaded: file-malformed.py:2: BadConstruction: 'Bad Name' is no name",
    ),
}
QUICK = ("--method", "identity", "--json", "--jobs", 2, "--time-limit", 8, "--memory-limit", 1024)


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """One run over everything that misbehaves, and one true theorem."""
    folder = tmp_path_factory.mktemp("endings")
    files = [bad(folder, body, f"{name}.py", name) for name, (body, _) in ENDINGS.items()]
    for name, (text, _) in FILES.items():
        files.append(folder / f"file-{name}.py")
        files[-1].write_text(text, encoding="utf-8")
    done = run(*files, true(folder), *QUICK)
    assert done.returncode == 1
    return {Path(name).stem: report for name, report in reports(done).items()}


@pytest.mark.parametrize("name", ENDINGS)
def test_a_bad_end_is_told(judged, name):
    assert not judged[name]["stands"] and ENDINGS[name][1] in because(judged[name])


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_loaded_is_told(judged, name):
    assert not judged[f"file-{name}"]["stands"] and FILES[name][1] in judged[f"file-{name}"]["failures"][0]


def test_the_others_are_judged(judged):
    assert judged["mine"]["verdicts"][0]["standing"] == "certified" and len(judged) == len(ENDINGS) + len(FILES) + 1


@pytest.mark.parametrize("size", ["d_x=1000000", "n=1000000", "d_x=999999999999"])
def test_absurd_sizes_end_in_a_clear_message(size):
    done = run("gd-step", "--sizes", size, *QUICK)
    text = because(reports(done)["gd-step"])
    assert done.returncode == 1
    assert "numbers, and at most 10,000,000 are computed; take smaller sizes" in text


def test_what_a_construction_prints_is_not_in_the_output(tmp_path):
    done = run(bad(tmp_path, "print('noise'); os.write(1, b'noise')"), *QUICK)
    assert reports(done)["bad"]["verdicts"] and "noise" not in done.stdout


def test_a_flood_of_prints_fills_no_disk(tmp_path):
    done = run(bad(tmp_path, "[os.write(1, b'x' * 2**20) for _ in range(10**6)]"), *QUICK)
    assert "OSError: [Errno 27]" in because(reports(done)["bad"])


def test_interrupting_ends_cleanly_and_leaves_no_process(tmp_path):
    mark = tmp_path / "pids"
    body = f"open({str(mark)!r}, 'a').write(f'{{os.getpid()}} '); import time; time.sleep(60)"
    line, settings = command(bad(tmp_path, body), bad(tmp_path, body, "worse.py"), "--jobs", 2)
    with subprocess.Popen(line, stdout=-1, stderr=-1, text=True, start_new_session=True, **settings) as process:
        wait_until(lambda: mark.exists() and len(mark.read_text().split()) == 2)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130 and out == ""
    assert err.endswith("python -m verify: interrupted\n") and "Traceback" not in err
    for pid in map(int, mark.read_text().split()):
        wait_until(lambda pid=pid: not alive(pid))


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_until(true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


def twice(number, say):
    say("doubling")
    return 2 * number


def threads(say):
    import numpy

    a = numpy.ones((300, 300)) @ numpy.ones((300, 300))
    count = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 1
    return [float(a[0, 0]), count, os.environ["OMP_NUM_THREADS"]]


def with_child(path, say):
    """Start a process that outlives its parent, then leave."""
    if (pid := os.fork()) == 0:
        time.sleep(100)
    Path(path).write_text(str(pid))
    os._exit(5)


def silent(call):
    return lambda phrase: None


def test_results_come_back_in_order_and_everything_begun_is_finished():
    begun, finished = [], []

    def begin(call):
        begun.append(call.name)
        return lambda phrase: begun.append(phrase)

    calls = [Call(str(number), twice, (number,)) for number in range(5)]
    assert run_all(calls, Limits(), 2, begin, lambda call: finished.append(call.name)) == [0, 2, 4, 6, 8]
    assert sorted(finished) == ["0", "1", "2", "3", "4"]
    assert begun.count("doubling") == 5


def test_numerical_libraries_have_one_thread():
    before = dict(os.environ)
    ((value, count, asked),) = run_all([Call("threads", threads, ())], Limits(), 1, silent, lambda call: None)
    assert (value, count, asked) == (300.0, 1, "1")
    assert dict(os.environ) == before


def test_a_process_that_a_construction_started_ends_with_it(tmp_path):
    path = tmp_path / "pid"
    start = time.monotonic()
    (result,) = run_all([Call("parent", with_child, (str(path),))], Limits(30), 1, silent, lambda call: None)
    assert isinstance(result, Stopped) and "exit status 5" in result.because
    assert time.monotonic() - start < 25
    wait_until(lambda: not alive(int(path.read_text())))


def garbage(say):
    return [gc.get_freeze_count(), gc.get_threshold()]


def searched(say):
    from hypothesis.internal.conjecture import providers

    return [id(sys.modules[name]) in providers._seen_modules for name in ("verify.judge", "constructions.catalogue")]


def test_the_first_search_was_rehearsed_by_the_server():
    """A worker does not parse the sources of the package again, in which Hypothesis looks for constants."""
    (seen,) = run_all([Call("searched", searched, ())], Limits(), 1, silent, lambda call: None)
    assert seen == [True, True]


def test_a_worker_leaves_what_the_server_imported_to_itself():
    """Collections of garbage are seldom in a worker, and go through its own objects only."""
    ((frozen, thresholds),) = run_all([Call("garbage", garbage, ())], Limits(), 1, silent, lambda call: None)
    assert frozen > 10_000 and tuple(thresholds) == THRESHOLDS
