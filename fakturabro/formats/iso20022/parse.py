"""Bytes of any size -> elements, one at a time, safely: no document type declaration, nothing opened outside, flat memory."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from lxml import etree

from fakturabro.domain import findings, payments
from fakturabro.formats.iso20022 import layout

Element = etree._Element  # pyright: ignore[reportPrivateUsage]
"""lxml has no public name for it."""

Source = bytes | BinaryIO
LIMIT = 4_000_000_000
"""Bytes. Banks' largest files are below 2 GB; memory does not grow with them."""

_KEPT = 32_000_000
"""Bytes of a file whose elements may be in memory at once: an element, or what stands between those that are given. In memory they
take up to 30 times as much."""
_SNIFFED = 65_536
_DECLARED = re.compile(rb"""^(?:\xef\xbb\xbf)?<\?xml[^>]*encoding=["']([A-Za-z0-9._-]+)""")


class _Stream(io.RawIOBase):
    """`head`, then the rest; no more than `limit` bytes altogether, and of what is not dropped no more than `_KEPT`."""

    def __init__(self, head: bytes, rest: BinaryIO, limit: int) -> None:
        self._head, self._rest, self._limit, self._given, self.ended = head, rest, limit, 0, False
        self._kept = self._ended_at = 0
        self._kept_after: dict[object, int] = {}

    def read(self, size: int = -1) -> bytes:
        data, self._head = (self._head, b"") if self._head else (self._rest.read(size), b"")
        self._given += len(data)
        self.ended = not data
        if self._given > self._limit:
            raise payments.ReadError("too_large", value=str(self._limit))
        if self._kept + self._given - self._ended_at > _KEPT:
            raise payments.ReadError("element_too_large", value=str(_KEPT))
        return data

    def end(self, element: Element) -> None:
        """This element has ended and is going to be dropped: right after one of its kind, nothing is left that was read since."""
        before, tag = element.getprevious(), element.tag
        if before is not None and before.tag == tag:
            self._kept = self._kept_after[tag]
        else:
            self._kept += self._given - self._ended_at
            self._kept_after[tag] = self._kept
        self._ended_at = self._given


class Document:
    """An ISO 20022 file whose kind is known: `message` is pain.001.001.09, `tables` are those of its namespace."""

    def __init__(self, message: str, stream: _Stream) -> None:
        self.message, self._stream = message, stream
        self.namespace = layout.NAMESPACE + message
        self.tables = layout.compiled(self.namespace)

    def tag(self, name: str) -> str:
        return f"{{{self.namespace}}}{name}"

    def elements(self, *names: str) -> Iterator[Element]:
        """The elements with these local names, each when it ends, where they belong. Raises ReadError with line and column."""
        parents = {self.tag(name): {self.tag(one) for one in layout.PARENTS[name]} for name in names}
        walk = etree.iterparse(
            cast("BinaryIO", self._stream),
            events=("end",),
            tag=list(parents),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
            huge_tree=False,
        )
        try:
            for _, element in walk:
                parent = element.getparent()
                if parent is None or (parents[str(element.tag)] and parent.tag not in parents[str(element.tag)]):
                    raise payments.ReadError("misplaced", element.sourceline, value=_named(element)[1])
                self._stream.end(element)
                yield element
        except etree.XMLSyntaxError as error:
            raise _unreadable(error, walk.error_log, ended=self._stream.ended) from None


def recognise(data: bytes) -> str | None:
    """The message that `data` begins like (camt.054.001.08), or what an unknown Document says of itself; None for others."""
    root = _root(data[:_SNIFFED])[0]
    namespace, name = ("", "") if root is None else _named(root)
    return (namespace or "Document").removeprefix(layout.NAMESPACE) if name == "Document" else None


def _named(element: Element) -> tuple[str, str]:
    """Namespace and name. A spoiled namespace may hold a brace, which QName refuses."""
    namespace, _, name = str(element.tag).removeprefix("{").rpartition("}")
    return namespace, name


