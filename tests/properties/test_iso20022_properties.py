"""pain.001 for any remittance: what is written is read as it was, adds up, and is valid by the schema."""

from __future__ import annotations

import datetime as dt
import functools
import pathlib
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from stdnum.no import kontonr

from fakturabro.domain import findings, payments
from fakturabro.formats import iso20022
from fakturabro.formats.iso20022 import characters, layout, messages

HOME = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+æøåÆØÅáäçéóöüß%&=@§"
IDENTIFIERS = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9 .:+-]{0,33}[A-Za-z0-9])?", fullmatch=True)


@st.composite
def norwegian_accounts(draw: st.DrawFn) -> payments.Account:
    payload = draw(st.from_regex(r"[1-9][0-9]{9}", fullmatch=True))
    value = next(
        (
            payload[:9] + str(n) + digit
            for n in range(10)
            if (digit := kontonr._calc_check_digit(payload[:9] + str(n))) in "0123456789"
        ),
        "86011117947",
    )
    return payments.Account(scheme="bban", value=value)


def texts(alphabet: str, most: int) -> st.SearchStrategy[str]:
    return st.text(alphabet + " ", min_size=1, max_size=most).map(str.strip).filter(bool)


def addresses(alphabet: str) -> st.SearchStrategy[payments.Address | None]:
    return st.none() | st.builds(
        payments.Address,
        street=st.just("") | texts(alphabet, 70),
        post_code=st.just("") | texts(alphabet, 16),
        city=texts(alphabet, 35),
        country=st.sampled_from(["", "NO", "SE"]),
        lines=st.lists(texts(alphabet, 70), max_size=7).map(tuple),
    )


@st.composite
def orders(draw: st.DrawFn, kind: str) -> payments.PaymentOrder:
    foreign = kind == "foreign"
    alphabet = HOME[:72] if foreign else HOME
    account = payments.account("DE89370400440532013000", bic="COBADEFF") if foreign else draw(norwegian_accounts())
    message: dict[str, Any] = draw(
        st.one_of(
            st.just({}),
            st.from_regex(r"[0-9]{1,24}[0-9-]", fullmatch=True).map(lambda kid: {"kid": kid}),
            st.lists(texts(alphabet, 140), min_size=1, max_size=1 if foreign else 4).map(lambda lines: {"text": tuple(lines)}),
            texts(alphabet, 35).map(lambda number: {"invoice_number": number}),
        )
    )
    currency = draw(st.sampled_from(["EUR", "SEK", "JPY", "KWD"])) if foreign else "NOK"
    places = payments.decimals(currency) or 0
    return payments.PaymentOrder(
        end_to_end_id=draw(IDENTIFIERS),
        instruction_id=draw(st.just("") | IDENTIFIERS),
        amount=Decimal(draw(st.integers(1, 10**11))).scaleb(-places),
        currency=currency,
        creditor=payments.Creditor(name=draw(texts(alphabet, 140)), account=account, address=draw(addresses(alphabet))),
        kind=kind,
        requested=dt.date(2026, 11, 24),
        purpose=draw(st.sampled_from(["", "SALA", "SUPP"])),
        charge_bearer=draw(st.sampled_from(["", "SHAR", "SLEV"])),
        **message,
    )


@st.composite
def remittances(draw: st.DrawFn) -> payments.Remittance:
    kinds = draw(st.lists(st.sampled_from(["domestic", "salary", "foreign"]), min_size=1, max_size=3))
    batches: list[payments.Batch] = []
    for number, kind in enumerate(kinds):
        some = draw(st.lists(orders(kind), min_size=1, max_size=4))
        named = tuple(msgspec.structs.replace(one, end_to_end_id=f"{number}.{at}") for at, one in enumerate(some))
        batches.append(
            payments.Batch(
                batch_id=f"B{number}",
                debtor=payments.Party(name=draw(texts(HOME[:72], 140))),
                account=payments.Account(
                    scheme="iban", value="NO9386011117947", currency="NOK", bic=draw(st.sampled_from(["", "DNBANOKK"]))
                ),
                execution_date=dt.date(2026, 11, 24),
                payments=named,
                category="SALA" if kind == "salary" else draw(st.sampled_from(["", "SUPP"])),
                service=draw(st.sampled_from(["", "NURG"])),
            )
        )
    created = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
    sender = payments.Party(name=draw(texts(HOME, 140)), identifier="918315446", identifier_scheme="BANK")
    return payments.Remittance(message_id=draw(IDENTIFIERS), created_at=created, initiator=sender, batches=tuple(batches))


@functools.cache
def schema(shared: pathlib.Path, message: str) -> etree.XMLSchema:
    return etree.XMLSchema(file=str(shared / "samples" / "xsd" / f"{message}.xsd"))


@pytest.mark.contract
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(made=remittances(), version=st.sampled_from(["pain.001.001.03", "pain.001.001.09"]))
def test_what_is_written_is_read_as_it_was_and_valid(made: payments.Remittance, version: Any, shared: pathlib.Path) -> None:
    written = iso20022.write(made, version)
    assert not written.replaced
    schema(shared, version).assertValid(etree.fromstring(written.data))
    found = findings.Findings()
    assert iso20022.pain001.read(written.data, found) == made
    assert not found


@given(text=st.text(), abroad=st.booleans())
def test_what_a_bank_takes_needs_no_second_look(text: str, abroad: bool) -> None:
    once = characters.permitted(text, abroad)
    assert characters.permitted(once, abroad) == once
    assert once.isprintable()


TREES = st.recursive(
    st.sampled_from(
        ["<Dt>2026-11-24</Dt>", '<Amt Ccy="NOK">1</Amt>', "<CdtDbtInd>DBIT</CdtDbtInd>", "<Id><IBAN>NO9386011117947</IBAN></Id>"]
    ),
    lambda inner: st.tuples(st.sampled_from(sorted({*layout.PARENTS, "Acct", "Bal", "Sts"})), st.lists(inner, max_size=4)).map(
        lambda made: f"<{made[0]}>{''.join(made[1])}</{made[0]}>"
    ),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(message=st.sampled_from(sorted(layout.MESSAGES)), trees=st.lists(TREES, max_size=4))
def test_elements_in_any_order_are_read_or_refused_and_never_anything_else(message: str, trees: list[str]) -> None:
    root = layout.MESSAGES[message]
    data = f'<Document xmlns="{layout.NAMESPACE}{message}"><{root}>{"".join(trees)}</{root}></Document>'.encode()
    read = {"pain.001": iso20022.pain001.read, "pain.002": iso20022.pain002.read}.get(message[:8], iso20022.camt.read)
    try:
        read(data, findings.Findings())
    except payments.ReadError as error:
        assert error.code in messages._SENTENCES


@settings(deadline=None)
@given(cut=st.integers(0, 2000), put=st.binary(max_size=8))
def test_a_spoiled_file_is_read_or_refused_and_never_anything_else(cut: int, put: bytes) -> None:
    sound = (
        b'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>'
        b"<Stmt><Id>1</Id><Acct><Id><Othr><Id>86011117947</Id></Othr></Id></Acct><Ntry><Amt Ccy='NOK'>1.00</Amt><CdtDbtInd>DBIT"
        b"</CdtDbtInd><Sts>BOOK</Sts><NtryDtls><TxDtls><Refs/></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>"
    )
    cut %= len(sound)
    spoiled = sound[:cut] + put + sound[cut + len(put) :]
    try:
        iso20022.camt.read(spoiled, findings.Findings())
    except payments.ReadError as error:
        assert error.code
