"""What the bank's flows hold in memory for each payment, and how fast payments are checked beside merely opening them.

Memory is the growth of the peak between few and many payments, with a small cache of SQLite's, which otherwise fills as the ledger
grows. The check is timed from the ledger to the findings recorded in it; its peer opens the same payments and looks at nothing.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import os
import pathlib
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import ed25519

from benchmarks import homes, material, ocr_giro, rows
from fakturabro.domain import calendar

_FEW, _MANY, _PASSAGES = 5_000, 20_000, 2
_OWN, _PAID, _NAMESPACE = "86011117947", "15942287248", "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_SIGNER = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
_ACCOUNT = "<Id><Othr><Id>{}</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr></Id>"


class Result(msgspec.Struct, kw_only=True):
    """Megabytes at the most, over the imports; payments per second, the better of two passages."""

    peak: float
    checked: float = 0.0
    opened: float = 0.0


def measure() -> list[rows.Row]:
    """Growth of two flows in kB per payment, and the rate of the check."""
    found = {(what, count): _measured(what, count) for what in ("remittance", "posting") for count in (_FEW, _MANY)}
    grown = {what: 1_000 * (found[what, _MANY].peak - found[what, _FEW].peak) / (_MANY - _FEW) for what, _ in found}
    said = {what: f"{_MANY:,} payments: {found[what, _MANY].peak:.0f} MB over the imports" for what in grown}
    most = found["remittance", _MANY]
    return [
        rows.row("remittance_memory", grown["remittance"], "kB/payment", "value <= 2", note=said["remittance"]),
        rows.row("posting_by_file_memory", grown["posting"], "kB/payment", "value <= 1.5", note=said["posting"]),
        rows.row("payment_checking", most.checked, "payments/s", "ratio >= 0.19", peer=most.opened, note="beside opening them"),
    ]


def _measured(what: str, count: int) -> Result:
    with tempfile.TemporaryDirectory(prefix="fakturabro-bench-") as folder:
        rows.child("bank_flows", "write", what, count, folder)  # by another process: its memory does not count
        return msgspec.convert(rows.child("bank_flows", "run", what, count, folder), Result)


def main() -> None:
    """Write the file of a flow ("remittance" or "posting"), or run the flow, in this process."""
    how, what, count, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), pathlib.Path(sys.argv[4])
    said = write(what, count, folder) if how == "write" else run(what, count, folder)
    sys.stdout.write(msgspec.json.encode(said).decode() + "\n")


def write(what: str, count: int, folder: pathlib.Path) -> int:
    """The file with so many payments in `folder`/theirs, whole since an hour."""
    theirs = folder / "theirs"
    theirs.mkdir()
    if what == "posting":
        ocr_giro.write(theirs / "OCR1", count)
    else:
        with (theirs / "M1.xml").open("w", encoding="utf-8") as out:
            out.writelines(_remittance(count))
        (theirs / "M1.xml.sig").write_bytes(_SIGNER.sign((theirs / "M1.xml").read_bytes()))
    then = time.time() - 3_600
    for file in theirs.iterdir():
        os.utime(file, (then, then))
    return count


def _remittance(count: int) -> Iterator[str]:
    """A pain.001.001.09 with one batch, each payment to another creditor, with another amount."""
    now = dt.datetime.now(calendar.OSLO).replace(microsecond=0)
    total = sum((Decimal(100_00 + number).scaleb(-2) for number in range(count)), Decimal(0))
    sums, party = f"<NbOfTxs>{count}</NbOfTxs><CtrlSum>{total}</CtrlSum>", "<Nm>Nidelven AS</Nm>"
    day = calendar.payable_day(now.date() + dt.timedelta(days=2), now.date(), moves=True)
    yield f'<Document xmlns="{_NAMESPACE}"><CstmrCdtTrfInitn><GrpHdr><MsgId>M1</MsgId><CreDtTm>{now.isoformat()}</CreDtTm>{sums}'
    yield f"<InitgPty>{party}</InitgPty></GrpHdr><PmtInf><PmtInfId>M1-1</PmtInfId><PmtMtd>TRF</PmtMtd>{sums}<ReqdExctnDt>"
    yield f"<Dt>{day}</Dt></ReqdExctnDt><Dbtr>{party}</Dbtr><DbtrAcct>{_ACCOUNT.format(_OWN)}<Ccy>NOK</Ccy></DbtrAcct>"
    yield "<DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt>"
    for number in range(count):
        amount = Decimal(100_00 + number).scaleb(-2)
        yield f'<CdtTrfTxInf><PmtId><EndToEndId>F{number}</EndToEndId></PmtId><Amt><InstdAmt Ccy="NOK">{amount}</InstdAmt></Amt>'
        yield f"<Cdtr><Nm>Leverandør {number} AS</Nm></Cdtr><CdtrAcct>{_ACCOUNT.format(_PAID)}</CdtrAcct>"
        yield f"<RmtInf><Ustrd>Faktura {number}</Ustrd></RmtInf></CdtTrfTxInf>"
    yield "</PmtInf></CstmrCdtTrfInitn></Document>"


def run(what: str, count: int, folder: pathlib.Path) -> Result:
    """The flow in an installation of its own."""
    from data_quality import payment_rules, validation  # noqa: F401, PLC0415 - imports are the same at any size: before the flow
    from fakturabro.ledger import engine  # noqa: PLC0415 - see above
    from flows import bank  # noqa: F401, PLC0415 - see above

    engine._PRAGMAS = tuple(one.replace("-64000", "-2000") for one in engine._PRAGMAS)
    homes.move_in(folder)
    validation._context()
    (folder / "ours").mkdir()
    before = _peak()
    found = asyncio.run(_remit(folder) if what == "remittance" else _post(folder))
    if any(one != count for one in found.pop("counts")):
        raise rows.MeasuringError(f"{what}: not all of {count} payments got through")
    return Result(peak=_peak() - before, **{name: count / seconds for name, seconds in found.items()})


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _options(folder: pathlib.Path, **accounting: Any) -> Any:
    from tasks.bank import options  # noqa: PLC0415 - see run

    theirs = {"take_from": str(folder / "theirs"), "quiet_minutes": 0}
    ours = {"put_into": str(folder / "ours")}
    names = [{"kind": "remittance", "glob": "*.xml"}, {"kind": "ocr_giro", "glob": "OCR*"}]
    is_in = "incoming" in accounting
    own = {"folders": {**(ours if is_in else theirs), "names": names}, "signing_keys": [_public()], **accounting}
    bank = {"folders": {**(theirs if is_in else ours), "names": names}, "initiator": {"name": "Nidelven AS"}, "credits": "ocr_giro"}
    guards = {"fewest_files": 0, "new_receivers_percent": 100}
    said = {"bank": bank, "accounts": [{"number": _OWN}], "accounting": own, "guards": guards}
    return options.BankOptions.model_validate(said)


def _public() -> str:
    return base64.b64encode(_SIGNER.public_key().public_bytes_raw()).decode()


async def _remit(folder: pathlib.Path) -> dict[str, Any]:
    """Taken in, checked, made into a file, and handed over."""
    from fakturabro.ledger.payments import orders  # noqa: PLC0415 - see run
    from tasks import connect, runs  # noqa: PLC0415 - see run
    from tasks.payments import files, guards, intake  # noqa: PLC0415 - see run

    chosen, taken = _options(folder), {"checked": float("inf"), "opened": float("inf")}
    async with runs.slot(material.TENANT, "remittance", ("pay",), dry_run=False) as slot:
        batch: Any = await intake.take_files.fn(runs.Batch(slot), chosen)
        ledger = connect.current().ledger
        ids = orders.find_waiting(ledger, slot.tenant)
        for name in ["opened", "checked"] * _PASSAGES:
            started = time.process_time()
            if name == "checked":
                batch = await guards.check.fn(batch, chosen)
            else:
                _ = sum(1 for _ in orders.read(ledger, slot.tenant, ids))
            taken[name] = min(taken[name], time.process_time() - started)
        batch = await files.make.fn(batch, chosen)
        batch = await files.hand_over.fn(batch, chosen)
        return taken | {"counts": [len(ids), batch.counts["payments_sent"]]}


async def _post(folder: pathlib.Path) -> dict[str, Any]:
    """Taken in, and posted by the bank's own file."""
    from fakturabro.ledger import deliveries  # noqa: PLC0415 - see run
    from tasks import connect, runs  # noqa: PLC0415 - see run
    from tasks.incoming import files, posting  # noqa: PLC0415 - see run

    chosen = _options(folder, incoming="file")
    async with runs.slot(material.TENANT, "incoming_payments", ("post",), dry_run=False) as slot:
        batch: Any = await files.take_files.fn(runs.Batch(slot), chosen)
        await posting.post.fn(batch, chosen)
        accepted = deliveries.find_open_documents(connect.current().ledger, slot.tenant, ["post"], ["accepted"])
        return {"counts": [len(accepted)]}
