"""The weights once more, from a process that has seen nothing: no data, no algorithm, another hash seed, hardly any environment.

One process serves a whole run. It has imported the language and the catalogue and nothing of the user's; for every question it
forks, so that each record is loaded by a process of its own. What a record fixed when its file was executed (a time, a process
id, the order of a set, a count of what happened before) is then fixed anew, and weights that depend on it differ.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from constructions.language import Construction
from verify.scrutiny.origin import origin_of

PATIENCE = 30.0  # seconds for an answer
KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE")
START = "from verify.scrutiny.serving import serve; serve()"


@dataclass(frozen=True)
class Fresh:
    """What a fresh process found: for each size assignment a digest for each choice of parameters, and one of the formulas, or why
    there is nothing.

    `missing` says why no process could be asked, `failed` why the one that was asked has no answer.
    """

    digests: Sequence[Sequence[str]] = ()
    formulas: Sequence[str] = ()
    missing: str = ""
    failed: str = ""


@dataclass(eq=False)
class Server:
    """The process that is asked. It ends when its standard input does, so never later than its parent."""

    folder: str
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        return str(Path(self.folder, "ask"))

    def stop(self) -> None:
        self.process.kill()
        _ = self.process.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)


_address = [""]  # where to ask, once somebody said or a server was started


def use(address: str) -> None:
    """Ask there: another process has started a server for all."""
    _address[0] = address


def started() -> Server:
    """A new server. It answers as soon as it has imported the language."""
    folder = tempfile.mkdtemp(prefix="fresh-")
    line = [sys.executable, "-c", START, str(Path(folder, "ask"))]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    return Server(folder, subprocess.Popen(line, stdin=pipe, stdout=nothing, stderr=nothing, env=_environment()))


def fresh(construction: Construction, sizes: Sequence[Mapping[str, int]]) -> Fresh:
    """The digests of a record's networks at the given sizes, by a fresh process."""
    origin = origin_of(construction)
    if origin is None:
        return Fresh(missing="the record is in no file that a fresh process could load")
    if not (hasattr(os, "fork") and hasattr(socket, "AF_UNIX")):
        return Fresh(missing="this system has no fork")
    question = {"origin": origin, "sizes": [dict(one) for one in sizes], "path": sys.path, "folder": os.getcwd()}
    try:
        answer = json.loads(_asked(json.dumps(question).encode()))
    except (OSError, ValueError) as error:
        return Fresh(failed=f"the fresh process has no answer ({type(error).__name__})")
    return Fresh(**answer)


def _asked(question: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        _connect(connection)
        connection.sendall(question)
        connection.shutdown(socket.SHUT_WR)
        return read_all(connection)


def _connect(connection: socket.socket) -> None:
    """To a server that may still be starting."""
    if not _address[0]:
        server = started()
        _ = atexit.register(server.stop)
        use(server.address)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return connection.connect(_address[0])
        except (FileNotFoundError, ConnectionRefusedError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def read_all(connection: socket.socket) -> bytes:
    """Everything until the other side has said all."""
    parts = []
    while part := connection.recv(2**16):
        parts.append(part)
    return b"".join(parts)


def _environment() -> dict[str, str]:
    """What a program needs to start, and a hash seed that is not this process's."""
    made = {name: os.environ[name] for name in KEPT if name in os.environ}
    made["PYTHONPATH"] = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    made["PYTHONHASHSEED"] = "random"
    with suppress(ValueError):
        made["PYTHONHASHSEED"] = str((int(os.environ.get("PYTHONHASHSEED", "")) + 1) % 2**32)
    return made
