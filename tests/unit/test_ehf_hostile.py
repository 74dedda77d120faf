"""Hostile and broken bytes: each gets a clear error quickly, opens nothing, and costs no other document."""

from __future__ import annotations

import pathlib
import time

import pytest

from fakturabro.formats import ehf
from fakturabro.formats.ehf import parse

ROOT = (
    '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"'
    ' xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">'
)
BOMB = '<!DOCTYPE Invoice [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{previous};" * 10}">' for previous, name in zip("abcdefghi", "bcdefghij", strict=True)
)


def refused(data: bytes) -> ehf.ReadError:
    started = time.perf_counter()
    with pytest.raises(ehf.ReadError) as caught:
        ehf.read(data)
    assert time.perf_counter() - started < 2
    return caught.value


@pytest.mark.parametrize("place", [f"{ROOT}<cbc:Note>&j;</cbc:Note></Invoice>", ROOT.replace(">", ' a="&j;">') + "</Invoice>"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entity_bomb(place: str, encoding: str) -> None:
    error = refused(f"{BOMB}]>{place}".encode(encoding))
    assert "DTD" in str(error) or "not well-formed" in str(error)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE Invoice [<!ENTITY x SYSTEM "file://{}">]>',
        '<!DOCTYPE Invoice [<!ENTITY % x SYSTEM "file://{}"> %x;]>',
        '<!DOCTYPE Invoice SYSTEM "file://{}">',
        '<!DOCTYPE Invoice PUBLIC "a" "http://127.0.0.1:9/x.dtd">',
        "<!DOCTYPE Invoice>",
    ],
)
def test_no_document_type_is_accepted_and_no_file_opened(doctype: str, tmp_path: pathlib.Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("hemmelig")
    error = refused((doctype.format(secret) + f"{ROOT}<cbc:Note>&x;</cbc:Note></Invoice>").encode())
    assert "(DTD)" in str(error) or "not well-formed" in str(error)
    assert "hemmelig" not in str(error)


def test_fifty_megabytes_are_refused_before_parsing() -> None:
    error = refused(ROOT.encode() + b" " * 50_000_000 + b"</Invoice>")
    assert "50,0" in str(error)
    assert error.line is None


def test_a_single_endless_text_is_refused() -> None:
    assert "not well-formed" in str(refused(ROOT.encode() + b"<cbc:Note>" + b"x" * 12_000_000 + b"</cbc:Note></Invoice>"))


def test_deep_nesting_is_refused() -> None:
    assert "not well-formed" in str(refused((ROOT + "<a>" * 5_000 + "</a>" * 5_000 + "</Invoice>").encode()))


def test_many_unknown_siblings_stay_fast() -> None:
    refused((ROOT + "<cbc:Zz/>" * 300_000 + "</Invoice>").encode())


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (f"{ROOT}\n  <cbc:Note>halv".encode(), 2, 17),
        (f"{ROOT}\n</Faktura>".encode(), 2, 11),
        (b"", 1, 1),
        (b"%PDF-1.7", 1, 1),
        ('<?xml version="1.0" encoding="UTF-8"?>\n<a>\xe6</a>'.encode("latin-1"), 2, 4),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', 1, None),
    ],
)
def test_malformed_xml_gives_line_and_column(data: bytes, line: int, column: int | None) -> None:
    error = refused(data)
    assert error.line == line
    assert column is None or abs((error.column or 0) - column) <= 1
    assert "<string>" not in str(error)


@pytest.mark.parametrize(
    "root", ["<Invoice/>", '<Order xmlns="urn:x"/>', "<html><body/></html>", '<I:Invoice xmlns:I="urn:Invoice-3"/>']
)
def test_another_root_element_is_named(root: str) -> None:
    assert "not a UBL 2 Invoice" in str(refused(root.encode()))
    assert not ehf.recognise(root.encode())


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"NY000010", b"\x00\x01\x02", b"<", b"<?xml version='1.0'?>", b"{}"])
def test_other_files_are_not_recognised(data: bytes) -> None:
    assert not ehf.recognise(data)


def test_recognise_reads_the_beginning_only() -> None:
    assert ehf.recognise(f"{ROOT}<cbc:Note>halv".encode() + b"\xff" * 5_000_000)
    assert ehf.recognise(b"\xef\xbb\xbf" + ROOT.encode())
    assert not ehf.recognise(b"<!-- " + ROOT.encode() * 1_000 + b" -->")


@pytest.mark.contract
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_byte_order_mark_and_other_encodings_are_read(shared: pathlib.Path, encoding: str) -> None:
    source = (shared / "samples/ehf/norwegian-probes/ok.xml").read_bytes()
    name = encoding.removesuffix("-sig")
    other = source.decode().replace("encoding='UTF-8'", f"encoding='{name}'").encode(encoding)
    assert other != source
    assert ehf.read(other) == ehf.read(source)


@pytest.mark.contract
def test_truncation_anywhere_is_refused(shared: pathlib.Path) -> None:
    source = (shared / "samples/ehf/norwegian-probes/ok.xml").read_bytes()
    for length in range(0, len(source) - 1, 97):
        with pytest.raises(ehf.ReadError):
            ehf.read(source[:length])


def test_the_limit_is_an_argument() -> None:
    with pytest.raises(ehf.ReadError, match="at most 10 are read"):
        parse.parse(b"<a>12345678</a>", limit=10)
