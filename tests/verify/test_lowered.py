"""Limits of a process are lowered, each as it is told, and never raised."""

import subprocess
import sys

LOWERED = """
from resource import RLIM_INFINITY, RLIMIT_CPU, getrlimit
from verify.limits import lowered

_, most = getrlimit(RLIMIT_CPU)
seen = []
for soft, hard in ((50, 70), (40, None), (60, 90), (30, 90)):
    lowered(RLIMIT_CPU, soft, hard)
    seen.append(getrlimit(RLIMIT_CPU))
assert most == RLIM_INFINITY or most > 70, most
print(seen)
"""


def test_a_limit_is_lowered_and_never_raised():
    """50 seconds and 70 at most; 40 for both; what then asks for more gets no more, and 30 with 90 at most is 30."""
    done = subprocess.run([sys.executable, "-c", LOWERED], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[(50, 70), (40, 40), (40, 40), (30, 40)]"
