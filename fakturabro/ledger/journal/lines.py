"""The lines of the send journal: what they say, how they stand in the file, and how a chain of them is checked."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import pathlib
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from fakturabro.ledger.journal import messages

SHORT = 16
"""How much of its hash stands in a line's name."""
_HASH = slice(-67, -3)
_FRAME = (b',"hash":"', b'"}\n')
_CHUNK = 1 << 16


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery that is about to leave. `source` and `source_key` name its document in whichever ledger; the ids do not."""

    delivery: int
    document: int
    source: str
    source_key: str
    natural_key: str


class Line(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What every line says. `previous` is the hash of the line before."""

    tenant: str
    epoch: int
    at: dt.datetime
    previous: str


class Reserve(Line, frozen=True, kw_only=True, tag="reserve"):
    """What is about to be sent."""

    run: str
    purpose: str
    target: str
    sendings: Sequence[Sending]


class Left(Line, frozen=True, kw_only=True, tag="left"):
    """What the line of this name reserved leaves now."""

    line: str


class Answered(Line, frozen=True, kw_only=True, tag="answered"):
    """What became of what a line reserved: the state of the delivery, by natural key."""

    line: str
    outcomes: Mapping[str, str]


class Epoch(Line, frozen=True, kw_only=True, tag="epoch"):
    """A recover of this tenant began, and with it an epoch."""

    run: str


class Stopped(Line, frozen=True, kw_only=True, tag="stopped"):
    """Somebody stopped `scope` of this tenant, at this line's time: see stops."""

    scope: str
    why: str
    owner: str
    review_at: dt.datetime


class Released(Line, frozen=True, kw_only=True, tag="released"):
    """Somebody released what was stopped, at this line's time."""

    scope: str
    why: str
    by: str


class Opened(Line, frozen=True, kw_only=True, tag="opened"):
    """A debtor gave the right code for the link that was mailed under this natural key, for the first time."""

    natural_key: str


class Bounced(Line, frozen=True, kw_only=True, tag="bounced"):
    """The e-mail of this natural key came back for good, from `recipient` (its sha256); `is_last`: nobody else got it."""

    natural_key: str
    recipient: str
    status: str
    is_last: bool


class Objected(Line, frozen=True, kw_only=True, tag="objected"):
    """A debtor says that something is wrong with a document; `sealed` is what."""

    source: str
    source_key: str
    what: str
    sealed: bytes


class Reissued(Line, frozen=True, kw_only=True, tag="reissued"):
    """A new link is made for the e-mail of this natural key, and those before it open nothing more: the issue that counts now."""

    natural_key: str
    issue: int


class Cut(Line, frozen=True, kw_only=True, tag="cut"):
    """A writer died in mid-line: so many bytes, with this sha256, stood here and were nobody's."""

    bytes: int
    sha256: str


Entry = Reserve | Left | Answered | Epoch | Stopped | Released | Opened | Bounced | Objected | Reissued | Cut
News = Opened | Bounced | Objected | Reissued
NEWS = (Opened, Bounced, Objected, Reissued)
"""What the world did or asked for. It sends nothing, so a process that began in an older epoch may say it, too."""
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Entry)


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Where the chain does not hold. `line` counts from 1."""

    file: pathlib.Path
    line: int
    what: str


def encode(entry: Entry) -> bytes:
    """The line as it stands in the file."""
    body = _ENCODER.encode(entry)
    return body[:-1] + _FRAME[0] + hashlib.sha256(body).hexdigest().encode() + _FRAME[1]


def stated(line: bytes) -> str:
    """The hash that the line ends with, right or wrong."""
    return line[_HASH].decode("ascii", "replace")


def read(line: bytes) -> Entry | None:
    """What the line says; None when it is not whole, was changed, or is none of ours."""
    body = line[: _HASH.start - len(_FRAME[0])] + b"}"
    if line != body[:-1] + _FRAME[0] + hashlib.sha256(body).hexdigest().encode() + _FRAME[1]:
        return None
    try:
        return _DECODER.decode(line)
    except ValueError:
        return None


def prefix(kind: type[Entry], tenant: str) -> bytes:
    """How every line of this kind and tenant begins."""
    return b'{"kind":%s,"tenant":%s,' % (_ENCODER.encode(kind.__struct_config__.tag), _ENCODER.encode(tenant))


def last(path: pathlib.Path) -> tuple[int, bytes, bytes]:
    """Of a file: where its last line that ends begins, that line (b"" when there is none), and what stands behind it."""
    size = path.stat().st_size
    with path.open("rb") as opened:
        for chunks in itertools.count(1):
            at = max(size - _CHUNK * chunks * chunks, 0)
            opened.seek(at)
            data = opened.read()
            end = data.rfind(b"\n") + 1
            start = data.rfind(b"\n", 0, max(end - 1, 0)) + 1
            if start or at == 0:
                return at + start, data[start:end], data[end:]
    raise AssertionError("unreachable: the count never ends")


def verify(files: Sequence[pathlib.Path]) -> Iterator[Fault]:
    """Follow the chain through all files; each fault is named once, and the chain goes on from the line that stands there."""
    previous = ""
    for number, file in itertools.pairwise([0, *(int(file.stem) for file in files)]):
        if file != number + 1:
            yield Fault(file=files[0].with_name(f"{file:06}.jsonl"), line=1, what=messages.FAULT_FILE)
    for file in files:
        with file.open("rb") as opened:
            for at, line in enumerate(opened, 1):
                if not line.endswith(b"\n"):
                    if file != files[-1]:
                        yield Fault(file=file, line=at, what=messages.FAULT_TORN)
                    break
                entry = read(line)
                if entry is None:
                    yield Fault(file=file, line=at, what=messages.FAULT_CHANGED)
                elif entry.previous != previous:
                    yield Fault(file=file, line=at, what=messages.FAULT_LINK)
                previous = stated(line)