def opened(source: Source, kinds: tuple[str, ...], found: findings.Findings, limit: int = LIMIT) -> Document:
    """`source` as a document whose message begins with one of `kinds`. Raises ReadError for anything else, and for a DOCTYPE.

    A stream is read on from where it stands and is not closed.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    head = stream.read(_SNIFFED)
    root, error = _root(head)
    if root is None:
        if not head.strip():
            raise payments.ReadError("empty_file", 1, 1)
        raise _unreadable(error) if error else payments.ReadError("truncated", 1, 1)
    if root.getroottree().docinfo.internalDTD is not None:
        raise payments.ReadError("doctype", 1)
    namespace, name = _named(root)
    message = namespace.removeprefix(layout.NAMESPACE)
    if message not in layout.MESSAGES or name != "Document":
        raise payments.ReadError("unknown_namespace", root.sourceline, value=namespace or str(root.tag))
    if not message.startswith(kinds):
        raise payments.ReadError("other_message", root.sourceline, value=message)
    _check_encoding(head, found)
    return Document(message, _Stream(head, stream, limit))


def read(element: Element, table: layout.Table, found: dict[str, Any]) -> dict[str, Any]:
    """The fields that `element` fills by `table`, added to `found`: texts without blanks around; an amount's currency beside.

    Called for every element of every file: no layers.
    """
    for child in element:
        row = table.get(child.tag)  # type: ignore[arg-type] - no comments are kept, so tags are texts
        if row is None:
            continue
        kind, field, below = row
        if below:
            read(child, below, found)
        text = child.text
        if not field or not text or not (text := text.strip()):
            continue
        if kind == layout.MANY:
            if field in found:
                found[field].append(text)
            else:
                found[field] = [text]
        elif field not in found:
            found[field] = text
            if kind == layout.MONEY:
                found[field + "_currency"] = child.get("Ccy", "")
    return found


def drop(element: Element) -> None:
    """Forget what `element` held, and the one of its kind before it, so that memory stays flat."""
    element.clear()
    before = element.getprevious()
    if before is not None and before.tag == element.tag:
        cast("Element", element.getparent()).remove(before)


def _root(head: bytes) -> tuple[Element | None, etree.XMLSyntaxError | None]:
    parser = etree.XMLPullParser(("start",), resolve_entities=False, no_network=True, load_dtd=False)
    failed = None
    try:
        parser.feed(head)
    except etree.XMLSyntaxError as error:
        failed = error
    try:
        first = next(cast("Any", parser).read_events(), None)
    except etree.XMLSyntaxError as error:
        return None, error
    return (None if first is None else first[1]), failed


def _check_encoding(head: bytes, found: findings.Findings) -> None:
    """A file that says ISO-8859-1 and holds UTF-8 is read without an error, and every name in it is wrong."""
    declared = _DECLARED.match(head)
    if declared is None or declared[1].upper() in {b"UTF-8", b"US-ASCII"}:
        return
    try:
        plain = head[: head.rfind(b">") + 1].decode("utf-8").isascii()
    except UnicodeDecodeError:
        plain = True
    if plain:
        found.add("info", "not_utf8", line=1, value=declared[1].decode())
    else:
        found.add("block", "wrong_encoding", line=1, value=declared[1].decode())


def _unreadable(error: etree.XMLSyntaxError, log: Any = (), ended: bool = False) -> payments.ReadError:
    """The first fault that the parser met, which is not always the one that it ends with. One at the very end is a missing end."""
    line, column, reason = next(((one.line, one.column, one.message) for one in log), (*error.position, error.msg or ""))
    reason = re.sub(r", line \d+, column \d+.*", "", reason)
    code = (
        "truncated" if ended and not reason.startswith("Entity") else "bad_encoding" if "encoding" in reason else "not_well_formed"
    )
    return payments.ReadError(code, line or None, column if line else None, reason)
