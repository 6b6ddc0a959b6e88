"""Which tests concern which module, for `python -m tests.mutation`: narrow, so that one module takes minutes.

A row is (modules, tests). The tests of a row run once, watched, and every mutant gets those that reach its lines.
"""

VERIFY, LANGUAGE = "tests/verify/test_", "tests/language/test_"


def _tests(*names: str) -> tuple[str, ...]:
    return tuple(f"{VERIFY}{name}.py" for name in names)


def _language(*names: str) -> tuple[str, ...]:
    return tuple(f"{LANGUAGE}{name}.py" for name in names)


def _files(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"verify/{folder}{name}.py" for name in names)


BY_HAND = (
    "forward_by_hand",
    "sublayers_by_hand",
    "against_torch",
    "sublayers_against_torch",
    "quantifier",
    "bad_sublayers",
)

ROWS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "forward": (("constructions/language/forward.py",), _language(*BY_HAND)),
    "judge": (
        _files("", "judge", "verdict", "plan", "standard", "points"),
        _tests("verdict", "plan", "judge"),
    ),
    "identity": (
        (
            *_files("arithmetic/", "degree", "prime_field", "residues", "factors", "program", "recorder"),
            *_files("engines/", "trials", "two_points"),
            *_files("methods/", "identity"),
        ),
        _tests("identity"),
    ),
    "padding": (_files("arithmetic/", "sized", "padding", "left_out"), _tests("padding")),
    "blockwise": (
        (*_files("methods/", "blockwise", "invariant"), *_files("engines/", "cut_off", "induction")),
        _tests("blockwise", "invariant"),
    ),
    "kinks": (_files("arithmetic/", "kinks"), _tests("kinks")),
    "symbolic": (_files("methods/", "symbolic"), _tests("symbolic", "kinks")),
    "lines": (_files("methods/", "cells", "line"), _tests("cells", "line")),
    "taylor": (_files("arithmetic/", "ball", "taylor", "bernstein"), _tests("taylor", "boxes_engines")),
    "boxes": (
        (*_files("methods/", "boxes", "enclosure"), *_files("engines/", "composition")),
        _tests("boxes", "boxes_engines"),
    ),
    "rate": ((*_files("methods/", "rate"), *_files("engines/", "remainder", "expansion")), _tests("rate", "limits")),
    "floating": (_files("methods/", "floating"), _tests("floating")),
    "honesty": (
        (
            *_files("methods/", "honesty"),
            *_files("scrutiny/", "digging", "fresh", "origin", "reading", "serving", "source_text"),
        ),
        _tests("honesty"),
    ),
    "digest": (_files("scrutiny/", "digest"), _tests("sublayer_digests", "certificate")),
    "necessity": (_files("methods/", "necessity"), _tests("necessity_blocks", "necessity")),
    "resources": (_files("methods/", "resources"), _tests("sublayer_costs")),
    "review": (
        (*_files("", "review"), "constructions/commands/show/differences.py"),
        _tests("review"),
    ),
    "certificate": (_files("command/", "certificate", "certificate_file"), _tests("certificate")),
}


def row_of(path: str) -> str:
    """The row that names a module."""
    for row, (modules, _) in ROWS.items():
        if path in modules:
            return row
    raise SystemExit(f"no row of tests/mutation/modules.py names {path!r}; add one, with the tests that concern it")
