"""What happened and does not stand in the client's books, and how far invoices have come; on SQLite and PostgreSQL."""

from __future__ import annotations

import msgspec

from fakturabro.domain import findings as values
from fakturabro.ledger import deliveries, findings, opened
from fakturabro.ledger.returns import debtors, missing, progress, statuses, undoing, vouchers
from tests.unit import test_ledger_returns as returning
from tests.unit.test_ledger_incoming import NOW, RUN, TENANT, allocate, ids_of, owed, paid, take_in
from tests.unit.test_ledger_returns import answer, carry, day, post, settle, take, told

HOLDS = values.Finding(code="unknown_buyer", severity="block", holds=("return_data",))


def given_back(ledger: opened.Ledger) -> list[int]:
    """Three invoices that the client's system has back, and one that it has not."""
    ids = owed(ledger, ("1", "1", "10", 100), ("2", "2", "10", 100), ("3", "3", "10", 100), ("4", "4", "10", 100))
    waiting = [row for row in deliveries.find_open(ledger, TENANT, "write_back", ["waiting"]) if row.document_id in ids[:3]]
    plans = [deliveries.Planned(id=row.id, target="poweroffice", natural_key=str(row.id)) for row in waiting]
    deliveries.plan(ledger, TENANT, plans, RUN)
    for start, end in (("planned", "sending"), ("sending", "accepted")):
        deliveries.move(ledger, TENANT, [row.id for row in waiting], start, end, RUN)
    return ids[:3]


def codes(ledger: opened.Ledger, **seen: set[int]) -> dict[str, str]:
    """By number."""
    return {one.number: one.code for one in missing.find(ledger, TENANT, day(20), missing.Seen(**seen))}


def test_each_movement_that_does_not_stand_says_why(ledger: opened.Ledger) -> None:
    early = msgspec.structs.replace(told("0"), skip="før returdata ble slått på")
    rows = [told(str(number)) for number in range(1, 7)]
    ids = take(ledger, *rows, told("7", of=21), early)
    assert codes(ledger) == {str(number): "waiting" for number in range(1, 8)}
    findings.record(ledger, TENANT, "check", {ids[0]: [HOLDS]}, ("return_data",), RUN)
    made = settle(ledger, ids[:6], amount=600_00)
    first, doubtful = post(ledger, made, ids[1:3], "r1", 1001), carry(ledger, made, [ids[3]], "r2")
    answer(ledger, doubtful.id, "sending", "in_doubt")
    refused = carry(ledger, made, [ids[4]], "r3")
    answer(ledger, refused.id, "sending", "rejected")
    later = settle(ledger, [ids[6]], of=21)
    post(ledger, later, [ids[6]], "r4", 1002)
    stands = {"1": "held", "4": "in_doubt", "5": "refused", "6": "waiting", "7": "later"}
    assert codes(ledger) == stands
    assert codes(ledger, reversed={first.id}) == {**stands, "2": "reversed_by_hand", "3": "reversed_by_hand"}
    assert "4" not in codes(ledger, standing={doubtful.id}), "it was seen in the books"
    undo = undoing.record_undo(ledger, TENANT, first.id, RUN, NOW)
    assert codes(ledger) == stands, "until it is taken back it stands"
    reverse = carry(ledger, made, [*undo.back], undoing.to_reference("r1"), kind="reverse", undoes=first.id)
    answer(ledger, reverse.id, "sending", "accepted")
    vouchers.mark_posted(ledger, TENANT, reverse.id, None, None)
    vouchers.mark_reversed(ledger, TENANT, first.id)
    assert codes(ledger) == {**stands, "2": "waiting", "3": "waiting"}
    again = post(ledger, made, [*undo.again], "r5", 1003)
    assert codes(ledger) == stands
    assert codes(ledger, reversed={again.id}) == {**stands, "2": "reversed_by_hand", "3": "reversed_by_hand"}
    balances = missing.find_balances(ledger, TENANT, day(20))
    assert balances == {(returning.CLIENT, "NOK"): missing.Balance(opening=0, closing=600_00)}


