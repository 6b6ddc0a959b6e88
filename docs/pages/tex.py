"""Formulas as the records write them (η/n W_0, Xᵀ, ⟨x_i, x_j⟩) in TeX, and the formulas that stand in a sentence."""

from __future__ import annotations

import re
import textwrap

SIGNS = {
    "−": "-", "·": r"\cdot ", "×": r"\times ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "→": r"\to ", "∈": r"\in ",
    "⊕": r"\oplus ", "⟨": r"\langle ", "⟩": r"\rangle ", "…": r"\dots ", "∇": r"\nabla ", "Σ": r"\sum ",
    "∂": r"\partial ", "∞": r"\infty ", "ℓ": r"\ell ", "ℝ": r"\mathbb{R}", "ℚ": r"\mathbb{Q}", "½": r"\tfrac12 ",
    "⊙": r"\odot ", "∘": r"\circ ", "≈": r"\approx ", "|": r"\vert ", "{": r"\{", "}": r"\}", "*": r"\,",
    "Π": r"\prod ", "⌊": r"\lfloor ", "⌋": r"\rfloor ", "±": r"\pm ", "∑": r"\sum ", "‖": r"\Vert ", "←": r"\gets ",
    "∅": r"\emptyset ", "⌈": r"\lceil ", "⌉": r"\rceil ", "↦": r"\mapsto ", "#": r"\#", "%": r"\%", "&": r"\&",
    "≡": r"\equiv ", "≪": r"\ll ", "≫": r"\gg ", "∏": r"\prod ",
}  # fmt: skip
RAISED = {
    **dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵏˡⁿᵗᵈˢⁱʲᵖᴺᵐᴷ", "0123456789-+klntdsijpNmK", strict=True)),
    "ᵀ": r"\top ",
    "′": r"\prime ",
}
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉ₖₗₙᵢⱼₜₘₚ", "0123456789klnijtmp", strict=True))
GREEK = "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΦΨΩ"
WORDS = ("exp", "log", "max", "min", "argmax", "argmin", "softmax", "relu", "diag", "sign", "tanh", "det", "tr", "rank")


def formula(text: str) -> str:
    """A formula in TeX; what stands in it is taken as it is, sign by sign."""
    text = re.sub(rf"(?<=[\w)\]}}{''.join(RAISED)}]) (?=[\w(\[])", "\x06", text)  # a product: a little space
    text = re.sub(rf"Σ(?=[{''.join(RAISED)}]|\s*(?:[/),\]+−=;.]|$))", r"\\Sigma ", text)  # a name, and no sum
    text = re.sub(r"\^(\([^()]*\)|⟨[^⟨⟩]*⟩)", "^\x04\\1\x05", text)
    text = re.sub(r"(?<=[^\W\d])\*(?![\w(])", "^\x04\\\\ast\x05", text)
    text = re.sub("([A-Za-z])\u0304", "\\\\bar\x04\\1\x05", text)
    text = re.sub(r"([_^])\{([^{}]*)\}", "\\1\x04\\2\x05", text)
    text = "".join(SIGNS.get(sign, sign) for sign in text)
    text = re.sub(r"((?:sum|prod|max|min) ?)_([^\W_]{2,})", r"\1_{\2}", text)
    text = re.sub(f"[{''.join(RAISED)}]+", lambda found: "^{" + _told(found[0], RAISED) + "}", text)
    text = re.sub(f"[{''.join(LOWERED)}]+", lambda found: "_{" + _told(found[0], LOWERED) + "}", text)
    text = re.sub(r"√(\w+|\((?:[^()]|\([^()]*\))*\))", lambda found: rf"\sqrt{{{_bare(found[1])}}}", text).replace(
        "√", r"\surd "
    )
    text = re.sub(r"(?<![\\\w])([^\W\d_]+)(?:_([^\W_]+))?", _name, text)
    return re.sub(r" +", " ", text.replace("\x04", "{").replace("\x05", "}").replace("\x06", r"\,")).strip()


def _bare(text: str) -> str:
    return text[1:-1] if text.startswith("(") else text


def _told(signs: str, table: dict[str, str]) -> str:
    return "".join(table[sign] for sign in signs)


def _name(found: re.Match[str]) -> str:
    """A name with its index: one letter is a variable, more are a word."""
    word, index = found[1], found[2]
    letters = len(word) == 1 or not word.isascii()  # λI is a product, no word
    head = word if letters else _word(word, "operatorname" if word in WORDS else "mathrm")
    if index is None:
        return head
    return head + "_{" + (index if len(index) <= 2 or index.isdigit() else _word(index, "mathrm")) + "}"


def _word(word: str, command: str) -> str:
    return f"\\{command}{{{word}}}"


