"""The folder in which the sandbox bank leaves its messages, numbered, and how that fails."""

from __future__ import annotations

import datetime as dt
import os
import pathlib
from collections.abc import Callable

import msgspec

from fakturabro.domain import calendar

_OPENS = dt.time(6, 0)


class Faults(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How a bank fails: so many status reports never come, so many messages come twice, so many state wrong totals.

    `backwards`: messages are kept until `release`, and come last first. `half`: a file's first half stands there until `release`.
    """

    silent: int = 0
    twice: int = 0
    wrong_totals: int = 0
    backwards: bool = False
    half: bool = False


class Letterbox:
    """`pickup`, with files as old as the bank's own clock (`today`) has them."""

    def __init__(self, folder: pathlib.Path, customer: str, today: Callable[[], dt.date]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.faults = Faults()
        self._folder, self._customer, self._today = folder, customer, today
        self._number = 0
        self._held: list[tuple[str, bytes]] = []

    def tell(self, kind: str, write: Callable[[str, dt.datetime], bytes]) -> None:
        """Leave an XML message of a kind (P002, C54D ...); `write` gets its id and time."""
        self._number += 1
        if kind == "P002" and self.faults.silent:
            self.faults.silent -= 1
            return
        content = write(f"{kind}-{self._number:06}", self.now())
        self._leave(f"P.{self._customer}.001.{kind}.{self._number:06}.XML", content)

    def tell_ocr(self, write: Callable[[int], bytes]) -> None:
        """Leave a transmission of OCR giro; `write` gets its number."""
        self._number += 1
        self._leave(f"OCR.{self._customer}.{self._number:06}.DAT", write(self._number))

    def spoils(self) -> bool:
        """Whether the next totals are to be wrong."""
        spoils = self.faults.wrong_totals > 0
        self.faults.wrong_totals -= spoils
        return spoils

    def release(self) -> None:
        """Let out what the faults `backwards` and `half` keep back, and end them."""
        held, self._held = self._held[::-1], []
        self.faults.backwards = self.faults.half = False
        for name, content in held:
            self._write(name, content)

    def now(self) -> dt.datetime:
        opens = dt.datetime.combine(self._today(), _OPENS, calendar.OSLO)
        return opens + dt.timedelta(seconds=self._number % 3600)

    def _leave(self, name: str, content: bytes) -> None:
        if self.faults.backwards or self.faults.half:
            self._held.append((name, content))
        if self.faults.backwards:
            return
        self._write(name, content[: len(content) // 2] if self.faults.half else content)
        if self.faults.twice:
            self.faults.twice -= 1
            stem, _, ending = name.rpartition(".")
            self._write(f"{stem}-2.{ending}", content)

    def _write(self, name: str, content: bytes) -> None:
        """Whole or not at all."""
        temporary = self._folder / f".{name}.part"
        temporary.write_bytes(content)
        stamp = self.now().timestamp()
        os.utime(temporary, (stamp, stamp))
        temporary.replace(self._folder / name)
