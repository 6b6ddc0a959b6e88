"""The signature is the quantifier, and a record that states no theorem is refused: every sentence is matched."""

import re
from functools import partial

import pytest

from constructions.commands.options import whole_or_fraction
from constructions.language import (
    Attention,
    BadConstruction,
    BadNetwork,
    Construction,
    Equal,
    ForwardClosed,
    Head,
    Invariant,
    Limit,
    NearMiss,
    Parameter,
    Prompt,
    Reading,
    Readout,
    Step,
    Stream,
    Token,
    Transformer,
    UnknownName,
    Within,
    Write,
    WrongQuantifier,
    at,
)
from constructions.language.prompt import Item
from constructions.language.quantifier import names_of
from constructions.matrix import MatrixError, ShapeMismatch, exact, identity
from constructions.matrix.rational import fractions_of
from tests.language.small import BARE, bare, data_of, nothing


def wants_data(d_x, d_y, X):
    return nothing(d_x, d_y)


def wants_everything(*sizes):
    return nothing(*sizes)


def wants_keywords(**sizes):
    return nothing(**sizes)


def misspelt(d_x, d_z):
    return nothing(d_x, d_z)


def with_variant(d_x, d_y, *, scale=1):
    return nothing(d_x, scale * d_y)


def keyword_without_default(d_x, *, d_y):
    return nothing(d_x, d_y)


PEEK = "asks for X, which is data. A theorem says that there are weights such that for all data the network equals"


@pytest.mark.parametrize(
    ("fields", "error", "sentence"),
    [
        ({"weights": wants_data}, WrongQuantifier, f"weights of bare {PEEK}"),
        ({"weights": wants_data}, WrongQuantifier, "may depend on d_x, d_y, n, m only. Let the prompt carry X."),
        ({"weights": partial(wants_data, d_x=2)}, WrongQuantifier, PEEK),
        ({"weights": lambda X: None}, WrongQuantifier, PEEK),
        ({"claims": (Within(lambda X: 1),)}, WrongQuantifier, f"bound of bare {PEEK}"),
        ({"near_misses": {"peek": NearMiss("it peeks", weights=wants_data)}}, WrongQuantifier, PEEK),
        ({"weights": wants_everything}, UnknownName, "wants_everything takes *sizes: name what it asks for"),
        ({"weights": wants_keywords}, UnknownName, "wants_keywords takes *sizes"),
        ({"weights": misspelt}, UnknownName, "weights of bare asks for 'd_z', which is not declared; did you mean"),
        ({"prompt": lambda X, Z: None}, UnknownName, "prompt of bare asks for 'Z', which is not declared"),
        ({"algorithm": lambda W_0: None}, UnknownName, "algorithm of bare asks for 'W_0', which is not declared"),
        (
            {"name": "Bare Record"},
            BadConstruction,
            "'Bare Record' is no name: use lower case words joined by hyphens, e.g. gd-step",
        ),
        ({"claims": ()}, BadConstruction, "bare claims nothing; give it claims=(Equal(),)"),
        ({"data": {}}, BadConstruction, "bare has no data, so nothing is learned in context"),
        ({"parameters": {"n": Parameter()}}, BadConstruction, "n is declared twice, as size, parameter or data"),
        ({"data": {"X": ("N", "d_x")}}, UnknownName, "bare: shape ('N', 'd_x') names the size 'N'"),
        ({"parameters": {"W": Parameter(("d_y", "d_z"))}}, UnknownName, "names the size 'd_z'; did you mean"),
        ({"accept": "proved"}, BadConstruction, "accept is '' or 'tested', not 'proved'"),
        ({"claims": (Limit({"beta": -1}),)}, UnknownName, "bare: the limit names the knob 'beta'"),
        (
            {"near_misses": {"a": NearMiss("why", weigths=nothing)}},
            UnknownName,
            "bare: the near miss a changes 'weigths', which is no field of the record, and its weights do not take it; did you "
            "mean weights?",
        ),
        (
            {"claims": (Equal(replaces={"promt": None}),)},
            UnknownName,
            "bare: the claim 'network = algorithm' changes 'promt', which is no field of the record, and its weights do not",
        ),
        (
            {"steps": (Step("s", Reading("y", 0, "query"), lambda Z: Z),)},
            UnknownName,
            "proof step of bare asks for 'Z'",
        ),
        (
            {"invariant": Invariant(start=lambda: 0, step=lambda W, k: W, holds={})},
            UnknownName,
            "invariant of bare asks for 'k', which is not declared",
        ),
        ({"sizes": {**BARE.sizes, "n": 0}}, BadConstruction, "the size n must be a whole number ≥ 1, got 0"),
        ({"sizes": {**BARE.sizes, "n": 2.5}}, BadConstruction, "the size n must be a whole number ≥ 1, got 2.5"),
        ({"domain": {"X": "one-hot row"}}, UnknownName, "bare: 'one-hot row' is no domain; did you mean one-hot rows"),
        ({"domain": {"Z": "real"}}, UnknownName, "bare: the domain is given for 'Z', which is no data"),
    ],
)
def test_a_record_that_states_no_theorem(fields, error, sentence):
    with pytest.raises(error, match=re.escape(sentence)):
        bare(**fields)


