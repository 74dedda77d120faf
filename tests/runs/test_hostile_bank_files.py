"""Every bad file of the issue in the real folders, at once: each is told with its line and its reason, and the good ones go on."""

from __future__ import annotations

import base64
import collections
import os
import pathlib
import resource
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ed25519

from fakturabro.domain import calendar
from fakturabro.ledger import tables
from fakturabro.ledger.payments import tables as bank_tables
from flows import bank as flows
from sandboxes.bank import messages as bank_messages
from sandboxes.bank import ocr as bank_ocr
from sandboxes.bank import service as bank
from tasks import clock
from tasks.bank import options as bank_options
from tests.crash import remittances
from tests.runs import conftest

TODAY = clock.now().astimezone(calendar.OSLO).date()
PAID_TO = "86011117947"
_KEY = ed25519.Ed25519PrivateKey.generate()
Spoil = Callable[[bytes], bytes]


class Town:
    """The sandbox bank and the accounting system's folders, with the options of one tenant."""

    def __init__(self, folder: pathlib.Path, **bank_changes: Any) -> None:
        self.out, self.back, self.site_folder = folder / "out", folder / "in", folder
        self.out.mkdir()
        self.back.mkdir()
        accounts = [bank.Account(number=remittances.PAYS_FROM, owner="Nidelven", balance=Decimal(10_000_000))]
        self.bank = bank.Bank(folder / "bank", TODAY, accounts)
        names = [{"kind": "credits", "glob": "*.C54C.*"}, {"kind": "ocr_giro", "glob": "OCR*"}]
        key = base64.b64encode(_KEY.public_key().public_bytes_raw()).decode()
        self.options = bank_options.BankOptions.model_validate(
            {
                "bank": {
                    "folders": {"take_from": str(self.bank.pickup), "put_into": str(self.bank.drop), "names": names},
                    "initiator": {"name": "Nidelven"},
                    **bank_changes,
                },
                "accounts": [{"number": remittances.PAYS_FROM}, {"number": PAID_TO, "pays": False}],
                "accounting": {
                    "folders": {
                        "take_from": str(self.out),
                        "put_into": str(self.back),
                        "names": [{"kind": "remittance", "glob": "*.xml"}],
                    },
                    "signing_keys": [key],
                    "incoming": "factoring",
                    "factoring_client": "4711",
                },
                "guards": {"fewest_files": 0, "new_receivers_percent": 100},
            }
        )

    def remit(self, name: str, content: bytes) -> None:
        """A signed file from the accounting system: nobody has to confirm it."""
        leave(self.out / f"{name}.sig", _KEY.sign(content))
        leave(self.out / name, content)

    async def run(self, flow: str) -> Any:
        with conftest.plain():
            return await getattr(flows, flow)("nidelven", self.options)

    def why(self, folder: pathlib.Path) -> dict[str, str]:
        """By the name of each file that was set aside, what is said of it."""
        told = (folder / "til_side").glob("*.hvorfor.txt")
        return {path.name.removesuffix(".hvorfor.txt").split(".", 1)[1]: path.read_text() for path in told}


def leave(path: pathlib.Path, content: bytes) -> None:
    path.write_bytes(content)
    os.utime(path, (path.stat().st_mtime - 3600,) * 2)


def wish(number: int, kid: str = "7700016") -> remittances.Wish:
    return remittances.Wish(
        name="Østfold Rør AS",
        creditor=remittances.account(1203111111),
        amount=Decimal(f"{number}.50"),
        kid=kid,
        text="" if kid else f"Faktura {number}",
        due=TODAY,
        fate="paid",
    )


def swapped(content: bytes) -> bytes:
    """The first payment stands before its batch."""
    start, end = content.index(b"<CdtTrfTxInf>"), content.index(b"</CdtTrfTxInf>") + len(b"</CdtTrfTxInf>")
    return content[:start].replace(b"<PmtInf>", content[start:end] + b"<PmtInf>") + content[end:]


