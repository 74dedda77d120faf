"""ISO 20022 files that nobody should send: each stops with line and column, or is read and said of."""

from __future__ import annotations

import ast
import io
import pathlib
import re

import pytest

from fakturabro.domain import findings, payments
from fakturabro.formats import iso20022
from fakturabro.formats.iso20022 import camt, layout, messages, parse

NAMESPACE = layout.NAMESPACE + "camt.054.001.08"
GOOD = f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="{NAMESPACE}"><BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>N1</MsgId></GrpHdr>
<Ntfctn><Id>1</Id><Acct><Id><Othr><Id>86011117947</Id></Othr></Id><Ccy>NOK</Ccy></Acct>
<Ntry><Amt Ccy="NOK">75.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-11-24</Dt></BookgDt><AcctSvcrRef>B1</AcctSvcrRef><NtryDtls><TxDtls>
<RltdPties><Dbtr><Pty><Nm>Kåre Ødegård</Nm></Pty></Dbtr></RltdPties></TxDtls></NtryDtls></Ntry>
</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"""


def read(data: bytes, limit: int = parse.LIMIT) -> tuple[list[payments.Value], findings.Findings]:
    found = findings.Findings()
    return list(camt.incoming(io.BytesIO(data), found, limit)), found


@pytest.mark.parametrize(
    "data",
    [
        GOOD.encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("UTF-8", "UTF-16").encode("utf-16"),
        GOOD.replace("75.00", "7<!-- not 7 -->5<?what?>.<![CDATA[00]]>").encode(),
        re.sub(r"<(/?)(?=[A-Z])", r"<\1x:", GOOD).replace("xmlns=", "xmlns:x=").encode(),
    ],
    ids=["plain", "bom", "utf-16", "comments", "prefixes"],
)
def test_what_is_odd_only_in_form_is_read(data: bytes) -> None:
    (payment,), found = read(data)
    assert (payment.amount, payment.payer_name, payment.reference) == (75, "Kåre Ødegård", "B1/1")
    assert not found
    assert iso20022.recognise(data) == "camt.054.001.08"


BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "a" * 99}">' for n in range(12))
HOSTILE = {
    "empty": (b"", "empty_file", 1),
    "blank": (b"  \n", "empty_file", 1),
    "text": (b"NY000010000080810005001", "not_well_formed", 1),
    "half a root": (b"<Document ", "truncated", 1),
    "truncated": (GOOD.encode()[:500], "truncated", 6),
    "wrong end": (GOOD.replace("</AcctSvcrRef>", "</Ref>").encode(), "not_well_formed", 5),
    "latin-1 that says UTF-8": (GOOD.encode("latin-1"), "bad_encoding", 6),
    "unknown encoding": (GOOD.replace("UTF-8", "EBCDIC-NO-7").encode(), "bad_encoding", 1),
    "bomb": (GOOD.replace("?>", f"?><!DOCTYPE Document [{BOMB}]>", 1).replace("N1", "&a11;").encode(), "doctype", 1),
    "external": (
        GOOD.replace("?>", '?><!DOCTYPE a [<!ENTITY a SYSTEM "/etc/passwd">]>').replace("N1", "&a;").encode(),
        "doctype",
        1,
    ),
    "entity nobody declared": (GOOD.replace("N1", "&a;").encode(), "not_well_formed", 2),
    "unknown version": (GOOD.replace("camt.054.001.08", "camt.054.001.99").encode(), "unknown_namespace", 2),
    "no namespace": (GOOD.replace(f' xmlns="{NAMESPACE}"', "").encode(), "unknown_namespace", 2),
    "brace in the namespace": (GOOD.replace(f'xmlns="{NAMESPACE}"', f'xmlns="u}}{NAMESPACE}"').encode(), "unknown_namespace", 2),
    "another message": (GOOD.replace("camt.054.001.08", "pain.002.001.10").encode(), "other_message", 2),
    "no account": (GOOD.replace("86011117947", "").encode(), "missing", 3),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_cannot_be_read_on_stops_where_it_is(case: str) -> None:
    data, code, line = HOSTILE[case]
    with pytest.raises(payments.ReadError) as stopped:
        read(data)
    assert (stopped.value.code, stopped.value.line) == (code, line)
    assert len(messages.norwegian(code, stopped.value.value)) > 20


def test_a_namespace_that_nobody_knows_is_named_with_those_that_we_know() -> None:
    with pytest.raises(payments.ReadError) as stopped:
        read(HOSTILE["unknown version"][0])
    said = messages.norwegian(stopped.value.code, stopped.value.value)
    assert "camt.054.001.99" in said
    assert all(message in said for message in layout.MESSAGES)
    assert iso20022.recognise(HOSTILE["unknown version"][0]) == "camt.054.001.99"
    assert iso20022.recognise(b'<Document xmlns="urn:swift:xsd:camt.053"/>') == "urn:swift:xsd:camt.053"
    assert iso20022.recognise(b"<Invoice/>") is None


def test_the_guide_lists_the_messages_that_are_known() -> None:
    guide = pathlib.Path(__file__).parent.parent.parent / "docs" / "integrations" / "bank.md"
    assert re.findall(r"^\| `((?:pain|camt)[\d.]+)` \|", guide.read_text(encoding="utf-8"), re.MULTILINE) == list(layout.MESSAGES)


def test_no_more_is_read_than_the_limit() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return GOOD.encode()[:-60] if self.given == size else b" " * size

    endless = Endless()
    with pytest.raises(payments.ReadError, match="too_large"):
        list(camt.rows(endless, findings.Findings(), limit=1_000_000))
    assert endless.given < 1_200_000


STRAY = f"<Xyz>{'a' * 90}</Xyz>"
ENTRY = re.search("<Ntry>.*</Ntry>", GOOD, re.DOTALL)[0]  # type: ignore[index]
PAYMENT = re.search("<TxDtls>.*</TxDtls>", ENTRY, re.DOTALL)[0]  # type: ignore[index]
FEW = {
    "one": STRAY * 4_000 + ENTRY,
    "between": (ENTRY + STRAY + ENTRY) * 1_500,
    "in one": ENTRY.replace("</TxD", STRAY * 4_000 + "</TxD"),
}


@pytest.mark.parametrize("kind", FEW)
def test_what_would_fill_the_memory_is_not_read_on(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(parse, "_KEPT", 150_000)
    with pytest.raises(payments.ReadError, match="element_too_large"):
        read(GOOD.replace(ENTRY, FEW[kind]).encode())


def test_what_is_dropped_as_it_is_read_may_be_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse, "_KEPT", 150_000)
    several = ENTRY.replace(PAYMENT, PAYMENT.replace("<RltdP", '<Amt Ccy="NOK">0.75</Amt><RltdP') * 100)
    apart = several.replace("</TxDtls><TxDtls>", "</TxDtls></NtryDtls><NtryDtls><TxDtls>")
    made, found = read(GOOD.replace(ENTRY, ENTRY * 500 + several * 20 + apart * 20).encode())
    assert len(made) == 4_500 and not any(one.severity == "block" for one in found)


def test_utf8_that_says_latin1_is_seen_before_names_are_wrong() -> None:
    _, found = read(GOOD.replace("UTF-8", "ISO-8859-1").encode())
    assert [(one.code, one.severity) for one in found] == [("wrong_encoding", "block")]
    (payment,), found = read(GOOD.replace("UTF-8", "ISO-8859-1").encode("latin-1"))
    assert payment.payer_name == "Kåre Ødegård"
    assert [(one.code, one.severity) for one in found] == [("not_utf8", "info")]


def test_every_code_has_its_sentence_and_every_sentence_its_code() -> None:
    folder = pathlib.Path(parse.__file__).parent
    said = set[str]()
    for path in (*folder.glob("*.py"), pathlib.Path(findings.__file__)):
        if path.name in {"messages.py", "reasons.py"}:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        said |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    for code in messages._SENTENCES:
        assert code in said or (code.endswith("_differs") and code.removesuffix("_differs") in said), f"{code} is never said"
    called = re.findall(
        r'(?:Breach\(|ReadError\(|add\("(?:block|warn|info)",) ?"(\w+)"', "".join(p.read_text() for p in folder.glob("*.py"))
    )
    assert set(called) <= set(messages._SENTENCES)