def test_a_near_miss_that_replaces_nothing():
    with pytest.raises(
        BadConstruction, match=re.escape("the near miss 'why' replaces nothing; give it a field, e.g. weights=…")
    ):
        NearMiss("why")


def test_keyword_only_arguments_with_a_default_are_variants():
    assert names_of(with_variant) == ("d_x", "d_y")
    assert names_of(partial(with_variant, scale=3)) == ("d_x", "d_y")
    assert names_of(keyword_without_default) == ("d_x", "d_y")
    assert names_of(partial(nothing, d_y=1)) == ("d_x",)
    assert at(bare(weights=partial(with_variant, scale=1))).network.stream.width == 3
    with pytest.raises(WrongQuantifier):
        bare(weights=lambda d_x, *, X: None)  # keyword-only without a default is asked for all the same


def test_a_variant_replaces_and_keeps_the_rest():
    near = NearMiss("another query", prompt=lambda X, Y, X_q: Prompt((Token(x=X, y=Y),), (Token(x=-X_q),)))
    record = bare(
        near_misses={"a": near},
        claims=(Equal(), Equal("other", replaces={"weights": with_variant})),
        resources={"layers": "0"},
    )
    variant = record.variant(near)
    assert variant.prompt is near.replaces["prompt"] and variant.weights is nothing
    assert (
        not variant.near_misses
        and not variant.resources
        and [c.text for c in variant.claims] == ["network = algorithm"]
    )
    assert record.variant(record.claims[0]) is record
    assert record.variant(record.claims[1]).weights is with_variant


def test_numbers_as_typed():
    assert [whole_or_fraction(text) for text in ("3", "1/20", "0.05")] == [
        3,
        exact_fraction("1/20"),
        exact_fraction("1/20"),
    ]


def exact_fraction(text):
    return fractions_of(exact(text))[0][0]


# ---- builders


def prompt_of(**tokens):
    return lambda X, Y, X_q: Prompt((Token(**{k: v(X, Y, X_q) for k, v in tokens.items()}),), (Token(x=X_q),))


FOREIGN = Item("a made-up item", {"X": 2, "X_q": 2, "1": 1}, "n")


@pytest.mark.parametrize(
    ("fields", "error", "sentence"),
    [
        ({"weights": lambda d_x: None}, BadConstruction, "weights of bare returned NoneType, expected Transformer"),
        ({"prompt": lambda X: [X]}, BadConstruction, "prompt of bare returned list, expected Prompt"),
        ({"readout": lambda y: y}, BadConstruction, "readout of bare returned Form, expected Readout"),
        ({"readout": lambda z: Readout(z, "query")}, UnknownName, "the readout of bare asks for 'z'"),
        ({"readout": lambda X: Readout(X, "query")}, UnknownName, "the readout of bare asks for 'X'"),
        (
            {"prompt": prompt_of(x=lambda X, Y, X_q: X, z=lambda X, Y, X_q: Y)},
            UnknownName,
            "bare: a token fills the register 'z'",
        ),
        (
            {"prompt": prompt_of(x=lambda X, Y, X_q: Y)},
            ShapeMismatch,
            "the token's register x has width 2, but gets a value of width 1",
        ),
        (
            {"prompt": prompt_of(y=lambda X, Y, X_q: X)},
            ShapeMismatch,
            "the token's register y has width 1, but gets a value of width 2",
        ),
        (
            {"prompt": prompt_of(x=lambda X, Y, X_q: X_q, y=lambda X, Y, X_q: Y)},
            BadNetwork,
            "bare: the tokens of one item hold data of different items (X_q and Y)",
        ),
        (
            {"prompt": prompt_of(x=lambda X, Y, X_q: X + X_q)},
            ShapeMismatch,
            "cannot add a form on item of n (reads X) to one on item of m (reads X_q)",
        ),
        (
            {"prompt": prompt_of(x=lambda X, Y, X_q: X * Y)},
            ShapeMismatch,
            "cannot multiply two forms (X and Y): a form is linear",
        ),
        (
            {"prompt": lambda: Prompt((Token(y=1),))},
            BadNetwork,
            "bare: tokens must carry data; name the data in the signature of prompt",
        ),
        ({"prompt": lambda: Prompt((Token(x=Stream(x=2)["x"]),))}, BadNetwork, "bare: tokens must carry data"),
        (
            {"prompt": lambda: Prompt((Token(x=FOREIGN["X_q"]),))},
            BadNetwork,
            "bare: a token reads an item that the record does not declare",
        ),
        (
            {"prompt": lambda X: Prompt((Token(x=X),), positions=(("p", "index"),))},
            UnknownName,
            "position code 'index' for register 'p'",
        ),
        (
            {"prompt": lambda X: Prompt((Token(x=X),), positions=(("y", "indx"),))},
            UnknownName,
            "position code 'indx' for register 'y'; did you mean index?",
        ),
        (
            {"prompt": lambda X: Prompt((Token(x=X),), positions=(("y", "index"), ("y", "index")))},
            BadNetwork,
            "gives a register two position codes",
        ),
        (
            {"sizes": {**BARE.sizes, "y": 1}},
            BadConstruction,
            "the readout of bare asks for 'y', both a register and a size or parameter",
        ),
    ],
)
def test_builders_that_do_not_fit(fields, error, sentence):
    with pytest.raises(error, match=re.escape(sentence)):
        at(bare(**fields))


