"""`python -m verify`: judge constructions and print verdicts."""

from __future__ import annotations

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
    raise SystemExit(main())