BOMB = b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
REMITTANCES: dict[str, tuple[Spoil, str | None]] = {
    "good": (lambda one: one, ""),
    "mark": (lambda one: b"\xef\xbb\xbf" + one, ""),
    "crlf": (lambda one: one.replace(b"><", b">\r\n  <") + b"\r\n   \r\n", ""),
    "latin-1": (lambda one: one.replace(b"UTF-8", b"ISO-8859-1").decode().encode("latin-1"), ""),
    "empty": (lambda _: b"", "Filen er tom"),
    "blank": (lambda _: b" \r\n", "Filen er tom"),
    "cut": (lambda one: one[:-40], "Filen slutter midt i"),
    "count": (lambda one: one.replace(b"<NbOfTxs>2<", b"<NbOfTxs>3<"), "Antallet stemmer ikke: 3"),
    "sum": (lambda one: one.replace(b"</CtrlSum>", b"1</CtrlSum>"), "Summen stemmer ikke"),
    "swapped": (swapped, "der det ikke hører hjemme"),
    "bomb": (lambda one: one.replace(b"<Document", BOMB + b"<Document").replace(b">Nidelven<", b">&b;<"), "DOCTYPE"),
    "unknown": (lambda one: one.replace(b"pain.001.001.09", b"pain.001.001.99"), "pain.001.001.99"),
    "encoding": (lambda one: one.replace(b"UTF-8", b"ISO-8859-1"), "tegnsettet"),
    "garbled": (lambda one: one.decode().encode("latin-1"), "tegn"),
    "decimals": (lambda one: one.replace(b".50</I", b".50001</I").replace(b".00</C", b".00002</C"), None),
    "no day": (lambda one: one.replace(f"<Dt>{TODAY}".encode(), b"<Dt>0000-00-00"), "0000-00-00"),
    "status": (lambda one: one.replace(b"pain.001.001.09", b"pain.002.001.10"), "ikke en remitteringsfil"),
}
"""How each file is spoilt, and what is said of it where nothing is taken in; None: it is taken in, and its payments are held."""


async def test_a_bad_remittance_file_pays_nothing_and_holds_nobody_up(site: Any, tmp_path: pathlib.Path) -> None:
    town, sent, good = Town(tmp_path), list[Decimal](), 0
    for at, (name, (spoil, why)) in enumerate(REMITTANCES.items()):
        pair = [wish(1000 + 10 * at), wish(1001 + 10 * at, kid="")]
        content = spoil(remittances.to_pain001(f"BAD{at}", pair))
        good += not why
        if why == "":
            sent += [one.amount for one in pair]
        town.remit(f"{name}.xml", content)
        if name == "good":
            town.remit("a copy.xml", content)
    (town.out / "notat.docx").write_text("?")
    ended = await town.run("remittance")
    told = town.why(town.out)
    expected = {f"{name}.xml": why for name, (_, why) in REMITTANCES.items() if why}
    assert {name: told.get(name) for name, why in expected.items() if why not in told.get(name, "")} == {}
    assert set(told) == set(expected) and ended.is_failed() and "notat.docx" in ended.message
    town.bank.take()
    assert [one.verdict for one in town.bank.files] == ["ACTC"] * len(town.bank.files)
    assert sorted(order.amount for order in town.bank.orders) == sorted(sent)
    assert {order.creditor_name for order in town.bank.orders} == {"Østfold Rør AS"}
    assert len(list((town.out / "lest").glob("*.xml"))) == good + 1


def ocr(*payments: tuple[str, int]) -> bytes:
    """A transmission of these KIDs and amounts in øre."""
    parts = tuple(
        bank_messages.Part(
            amount=Decimal(ore) / 100, reference=f"{ore:010}", kid=kid, other_account=remittances.account(1203555555)
        )
        for kid, ore in payments
    )
    booking = bank_messages.Booking(on=TODAY, reference=f"{payments[0][1]:011}", code=("RCDT", "DMCT"), parts=parts)
    return bank_ocr.write(payments[0][1] % 10_000_000, "00123456", PAID_TO, TODAY, [booking])


def no_dates(content: bytes) -> bytes:
    """The bank's own day, in every record that has one."""
    return content.replace(f"{TODAY:%d%m%y}".encode(), b"000000")


def without_item_2(content: bytes) -> bytes:
    lines = content.split(b"\r\n")
    return b"\r\n".join([*lines[:2], lines[3], lines[2], *lines[4:]])


