"""One colour code: what goes in, weights, and what comes out, in every formula, table and piece of code of a page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from constructions import get
from constructions.language import Construction
from constructions.language.prompt import TIMES
from constructions.matrix.notation import letter
from constructions.views.theorem.letters import symbolic
from docs.pages.markdown import maths

INPUT, WEIGHT, OUTPUT = "ri", "rw", "ro"  # classes of site.css: a colour each, and a line below: one, two, dashed
LABELS = {"y": OUTPUT, "Y": OUTPUT}  # what ought to come out, wherever it stands in a prompt
LEARNING = {"x": INPUT, "X": INPUT, "w": WEIGHT, "W": WEIGHT, **LABELS}  # on pages about no single theorem
TAUGHT = ("index", "glossary", "lessons/", "walkthroughs/")
SYMBOL = re.compile(r'<span class="((?:k[0-9a-f]{5} )?mord (?:mathnormal|mathrm)|n)">([^<]+)</span>')
WORDS = {INPUT: "what goes in", WEIGHT: "what the weights are made of", OUTPUT: "what comes out"}


def stem(name: str) -> str:
    """The letters of a name, without its index: λ of lam, W of W_0, X of X_q."""
    found = re.match(r"[^\W\d_]+", letter(name))
    return found[0] if found else name


@cache
def roles(record: Construction) -> dict[str, str]:
    """Letter → role: data and the registers that hold them go in, parameters make weights, labels and what is read out come out."""
    instance = symbolic(record, {}).instance
    answered = {stem(name) for name in instance.readout.form.blocks}
    filled = {
        register
        for segment in (instance.context, instance.query, instance.arriving)
        for token in (segment.tokens if segment else ())
        for register, form in token.items()
        if any(part in record.data for name in form.blocks for part in name.split(TIMES))
    }
    return (
        dict.fromkeys(map(stem, [*record.data, *sorted(filled)]), INPUT)
        | dict.fromkeys(map(stem, record.parameters), WEIGHT)
        | dict.fromkeys(sorted(answered - {"1"}), OUTPUT)
        | LABELS
    )


def of_page(page: str) -> Mapping[str, str]:
    """The roles on a page of the site; none where nothing is taught or proved."""
    if page.startswith("theorems/") and page != "theorems/index":
        return roles(get(page.removeprefix("theorems/")))
    return LEARNING if page.startswith(TAUGHT) else {}


def painted(body: str, known: Mapping[str, str]) -> str:
    """The page with the class of its role on every letter of a formula, and on every name in code."""

    def one(found: re.Match[str]) -> str:
        role = known.get(stem(found[2]) if found[1] == "n" else found[2])
        return f'<span class="{found[1]} {role}">{found[2]}</span>' if role else found[0]

    return SYMBOL.sub(one, body) if known else body


def legend(record: Construction) -> str:
    """Which names of a theorem are which."""
    known = roles(record)
    named = [*record.data, *record.parameters, *symbolic(record, {}).instance.readout.form.blocks]
    told = []
    for role, words in WORDS.items():
        names = dict.fromkeys(maths(letter(name)) for name in named if known.get(stem(name)) == role)
        told += [f"{', '.join(names)}: {words}"] if names else []
    return f"Colours: {'; '.join(told)}. Point at a letter, and every place where it stands lights up."
