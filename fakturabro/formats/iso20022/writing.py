"""A remittance -> pain.001 bytes: texts joined in the order of the schema, which is the fastest that Python can do.

Source: pain.001.001.03 and .09 of iso20022.org.
Assumed: a bank takes an invoice number alone as RfrdDocInf with type CINV; where KID or text stands, it stays at home.
Assumed: the debtor's own bank may be called NOTPROVIDED where its BIC is not known; the creditor's is found by the account.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal, NamedTuple
from xml.sax import saxutils

from fakturabro.domain import payments
from fakturabro.formats.iso20022 import layout, permitted, rules

Version = Literal["pain.001.001.03", "pain.001.001.09"]


class WriteError(ValueError):
    """The remittance breaks a rule; `breach` says which one and where."""

    def __init__(self, breach: rules.Breach) -> None:
        super().__init__(f"{breach.field}: {breach.code} {breach.value!r}; correct it at the source")
        self.breach = breach


class Written(NamedTuple):
    """The file, and what the bank sees otherwise than it was given."""

    data: bytes
    replaced: list[permitted.Replaced]


def write(remittance: payments.Remittance, version: Version = "pain.001.001.09") -> Written:
    """The file in UTF-8, valid by the schema. The same remittance always gives the same bytes.

    Raises WriteError for the first rule that is broken, a remittance without payments among them.
    """
    notes = permitted.Notes()
    remittance = notes.remittance(remittance)
    for breach in rules.check_remittance(remittance):
        raise WriteError(breach)
    return Written("".join(_document(remittance, version, notes)).encode(), notes)


def _document(remittance: payments.Remittance, version: Version, notes: permitted.Notes) -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{layout.NAMESPACE}{version}"><CstmrCdtTrfInitn><GrpHdr>'
    yield _tag("MsgId", _text(remittance.message_id)) + _tag("CreDtTm", remittance.created_at.isoformat(timespec="seconds"))
    yield _tag("NbOfTxs", str(remittance.count)) + _tag("CtrlSum", _sum(remittance.control_sum))
    yield _tag("InitgPty", _party(remittance.initiator)) + "</GrpHdr>"
    bic = "BICFI" if version.endswith("09") else "BIC"
    single = rules.Payments()
    for batch in remittance.batches:
        yield "<PmtInf>" + _batch_head(batch, version, bic)
        for given in batch.payments:
            order = notes.order(given)
            for breach in single.check(order, batch):
                raise WriteError(breach._replace(field=f"{order.end_to_end_id}/{breach.field}"))
            yield _payment(order, bic)
        yield "</PmtInf>"
    yield "</CstmrCdtTrfInitn></Document>\n"


def _batch_head(batch: payments.Batch, version: Version, bic: str) -> str:
    date = batch.execution_date.isoformat()
    kind = _tag("SvcLvl", _tag("Cd", batch.service)) + _tag("CtgyPurp", _tag("Cd", batch.category))
    return (
        _tag("PmtInfId", _text(batch.batch_id))
        + "<PmtMtd>TRF</PmtMtd>"
        + _tag("NbOfTxs", str(batch.count))
        + _tag("CtrlSum", _sum(batch.control_sum))
        + _tag("PmtTpInf", kind)
        + _tag("ReqdExctnDt", _tag("Dt", date) if version.endswith("09") else date)
        + _tag("Dbtr", _party(batch.debtor))
        + _tag("DbtrAcct", _account(batch.account) + _tag("Ccy", batch.account.currency))
        + _tag("DbtrAgt", _agent(batch.account.bic, "", bic) or "<FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId>")
    )


def _payment(order: payments.PaymentOrder, bic: str) -> str:
    creditor = order.creditor
    regulatory = _tag("Cd", order.regulatory_code) + "".join(_tag("Inf", _text(line)) for line in _cut(order.regulatory_text, 35))
    return (
        "<CdtTrfTxInf>"
        + _tag("PmtId", _tag("InstrId", _text(order.instruction_id)) + _tag("EndToEndId", _text(order.end_to_end_id)))
        + f'<Amt><InstdAmt Ccy="{order.currency}">{order.amount:.{payments.decimals(order.currency)}f}</InstdAmt></Amt>'
        + _tag("ChrgBr", order.charge_bearer)
        + _tag("CdtrAgt", _agent(creditor.account.bic, creditor.agent, bic))
        + _tag("Cdtr", _tag("Nm", _text(creditor.name)) + _address(creditor.address))
        + _tag("CdtrAcct", _account(creditor.account) + _tag("Ccy", creditor.account.currency))
        + _tag("Purp", _tag("Cd", order.purpose))
        + _tag("RgltryRptg", _tag("Dtls", regulatory))
        + _tag("RmtInf", _remittance(order))
        + "</CdtTrfTxInf>"
    )


def _remittance(order: payments.PaymentOrder) -> str:
    """KID, text or invoice number: the first that there is."""
    if order.kid:
        return f"<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{order.kid}</Ref></CdtrRefInf></Strd>"
    if order.text:
        return "".join(_tag("Ustrd", _text(line)) for line in order.text)
    number = _tag("Nb", _text(order.invoice_number))
    return number and f"<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp>{number}</RfrdDocInf></Strd>"


def _party(party: payments.Party) -> str:
    scheme = _tag("SchmeNm", _tag("Cd", party.identifier_scheme))
    identifier = party.identifier and _tag("OrgId", _tag("Othr", _tag("Id", _text(party.identifier)) + scheme))
    return _tag("Nm", _text(party.name)) + _address(party.address) + _tag("Id", identifier)


def _address(address: payments.Address | None) -> str:
    if address is None:
        return ""
    return _tag(
        "PstlAdr",
        _tag("StrtNm", _text(address.street))
        + _tag("BldgNb", _text(address.building))
        + _tag("PstCd", _text(address.post_code))
        + _tag("TwnNm", _text(address.city))
        + _tag("Ctry", address.country)
        + "".join(_tag("AdrLine", _text(line)) for line in address.lines),
    )


def _account(account: payments.Account) -> str:
    if account.scheme == "iban":
        return f"<Id><IBAN>{account.value}</IBAN></Id>"
    scheme = "<SchmeNm><Cd>BBAN</Cd></SchmeNm>" if account.scheme == "bban" else ""
    return f"<Id><Othr><Id>{_text(account.value)}</Id>{scheme}</Othr></Id>"


def _agent(bic: str, name: str, tag: str) -> str:
    return _tag("FinInstnId", _tag(tag, bic) + _tag("Nm", _text(name)))


def _tag(name: str, content: str) -> str:
    """An element, nothing at all without content."""
    return f"<{name}>{content}</{name}>" if content else ""


def _text(text: str) -> str:
    return saxutils.escape(text) if "&" in text or "<" in text or ">" in text else text


def _sum(total: Decimal) -> str:
    """A sum over currencies, with at least two decimals and as many as there are."""
    exponent = total.as_tuple().exponent
    return f"{total:.{max(2, -exponent if isinstance(exponent, int) else 2)}f}"


def _cut(text: str, length: int) -> list[str]:
    return [text[at : at + length] for at in range(0, len(text), length)]
