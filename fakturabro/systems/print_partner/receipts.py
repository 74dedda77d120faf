"""The print partner's receipts: `<job>.receipt.json` in the shared folder, read, and moved away when what they say is recorded.

A receipt that nobody can use is set aside, not deleted: `.receipts/aside/`. One that was recorded goes to `.receipts/done/`. What
cannot be read and is younger than ten minutes is left where it is: it may still be on its way.

Assumed: a receipt is written under another name and renamed; a later one for the same job may take its place; its times have an
offset; the partner leaves hidden folders alone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from collections.abc import Iterable

import msgspec

from fakturabro.remote import answers, folders
from fakturabro.systems.print_partner import messages, wire

ENDING = ".receipt.json"
_FOLDER = ".receipts"
_LARGEST = 1_000_000
_AT_ONCE = 1_000
_LONGEST = 200
"""Bytes of a name that are kept: with what is put behind it, a file system must take it."""
_YEARS = range(2000, 2100)
"""Times outside of these are no times: an empty date of some system, and in UTC perhaps no date at all."""
_ON_ITS_WAY = dt.timedelta(minutes=10)
_READ = msgspec.json.Decoder(wire.Receipt)


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """One file. Without `fault` it says something of its job; `fault` is why it says nothing to us. `sha256` is of its bytes."""

    file_name: str
    sha256: str
    job_id: str = ""
    letters: tuple[wire.LetterState, ...] = ()
    fault: str = ""


class Tray:
    """The receipts in one partner's folder. Raises what the folder raises."""

    def __init__(self, folder: folders.Folder) -> None:
        self._folder = folder

    def find(self) -> dict[str, folders.Entry]:
        """What lies there, unread, by the job that its name says."""
        return {one.name.removesuffix(ENDING): one for one in self._folder.find_files() if one.name.endswith(ENDING)}

    def fetch(self, entries: Iterable[folders.Entry], now: dt.datetime) -> list[Receipt]:
        """What these say, at most a thousand of them; nothing is moved."""
        return [receipt for entry in itertools.islice(entries, _AT_ONCE) if (receipt := self._fetch(entry, now))]

    def sweep(self, before: dt.datetime) -> None:
        """Remove what somebody began to write to the folder before that time and did not live to finish."""
        self._folder.sweep(before)

    def conclude(self, receipt: Receipt) -> None:
        """Away with one that was recorded; once more is harmless. One that came in its place meanwhile stays."""
        self._move(receipt, "done")

    def set_aside(self, receipt: Receipt) -> None:
        """Keep one that cannot be used, out of the way, for a person to look at."""
        self._move(receipt, "aside")

    def _fetch(self, entry: folders.Entry, now: dt.datetime) -> Receipt | None:
        content = self._folder.read(entry.name, _LARGEST)
        if content is None:
            return None
        receipt = _to_receipt(entry.name, content)
        return None if receipt.fault and now - entry.modified < _ON_ITS_WAY else receipt

    def _move(self, receipt: Receipt, where: str) -> None:
        content = self._folder.read(receipt.file_name, _LARGEST)
        if content is None or hashlib.sha256(content).hexdigest() != receipt.sha256:
            return
        self._folder.make(_FOLDER)
        self._folder.make(f"{_FOLDER}/{where}")
        stem = receipt.file_name.removesuffix(ENDING).encode("utf-8", "replace")[:_LONGEST].decode("utf-8", "ignore")
        self._folder.move(receipt.file_name, f"{_FOLDER}/{where}/{stem}.{receipt.sha256[:12]}{ENDING}")


def _to_receipt(name: str, content: bytes) -> Receipt:
    sha256, said = hashlib.sha256(content).hexdigest(), answers.one_line(name.encode("utf-8", "replace").decode())
    if len(content) > _LARGEST:
        return Receipt(file_name=name, sha256=sha256, fault=messages.receipt_too_large(said, _LARGEST))
    try:
        read = _READ.decode(content)
    except (ValueError, RecursionError) as error:
        return Receipt(file_name=name, sha256=sha256, fault=messages.unreadable_receipt(said, answers.one_line(str(error))))
    if f"{read.job_id}{ENDING}" != name:
        return Receipt(file_name=name, sha256=sha256, fault=messages.receipt_of_another(said))
    if any(one.at.year not in _YEARS for one in read.letters):
        return Receipt(file_name=name, sha256=sha256, fault=messages.receipt_of_no_time(said))
    letters = tuple(msgspec.structs.replace(one, reason=answers.one_line(one.reason)) for one in read.letters)
    return Receipt(file_name=name, sha256=sha256, job_id=read.job_id, letters=letters)
