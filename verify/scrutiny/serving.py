"""Inside the fresh process: it waits for questions, and forks for each, so that no record meets what another one did."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from constructions.digest import sha256
from constructions.language import build
from constructions.loading import CannotLoad
from verify.limits import Limits, lowered
from verify.scrutiny import fresh
from verify.scrutiny.digest import fingerprint
from verify.scrutiny.formulas import formulas
from verify.scrutiny.origin import loaded_from
from verify.scrutiny.place import FOREIGN, told
from verify.standard import parameter_choices

LIMITS = Limits(seconds=20.0)


def serve() -> None:
    """Until standard input ends: the parent holds its other end."""
    _ = signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(sys.argv[1])
        listener.listen(64)
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in ready:
                return shutil.rmtree(Path(sys.argv[1]).parent, ignore_errors=True)
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _answer(connection)
            connection.close()


def _answer(connection: socket.socket) -> None:
    """One question in this process, which ends with it."""
    try:
        _limit()
        question = json.loads(fresh.read_all(connection))
        connection.sendall(json.dumps(answered(question)).encode())
    finally:
        os._exit(0)


def _limit() -> None:
    import resource

    _ = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _ = signal.alarm(int(LIMITS.seconds))
    lowered(resource.RLIMIT_AS, LIMITS.mebibytes << 20)
    lowered(resource.RLIMIT_CPU, int(LIMITS.seconds))
    _ = os.dup2(os.open(os.devnull, os.O_RDONLY), 0)


def answered(question: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `Fresh`."""
    sys.path[:] = question["path"]
    os.chdir(question["folder"])
    try:
        record = loaded_from(question["origin"])
    except (CannotLoad, LookupError) as reason:
        return {"failed": f"the fresh process could not load the record: {reason}"}
    try:
        digests = [list(_digests(record, sizes)) for sizes in question["sizes"]]
        return {"digests": digests, "formulas": [formulas(record, sizes) for sizes in question["sizes"]]}
    except MemoryError:
        raise
    except FOREIGN as error:
        return {"failed": f"in a fresh process the record raised {told(error)}"}


def _digests(record: Any, sizes: Mapping[str, int]) -> Iterator[str]:
    """A digest for every choice of parameters, or what was raised."""
    for parameters in list(parameter_choices(record, sizes)) or [{}]:
        try:
            yield sha256(fingerprint(build(record, sizes, parameters)))
        except MemoryError:
            raise
        except FOREIGN as error:
            yield told(error)
