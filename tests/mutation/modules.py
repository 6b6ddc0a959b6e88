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
        _files("", "judge", "verdict", "plan", "standard", "points", "sides", "built"),
        _tests("verdict", "plan", "judge", "steps", "built"),
    ),
    "domains": ((*_files("", "domains", "limits"),), _tests("domains", "lowered", "plan", "limits", "necessity")),
    "identity": (
        (
            *_files(
                "arithmetic/",
                "degree",
                "flint_matrices",
                "prime_field",
                "primes",
                "residues",
                "factors",
                "program",
                "recorder",
            ),
            *_files("engines/", "trials", "two_points"),
            *_files("methods/", "identity"),
        ),
        _tests("identity"),
    ),
    "padding": (_files("arithmetic/", "sized", "padding", "left_out"), _tests("padding")),
    "blockwise": (
        (
            *_files("methods/", "blockwise", "invariant", "steps"),
            *_files("engines/", "cut_off", "induction", "letters"),
        ),
        _tests("blockwise", "steps", "words_of_verdicts", "invariant"),
    ),
    "kinks": (_files("arithmetic/", "kinks"), _tests("kinks")),
    "symbolic": (
        (
            *_files("methods/", "symbolic"),
            *_files("engines/", "free", "isolated", "counterexample", "shown", "values"),
            *_files("arithmetic/", "polynomial", "terms", "exponents", "symbols", "entries", "opaque"),
        ),
        _tests("values", "symbolic", "kinks", "exponents", "counterexample", "words_of_verdicts", "opaque"),
    ),
    "claims": (
        (
            *_files("methods/", "claims", "near_misses", "exhaustive", "property", "inequality"),
            *_files("", "strategies"),
            *_files("engines/", "source_sizes"),
        ),
        _tests("property", "finite_domains", "words_of_verdicts", "source_sizes"),
    ),
    "all cases": (
        (*_files("arithmetic/", "cases", "all_cases"), *_files("engines/", "all_cases", "any_depth")),
        _tests("all_cases"),
    ),
    "lines": (
        (
            *_files("methods/", "cells", "line"),
            *_files("engines/", "cell_runs", "lines"),
            *_files("arithmetic/", "cell", "line", "idle"),
        ),
        _tests("cells", "line", "words_of_verdicts"),
    ),
    "taylor": (
        _files("arithmetic/", "ball", "taylor", "bernstein", "smooth"),
        _tests("taylor", "balls", "boxes_engines"),
    ),
    "boxes": (
        (
            *_files("methods/", "boxes", "enclosure"),
            *_files("engines/", "box_cases", "box_words", "box_places", "scalings", "traced"),
            *_files("arithmetic/", "boxes", "expressions", "straight_line"),
        ),
        _tests("boxes", "boxes_engines", "words_of_verdicts"),
    ),
    "composition": (
        (
            *_files("methods/", "composition"),
            *_files(
                "engines/",
                "compared",
                "composition",
                "corners",
                "gelu_units",
                "ideal",
                "layer_sums",
                "norm_steps",
                "norm_sums",
            ),
            *_files("engines/", "one_query", "rational_values", "signs", "single_query", "sources", "sum_parts"),
            *_files("arithmetic/", "flint_numbers", "magnitudes", "factored_sums", "terms_of_sums", "quadratic"),
        ),
        _tests("composition", "signs", "paper_bounds", "paper_layers", "words_of_verdicts"),
    ),
    "passes": (
        (
            *_files("methods/", "passes"),
            *_files("engines/", "carried", "passes", "writers", "written_out"),
            *_files("arithmetic/", "exponential_rows", "row_parts", "rows"),
        ),
        _tests("passes", "words_of_verdicts"),
    ),
    "rate": (
        (
            *_files("methods/", "rate"),
            *_files(
                "engines/", "along_path", "ball_ratios", "expansion", "floors", "knob_bounds", "paths", "remainder"
            ),
            *_files("arithmetic/", "series", "germ", "far", "series_functions", "even_parts", "convolution"),
        ),
        _tests("rate", "limits", "far", "even_parts", "words_of_verdicts"),
    ),
    "floating": (
        (
            *_files("methods/", "floating"),
            *_files("engines/", "bit_exact", "local_defect"),
            *_files("arithmetic/", "rounding", "rounding_estimate", "rounding_floor", "error_bounds", "formats"),
            *_files("arithmetic/", "majorant", "torch_floats"),
        ),
        _tests("error_bounds", "floating_claims", "floating", "words_of_verdicts"),
    ),
    "honesty": (
        (
            *_files("methods/", "honesty"),
            *_files("engines/", "bounds", "cautions", "learning", "sharper"),
            *_files(
                "scrutiny/",
                "digging",
                "elsewhere",
                "formulas",
                "fresh",
                "known",
                "origin",
                "place",
                "reading",
                "serving",
                "untouched",
            ),
        ),
        _tests("honesty_refuses", "untouched", "sharper", "honesty"),
    ),
    "digest": (_files("scrutiny/", "digest", "source_text"), _tests("digests", "sublayer_digests", "certificate")),
    "necessity": (
        (
            *_files("methods/", "necessity"),
            *_files("engines/", "derivative_degree", "findings", "generic_points", "label_slot", "leakage", "places"),
            *_files("engines/", "sensitivity"),
            *_files("arithmetic/", "pattern", "pullback", "tape"),
        ),
        _tests("necessity_parts", "necessity_blocks", "necessity"),
    ),
    "resources": (_files("methods/", "resources"), _tests("sublayer_costs")),
    "review": (
        (*_files("", "review"), "constructions/views/theorem/differences.py"),
        _tests("review"),
    ),
    "certificate": (_files("command/", "certificate", "certificate_file"), _tests("certificate_parts", "certificate")),
    "command": (
        (
            *_files("", "__main__", "html", "libraries", "testing"),
            *_files(
                "command/",
                "child",
                "display",
                "loading",
                "options",
                "plain",
                "program",
                "progress",
                "rehearsal",
                "run",
                "starting",
                "tasks",
            ),
            *_files("command/", "text", "workers"),
        ),
        _tests("command_parts", "command_answers", "cli", "libraries", "workers", "testing"),
    ),
}

DRAWINGS = "verify/figures/", "verify/command/figures.py"  # they show what was decided, and decide nothing


def row_of(path: str) -> str:
    """The row that names a module."""
    for row, (modules, _) in ROWS.items():
        if path in modules:
            return row
    raise SystemExit(f"no row of tests/mutation/modules.py names {path!r}; add one, with the tests that concern it")
