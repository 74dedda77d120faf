"""The index of a print job, and the receipt for one: JSON in UTF-8, one file per job, beside the PDF files.

Source: facts on print partners (PostNord eBrev: PDF and index; Digipost API v8: address, colour, undeliverable handling).
Assumed: the whole shape; no Norwegian partner publishes one. Each partner gets an adapter from this.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec

State = Literal["accepted", "printed", "posted", "rejected", "undeliverable"]


class PostalAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Who stands in the envelope's window; `lines` are what stands between name and post code; `country` is ISO 3166 alpha-2."""

    name: str
    lines: tuple[str, ...]
    post_code: str
    place: str
    country: str = "NO"


class IndexedLetter(msgspec.Struct, frozen=True, kw_only=True):
    """One letter: `file_name` lies beside the index, `sha256` is in hexadecimal, `pages` counts pages, not sheets."""

    document_id: str
    file_name: str
    sha256: str
    pages: int
    recipient: PostalAddress
    return_address: PostalAddress
    color: bool
    duplex: bool
    postage: Literal["A", "B"]
    undeliverable: Literal["return", "destroy"]


class Index(msgspec.Struct, frozen=True, kw_only=True):
    job_id: str
    letters: tuple[IndexedLetter, ...]


class LetterState(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one letter: `at` with its offset, `reason` where it was refused or came back.

    `document_id` is as in the index; without it the state is that of every letter of the job.
    """

    state: State
    at: Annotated[dt.datetime, msgspec.Meta(tz=True)]
    document_id: str = ""
    reason: str = ""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a job; a letter may stand several times, and a later receipt need not repeat an earlier one."""

    job_id: str
    letters: Annotated[tuple[LetterState, ...], msgspec.Meta(min_length=1, max_length=10_000)]