INDEX = r"(?:_(?:\{[^{}\n]*\}|[^\W_]{1,3}))"
UP = "".join(RAISED) + "".join(LOWERED)
END = rf"(?![^\W{UP}])"
ATOM = (
    rf"(?:(?<![^\W{UP}])(?<!\\)(?:\d*(?:[A-Za-zℓ]|[{GREEK}]+[A-Za-z]?|[A-Za-z]{{2,}}(?=_[a-z\d]{END}))"
    rf"\u0304?'{{0,2}}(?:\*(?![\w(*]))?{INDEX}?|\d+(?:\.\d+)?){END}"
    rf"|\^(?:\{{[^{{}}\n]*\}}|\([^()\n]*\)|⟨[^⟨⟩\n]*⟩|[^\W_])"
    rf"|(?<!\w)(?:exp|softmax|relu|max|min|diag|tanh)(?=\(| [A-Z]\b)|(?<!\w)log(?=[₂_(])|(?<=[ΣΠ∏∑]){INDEX}"
    rf"|[{UP}]|[∇ΣΠ∂√∞…⟨⟩|()\[\]=≠≤≥<>+−±×·/,⊕⊙∘⌈⌉⌊⌋∈→←½ℝ‖])"
)
RUN = re.compile(rf"{ATOM}(?: ?{ATOM})*")
STRONG = re.compile(rf"[_=≤≥≠∇Σ⟨√∞ℓ{GREEK}{''.join(RAISED)}{''.join(LOWERED)}]")
PAIRS = {")": "(", "]": "[", "⟩": "⟨", "⌉": "⌈", "⌋": "⌊"}
TOGETHER = re.compile(rf"(?<![^\W{UP}])([A-Z])(?=[A-Z]ᵀ|[a-z]_)")  # XXᵀ and Xw_0 are products, no words


def paragraphs(text: str) -> str:
    """Paragraphs with their formulas between dollar signs, wrapped again; what is indented is left alone."""
    return "\n\n".join(
        part if part.startswith("    ") else wrapped(prose(part)) for part in text.strip("\n").split("\n\n")
    )


def wrapped(text: str, width: int = 120) -> str:
    """Lines of at most that many characters, broken outside of formulas; an item of a list begins a line."""
    items = re.split(r"\n(?=(?:[-*]|\d+\.) )", text)
    return "\n".join(_filled(item, width, "  " if re.match(r"(?:[-*]|\d+\.) ", item) else "") for item in items)


def _filled(text: str, width: int, hanging: str) -> str:
    whole = re.sub(r"\$[^$]*\$", lambda found: found[0].replace(" ", "\x00"), " ".join(text.split()))
    filled = textwrap.fill(whole, width, break_long_words=False, break_on_hyphens=False, subsequent_indent=hanging)
    return filled.replace("\x00", " ")


def prose(text: str) -> str:
    """A text with its formulas between dollar signs; what stands between backticks is left alone."""
    text = re.sub(r"[ \t]*\n(?!(?:[-*]|\d+\.) )[ \t]*", " ", text).replace("ȳ", "y\u0304")
    parts = re.split(r"(``?[^`]+``?)", text)
    return "".join(part if part.startswith("`") else _sentence(part) for part in parts)


def _sentence(text: str) -> str:
    return RUN.sub(_run, TOGETHER.sub(r"\1 ", text).replace("$", r"\$"))


def _run(found: re.Match[str]) -> str:
    """A run of signs as a formula, without the punctuation at its ends; a run without a sign of mathematics stays text."""
    head, body, tail = _trimmed(found[0])
    if not STRONG.search(body):
        return found[0]
    return f"{head}${formula(body)}${tail}"


def _trimmed(text: str) -> tuple[str, str, str]:
    """What is left out before, the formula, what is left out after: commas, an article, brackets without a partner."""
    start, end = 0, len(text)
    bars = text.count("|") % 2  # one bar alone stands beside words: it is theirs
    start += bars and text.startswith("|")
    end -= bars and start < end and text.endswith("|")
    while start < end and (text[start] in " ,/→" or text[start : start + 2] == "a " or _alone(text[start:end], 0)):
        start += 1
    while start < end and (text[end - 1] in " ,/=→…" or text[start:end].endswith(" a") or _alone(text[start:end], -1)):
        end -= 1
    return text[:start], text[start:end], text[end:]


def _alone(text: str, where: int) -> bool:
    """Whether the bracket at one end has no partner in the text."""
    opened: list[int] = []
    alone = set()
    for number, sign in enumerate(text):
        if sign in PAIRS.values():
            opened.append(number)
        elif sign in PAIRS:
            if opened and text[opened[-1]] == PAIRS[sign]:
                _ = opened.pop()
            else:
                alone.add(number)
    return (where % len(text)) in alone | set(opened)
