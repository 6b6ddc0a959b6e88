"""Reading CSV files: a header of unique names, and cells that are finite numbers where numbers are asked for."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from constructions.commands.misuse import Misuse

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Table:
    """A CSV file: the header, and every row with the number of the line it ends on."""

    path: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    def numbers(self, columns: Sequence[str]) -> np.ndarray:
        """The named columns as a rows × columns array of finite floats."""
        places = [self.columns.index(name) for name in columns]
        values = [
            [self._number(number, line, cells[k], self.columns[k]) for k in places]
            for number, (line, cells) in enumerate(self.rows, start=1)
        ]
        return np.array(values, dtype=np.float64).reshape(len(self.rows), len(columns))

    def _number(self, row: int, line: int, cell: str, column: str) -> float:
        where = f"{self.path}, row {row} (line {line}), column {column!r}"
        text = cell.strip()
        if not text:
            raise Misuse(f"{where}: the cell is empty; fill it in or leave the row out")
        if text.lower().lstrip("+-") in ("nan", "inf", "infinity"):
            raise Misuse(f"{where}: {text} is not a finite number; leave the row out or fill in a number")
        if not NUMBER.fullmatch(text):
            raise Misuse(f"{where}: {text!r} is not a number; expected one such as -1.5 or 2e-3")
        if not math.isfinite(value := float(text)):
            raise Misuse(f"{where}: {text} is too large for a 64-bit float; rescale the column")
        return value


def read(path: str) -> Table:
    """The table in a file; refuses what is not a rectangular CSV file with a header."""
    lines = [(line, cells) for line, cells in _lines(path) if not _blank(cells)]
    while lines and not any(cell.strip() for cell in lines[-1][1]):
        lines.pop()  # a spreadsheet may end in lines of commas
    if not lines:
        raise Misuse(f"{path} is empty; expected a header line with column names, then one line per row")
    columns = tuple(name.strip() for name in lines[0][1])
    _check_header(path, columns)
    if len(lines) == 1:
        raise Misuse(f"{path} has a header and no rows; add at least one row of numbers")
    for number, (line, cells) in enumerate(lines[1:], start=1):
        if len(cells) != len(columns):
            raise Misuse(
                f"{path}, row {number} (line {line}): {len(cells)} cells, but the header names {len(columns)} "
                "columns; rows must be equally long"
            )
    return Table(path, columns, tuple((line, tuple(cells)) for line, cells in lines[1:]))


def quoted(names: Sequence[str]) -> str:
    """Names of columns in a sentence: 'a', 'b'."""
    return ", ".join(map(repr, names))


def _blank(cells: Sequence[str]) -> bool:
    return not cells or (len(cells) == 1 and cells[0].isspace())


def _lines(path: str) -> list[tuple[int, list[str]]]:
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            return [(reader.line_num, cells) for cells in reader]
    except OSError as error:
        raise Misuse(f"cannot read {path}: {error.strerror}; expected a CSV file with a header line") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise Misuse(
            f"cannot read {path} as CSV in UTF-8: {error}; save it again as comma-separated UTF-8 text"
        ) from error


def _check_header(path: str, columns: tuple[str, ...]) -> None:
    if len(columns) == 1 and re.search(r"[;\t]", columns[0]):
        raise Misuse(f"{path}: the header {columns[0]!r} is one column; separate columns by commas")
    for number, name in enumerate(columns, start=1):
        if not name:
            index = "; it looks like the index of a pandas table, which to_csv(…, index=False) leaves out"
            told = f"{path}: column {number} has no name in the header; give every column a name"
            raise Misuse(told + (index if number == 1 < len(columns) else ""))
        if columns.count(name) > 1:
            raise Misuse(
                f"{path}: the column {name!r} appears {columns.count(name)} times in the header; names must be unique"
            )
    if all(NUMBER.fullmatch(name) for name in columns):
        raise Misuse(f"{path}: the first line holds numbers only; expected a header line with column names")