OCR: dict[str, tuple[Spoil, str]] = {
    "good": (lambda one: one, ""),
    "lf": (lambda one: one.replace(b"\r\n", b"\n"), ""),
    "end mark": (lambda one: one + b"\x1a", ""),
    "blanks": (lambda one: one.replace(b"\r\n", b"   \r\n"), ""),
    "mark": (lambda one: b"\xef\xbb\xbf" + one, ""),
    "dash": (lambda one: one.replace(b"               0000001", b"              00000-01"), ""),
    "no dates": (no_dates, ""),
    "empty": (lambda _: b"", "Filen er tom"),
    "cut": (lambda one: one[:-120], "avkortet"),
    "total": (lambda one: one.replace(b"NY000089", b"NY000089", 1)[:-60] + b"9" + one[-59:], "stemmer ikke"),
    "swapped": (without_item_2, "Linje 3"),
    "utf-16": (lambda one: one.decode().encode("utf-16"), "Ventet OCR-giro"),
    "letters": (lambda one: one.replace(b"NY091030", b"NY0910X0", 1), "Linje 3"),
    "sum of others": (lambda one: one.replace(b"NY091030", b"NY091830", 1).replace(b"NY091031", b"NY091831", 1), ""),
}


async def test_a_bad_ocr_file_posts_nothing_and_holds_nobody_up(site: Any, tmp_path: pathlib.Path) -> None:
    town, good = Town(tmp_path), collections.Counter[int]()
    for at, (name, (spoil, why)) in enumerate(OCR.items()):
        content = spoil(ocr(("0000001" + str(at), 10_000 + at), ("7700016", 20_000 + at)))
        leave(town.bank.pickup / f"OCR.{name}", content)
        if not why:
            good += collections.Counter([10_000 + at, 20_000 + at])
        if name == "good":
            leave(town.bank.pickup / "OCR.a copy", content)
    ended = await town.run("incoming_payments")
    told, expected = town.why(town.bank.pickup), {f"OCR.{name}": why for name, (_, why) in OCR.items() if why}
    assert {name: told.get(name) for name, why in expected.items() if why not in told.get(name, "")} == {}
    assert set(told) == set(expected) and ended.is_failed()
    posted = collections.Counter(_ore(one.payment.amount) for one in site.boxes.factoring.payments.posted.values())
    document, delivery = tables.document, tables.delivery
    with site.engine.connect() as connection:
        query = sa.select(document.c.amount, delivery.c.state).join(delivery, delivery.c.document_id == document.c.id)
        rows = connection.execute(query.where(document.c.kind == "incoming_payment")).all()
        states = connection.execute(
            sa.select(bank_tables.bank_file.c.state).where(bank_tables.bank_file.c.side == "bank")
        ).scalars()
        assert collections.Counter(states)["set_aside"] == len(expected)
    assert collections.Counter(abs(amount) for amount, _ in rows) == good
    assert posted == good and {state for _, state in rows} == {"accepted"}


def _ore(amount: str) -> int:
    return abs(int(Decimal(amount) * 100))


BIG = 1_990_000_000
"""Just below the limit."""
_BLOCK = 20_000
_PADDING = {"OCR.blank": b"\r\n" * 32_768, "A.C54C.stray": b"<Xyz>a</Xyz>" * 5_000, "A.C54C.blank": b" \r\n" * 20_000}
_WITHIN = {"A.C54C.stray": 900}
"""MB of memory; 100 where nothing is said. An element that nobody reads is refused when so much of it has come."""


@pytest.mark.long
@pytest.mark.parametrize("name", ["OCR.many", *_PADDING])
async def test_two_gigabytes_are_read_in_flat_memory(site: Any, tmp_path: pathlib.Path, name: str) -> None:
    """12 million payments of which the last record says something else, or hardly anything in much: set aside, nothing recorded."""
    town = Town(tmp_path)
    first, *body, end, last, _ = ocr(*((f"{at:07}", 10_000 + at) for at in range(_BLOCK))).split(b"\r\n")
    block, head, tail = b"\r\n".join([*body[1:], b""]), first + b"\r\n" + body[0] + b"\r\n", end + b"\r\n" + last + b"\r\n"
    if name.endswith(("stray", "blank")):
        block = _PADDING[name]
    if "C54C" in name:
        head = b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn><Ntfctn>'
        tail = b"</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
    path = town.bank.pickup / name
    with path.open("wb") as file:
        file.write(head)
        for _ in range(BIG // len(block)):
            file.write(block)
        file.write(tail)
    os.utime(path, (0, 0))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ended = await town.run("incoming_payments")
    path.unlink(missing_ok=True)
    for one in (town.bank.pickup / "til_side").glob(f"*.{name}"):
        one.unlink()
    assert ended.is_failed() and town.why(town.bank.pickup)[name]
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < _WITHIN.get(name, 100)
    with site.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.document)).scalar_one() == 0
