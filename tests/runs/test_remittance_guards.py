"""The guards with a real history: what was paid before holds what comes, and people's answers count for what they were shown."""

from __future__ import annotations

import datetime as dt
import pathlib
from collections.abc import Iterator

import pytest

from fakturabro.domain import payments
from tests.runs import payer as scene
from tests.runs.payer import DUE, order, remittance


@pytest.fixture
def payer(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[scene.Payer]:
    made = scene.Payer(tmp_path, monkeypatch)
    yield made
    made.engine.dispose()


async def pay(payer: scene.Payer, name: str, content: bytes) -> None:
    """Let a file go to the bank, but for what is held."""
    payer.drop(name, content, signed=True)
    await payer.run()


def held(payer: scene.Payer) -> dict[str, str]:
    """What holds each payment that something holds."""
    codes = {name: " ".join(one[0] for one in found if one[3]) for name, found in payer.findings().items()}
    return {name: said for name, said in codes.items() if said}


async def test_another_due_date_waits_and_each_answer_counts_for_what_was_shown(payer: scene.Payer) -> None:
    await pay(payer, "a.xml", remittance("M1", [order("F1"), order("F2", "20.00", kid="", invoice_number="77")]))
    assert set(payer.states().values()) == {"accepted"}
    later = [order("X1"), order("X2", "20.00", kid="", invoice_number="77"), order("X3", "30.00")]
    await pay(payer, "b.xml", remittance("M2", later, DUE + dt.timedelta(days=30)))
    assert held(payer) == dict.fromkeys(["X1", "X2"], "payment_with_another_date")
    assert payer.states()["X3"] == "accepted", "one that waits stops no other"
    (asked,) = payer.questions
    assert (asked.kind, asked.subject.partition("/")[0]) == ("repeated_payments", "3")
    assert asked.shown["asked"] == "2 betalinger på kr 1 270,00"
    assert asked.shown["repeats"].splitlines()[0] == (
        "Fjord AS, kr 1 250,00, forfall 25.12.2026\tMottaker, beløp og referanse er som i F1 fra 23.11.2026; bare forfall, "
        "kontoen det betales fra, eller skrivemåten er en annen."
    )
    payer.answer("approved")
    await payer.run()
    assert {payer.states()[name] for name in ("X1", "X2")} == {"accepted"} and payer.questions == []
    assert payer.findings()["X1"][0][1::2] == ("warn", ()), "what was let go is still said"
    await pay(payer, "c.xml", remittance("M3", [order("Y1")], DUE + dt.timedelta(days=60)))
    payer.answer("refused")
    batch = await payer.run()
    assert payer.states()["Y1"] == "cancelled" and batch.counts["payments_refused"] == 1


async def test_without_reference_amount_and_creditor_are_enough_but_for_salaries(payer: scene.Payer) -> None:
    plain, again = {"kid": "", "text": ("Takk",)}, "payment_without_reference_again"
    twice = [
        order("A1", **plain),
        order("A2", **{**plain, "text": ("Husleie",)}),
        order("A3", "7.00", **plain),
        order("A4", "8.00"),
    ]
    await pay(payer, "a.xml", remittance("M1", twice))
    assert held(payer) == {"A2": again}, "within one file too"
    later = [
        order("B1", "7.00", **plain),
        order("B2", "8.00", **plain),
        order("B3", "7.00", purpose="SALA", **plain),
        order("B4", "8.00"),
    ]
    await pay(payer, "b.xml", remittance("M2", later, DUE + dt.timedelta(days=30)))
    await pay(payer, "c.xml", remittance("M3", [order("C1", "7.00", **plain)], DUE + dt.timedelta(days=61)))
    assert held(payer) == {"A2": again, "B1": again, "B2": again, "B3": again, "B4": f"payment_with_another_date {again}"}

    def salary(name: str) -> list[payments.PaymentOrder]:
        return [order(name, "30000.00", kid="", kind="salary", purpose="SALA")]

    await pay(payer, "d.xml", remittance("M4", salary("L1"), category="SALA"))
    await pay(payer, "e.xml", remittance("M5", salary("L2"), DUE + dt.timedelta(days=28), category="SALA"))
    await pay(payer, "f.xml", remittance("M6", salary("L3"), DUE + dt.timedelta(days=1), category="SALA"))
    assert payer.states()["L2"] == "accepted", "the next month's"
    assert held(payer).get("L3") == again, "the same list, read once more the day after"


@pytest.mark.parametrize(
    ("creditor", "identifier"),
    [("FJORD", ""), ("A/S Fjord", ""), ("Fjord AS", "991825827"), ("Et annet navn", "914778271")],
)
async def test_a_changed_account_waits_for_a_person_and_is_known_afterwards(
    payer: scene.Payer, creditor: str, identifier: str
) -> None:
    def named(content: bytes, number: str) -> bytes:
        said = f"<Id><OrgId><Othr><Id>{number}</Id></Othr></OrgId></Id></Cdtr>"
        return content.replace(b"</Cdtr>", said.encode()) if number else content

    await pay(payer, "a.xml", named(remittance("M1", [order("F1")]), "914778271" if identifier else ""))
    changed = named(remittance("M2", [order("X1", "20.00", scene.TIND, creditor=creditor)]), identifier)
    await pay(payer, "b.xml", changed)
    assert held(payer) == {"X1": "creditor_account_changed"}
    (asked,) = payer.questions
    assert asked.kind == "creditor_accounts"
    assert asked.shown["changes"] == f"{creditor}, kr 20,00, forfall 25.11.2026\t1594…48 → 6105.06.59274"
    if creditor != "FJORD":
        return
    payer.answer("approved")
    await payer.run()
    others = [order("Y1", "22.00", scene.TIND), order("Y2", "23.00"), order("Y3", "24.00", scene.TIND, creditor="Tind AS")]
    await pay(payer, "c.xml", remittance("M3", others))
    assert {payer.states()[name] for name in ("X1", "Y1", "Y2", "Y3")} == {"accepted"}


async def test_two_accounts_at_once_of_a_creditor_that_was_never_paid(payer: scene.Payer) -> None:
    payer.drop("a.xml", remittance("M1", [order("F1"), order("T1", "9.00", scene.TIND, creditor="Tind AS")]), signed=True)
    await pay(payer, "b.xml", remittance("M2", [order("X1", "20.00", scene.TIND, creditor="FJORD")]))
    assert held(payer) == dict.fromkeys(("F1", "X1"), "creditor_account_changed") and payer.states()["T1"] == "accepted"
    shown = [one.shown["changes"] for one in payer.questions]
    assert [one.partition("\t")[2] for one in shown] == ["6105…74 → 1594.22.87248", "1594…48 → 6105.06.59274"]
    payer.answer("approved")
    await payer.run()
    assert set(payer.states().values()) == {"accepted"}


async def test_an_unusual_file_waits_also_when_it_is_signed(payer: scene.Payer) -> None:
    few = payer.options(fewest_files=1)
    payer.drop("a.xml", remittance("M1", [order("F1", "100.00")]), signed=True)
    await payer.run(few)
    assert [one.kind for one in payer.questions] == ["unusual_batch"], "the first file has nothing to be compared with"
    payer.answer("approved")
    await payer.run(few)
    payer.drop("b.xml", remittance("M2", [order("F2", "300.00")]))
    payer.drop("c.xml", remittance("M3", [order("F3", "301.00")]), signed=True)
    await payer.run(few)
    assert [(one.kind, one.subject) for one in payer.questions] == [("remittance_file", "3"), ("unusual_batch", "4")]
    assert payer.questions[1].shown["unusual"].splitlines() == [
        "Summen er 301,00. Vanlig er høyst 300,00.",
        "Største betaling er 301,00. Vanlig er høyst 300,00.",
    ]
    payer.questions = [scene.bank_questions.Question(kind="remittance_file", subject="4", shown={}, caused_by="")]
    payer.answer("approved")
    await payer.run(few)
    assert dict(payer.files())["c.xml"] == "read", "an answer to another question does not let it go"


async def test_dates_and_accounts(payer: scene.Payer) -> None:
    """Saturday is moved, long past and far ahead wait, an unknown account waits for the settings."""
    name = iter("ABCDEF")
    for due in (dt.date(2026, 11, 28), dt.date(2026, 10, 23), dt.date(2027, 11, 24)):
        key = next(name)
        payer.drop(f"{key}.xml", remittance(f"M{key}", [order(key, kid="", invoice_number=key)], due), signed=True)
    payer.drop("D.xml", remittance("MD", [order("D", kid="", invoice_number="D")], debtor=scene.OTHER_OWN), signed=True)
    await payer.run()
    payer.answer("approved")
    await payer.run()
    assert held(payer) == {"D": "debtor_account_not_ours"}
    assert payer.states() == {"A": "accepted", "B": "accepted", "C": "accepted", "D": "held"}
    await payer.run(payer.options(accounts=(scene.OWN, scene.OTHER_OWN)))
    assert payer.states()["D"] == "accepted"
    sent = b"".join(one.read_bytes() for one in payer.bank.glob("*.xml"))
    assert b"2026-11-30" in sent and b"2026-11-28" not in sent, "the next banking day"
    assert b"2026-11-23</" in sent and b"2026-10-23" not in sent, "today"
