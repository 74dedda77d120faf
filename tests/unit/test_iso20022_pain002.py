"""pain.002: three levels, several reasons, codes that nobody knows, and a sentence for each."""

from __future__ import annotations

import pytest

from fakturabro.domain import findings, payments
from fakturabro.formats import iso20022
from fakturabro.formats.iso20022 import layout, reasons

REASON = "<StsRsnInf><Rsn><Cd>{}</Cd></Rsn><AddtlInf>{}</AddtlInf></StsRsnInf>"


def payment(name: str, status: str, *said: str) -> str:
    return f"<TxInfAndSts><OrgnlEndToEndId>{name}</OrgnlEndToEndId><TxSts>{status}</TxSts>{''.join(said)}</TxInfAndSts>"


def written(group: str, *batches: str, version: str = "10") -> bytes:
    return (
        f'<Document xmlns="{layout.NAMESPACE}pain.002.001.{version}"><CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId>'
        f"<CreDtTm>2026-11-23T09:00:18</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>FB1</OrgnlMsgId>{group}</OrgnlGrpInfAndSts>"
        + "".join(f"<OrgnlPmtInfAndSts>{one}</OrgnlPmtInfAndSts>" for one in batches)
        + "</CstmrPmtStsRpt></Document>"
    ).encode()


def report(group: str, *batches: str, version: str = "10") -> tuple[payments.StatusReport, list[str]]:
    found = findings.Findings()
    return iso20022.pain002.read(written(group, *batches, version=version), found), [one.code for one in found]


@pytest.mark.parametrize("version", ["03", "10"])
def test_every_level_keeps_its_reasons(version: str) -> None:
    two = payment("E1", "RJCT", REASON.format("AC04", "Konto avsluttet"), "<StsRsnInf><Rsn><Prtry>X7</Prtry></Rsn></StsRsnInf>")
    told, found = report(
        "<GrpSts>PART</GrpSts>",
        "<OrgnlPmtInfId>B1</OrgnlPmtInfId>" + two + payment("E2", "ACCP"),
        "<OrgnlPmtInfId>B2</OrgnlPmtInfId><PmtInfSts>RJCT</PmtInfSts>" + REASON.format("DT01", ""),
        version=version,
    )
    assert not found
    assert [(one.level, one.code, one.batch_id, one.end_to_end_id) for one in told.statuses] == [
        ("group", "PART", "", ""),
        ("payment", "RJCT", "B1", "E1"),
        ("payment", "ACCP", "B1", "E2"),
        ("batch", "RJCT", "B2", ""),
    ]
    assert [one.code for one in told.statuses[1].reasons] == ["AC04", "X7"]
    assert told.created_at and told.created_at.utcoffset()


def test_a_refused_file_needs_no_payments_and_a_report_of_nothing_is_said() -> None:
    told, found = report("<GrpSts>RJCT</GrpSts>" + REASON.format("DUPL", "received before"))
    assert ([one.level for one in told.statuses], found) == (["group"], [])
    assert report("")[1] == ["no_transactions"]


def test_codes_that_nobody_knows_are_carried_and_told() -> None:
    told, _ = report("<GrpSts>ZZZZ</GrpSts>" + REASON.format("QQ42", "Ask us"))
    (status,) = told.statuses
    assert "ZZZZ" in reasons.status(status.code)
    said = reasons.norwegian(status.reasons[0])
    assert "QQ42" in said and "Ask us" in said


def test_what_may_be_paid_is_never_taken_for_unpaid() -> None:
    told, _ = report(
        "", payment("E1", "ACCP") + payment("E1", "RJCT") + payment("E2", "RJCT") + payment("E3", "RJCT") + payment("E3", "ZZZZ")
    )
    assert {name: one.code for name, one in iso20022.pain002.settle(told).items()} == {"E1": "ACCP", "E2": "RJCT", "E3": "ZZZZ"}


def test_a_report_longer_than_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iso20022.pain002, "MOST", 2)
    assert len(report("", payment("E1", "RJCT") + payment("E2", "RJCT"))[0].statuses) == 2
    with pytest.raises(payments.ReadError, match="too_many_statuses"):
        report("", *[payment(f"E{at}", "RJCT") for at in range(3)])
    longer = written("", *[payment(f"E{at}", "RJCT") for at in range(3)])
    assert [one.end_to_end_id for one in iso20022.pain002.rows(longer, findings.Findings())] == ["E0", "E1", "E2"], "one by one"


def test_a_report_that_names_no_message_of_ours_is_none() -> None:
    with pytest.raises(payments.ReadError, match="OrgnlMsgId"):
        iso20022.pain002.read(f'<Document xmlns="{layout.NAMESPACE}pain.002.001.10"/>'.encode(), findings.Findings())


@pytest.mark.parametrize(
    "code", ["AC01", "AC02", "AC04", "AC06", "AG01", "AM02", "AM04", "AM05", "AM10", "RC01", "DUPL", "BE04", "NARR", "DT01"]
)
def test_the_reasons_that_banks_give_have_their_sentence(code: str) -> None:
    said = reasons.norwegian(payments.Reason(code=code))
    assert said.endswith(".") and code not in said
