"""`list` and `show`: what they print, and that the letters they print are the weights."""

import inspect
import re
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from constructions import CATALOGUE, get
from constructions.commands.list import cut
from constructions.language import MLP, at
from constructions.language.quantifier import written
from constructions.language.shapes import size_value
from constructions.language.transformer import distinct, forms_of
from constructions.matrix import below, beside, identity, zeros
from constructions.matrix.floating import array_of
from constructions.matrix.formula import formula_of, formula_text, matrix_symbol
from constructions.matrix.inverses import Total
from constructions.matrix.sizes import Size
from constructions.matrix.symbols import Loop
from constructions.matrix.words import Inclusion
from constructions.views.text import counted_from_one
from constructions.views.theorem.blocks import _rows_of
from constructions.views.theorem.letters import symbolic
from constructions.views.theorem.quantifier import quantifier
from constructions.views.theorem.tables import tables
from tests.commands.run import refused, works

NAMES = [construction.name for construction in CATALOGUE]


def file_of(construction):
    return inspect.getsource(sys.modules[written(construction.weights).__module__])


# Compiled programs hold numbers that pick columns and entries, so their weights have no letters.
PROGRAMS = {c.name for c in CATALOGUE if "from constructions.instructions import" in file_of(c)}
LETTERED = [c for c in CATALOGUE if c.name not in PROGRAMS]


def test_list_of_a_source_has_its_numbers_only(capsys):
    rows = works(capsys, "list", "--source", "Akyurek", "--json").data
    assert {"raw-sgd-step", "raw-ridge-step", "mov"} <= {row["name"] for row in rows} and len(rows) < len(CATALOGUE)
    assert all(source.startswith("akyurek2023learning, ") for row in rows for source in row["sources"])
    told = refused(capsys, "list", "--source", "nobody")
    assert "no construction has a source 'nobody'; there is: ahn2023preconditioned" in told


def test_show_numbers_claims_where_there_are_several(capsys):
    shown = works(capsys, "show", "raw-sgd-step").out
    assert "claim 1: " in shown and "raw-sgd-step@NUMBER" in shown
    assert "claim 1" not in works(capsys, "show", "gd-step").out


def test_list_has_one_line_per_construction(capsys):
    lines = works(capsys, "list").out.splitlines()
    assert lines[0].split() == ["tag", "name", "chapter", "title"]
    assert [line.split()[1] for line in lines[1:]] == NAMES
    assert max(map(len, lines)) <= 165
    long = works(capsys, "list", "--long").out.splitlines()
    assert long[0].split() == ["tag", "name", "chapter", "title", "source"]
    assert long[1].endswith("vonoswald2023transformers, Proposition 1 and Appendix A.1")
    rows = works(capsys, "list", "--json").data
    assert [row["name"] for row in rows] == NAMES
    assert rows[0]["chapter"] == "gradient_descent"
    assert rows[0]["sources"]


def test_lines_are_cut_to_the_width_of_a_terminal():
    assert cut("gd-step   One head\ntag", 14) == "gd-step   One…\ntag"
    assert cut("gd-step", 7) == "gd-step"


