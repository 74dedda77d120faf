"""Whether everything that left in the demo is what its receivers demand: EHF by the official rules, PDF by the print partner's."""

from __future__ import annotations

import collections
import contextlib
import email
import email.policy
import io
import json
import pathlib
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import pypdf
from pypdf import errors

from fakturabro.domain import documents, parties
from fakturabro.formats.ehf import rules
from fakturabro.formats.invoice_pdf import preflight


class Part(NamedTuple):
    """Something that was sent: `kind` is "ehf" or "pdf", `name` says where it stood, `recipient` who must show in the window."""

    kind: str
    name: str
    content: bytes
    recipient: parties.Recipient | None = None


class Judged(NamedTuple):
    """How much was judged of each kind, and what is wrong, a sentence each."""

    counts: dict[str, int]
    faults: list[str]


def check(sent: pathlib.Path, official: pathlib.Path | None) -> Judged:
    """Judge every EHF and PDF under `sent`, on its own, in an e-mail, or inside a PDF; `official` is the folder of rules.

    Beside a letter's PDF stands what its job's index says of it: its recipient must stand in the window.
    """
    parts = [part for file in sorted(sent.rglob("*")) if file.is_file() for part in _of_file(file)]
    faults = [f"{part.name}: {fault}" for part in parts for fault in _faults(part, official)]
    counts = collections.Counter(part.kind for part in parts)
    faults += [f"ingen {kind} å kontrollere under {sent}" for kind in ("ehf", "pdf") if not counts[kind]]
    return Judged(dict(sorted(counts.items())), faults)


def _of_file(file: pathlib.Path) -> Iterator[Part]:
    index = file.with_suffix(".json")
    for part in _find(file.suffix, file.name, file.read_bytes()):
        is_letter = part.kind == "pdf" and index.is_file()
        yield part._replace(recipient=_recipient(json.loads(index.read_bytes())["recipient"])) if is_letter else part


def _recipient(stated: dict[str, Any]) -> parties.Recipient:
    street, additional, line, *_ = (*stated["lines"], None, None, None)
    address = documents.Address(
        street=street,
        additional_street=additional,
        line=line,
        postal_zone=stated["post_code"],
        city=stated["place"],
        country=stated["country"],
    )
    return parties.Recipient(name=stated["name"], customer_number="", address=address)


def _find(suffix: str, name: str, content: bytes) -> Iterator[Part]:
    if suffix == ".xml":
        yield Part("ehf", name, content)
    elif suffix == ".eml":
        for attached in email.message_from_bytes(content, policy=email.policy.default).iter_attachments():
            inner = attached.get_filename() or ""
            yield from _find(pathlib.PurePath(inner).suffix, f"{name}/{inner}", cast("bytes", attached.get_payload(decode=True)))
    elif suffix == ".pdf":
        yield Part("pdf", name, content)
        with contextlib.suppress(errors.PyPdfError):  # that it cannot be read, the print partner's demands say
            for inner, contents in pypdf.PdfReader(io.BytesIO(content)).attachments.items():
                for attachment in contents:
                    yield from _find(pathlib.PurePath(inner).suffix, f"{name}/{inner}", attachment)


def _faults(part: Part, official: pathlib.Path | None) -> list[str]:
    if part.kind == "pdf":
        return preflight.check(part.content, recipient=part.recipient)
    return [f"{one.rule} {one.text}" for one in rules.validator(official).validate(part.content) if one.severity == "fatal"]
