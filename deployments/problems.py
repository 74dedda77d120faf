"""What is wrong with a deployment file, and on which line."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import Any

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One fault; `line` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def at(file: pathlib.Path, line: int, message: str) -> Problem:
    """A fault on a line of a file."""
    return Problem(file=str(file), line=line, message=message)


class TenantFileError(Exception):
    """A deployment file cannot be applied. `problems` names every fault."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def line(part: Any, key: str) -> int:
    """The line of a key of a block, otherwise of the block."""
    try:
        return part.lc.key(key)[0] + 1
    except (KeyError, AttributeError):
        return part.lc.line + 1 if hasattr(part, "lc") else 1


def line_at(part: Any, steps: Sequence[int | str]) -> int:
    """The line of the deepest step that the file has."""
    found, place = 1, part
    for step in steps:
        if not hasattr(place, "lc"):
            break
        try:
            found = (place.lc.item(step) if isinstance(step, int) else place.lc.key(step))[0] + 1
            place = place[step]
        except (KeyError, IndexError, TypeError):
            break
    return found
