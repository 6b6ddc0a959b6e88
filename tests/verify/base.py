"""Running the command as users do, and theorem files that misbehave."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

TRUE = """\
from tests.controls import base
from dataclasses import replace
MINE = replace(base.TRUE, name="mine")
"""

BAD = """\
from tests.controls import base
from dataclasses import replace
import os, ctypes, sys

def weights(d_x, d_y, n, eta):
    {body}
    return base.weights(d_x, d_y, n, eta)

BAD = replace(base.TRUE, name="{record}", weights=weights)
"""


def command(*words, cwd=ROOT, **environment):
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **environment}
    env = {name: value for name, value in env.items() if value is not None}
    return [sys.executable, "-m", "verify", *map(str, words)], {"cwd": cwd, "env": env}


def run(*words, **options):
    line, settings = command(*words, **options)
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120, **settings)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def bad(folder, body, name="bad.py", record="bad"):
    path = folder / name
    path.write_text(BAD.format(body=body, record=record), encoding="utf-8")
    return path


def true(folder, name="mine.py"):
    path = folder / name
    path.write_text(TRUE, encoding="utf-8")
    return path


def reports(done):
    return {report["name"]: report for report in json.loads(done.stdout)}
