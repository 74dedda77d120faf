"""The laboratory of payments: the same seed is the same history, histories come out well, and the judge sees what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.crash import laboratory, payment_history, payment_verdicts, verdicts

SEED = 4


@pytest.fixture(scope="module")
def lab() -> Iterator[laboratory.Laboratory]:
    with laboratory.opened(about="payments") as made:
        yield made


@pytest.fixture(scope="module")
def played(lab: laboratory.Laboratory) -> payment_history.PaymentHistory:
    """A history in which a backup is put back."""
    one, verdict = lab.play(SEED, also=("backup", "restore"))
    assert verdict.is_good, f"{laboratory.again(SEED, about='payments')}\n{verdict}"
    assert one.happened["restore"] and one.treasury.bank.paid() and one.treasury.collected
    return one


@pytest.mark.long
def test_the_same_seed_is_the_same_history(lab: laboratory.Laboratory, played: payment_history.PaymentHistory) -> None:
    again, _ = lab.play(SEED, also=("backup", "restore"))
    assert again.scene.log.lines == played.scene.log.lines and len(played.scene.log.lines) > 100


def _pay_twice(of: Any) -> None:
    first = next(one for one in of.bank.files if one.file)
    again = [msgspec.structs.replace(one, end_to_end_id="ANEW") for one in first.file.orders]
    of.bank.files.append(msgspec.structs.replace(first, file=msgspec.structs.replace(first.file, orders=again)))


def _lose_an_order(of: Any) -> None:
    next(one for one in of.bank.files if one.file and one.file.orders).file.orders.clear()


def _tell_twice(of: Any) -> None:
    of.collected.append(of.collected[0])


def _pay_in(of: Any) -> None:
    of.credited["01000200050028", Decimal("1.00")] += 1


SPOILT = {"duplicated": (_pay_twice, _tell_twice), "lost": (_lose_an_order, _pay_in)}


@pytest.mark.parametrize(("kind", "spoil"), [(kind, one) for kind, some in SPOILT.items() for one in some])
def test_the_judge_sees_it(
    lab: laboratory.Laboratory, played: payment_history.PaymentHistory, kind: str, spoil: Callable[[Any], None]
) -> None:
    verdict, of = verdicts.Verdict(lost=[], duplicated=[], unsettled=[], wrong=[]), played.treasury
    kept = (list(of.bank.files), list(of.collected), of.credited.copy())
    orders = [(one.file, list(one.file.orders)) for one in of.bank.files if one.file]
    try:
        spoil(of)
        payment_verdicts.judge(of, played.scene.world, lab.ledgers.open(), verdict)
    finally:
        of.bank.files[:], of.collected[:], of.credited = kept
        for file, some in orders:
            file.orders[:] = some
    assert getattr(verdict, kind)
