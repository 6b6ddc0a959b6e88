"""The page of one theorem, as text."""

from __future__ import annotations

from typing import Any

from constructions.language import Construction, Instance
from constructions.language.statement import Claim
from constructions.matrix import Size
from constructions.views.text import grid, indent, shape_text, size_text
from constructions.views.theorem.layers import layer_sections
from constructions.views.theorem.letters import Shown
from constructions.views.theorem.prompt import form_text, prompt_lines, register_line
from constructions.views.theorem.quantifier import quantifiers
from constructions.views.theorem.source import algorithm_source


def page(construction: Construction, shown: Shown, layers: list[dict[str, Any]]) -> str:
    """Everything about one theorem that its record knows, standings excepted: those are computed by `verify`."""
    instance = shown.instance
    parts = [
        f"{construction.name}  {construction.tag}".rstrip() + f"\n{construction.title}",
        *_statement(construction),
        _section("Quantifiers", _quantifiers(construction)),
        _section("Sizes and parameters", _parameters(construction).split("\n")),
        _section("Stream", [register_line(instance), *notes(shown)]),
        _section("Prompt", prompt_lines(instance)),
        *layer_sections(layers),
        _section("Readout", [*passes(instance), _answer(instance)]),
        _section("Algorithm", algorithm_source(construction.algorithm).split("\n")),
        *(_section(f"Algorithm of “{claim.text}”", lines) for claim, lines in _second_formulas(construction)),
        *_rest(construction),
    ]
    return "\n\n".join(parts)


def _statement(construction: Construction) -> list[str]:
    """The text at the top of the file, without its own title where more follows."""
    title, _, rest = construction.statement.partition("\n\n")
    return [rest] if rest else [title] if title.rstrip(".") != construction.title else []


def _second_formulas(construction: Construction) -> list[tuple[Claim, list[str]]]:
    """The claims that compare with a formula of their own, with its source."""
    return [(c, algorithm_source(c.algorithm).split("\n")) for c in construction.claims if c.algorithm]


def _answer(instance: Instance) -> str:
    return f"answer = {form_text(instance.readout.form)}, read at: {where(instance.readout.at)}"


def passes(instance: Instance) -> list[str]:
    """Where the network writes tokens of its own."""
    runs = instance.network.passes
    if not isinstance(runs, Size) and instance.network.single:
        return []
    times = size_text(runs)
    coming = ["before pass t item t of what arrives stands in the last token"] if instance.arriving else []
    return [
        f"the network runs {times} times, and appends its last token to the prompt after each pass but the last",
        *coming,
    ]


def where(place: str) -> str:
    """query, or for context[0] what that means."""
    segment, bracket, number = place.rstrip("]").partition("[")
    return f"{segment}, token {int(number) + 1} of every item" if bracket else place


def notes(shown: Shown) -> list[str]:
    """Why some letters are numbers."""
    if shown.note:
        return [shown.note]
    numbers = ", ".join(f"{name} = {value}" for name, value in shown.numbers.items())
    return [f"shown at {numbers}; all other sizes are letters"] if numbers else []


def _quantifiers(construction: Construction) -> list[str]:
    """For every network its quantifiers and its claims."""
    found, several = quantifiers(construction), len(construction.claims) > 1
    lines = []
    for line, uniform, claims in found:
        names = [f"claim {construction.claims.index(c) + 1}" if several else "claim" for c in claims]
        below = [uniform, *(f"{name}: {claim.text}" for name, claim in zip(names, claims, strict=True))]
        lines += [line, *(f"  {text}" if len(found) > 1 else text for text in below)]
    hint = [f"the network of one claim is called {construction.name}@NUMBER, e.g. {construction.name}@2"] * several
    return [*lines, *hint, *domain(construction)]


def _section(title: str, lines: list[str]) -> str:
    return f"{title}\n{indent(chr(10).join(lines))}"


def domain(construction: Construction) -> list[str]:
    made = [f"domain: {name} has {word}" for name, word in construction.domain.items()]
    made += ["a gadget: a lemma about layers, so nothing is learned in context"] if construction.gadget else []
    return made + (
        [f"the author claims no stronger evidence than: {construction.accept}"] if construction.accept else []
    )


def _parameters(construction: Construction) -> str:
    rows = [(name, "size", f"default {value}", "") for name, value in construction.sizes.items()]
    for name, p in construction.parameters.items():
        shape = shape_text(p.shape) or "number"
        default = "must be given" if p.default is None else f"default {p.default}"
        rows.append((name, shape + (" > 0" if p.positive else ""), default, p.meaning))
    return grid(rows, left=4)


def _rest(construction: Construction) -> list[str]:
    misses = [
        f"{name}: {miss.because}" + (f" (as printed in {miss.source.key}, {miss.source.where})" if miss.source else "")
        for name, miss in construction.near_misses.items()
    ]
    listed = {
        "Proof steps": [step.text for step in construction.steps],
        "Near misses, each of which must be refuted": misses,
        "Resources": [f"{name}: {formula}" for name, formula in construction.resources.items()],
        "Uses": list(construction.uses),
        "Sources": [f"{source.key}, {source.where}" for source in construction.sources],
    }
    return [_section(title, lines) for title, lines in listed.items() if lines]
