"""Where only numpy is installed, the verifier says what it needs and how to get it."""

import importlib.util

import pytest

import verify
from constructions.interop import MissingLibrary
from verify.__main__ import main
from verify.libraries import LIBRARIES


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_missing_library_is_named_with_the_command_that_installs_it(library, monkeypatch, capsys):
    found = importlib.util.find_spec
    monkeypatch.setattr("constructions.interop.find_spec", lambda name: None if name == library else found(name))
    assert main(["gd-step"]) == 2
    told = f'the verifier needs {library}, which is not installed: python -m pip install "icl-constructions[verify]"'
    assert capsys.readouterr().err == f"python -m verify: {told}\n"
    with pytest.raises(MissingLibrary, match=library):
        verify.__getattr__("Report")