def test_commands_import_neither_verifier_nor_heavy_libraries():
    code = (
        "import sys\nfrom constructions.__main__ import main\n"
        "assert main(['list']) == 0 and main(['show', 'gd-step']) == 0 and main(['trace', 'gd-step']) == 0\n"
        "heavy = {'verify', 'torch', 'sympy', 'rich', 'matplotlib', 'flint'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_module_runs_as_a_program_and_survives_a_closed_pipe():
    command = f"{sys.executable} -m constructions list | head -c 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "t", "")


def test_value_of_the_one_step_theorem_is_printed_as_in_the_paper(capsys):
    page = works(capsys, "show", "gd-step").out
    assert "\n    value (d_y × d_x+d_y)\n                x        y\n      y   η/n W_0   −η/n I\n" in page
    assert "for all d_x, d_y, n, eta, W_0 there are weights, for all m, X, Y, X_q" in page
    assert "x = X_q[j],  y = −W_0 X_q[j]" in page
    assert "return (W @ X.T - Y.T) @ X / X.shape[0]" in page
    assert "query-is-a-key: the query attends to itself" in page


def test_stacked_values_keep_their_blocks_apart(capsys):
    page = works(capsys, "show", "gd-plus-plus").out
    assert "\n      x   −γ[l] I           ·\n      y         ·   −η[l]/n I\n" in page
    assert "\nLayers l = 1, …, steps: linear attention" in page
    page = works(capsys, "show", "linear-attention-recursion").out
    assert "\n      x   P[1][1][x,x]   P[1][1][x,y]\n      y   P[1][1][y,x]   P[1][1][y,y]\n" in page
    assert "\nLayer 2: linear attention, 3 heads" in page
    assert "P[2][3][x,x]" in page


def test_indices_are_counted_from_one_on_pages():
    assert counted_from_one("P[0][2] η[0:2] A[l] P[1:3,:] I/n [0  1] [[1  0]; 0]") == (
        "P[1][3] η[1:2] A[l] P[2:3,:] I/n [0  1] [[1  0]; 0]"
    )


def test_layers_are_numbered_through(capsys):
    page = works(capsys, "show", "gd-interleaved").out
    assert "\nLayer 1: linear attention" in page
    assert "\nLayers 2, …, steps+1, one for each l = 1, …, steps: linear attention" in page
    assert "\n    token 1: x = X[i],  y = 0\n    token 2: y = Y[i],  x = 0\n" in page
    page = works(capsys, "show", "gd-interleaved", "--sizes", "steps=2").out
    assert [line.split(":")[0] for line in page.splitlines() if line.startswith("Layer")] == [
        "Layer 1",
        "Layer 2",
        "Layer 3",
    ]
    page = works(capsys, "show", "gd-looped").out
    assert "\nLayers 1, …, steps, all with the same weights: " in page


def test_what_normalises_itself_is_not_said_to_have_no_normaliser(capsys):
    page = works(capsys, "show", "induction-head").out
    assert re.search(r"softmax attention, 1 head, mask: [a-z ]+, skip: residual\n", page)
    assert "normaliser: none" not in page
    assert "normaliser: none" in works(capsys, "show", "gd-step").out


@pytest.mark.parametrize("name", NAMES)
def test_the_title_is_printed_once(capsys, name):
    lines = works(capsys, "show", name).out.splitlines()
    assert lines[1] == get(name).title
    assert lines[2] == ""
    assert lines[3].startswith("**Statement.**")


@pytest.mark.parametrize("word", ["icl-0003", "ICL-0003", "GD-Looped"])
def test_names_and_tags_may_be_written_in_any_case(capsys, word):
    assert works(capsys, "show", word).out.startswith("gd-looped  ICL-0003\n")


def test_formulas_multiply_block_by_block():
    p, q = Size.named("p"), Size.named("q")
    A, B = matrix_symbol("A", p, p), matrix_symbol("B", q, p)
    assert formula_text(below(A, B)) == "[A; B]"
    assert formula_text(below(A, B).T) == "[Aᵀ  Bᵀ]"
    assert formula_text(below(A, B).T @ below(A, B)) == "Aᵀ A + Bᵀ B"
    assert formula_text(below(A, 0 * B) @ A) == "[A A; 0]"
    assert formula_text(identity(p + q) - beside(below(A, B), zeros(p + q, q))) == "[[I − A  0]; [−B  I]]"
    assert formula_text(matrix_symbol("P", 3, 4)[0:2, 1:3]) == "P[0:2,1:3]"
    assert formula_text(matrix_symbol("eta", 3, 1)[[0, 2]]) == "η[[0, 2]]"
    assert formula_text(matrix_symbol("P", 3, 4).T[1:3, 0]) == "P[0,1:3]ᵀ"


@pytest.mark.parametrize("name", NAMES)
def test_every_construction_is_shown_in_letters(capsys, name):
    page = works(capsys, "show", name).out
    assert "ι" not in page
    if name not in PROGRAMS:
        assert "numbers]" not in page
        assert "default parameters" not in page
    for section in (
        "Quantifiers",
        "Stream",
        "Prompt",
        "Layer",
        "Readout",
        "Algorithm",
        "Near misses",
        "Resources",
        "Sources",
    ):
        assert f"\n{section}" in page
    record = works(capsys, "show", name, "--json").data
    first = record["layers"][0]
    assert (first["sublayers"][0] if first["kind"] == "block" else first)["tables"]
    assert record["statement"] == get(name).statement


def test_uniformity_is_read_off_the_signature():
    assert quantifier(get("gd-preconditioned"))[1] == "one network for every context length"
    assert quantifier(get("linear-attention-recursion"))[0] == (
        "for all d_x, steps, heads, P, Q there are weights, for all n, m, X, Y, X_q"
    )
    asked = {"gd-step": "n", "markov-k": "n + 1", "subleq": "2^L"}
    for name, length in asked.items():
        assert quantifier(get(name))[1] == f"one network for each context length: the weights ask for {length}"


def test_sizes_and_numbers(capsys):
    assert "value (d_y × 3+d_y)" in works(capsys, "show", "gd-step", "--sizes", "d_x=3").out.replace("d_y+3", "3+d_y")
    page = works(
        capsys, "show", "gd-step", "--numbers", "--set", "d_y=1", "--set", "eta=1/2", "--set", 'W_0=[[1,0,"1/3"]]'
    ).out
    assert re.search(r"y +0\.1 +· +0\.03333 +−0\.1\n", page)


def test_bad_words_for_show(capsys):
    assert "no construction is called 'gd-stp'; did you mean gd-step" in refused(capsys, "show", "gd-stp")
    assert "did you mean d_x" in refused(capsys, "show", "gd-step", "--sizes", "dx=3")
    assert "expected NAME=VALUE, e.g. d_x=3\n" in refused(capsys, "show", "gd-step", "--sizes", "d_x")
    assert "the size d_x must be a whole number ≥ 1, got '0'" in refused(capsys, "show", "gd-step", "--sizes", "d_x=0")
    assert "--sizes takes sizes, and eta=1 is a parameter" in refused(capsys, "show", "gd-step", "--sizes", "eta=1")
    assert "add --numbers" in refused(capsys, "show", "gd-step", "--set", "eta=1")
    assert "linear-attention-recursion needs P, Q" in refused(capsys, "show", "linear-attention-recursion", "--numbers")


# The printed letters agree with the dense weights: every formula, evaluated at numbers, is the matrix that runs.


def value_of(name, values):
    if name.startswith("["):  # a constant, printed as its rows
        return np.array([[float(Fraction(entry)) for entry in row.split()] for row in name[1:-1].split(";")])
    if ones := re.match(r"1\((.+)×(.+)\)$", name):  # of a size that is a symbol
        return np.ones([size_value(size, values) for size in ones.groups()])
    stem, indices = re.match(r"([^\[]*)((?:\[(?:\d+|l)\])*)$", name).groups()
    value = values[stem]
    for index in re.findall(r"\[(\d+|l)\]", indices):
        value = value[values["l"] if index == "l" else int(index)]
    return np.atleast_2d(value)


def word_value(name, flipped, values):
    if isinstance(name, Inclusion):
        sizes = [number(size, values) for size in name.sizes]
        start = sum(sizes[: name.number])
        matrix = np.eye(sum(sizes))[:, start : start + sizes[name.number]]
    elif name.startswith("shift("):
        matrix = None
    else:
        matrix = value_of(name, values)
    return matrix if matrix is None or not flipped else matrix.T


def number(size, values):
    if not isinstance(size, Size):
        return size
    return int(sum(c * np.prod([values[name] for name in names], initial=1) for names, c in size.terms.items()))


def word_product(word, rows, values):
    product = None
    for name, flipped in word:
        matrix = word_value(name, flipped, values)
        if matrix is None:
            by = int(re.match(r"shift\((-?\d+)\)", name)[1])
            matrix = np.eye(rows if product is None else product.shape[1], k=-by if flipped else by)
        product = matrix if product is None else product @ matrix
    return product


def scalar_value(name, values):
    if isinstance(name, Total):
        return float(evaluate(name.formula, values).item())
    matrix = word_product(name.word, 1, values) if isinstance(name, Loop) else value_of(name, values)
    return float(matrix.item())


def evaluate(formula, values):
    rows, columns = number(formula.rows, values), number(formula.columns, values)
    total = np.zeros((rows, columns))
    for (monomial, word), c in formula.terms.items():
        factor = float(c) * np.prod([scalar_value(name, values) ** k for name, k in monomial], initial=1.0)
        product = word_product(word, rows, values)
        total = total + factor * (np.eye(rows, columns) if product is None else product)
    return total


def random_parameters(construction, seed=0):
    draw = np.random.default_rng(seed)
    shapes = {name: [size_value(s, construction.sizes) for s in p.shape] for name, p in construction.parameters.items()}
    return {name: draw.integers(1, 9, shape).tolist() for name, shape in shapes.items()}


def floats_of(value):
    return tuple(map(floats_of, value)) if isinstance(value, tuple) else array_of(value)


def pairs_of_layers(construction):
    """Every layer in letters with the dense layers that it stands for, and the letters' values in each."""
    shown = symbolic(construction, {})
    assert not shown.note
    numeric = at(construction, {}, random_parameters(construction))
    values = {**numeric.sizes, **{name: floats_of(value) for name, value in numeric.parameters.items()}}
    for letters, numbers in zip(shown.instance.network.layers, numeric.network.layers, strict=True):
        forms, dense = distinct(letters), distinct(numbers)
        assert len(forms) in (1, len(dense))
        for l, layer in enumerate(dense):
            yield forms[l if len(forms) == len(dense) else 0], layer, values | {"l": l}


@pytest.mark.parametrize("construction", LETTERED, ids=lambda c: c.name)
def test_printed_letters_are_the_weights(construction):
    count, layers = 0, 0
    for letters, numbers, values in pairs_of_layers(construction):
        layers += 1
        for form, dense in zip(forms_of(letters), forms_of(numbers), strict=True):
            for name, block in form.blocks.items():
                assert np.allclose(evaluate(formula_of(block), values), array_of(dense.blocks[name]), rtol=1e-12), name
                count += 1
    assert count >= 3 * layers
    assert layers == sum(
        len(distinct(layer)) for layer in at(construction, {}, random_parameters(construction)).network.layers
    )


def test_the_letters_of_a_stack_are_the_weights_of_every_layer():
    checked = {values["l"] for _, _, values in pairs_of_layers(get("gd-plus-plus"))}
    assert checked == set(range(get("gd-plus-plus").sizes["steps"]))
    letters, numbers, values = list(pairs_of_layers(get("gd-plus-plus")))[-1]
    (form, *_), (dense, *_) = ([f for f in forms_of(layer) if len(f.blocks) == 2] for layer in (letters, numbers))
    name = next(iter(form.blocks))
    assert not np.allclose(evaluate(formula_of(form.blocks[name]), values | {"l": 0}), array_of(dense.blocks[name]))


@pytest.mark.parametrize("construction", LETTERED, ids=lambda c: c.name)
def test_block_rows_are_the_cuts_of_the_blocks(construction):
    for layer, _, values in pairs_of_layers(construction):
        for head, made in zip(
            getattr(layer, "heads", () if isinstance(layer, MLP) else (layer,)), tables(layer, []), strict=False
        ):
            for (_, form), printed in zip(head.forms.items(), made.blocks, strict=True):
                for block in form.blocks.values():
                    rows = _rows_of(formula_of(block), form, [r.replace("φ", "phi") for r in printed.rows])
                    if rows is not None and formula_of(block).terms:
                        whole = np.vstack([evaluate(row, values) for row in rows])
                        assert np.allclose(whole, evaluate(formula_of(block), values))