def test_a_payment_that_nobody_was_told_of_is_missing_until_it_is_a_movement(ledger: opened.Ledger) -> None:
    (invoice,) = owed(ledger, ("1", "1", "10", 300))
    take_in(ledger, "a", paid("1"), paid("2", amount=150))
    one, two = ids_of(ledger, "a")
    allocate(ledger, "matched", (one, invoice, 100), (two, invoice, 150))
    assert [(row.document_id, row.invoice_id, row.amount) for row in missing.find_untold(ledger, TENANT)] == [
        (one, invoice, 100),
        (two, invoice, 150),
    ]
    waiting = deliveries.find_open(ledger, TENANT, "post", ["waiting"])
    plans = [deliveries.Planned(id=row.id, target="bank_file", natural_key=str(row.id)) for row in waiting]
    deliveries.plan(ledger, TENANT, plans, RUN)
    for start, end in (("planned", "sending"), ("sending", "accepted")):
        deliveries.move(ledger, TENANT, [row.id for row in waiting], start, end, RUN)
    assert [row.amount for row in missing.find_untold(ledger, TENANT)] == [250], "told back by the company of itself"
    settle(ledger, take(ledger, msgspec.structs.replace(told("7", amount="1.00"), invoice_id=invoice)))
    assert [row.amount for row in missing.find_untold(ledger, TENANT)] == [150]


def test_what_stands_on_customers(ledger: opened.Ledger) -> None:
    one, _, _ = owed(ledger, ("1", "1", "10", 300), ("K1", "", "10", 50), ("2", "2", "11", 70))
    owed(ledger, ("1", "1", "10", 300), ("K2", "", "10", 20), held="K2")
    rows = [
        msgspec.structs.replace(told("1", amount="9.00"), invoice_id=one),
        msgspec.structs.replace(told("2", kind="bad_debt", amount="2.00"), invoice_id=one),
        told("3", amount="4.00", buyer_number="12"),
    ]
    take(ledger, *rows)
    assert list(debtors.find_customers(ledger, TENANT, 2)) == [["10", "11"], ["12"]]
    assert debtors.find_invoice_numbers(ledger, TENANT, ["10"]) == ["1"]
    notes = debtors.find_notes(ledger, TENANT, ["1", "2"])
    assert [(note.number, note.amount, note.is_booked) for note in notes] == [("K1", 50, True), ("K2", 20, False)]
    moved = debtors.sum_moved(ledger, TENANT, ["10", "12"], [one], ["payment", "bad_debt"])
    assert [(row.kind, row.invoice_id, row.customer_number, row.amount) for row in moved] == [
        ("bad_debt", one, "", 200),
        ("payment", None, "12", 400),
    ]
    assert len(debtors.find_loose(ledger, TENANT, "12", ["payment"])) == 1


def test_who_may_have_to_be_told_of(ledger: opened.Ledger) -> None:
    one, two, three = given_back(ledger)

    def wanted(*also: int) -> list[int]:
        return [row.document_id for page in progress.find(ledger, TENANT, "COMPLETED", "FORFEIT", also, "run-2") for row in page]

    assert wanted() == [one, two, three]
    statuses.record_told(ledger, TENANT, {one: "COMPLETED", two: "FORFEIT", three: "COMPLAINED"}, RUN, NOW)
    assert (wanted(), wanted(one, two)) == ([three], [one, three])
    take(ledger, msgspec.structs.replace(told("1", amount="-1.00"), invoice_id=one))
    assert wanted() == [one, three]
    losses = [told("2", kind="bad_debt", amount="0.70"), told("3", kind="bad_debt", amount="0.40")]
    ids = take(ledger, *(msgspec.structs.replace(one, invoice_id=three) for one in losses))

    def last(run: str = "run-2") -> progress.Progress:
        return next(iter(progress.find(ledger, TENANT, "COMPLETED", "FORFEIT", (), run)))[-1]

    assert (last().open, last().lost, last().told) == (100, 0, statuses.Told("COMPLAINED", refused=False)), "nothing is posted"
    post(ledger, settle(ledger, ids, amount=0), [ids[0]], "r1", 1001)
    assert (last().lost, last(RUN).lost) == (70, 0), "a night of grace"
    take(ledger, msgspec.structs.replace(told("4", kind="bad_debt", amount="-0.20"), invoice_id=three))
    assert last().lost == 50, "what takes back counts at once"
