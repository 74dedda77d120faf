"""The judge of the kills in mid-payment sees what is wrong; `make crash-kills` kills."""

from __future__ import annotations

import pathlib
from decimal import Decimal

import pytest

from tests.crash import payment_ways, verdicts


async def test_the_judge_sees_what_was_not_paid_and_what_was_paid_twice(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    way, verdict = (
        payment_ways.Paying(tmp_path, monkeypatch),
        verdicts.Verdict(lost=[], duplicated=[], wrong=[], unsettled=[]),
    )
    way.order(0)
    await way.site.pay()
    way.judge(verdict)
    assert verdict.is_good
    way.order(1)
    (first,) = way.site.sandbox.files
    assert first.file is not None
    first.file.orders.append(first.file.orders[0])
    way.names.remove("F0-2")
    way.judge(verdict)
    way.close()
    assert [len(some) for some in (verdict.lost, verdict.duplicated, verdict.wrong)] == [payment_ways.PAYMENTS_A_FILE, 1, 1]


def test_the_judge_sees_what_was_not_posted(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    way, verdict = payment_ways.Paid(tmp_path, monkeypatch), verdicts.Verdict(lost=[], duplicated=[], wrong=[], unsettled=[])
    way.order(0)
    way.judge(verdict)
    way.close()
    assert len(verdict.lost) == len(verdict.wrong) == payment_ways.PAYMENTS_A_FILE and sum(way.credited.values()) == 3
    assert max(amount for _, amount in way.credited) == Decimal("100.03")
