"""Changed documents in histories: they happen, whatever becomes of them is judged, and the judge sees what is wrong."""

from __future__ import annotations

import copy
import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.crash import backups, copies, laboratory, scene, site

EHF, EMAIL, LETTER, OTHER = 5002, 5003, 5019, 5015
MONDAY = dt.date(2026, 11, 16)
Stage = Callable[..., scene.Scene]


def _copies(on: scene.Scene) -> int:
    on.world.collect_letters()
    return len(on.world.access_point.state.messages) + len(on.world.mail.messages) + len(on.world.letters)


class _Onward(random.Random):
    """Always the last choice: all documents are changed, and nothing is taken back."""

    def random(self) -> float:
        return 0.99

    def choice(self, seq: Any) -> Any:
        return seq[-1]


def _change_all(world: Any) -> None:
    world.change(_Onward(), credited_too=True)


def _changed(on: scene.Scene, spoil: Callable[[Any], Any] = lambda _: None, *, sends_changed: bool = True) -> Callable[[], Any]:
    """All is sent, all is changed, and a day later something may be spoilt."""
    on.options = site.options_of(None, send_changed=sends_changed)

    async def script() -> None:
        await on.start("intake", on.loop.now())
        _change_all(on.world)
        await on.settle_down()
        on.world.collect_letters()
        spoil(on.world)

    return script


@pytest.mark.parametrize(("sends_changed", "copies"), [(False, 3), (True, 6)])
def test_what_was_changed_goes_once_more_where_the_tenant_wants_that(stage: Stage, sends_changed: bool, copies: int) -> None:
    on = stage(EHF, EMAIL, LETTER)
    verdict = on.play(_changed(on, sends_changed=sends_changed))
    assert verdict.is_good, f"{verdict}\n" + "\n".join(on.log.lines)
    assert _copies(on) == copies


def _turn(messages: dict[str, Any]) -> None:
    turned = dict(reversed(messages.items()))
    messages.clear()
    messages.update(turned)


def _take_newest(world: Any) -> None:
    world.access_point.state.messages.popitem()


def _swap_bodies(world: Any) -> None:
    first, second = world.access_point.state.messages.values()
    first.body, second.body = second.body, first.body


@pytest.mark.parametrize(
    ("spoil", "kind", "said"),
    [
        (lambda world: world.mail.messages.append(world.mail.messages[0]), "duplicated", "2 copies of version 0"),
        (lambda world: world.mail.messages.append(world.mail.messages[-1]), "duplicated", "2 copies of version 1"),
        (lambda world: world.letters.append(world.letters[-1]), "duplicated", "2 copies of version 1"),
        (lambda world: world.mail.messages.reverse(), "wrong", "an older version was sent after a newer one"),
        (lambda world: world.letters.reverse(), "wrong", "an older version was sent after a newer one"),
        (lambda world: _turn(world.access_point.state.messages), "wrong", "an older version was sent after a newer one"),
        (_take_newest, "lost", "the newest version was never sent"),
        (lambda world: world.access_point.state.messages.clear(), "lost", "there is no copies at debtors"),
        (_swap_bodies, "wrong", "has the reference"),
        (_change_all, "lost", "is not in the ledger"),
    ],
)
def test_the_judge_sees_what_is_wrong_with_versions(stage: Stage, spoil: Callable[[Any], Any], kind: str, said: str) -> None:
    on = stage(EHF, EMAIL, LETTER)
    verdict = on.play(_changed(on, spoil))
    assert any(said in text for text in getattr(verdict, kind)), verdict


def test_the_judge_sees_a_second_version_where_none_is_wanted(stage: Stage) -> None:
    on = stage(EHF, EMAIL, LETTER)
    script = _changed(on)
    on.options, wanted = site.options_of(None), on.options

    async def against_the_settings() -> None:
        on.options = wanted
        await script()
        on.options = site.options_of(None)

    assert any("2 copies at debtors" in text for text in on.play(against_the_settings).duplicated)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 5))
@pytest.mark.parametrize("also", [["change"] * 3, ["change", "change", "backup in mid-run", "restore"]])
def test_changes_happen_and_all_comes_right(lab: laboratory.Laboratory, seed: int, also: list[str]) -> None:
    one, verdict = lab.play(seed, also)
    assert verdict.is_good, f"{laboratory.again(seed)}\n{verdict}"
    assert one.events.happened["change"] >= also.count("change")
    assert one.scene.world.versions


def test_half_of_the_seeds_send_what_was_changed() -> None:
    wanted = [site.options_of(seed).distribution.send_changed for seed in range(100)]
    assert 30 < sum(wanted) < 70


def test_a_version_that_only_the_journal_knows_does_not_go_again(lab: laboratory.Laboratory) -> None:
    """Two versions went, the ledger was restored from before the document came in, and the client takes the change back."""
    on = scene.Scene(lab.folder, lab.ledgers, MONDAY, choice=lambda known: [one for one in known if one.number in (EMAIL, OTHER)])
    on.options = site.options_of(None, send_changed=True)
    place, world = lab.ledgers.place, on.world
    of_same_customer = next(key for key, one in world.documents.items() if one.number == OTHER)

    async def script() -> None:
        later = world.client.invoices.pop(of_same_customer)
        place.back_up()
        await on.start("intake", on.loop.now())
        first = {key: (one.ehf, one.customer_email) for key, one in world.client.invoices.items()}
        _change_all(world)
        await on.until(on.loop.now() + dt.timedelta(hours=1))
        await on.start("intake", on.loop.now())
        assert _copies(on) == 2
        place.put_back()
        await on.start("recover", on.loop.now(), backups.recover, auto_scheduled=False)
        await on.until(on.loop.now() + dt.timedelta(hours=1))
        world.client.add(later)
        await on.start("intake", on.loop.now())
        _take_back(world, first)
        await on.settle_down()

    verdict = on.play(script)
    assert verdict.is_good, f"{verdict}\n" + "\n".join(on.log.lines)
    assert _copies(on) == 3


def test_after_a_restore_the_source_gets_the_pdf_that_the_debtor_got(lab: laboratory.Laboratory) -> None:
    """The document changes before its PDF is made anew, and the new version is not wanted."""
    on = scene.Scene(lab.folder, lab.ledgers, MONDAY, choice=lambda known: [one for one in known if one.number == EMAIL])
    on.options, place = site.options_of(None), lab.ledgers.place

    async def script() -> None:
        place.back_up()
        await on.start("intake", on.loop.now())
        place.put_back()
        await on.until(on.loop.now() + dt.timedelta(hours=1))
        await on.start("recover", on.loop.now(), backups.recover, auto_scheduled=False)
        _change_all(on.world)
        await on.settle_down()

    verdict = on.play(script)
    assert verdict.is_good, verdict
    (mailed,) = copies.find_all(on.world)
    assert list(on.world.given_back().values()) == [mailed.digest.hex()]


def _take_back(world: Any, first: dict[str, tuple[bytes, str]]) -> None:
    for key, (ehf, email) in first.items():
        world.client.invoices[key].ehf, world.client.invoices[key].customer_email = ehf, email
        world.versions[key].append(copy.deepcopy(world.client.invoices[key]))
