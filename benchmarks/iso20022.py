"""Bank files: camt.054 against a bare lxml.iterparse loop that reads the same fields, and pain.001 written and validated.

The notification has batches of 500 KID payments. FAKTURABRO_BENCH_CAMT_MB says how large it is: 50, or 500 when there is time.
"""

from __future__ import annotations

import datetime as dt
import os
import pathlib
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal

import msgspec
from lxml import etree

from benchmarks import rows
from fakturabro.domain import findings, payments
from fakturabro.formats.iso20022 import camt, writing

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"
_PAYMENTS = 50_000


def measure() -> list[rows.Row]:
    """Three rows: rate and peak memory of reading, rate of writing."""
    megabytes = int(os.environ.get("FAKTURABRO_BENCH_CAMT_MB", "50"))
    with tempfile.TemporaryDirectory(prefix="fakturabro-bench-") as folder:
        file = pathlib.Path(folder) / "camt.054.xml"
        count = write_notification(file, megabytes * 1_000_000)
        # by turns, and the better of two: the machine is not ours alone
        turns = [(rows.child("iso20022", "reading", file), rows.child("iso20022", "bare", file)) for _ in range(2)]
        ours, bare = (max(some, key=lambda one: one["rate"]) for some in zip(*turns, strict=True))
        if ours["count"] != count or ours["sum"] != bare["sum"]:
            raise rows.MeasuringError(f"{ours} and {bare} do not read the same {count} payments")
        writing = rows.child("iso20022", "writing", file)
        valid = _is_valid(file.with_name("pain.001.xml"))
    note = f"{file.name} of {megabytes} MB, {count} payments"
    return [
        rows.row("camt054_reading", ours["rate"], "payments/s", "ratio >= 0.75", peer=bare["rate"], note=note),
        rows.row("camt054_peak", ours["peak"], "MB", "value <= 60", note=f"{ours['imports']:.0f} MB of it are the imports"),
        rows.row(
            "pain001_writing", writing["rate"], "payments/s", "value >= 10000", note=f"{_PAYMENTS} payments, every check, {valid}"
        ),
    ]


def _is_valid(file: pathlib.Path) -> str:
    """What the official schema says, which lies in ../shared."""
    schema = rows.ROOT.parent / "shared" / "samples" / "xsd" / "pain.001.001.09.xsd"
    if not schema.exists():
        return "not validated: ../shared is absent"
    if not etree.XMLSchema(file=str(schema)).validate(etree.parse(file)):
        raise rows.MeasuringError("what was written is not valid by pain.001.001.09.xsd")
    return "XSD-valid"


def main() -> None:
    """One measurement in this process."""
    what, file = sys.argv[1:]
    measured = {"reading": _read, "bare": _bare, "writing": _write}[what]
    imports = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    taken, count, total = measured(pathlib.Path(file))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {"rate": count / taken, "count": count, "sum": total, "peak": peak, "imports": imports}
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n")


def write_notification(file: pathlib.Path, size: int, batch: int = 500) -> int:
    """A camt.054.001.08 of about `size` bytes, every amount and KID another one. Returns how many payments it has."""
    made = 0
    with file.open("w", encoding="utf-8") as out:
        out.write(
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{_NAMESPACE}"><BkToCstmrDbtCdtNtfctn><GrpHdr>'
            "<MsgId>N1</MsgId><CreDtTm>2026-11-25T06:00:00+01:00</CreDtTm></GrpHdr><Ntfctn><Id>N1</Id><Acct><Id><Othr><Id>86011117947</Id><SchmeNm>"
            "<Cd>BBAN</Cd></SchmeNm></Othr></Id><Ccy>NOK</Ccy></Acct>"
        )
        while out.tell() < size:
            made = _write_entry(out.write, made, batch)
        out.write("</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>")
    return made


