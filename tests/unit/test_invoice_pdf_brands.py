"""A tenant's logo and colours: what may stand on an invoice, and what is refused before it does."""

from __future__ import annotations

import datetime as dt
import pathlib
import struct
import zlib

import pydantic
import pytest

from deployments import brands as tenants_brands
from fakturabro.formats.invoice_pdf import brands, logos
from fakturabro.ledger import applied, brand_files, opened

AT = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)
SHAPES = '<path fill="#b5123e" d="M0 0h90v30H0z"/>'


def svg(inside: str = SHAPES, *, before: str = "", attributes: str = "") -> bytes:
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 90 30"'
    return f"{before}<svg {names} {attributes}>{inside}</svg>".encode()


def nested(depth: int, *, times: int) -> bytes:
    """Groups that each use the one before, `times` over."""
    uses = (f'<use href="#g{at}"/>' * times for at in range(depth))
    return svg('<g id="g0"/>' + "".join(f'<g id="g{at}">{use}</g>' for at, use in enumerate(uses, 1)))


def png(width: int, height: int, rows: bytes | None = None) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = rows if rows is not None else b"".join(b"\0" + b"\x10\x40\x80" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_a_drawing_and_a_picture_are_known_by_their_content() -> None:
    gradient = '<defs><linearGradient id="a"><stop stop-color="red"/></linearGradient></defs>'
    filled = '<g id="b"><path d="M0 0h9v9z" style="fill: url( \'#a\' )"/></g><use xlink:href="#b"/>'
    assert logos.check(svg(gradient + filled)) == ".svg"
    assert logos.check(png(300, 100)) == ".png"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "verken PNG eller lesbar SVG"),
        (b"\xff\xd8\xff\xe0JFIF", "verken PNG eller lesbar SVG"),
        (b"<html/>", "verken PNG eller SVG"),
        (bytes(logos.LARGEST + 1), "høyst 128 kB"),
        (svg('<script>alert("a")</script>'), "<script>"),
        (svg(SHAPES.replace("<path", '<path onload="alert(1)"')), "onload"),
        (svg('<image href="https://example.com/a.png"/>'), "<image>"),
        (svg('<image href="data:image/png;base64,AAAA"/>'), "<image>"),
        (svg("<foreignObject><p/></foreignObject>"), "<foreignObject>"),
        (svg("<text>Nordlys</text>"), "kurver"),
        (svg("<animate/>"), "<animate>"),
        (svg('<use href="https://example.com/a.svg#b"/>'), "href"),
        (svg('<use xlink:href="file:///etc/passwd"/>'), "href"),
        (svg('<path fill="url(https://example.com/a)" d="M0 0h9v9z"/>'), "fill"),
        (svg("<style>@import 'https://example.com/a.css';</style>"), "stiler"),
        (svg("<style>path { fill: URL(//example.com/a) }</style>"), "stiler"),
        (svg(before='<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>', inside="<title>&a;</title>"), "DOCTYPE"),
        (svg('<g id="a"><use href="#a"/></g>'), "viser til seg selv"),
        (nested(8, times=9), "5000 former"),
        (nested(2000, times=1), "viser til seg selv"),
        (svg("<g>" * 300 + "</g>" * 300), "lesbar SVG"),
        (png(3000, 3000, b""), "3000 x 3000"),
        (png(0, 10, b""), "0 x 10"),
        (b"\x89PNG\r\n\x1a\n", "0 x 0"),
        (png(10, 10, b"abc"), "kan ikke tegnes"),
    ],
)
def test_what_no_logo_should_be_is_refused_with_its_reason(data: bytes, said: str) -> None:
    with pytest.raises(logos.LogoError, match=said):
        logos.check(data)


def test_the_ledgers_copy_is_looked_at_again() -> None:
    options = brands.BrandOptions(logo="a.svg", color="#B5123E", footer_nb="Hei")
    assert brands.make(options, svg()) == brands.Brand(color="#b5123e", logo=svg(), footer_nb="Hei")
    with pytest.raises(brands.BrandError, match=r"a\.svg: .*<script>"):
        brands.make(options, svg("<script/>"))


@pytest.mark.parametrize("color", ["#1F4E79", "#b5123e", "#000000", "#767676"])
def test_a_colour_that_white_text_can_be_read_on_is_taken(color: str) -> None:
    assert brands.BrandOptions(color=color).color == color.lower()


@pytest.mark.parametrize(
    ("color", "said"), [("#ffd700", "1,4:1 mot hvitt.*er #8a7400"), ("#777777", "4,5:1"), ("red", "#rrggbb"), ("#12345", "#rrggbb")]
)
def test_any_other_colour_is_refused_with_the_nearest_that_would_do(color: str, said: str) -> None:
    with pytest.raises(pydantic.ValidationError, match=said):
        brands.BrandOptions(color=color)


def test_the_colour_that_is_proposed_is_taken_itself() -> None:
    for grey in range(0x80, 0x100, 3):
        with pytest.raises(brands.BrandError) as caught:
            brands.check_color(f"#{grey:02x}{grey:02x}00")
        assert brands.check_color(str(caught.value)[-7:])


@pytest.mark.parametrize("name", ["../logo.svg", "/etc/passwd", "a\\b.svg", "logo.gif", ".svg"])
def test_the_logo_lies_beside_the_tenants_file_and_nowhere_else(name: str) -> None:
    with pytest.raises(pydantic.ValidationError, match="ved siden av"):
        brands.BrandOptions(logo=name)


def test_the_logo_is_checked_with_the_file_and_kept_when_it_is_applied(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "fjord.yaml"
    parameters = {"options": {"distribution": {"brand": {"logo": "fjord.svg"}}}}
    assert ["finnes ikke" in one.message for one in tenants_brands.check(file, parameters)] == [True]
    (tmp_path / "fjord.svg").write_bytes(svg("<script/>"))
    assert ["<script>" in one.message for one in tenants_brands.check(file, parameters)] == [True]
    (tmp_path / "fjord.svg").write_bytes(svg())
    assert [*tenants_brands.check(file, parameters)] == []
    assert [*tenants_brands.check(file, {"options": {"distribution": {}}})] == []


def test_the_newest_file_of_a_name_counts_and_only_for_its_tenant(ledger: opened.Ledger, tmp_path: pathlib.Path) -> None:
    parameters = {"tenant": "fjord", "options": {"distribution": {"brand": {"logo": "a.svg"}}}}
    stated = [applied.Deployment(name=name, entrypoint="flows.x.y", parameters=parameters) for name in ("a", "b")]
    for content in (svg(), svg("<g/>")):
        (tmp_path / "a.svg").write_bytes(content)
        tenants_brands.record(ledger, tmp_path / "fjord.yaml", "fjord", stated, AT)
        assert brand_files.read(ledger, "fjord", "a.svg") == content
    assert brand_files.read(ledger, "solberg", "") == b""
    with pytest.raises(brand_files.MissingFileError, match="solberg"):
        brand_files.read(ledger, "solberg", "a.svg")
