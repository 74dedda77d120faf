"""The laboratory of return data: the same seed is the same history, histories come out well, and the judge sees what is wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from sandboxes.factoring import movements
from tests.crash import counterparts, laboratory, movers, return_history, return_verdicts, verdicts

SEED = 1


@pytest.fixture(scope="module")
def lab() -> Iterator[laboratory.Laboratory]:
    with laboratory.opened(about="returns") as made:
        yield made


@pytest.fixture(scope="module")
def played(lab: laboratory.Laboratory) -> return_history.ReturnHistory:
    """A history in which a voucher is undone and a backup put back."""
    one, verdict = lab.play(SEED, also=("undo", "backup", "restore"))
    assert verdict.is_good, f"{laboratory.again(SEED, about='returns')}\n{verdict}"
    assert isinstance(one, return_history.ReturnHistory) and one.happened["undo"] and one.happened["restore"]
    return one


@pytest.mark.long
def test_the_same_seed_is_the_same_history(lab: laboratory.Laboratory, played: return_history.ReturnHistory) -> None:
    again, _ = lab.play(SEED, also=("undo", "backup", "restore"))
    assert again.scene.log.lines == played.scene.log.lines and len(played.scene.log.lines) > 100


def _standing(world: counterparts.World) -> list[Any]:
    return [one for one in world.client.books.journal if one.reference and not one.is_reversed]


def _post_twice(world: counterparts.World) -> None:
    first = _standing(world)[0]
    world.client.books.journal.append(msgspec.structs.replace(first, reference="another"))


def _lose_a_voucher(world: counterparts.World) -> None:
    world.client.books.journal.remove(_standing(world)[0])


def _tell_of_more(world: counterparts.World) -> None:
    made = movements.Made(kind="payout", date=dt.date(2027, 2, 1), amount="7.77")
    world.factoring.movements.add(counterparts.CLIENT_NUMBER, made)


def _tell_of_less(world: counterparts.World) -> None:
    world.factoring.movements.made.clear()


def _move_an_oere(world: counterparts.World) -> None:
    """From one movement to another, so that the voucher balances."""
    first = _standing(world)[0]
    for entry, change in zip((one for one in first.entries if one.account == movers.BALANCE), ("0.01", "-0.01"), strict=False):
        entry.amount += Decimal(change)
        entry.currency_amount += Decimal(change)


SPOILT = {
    "duplicated": (_post_twice,),
    "lost": (_lose_a_voucher, _tell_of_more),
    "wrong": (_tell_of_less, _move_an_oere),
}


@pytest.mark.parametrize(("kind", "spoil"), [(kind, one) for kind, some in SPOILT.items() for one in some])
def test_the_judge_sees_it(
    lab: laboratory.Laboratory,
    played: return_history.ReturnHistory,
    kind: str,
    spoil: Callable[[counterparts.World], None],
) -> None:
    verdict, world = verdicts.Verdict(lost=[], duplicated=[], unsettled=[], wrong=[]), played.scene.world
    journal, made, booked = world.client.books.journal, world.factoring.movements.made, world.factoring.books.vouchers
    kept = [*msgspec.convert(msgspec.to_builtins(journal), list[type(journal[0])])], [*made], [*booked]
    try:
        spoil(world)
        return_verdicts.judge(played.company, played.bookkeeper, world, lab.ledgers.open(), verdict)
    finally:
        journal[:], made[:], booked[:] = kept
    assert getattr(verdict, kind)