def _write_entry(write: Callable[[str], object], made: int, batch: int) -> int:
    amounts = [100_00 + (made + number) * 37 % 899_999 for number in range(batch)]
    date = "<Dt>2026-11-24</Dt>"
    write(
        f'<Ntry><Amt Ccy="NOK">{Decimal(sum(amounts)).scaleb(-2)}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt>'
        f"{date}</BookgDt><ValDt>{date}</ValDt><AcctSvcrRef>B{made}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd>"
        f"<SubFmlyCd>DMCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><Btch><NbOfTxs>{batch}</NbOfTxs></Btch>"
    )
    for number, amount in enumerate(amounts, made):
        write(
            f'<TxDtls><Refs><AcctSvcrRef>A{number:09}</AcctSvcrRef></Refs><Amt Ccy="NOK">{amount / 100:.2f}</Amt><CdtDbtInd>CRDT'
            f"</CdtDbtInd><RltdPties><Dbtr><Pty><Nm>Kunde Øst {number}</Nm></Pty></Dbtr><DbtrAcct><Id><Othr><Id>15942287248</Id>"
            "<SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr></Id></DbtrAcct></RltdPties><RmtInf><Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR"
            f"</Cd></CdOrPrtry></Tp><Ref>{number:012}</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"
        )
    write("</NtryDtls></Ntry>")
    return made + batch


def _read(file: pathlib.Path) -> tuple[float, int, str]:
    started, count, total = time.perf_counter(), 0, Decimal(0)
    found = findings.Findings()
    with file.open("rb") as source:
        for one in camt.incoming(source, found):
            count += 1
            total += one.amount
    assert not found, list(found)
    return time.perf_counter() - started, count, str(total)


def _bare(file: pathlib.Path) -> tuple[float, int, str]:
    """What anybody would write: the same fields of each payment, nothing kept, nothing checked."""
    started, count, total = time.perf_counter(), 0, Decimal(0)
    tag = f"{{{_NAMESPACE}}}"
    paths = [
        "/".join(tag + name for name in path.split("/"))
        for path in (
            *("Refs/AcctSvcrRef", "Refs/EndToEndId", "CdtDbtInd", "RltdPties/Dbtr/Pty/Nm", "RltdPties/DbtrAcct/Id/IBAN"),
            *("RltdPties/DbtrAcct/Id/Othr/Id", "RltdPties/Cdtr/Pty/Nm", "RltdPties/CdtrAcct/Id/Othr/Id", "RmtInf/Ustrd"),
            *("RmtInf/Strd/CdtrRefInf/Ref", "AddtlTxInf"),
        )
    ]
    amount = tag + "Amt"
    for _, element in etree.iterparse(str(file), tag=tag + "TxDtls"):
        _ = [element.findtext(path) for path in paths]
        total += Decimal(element.findtext(amount) or "0")
        count += 1
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]  # type: ignore[index]
    return time.perf_counter() - started, count, str(total)


def _write(file: pathlib.Path) -> tuple[float, int, str]:
    """Half with KID, half with a text that is partly replaced; the bytes go to disk."""
    debtor = payments.Party(name="Fakturabro AS", identifier="918315446", identifier_scheme="CUST")
    accounts = [payments.Account(scheme="bban", value=value) for value in ("15942287248", "86011117947")]
    orders = tuple(
        payments.PaymentOrder(
            end_to_end_id=f"FB{number:09}",
            instruction_id=str(number),
            amount=Decimal(100_00 + number * 37).scaleb(-2),
            currency="NOK",
            creditor=payments.Creditor(name=f"Leverandør {number}", account=accounts[number % 2]),
            kid=f"{number:012}" if number % 2 else "",
            text=() if number % 2 else (f"Faktura «{number}»",),
            invoice_number=str(number),
        )
        for number in range(_PAYMENTS)
    )
    account = payments.Account(scheme="bban", value="86011117947", currency="NOK", bic="SPSONO22")
    day = dt.date(2026, 11, 24)
    batch = payments.Batch(batch_id="FB1-1", debtor=debtor, account=account, execution_date=day, payments=orders)
    created = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
    remittance = payments.Remittance(message_id="FB1", created_at=created, initiator=debtor, batches=(batch,))
    started = time.perf_counter()
    data = writing.write(remittance).data
    file.with_name("pain.001.xml").write_bytes(data)
    return time.perf_counter() - started, len(orders), str(remittance.control_sum)