def test_a_token_holds_constants_and_forms_of_its_own_item():
    record = bare(
        parameters={"c": Parameter(default=7)},
        prompt=lambda X, Y, X_q, c: Prompt((Token(x=[1, 2], y=c - 2 * Y),), (Token(x=X_q + exact([1, 1]), y=c),)),
        readout=lambda x, y: Readout(exact([[1, 0]]) @ x - y, at="everything"),
    )
    run = at(record, {"n": 2, "m": 1}).run(data_of([[0, 0]] * 2, [[1], [3]], [[4, 5]]))
    assert fractions_of(run.read("x", "everything")) == [[1, 2], [1, 2], [5, 6]]
    assert fractions_of(run.read("y", "everything")) == [[5], [1], [7]]
    assert fractions_of(run.answer) == [[-4], [0], [-2]]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (
            lambda x, y: Head(x, y, x, x),
            "query has width 2 (reads x) but key has width 1 (reads y); they must be equal",
        ),
        (
            lambda x, y: Head(x, x, x, y),
            "value has width 2 (reads x) but into has width 1 (reads y); they must be equal",
        ),
        (lambda x, y: Write(x, y), "value has width 2 (reads x) but into has width 1 (reads y)"),
        (
            lambda x, y: Transformer(Stream(x=2, y=1), (Attention((Head(x, x, y, y),), "linear", "context"),)),
            "a layer reads x of another stream than the transformer's own",
        ),
    ],
)
def test_parts_that_do_not_fit(make, sentence):
    with pytest.raises(BadNetwork, match=re.escape(sentence)):
        make(*Stream(x=2, y=1))


# ---- the forward pass is closed while an algorithm runs


def test_an_algorithm_may_not_run_the_network():
    from constructions.language import forward as page

    data = data_of([[1, 2]] * 3, [[1]] * 3, [[1, 1]] * 2)
    honest = at(BARE)

    def through_the_instance(X, Y, X_q):
        return honest.run({"X": X, "Y": Y, "X_q": X_q}).answer

    def through_a_layer(X, Y, X_q):
        layer = Attention((Head(*[next(iter(Stream(x=2)))] * 4),), "linear", "everything")
        return page.attend(layer, X, honest.layout)

    for cheat in (through_the_instance, through_a_layer):
        instance = at(bare(algorithm=cheat))
        with pytest.raises(
            ForwardClosed, match="an algorithm called the forward pass; it must be a formula of its own"
        ):
            instance.algorithm(data)
        with pytest.raises(ForwardClosed):
            instance.formula(cheat, data)
    assert fractions_of(honest.run(data).answer) == [[0], [0]]  # and it is open again


def test_it_is_open_again_after_an_algorithm_failed():
    instance = at(bare(algorithm=lambda X: X @ X))
    data = data_of([[1, 2]] * 3, [[1]] * 3, [[1, 1]] * 2)
    with pytest.raises(ShapeMismatch):
        instance.algorithm(data)
    assert fractions_of(instance.run(data).answer) == [[0], [0]]


def test_an_algorithm_returns_a_matrix():
    data = data_of([[1, 2]] * 3, [[1]] * 3, [[1, 1]] * 2)
    with pytest.raises(BadConstruction, match="the algorithm of bare returned int, not a matrix"):
        at(bare(algorithm=lambda X: 3)).algorithm(data)


def test_an_algorithm_may_not_branch_on_numbers():
    data = data_of([[1, 2]] * 3, [[1]] * 3, [[1, 1]] * 2)
    for branch in (
        lambda X: X if X else -X,
        lambda X: X if X == 0 * X else -X,
        lambda X: max(X, -X),
        lambda X: float(X[0, 0]) * X,
    ):
        with pytest.raises(MatrixError):
            at(bare(algorithm=branch)).algorithm(data)


def test_the_record_is_frozen():
    with pytest.raises(AttributeError):
        BARE.name = "other"
    assert isinstance(BARE, Construction) and identity(1).shape == (1, 1)
