"""Parts of certificates: names of files, versions, requests, and fields that are there on one side only."""

import json
import os
from pathlib import Path

import pytest

from verify.command import certificate, certificate_file
from verify.command.certificate import differences, edited, own_version, shown
from verify.command.certificate_file import NoCertificate, check_place, read


def test_a_field_that_says_absent_is_there():
    """It agreed with a field that no run writes."""
    assert [*differences({"a": 1, "more": "(absent)"}, {"a": 1})] == [("more", "(absent)", "(absent)")]
    assert [*differences({"a": 1}, {"a": 1, "more": "(absent)"})] == [("more", "(absent)", "(absent)")]
    assert [*differences({"informative": 1}, {})] == []


def test_lists_of_other_lengths_differ_as_a_whole():
    assert [*differences({"a": [1, 2]}, {"a": [1]})] == [("a", [1, 2], [1])]
    assert [*differences([1], {"a": 1})] == [("", [1], {"a": 1})]


def test_names_of_files_say_nothing_of_the_machine(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shown("inner/mine.py") == "inner/mine.py" and shown("gd-step") == "gd-step"
    assert shown(str(tmp_path / "inner" / "mine.py")) == "inner/mine.py"
    assert shown(str(tmp_path.parent / "elsewhere" / "mine.py")) == "mine.py"


def test_the_version_is_read_from_the_source_that_runs(monkeypatch):
    """An installed package of the same name may be another one."""
    monkeypatch.setattr(certificate, "version_of", lambda name: "installed")
    assert own_version()[:1].isdigit()
    monkeypatch.setattr(certificate, "__file__", "/nowhere/verify/command/certificate.py")
    assert own_version() == "installed"


def request(**fields):
    return {"what": ["gd-step"], "sizes": {}, "methods": [], "seed": 0, **fields}


def stored(folder, asked):
    path = folder / "c.json"
    path.write_text(json.dumps({"schema": certificate.SCHEMA, "request": asked}), encoding="utf-8")
    return path


def test_a_request_is_read_as_it_was_made(tmp_path):
    _, words, asked = read(stored(tmp_path, request(sizes={"n": 1}, methods=["float"], seed=7)))
    assert words == ["gd-step"] and (asked.sizes, asked.methods, asked.seed) == ({"n": 1}, ("float",), 7)


@pytest.mark.parametrize(
    "fields",
    [
        *({"sizes": sizes} for sizes in ({"n": 0}, {"n": -1}, [1])),
        *({"what": what} for what in ([1], {}, None)),
        *({"methods": [None]}, {"seed": True}, {"seed": "0"}),
    ],
)
def test_what_no_run_asks_is_refused(tmp_path, fields):
    with pytest.raises(NoCertificate, match=f"its field request.{next(iter(fields))} is"):
        _ = read(stored(tmp_path, request(**fields)))


def test_every_edit_of_a_request_is_seen():
    asked = request()
    whole = {"request": {**asked, "sha256": certificate.sha256(asked)}}
    assert not edited(whole)
    for change in ({"seed": 1}, {"what": []}, {"more": 0}, {"sha256": "0" * 64}):
        assert edited({"request": {**whole["request"], **change}})
    assert edited({"request": asked})


def test_a_file_of_the_largest_size_is_read(tmp_path, monkeypatch):
    path = stored(tmp_path, request())
    monkeypatch.setattr(certificate_file, "LARGEST", path.stat().st_size)
    assert read(path)[1] == ["gd-step"]
    monkeypatch.setattr(certificate_file, "LARGEST", path.stat().st_size - 1)
    with pytest.raises(NoCertificate, match=r"it has 0 MiB, and none has more than 0$"):
        _ = read(path)


def test_a_place_that_may_not_be_written_is_refused_before_the_work(tmp_path, monkeypatch):
    check_place(tmp_path / "new.json")
    (tmp_path / "old.json").write_text("{}")
    check_place(tmp_path / "old.json")
    monkeypatch.setattr(os, "access", lambda folder, mode: Path(folder) != tmp_path)
    with pytest.raises(NoCertificate, match="permission denied"):
        check_place(tmp_path / "new.json")


def test_a_disk_that_is_full_is_told_and_nothing_is_left(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoCertificate, match=r"cannot write c\.json: No space left on device"):
        certificate_file.write(tmp_path / "c.json", {"a": 1})
    assert [*tmp_path.iterdir()] == []
