"""How runs begin and end: holidays, doubled schedules, abandoned work, retries, figures that do not add up."""

from __future__ import annotations

import datetime as dt
import types
import uuid
from typing import Any

import pendulum
import pytest
import sqlalchemy as sa
from prefect.states import Failed

from fakturabro.domain import calendar
from fakturabro.ledger import tables
from fakturabro.remote import errors
from tasks import messages, retrying, run_context, runs

EASTER_MONDAY = dt.datetime(2026, 4, 6, 8, 0, tzinfo=calendar.OSLO)
WEDNESDAY = dt.datetime(2026, 11, 18, 8, 0, tzinfo=calendar.OSLO)


def scheduled(monkeypatch: pytest.MonkeyPatch, at: dt.datetime, auto: bool) -> None:
    """As if Prefect had started the run for this time."""

    def context() -> Any:
        return types.SimpleNamespace(flow_run=types.SimpleNamespace(expected_start_time=at, auto_scheduled=auto, id=uuid.uuid4()))

    monkeypatch.setattr(runs.prefect.context.FlowRunContext, "get", staticmethod(context))
    monkeypatch.setattr(runs, "_leave", nothing)


async def nothing(*_: Any, **__: Any) -> None:
    """No Prefect server, no artifacts."""


async def test_a_scheduled_run_on_a_holiday_ends_visibly_and_does_nothing(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scheduled(monkeypatch, EASTER_MONDAY, auto=True)
    ended = await site.intake()
    assert (ended.name, ended.is_completed()) == ("NotAWorkingDay", True)
    assert ended.message == "06.04.2026 er ikke en arbeidsdag (Andre påskedag). Ingenting er hentet eller sendt."
    with site.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.document)).scalar_one() == 0


async def test_a_run_that_a_person_starts_on_a_holiday_does_its_work(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.keep_only(5002)
    scheduled(monkeypatch, EASTER_MONDAY, auto=False)
    assert "1 sendt" in (await site.intake()).message


async def test_prefects_own_kind_of_time_goes_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    scheduled(monkeypatch, pendulum.instance(WEDNESDAY), auto=True)
    assert (type(run_context.scheduled()), run_context.scheduled()) == (dt.datetime, WEDNESDAY)


async def test_a_slot_runs_once_however_often_it_is_scheduled(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.keep_only(5002)
    scheduled(monkeypatch, WEDNESDAY, auto=True)
    assert "1 sendt" in (await site.intake()).message
    again = await site.intake()
    assert again.name == "AlreadyRun"
    assert again.message == "Luken 18.11.2026 08:00 er allerede kjørt: 1 hentet, 1 sendt (EHF 1), 1 bokført."


async def test_two_runs_of_a_flow_never_go_at_once_and_a_living_one_loses_nothing(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.keep_only(5002)
    async with runs.slot("nidelven", "invoice_intake", moves=("book", "distribute"), dry_run=False) as first:
        assert first.declined is None
        scheduled(monkeypatch, WEDNESDAY, auto=True)
        assert (await site.intake()).name == "AlreadyRun"
    assert "1 sendt" in (await site.intake()).message


async def test_what_a_dead_run_left_in_sending_is_read_back_and_goes_when_it_never_left(site: Any) -> None:
    site.keep_only(5002, 5003)
    site.secret("factoring.key", "wrong")
    await site.intake()
    dead = sa.update(tables.delivery).where(tables.delivery.c.state == "planned", tables.delivery.c.purpose == "book")
    with site.engine.begin() as connection:
        assert connection.execute(dead.values(state="sending", run="a dead one")).rowcount == 2
    site.secret("factoring.key", site.boxes.addresses()["factoring"]["key"])
    assert (await site.intake()).is_completed()
    assert len(site.boxes.factoring.state.entries) == 2
    log = tables.transfer_log
    with site.engine.connect() as connection:
        said = connection.execute(sa.select(log.c.detail).where(log.c.outcome == "planned").order_by(log.c.id)).scalars().all()
    assert [detail for detail in said if "ikke mottatt" in detail] == [messages.NOT_THERE] * 2


async def test_a_run_that_fails_frees_its_slot_and_leaves_its_certificate(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.keep_only(5002)
    scheduled(monkeypatch, WEDNESDAY, auto=True)

    async def burst(*_: Any, **__: Any) -> None:
        raise RuntimeError("burst")

    with monkeypatch.context() as patch:
        patch.setattr("tasks.factoring.book.fn", burst)
        with pytest.raises(RuntimeError, match="burst"):
            await site.intake()
    with site.engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.certificate)).scalar_one() == 3
    assert "1 sendt" in (await site.intake()).message


async def test_a_run_whose_figures_do_not_add_up_fails(site: Any) -> None:
    site.keep_only(5002, 5024)
    await site.intake()
    with site.engine.begin() as connection:
        connection.exec_driver_sql("drop trigger delivery_delete")
        connection.exec_driver_sql("delete from delivery where purpose = 'distribute' and state = 'held'")
    ended = await site.intake()
    assert (ended.name, ended.is_failed()) == ("CertificateDoesNotAddUp", True)
    assert "Utsending i NOK: 1 dokumenter" in ended.message


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (errors.Unavailable("x"), True),
        (errors.Throttled("x"), True),
        (errors.Rejected("x"), False),
        (errors.Uncertain("x"), False),
        (errors.CredentialError("x"), False),
        (errors.AlreadyDelivered("x"), False),
        (ValueError("x"), False),
    ],
)
def test_only_what_says_so_is_tried_again(error: Exception, again: bool) -> None:
    assert retrying.is_worth_it(None, None, Failed(data=error)) is again
