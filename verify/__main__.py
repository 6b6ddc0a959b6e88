"""`python -m verify`: judge constructions and print verdicts."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

from constructions.interop import MissingLibrary
from verify import libraries


def main(argv: Sequence[str] | None = None) -> int:
    try:
        libraries.require()
    except MissingLibrary as error:
        print(f"python -m verify: {error.args[0]}", file=sys.stderr)
        return 2
    from verify.command import program

    return program.main(argv)


if __name__ == "__main__":
    _ = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that workers do not outlive it
    raise SystemExit(main())
