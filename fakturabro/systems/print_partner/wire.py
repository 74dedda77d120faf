"""The index of a print job: JSON in UTF-8, one file per job, beside the PDF files that it names.

Source: facts on print partners (PostNord eBrev: PDF and index; Digipost API v8: address, colour, undeliverable handling).
Assumed: the whole shape; no Norwegian partner publishes one. Each partner gets an adapter from this.
"""

from __future__ import annotations

from typing import Literal

import msgspec


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
