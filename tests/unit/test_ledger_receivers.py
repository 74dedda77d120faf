"""What the ledger remembers of receivers, and when it asks again, on both databases."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from fakturabro.ledger import opened
from fakturabro.ledger.distribution import receivers

NOW = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
ONE, NOTE = ("label", "invoice"), ("label", "credit_note")


def after(hours: float) -> dt.datetime:
    return NOW + hours * HOUR


def standing(ledger: opened.Ledger, hours: float, network: str = "test") -> Any:
    return receivers.find(ledger, network, [ONE, NOTE], after(hours))


def say(ledger: opened.Ledger, answer: receivers.Answer, hours: float, key: receivers.Key = ONE) -> receivers.Answer:
    return receivers.record(ledger, "test", {key: answer}, after(hours))[key]


def test_a_yes_counts_for_six_hours_a_no_for_a_day_and_unknown_never(ledger: opened.Ledger) -> None:
    assert receivers.record(ledger, "test", {ONE: "yes", NOTE: "no"}, NOW) == {ONE: "yes", NOTE: "no"}
    assert standing(ledger, 5.9) == {ONE: "yes", NOTE: "no"}
    assert standing(ledger, 6) == {NOTE: "no"}
    assert standing(ledger, 24) == {}
    assert standing(ledger, 1, network="production") == {}
    assert say(ledger, "unknown", 1) == "unknown"
    assert standing(ledger, 1) == {NOTE: "no"}


def test_who_has_taken_ehf_is_gone_only_after_a_day_of_noes(ledger: opened.Ledger) -> None:
    say(ledger, "yes", 0)
    assert [say(ledger, "no", hours) for hours in (24, 26.5, 47.9)] == ["unknown"] * 3
    assert standing(ledger, 47.9) == {}, "it is asked again in every slot"
    assert say(ledger, "no", 48) == "no"
    assert standing(ledger, 71) == {ONE: "no"}
    assert say(ledger, "yes", 72) == "yes"


def test_a_no_that_is_not_heard_twice_in_a_row_begins_anew(ledger: opened.Ledger) -> None:
    say(ledger, "yes", 0)
    assert [say(ledger, answer, hours) for answer, hours in (("no", 1), ("unknown", 20), ("no", 26))] == ["unknown"] * 3


@pytest.mark.parametrize(("hours", "count"), [(20, 0), (30, 1), (30 + 5 * 24, 0)])
def test_the_watchman_counts_who_has_been_unknown_for_a_day_and_is_asked_for_still(
    hours: float, count: int, ledger: opened.Ledger
) -> None:
    say(ledger, "unknown", 0)
    say(ledger, "unknown", 0, NOTE)
    say(ledger, "unknown", 25)
    say(ledger, "yes", 0, ("another", "invoice"))
    assert receivers.count_unknown(ledger, after(hours - 24), after(hours)) == count


def test_what_nobody_asks_for_is_forgotten_and_many_are_kept_at_once(ledger: opened.Ledger) -> None:
    say(ledger, "yes", 0)
    many: dict[receivers.Key, receivers.Answer] = {(f"label{n}", "invoice"): "no" for n in range(1201)}
    assert receivers.record(ledger, "test", many, after(181 * 24)) == many
    assert receivers.record(ledger, "test", many, after(182 * 24)) == many
    assert say(ledger, "no", 183 * 24) == "no", "nobody remembers that it ever said yes"
