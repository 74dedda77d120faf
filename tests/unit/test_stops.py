"""Stops: each has an owner, a reason and a release; what is unknown is refused; the question before each send is cheap."""

from __future__ import annotations

import concurrent.futures
import datetime as dt
import pathlib
import sys
import time
from typing import Any

import pytest
import sqlalchemy as sa
from prefect import Task
from prefect.exceptions import ParameterTypeError

from console import stopping as command
from fakturabro.domain import calendar
from fakturabro.ledger import opened, operations, settings, stops
from fakturabro.ledger.journal import lines as journal_lines
from fakturabro.ledger.journal import sendings as journal
from flows import stops as flows
from tasks import connect, stopping

NOW = dt.datetime(2026, 11, 20, 9, 15, tzinfo=calendar.OSLO)
ROOT = pathlib.Path(__file__).parent.parent.parent


def stop(ledger: opened.Ledger, scope: str = "", **changes: Any) -> tuple[stops.Stop, bool]:
    return stops.record(
        ledger, changes.pop("tenant", "nidelven"), scope, **{"why": "feil konto", "owner": "Kari", "at": NOW} | changes
    )


def standing(ledger: opened.Ledger, purpose: str = "distribute", target: str = "ehf", tenant: str = "nidelven") -> str | None:
    with ledger.writing() as connection:
        found = stops.find_standing(connection, tenant, purpose, target)
    return None if found is None else found.scope


@pytest.mark.parametrize(
    ("scope", "stopped"),
    [
        ("", {"book", "distribute"}),
        ("distribute", {"distribute"}),
        ("ehf", {"distribute"}),
        ("email", set()),
        ("factoring:4711", {"book"}),
        ("factoring", set()),
        ("EHF", set()),
    ],
)
def test_a_stop_holds_what_it_names_and_nothing_else(ledger: opened.Ledger, scope: str, stopped: set[str]) -> None:
    stop(ledger, scope)
    found = {
        purpose
        for purpose, target in (("book", "factoring:4711"), ("distribute", "ehf"))
        if standing(ledger, purpose, target) == scope
    }
    assert found == stopped
    assert standing(ledger, "letter", "letter") == (scope if scope in ("", "distribute") else None), "the letter after a link"
    assert standing(ledger, tenant="skagerrak") is None


def test_the_widest_stop_is_named_first_and_a_release_ends_one_scope_only(ledger: opened.Ledger) -> None:
    for scope in ("ehf", "", "distribute"):
        stop(ledger, scope)
    assert [one.scope for one in stops.find_all_standing(ledger, "nidelven")] == ["", "distribute", "ehf"]
    for scope, left in (("", "distribute"), ("distribute", "ehf"), ("ehf", None)):
        released = stops.record_release(ledger, "nidelven", scope, why="rettet", by="Ola", at=NOW + dt.timedelta(hours=1))
        assert released is not None
        assert (released.released_by, released.release_why) == ("Ola", "rettet")
        assert standing(ledger) == left
    assert stops.record_release(ledger, "nidelven", "ehf", why="igjen", by="Ola", at=NOW) is None


def test_stopping_twice_changes_nothing_and_says_so(ledger: opened.Ledger) -> None:
    first, new = stop(ledger, "ehf")
    second, again = stop(ledger, "ehf", owner="Ola", why="noe annet")
    assert (new, again) == (True, False)
    assert second == first
    stops.record_release(ledger, "nidelven", "ehf", why="rettet", by="Ola", at=NOW)
    third, new = stop(ledger, "ehf", owner="Ola")
    assert (third.owner, new, third.id != first.id) == ("Ola", True, True)


def test_two_who_stop_at_once_make_one_stop(ledger: opened.Ledger) -> None:
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: stop(ledger, "ehf", owner=f"person {n}"), range(16)))
    assert sum(new for _, new in made) == 1
    assert len({one.id for one, _ in made}) == 1


@pytest.mark.parametrize("nothing", ["", "  ", "\n\t"])
def test_without_a_reason_or_an_owner_there_is_neither_stop_nor_release(ledger: opened.Ledger, nothing: str) -> None:
    for said in ({"why": nothing}, {"owner": nothing}):
        with pytest.raises(stops.StopError, match="mangler"):
            stop(ledger, **said)
    stop(ledger)
    for said in ({"why": nothing, "by": "Ola"}, {"why": "rettet", "by": nothing}):
        with pytest.raises(stops.StopError, match="mangler"):
            stops.record_release(ledger, "nidelven", "", at=NOW, **said)
    assert standing(ledger) == ""


def test_the_sentence_says_who_why_and_until_when_on_one_line(ledger: opened.Ledger) -> None:
    made, _ = stop(ledger, "factoring:4711", why="feil konto\n# hos  oss.")
    assert made.sentence == (
        "Stanset for nidelven: factoringselskapet (4711). Kari stanset 20.11.2026 kl. 09:15: feil konto # hos oss. "
        "Skal vurderes innen 25.11.2026 kl. 09:15."
    )


@pytest.mark.parametrize(
    ("at", "review"),
    [
        (NOW, "2026-11-25T09:15:00+01:00"),
        (dt.datetime(2026, 3, 27, 8, tzinfo=calendar.OSLO), "2026-04-01T08:00:00+02:00"),  # summer time begins on Sunday
        (dt.datetime(2026, 10, 23, 6, tzinfo=dt.UTC), "2026-10-28T08:00:00+01:00"),  # and ends on Sunday
        (dt.datetime(2026, 4, 1, 12, tzinfo=calendar.OSLO), "2026-04-09T12:00:00+02:00"),  # Easter
        (dt.datetime(2026, 12, 24, 12, tzinfo=calendar.OSLO), "2026-12-30T12:00:00+01:00"),
    ],
)
def test_the_review_time_is_three_working_days_ahead(at: dt.datetime, review: str) -> None:
    assert stops.review_time(at).isoformat() == review


def test_a_review_time_that_has_passed_is_refused_and_one_that_passes_ends_nothing(ledger: opened.Ledger) -> None:
    with pytest.raises(stops.StopError, match=r"20\.11\.2026 kl\. 09:15, er passert"):
        stop(ledger, review_at=NOW)
    stop(ledger, review_at=NOW + dt.timedelta(minutes=1), at=NOW)
    assert standing(ledger) == ""


def test_the_question_before_each_send_costs_next_to_nothing(ledger: opened.Ledger) -> None:
    for n in range(300):
        stop(ledger, f"target {n}", tenant=f"tenant {n % 30}")
        stops.record_release(ledger, f"tenant {n % 30}", f"target {n}", why="rettet", by="Ola", at=NOW)
    with ledger.writing() as connection:
        stops.find_standing(connection, "tenant 1", "distribute", "ehf")
        began = time.perf_counter()
        for _ in range(1000):
            stops.find_standing(connection, "tenant 1", "distribute", "ehf")
        each = (time.perf_counter() - began) / 1000
    sys.stdout.write(f"find_standing on {ledger.engine.dialect.name}: {each * 1e6:.0f} µs\n")
    assert each < 0.002


@pytest.fixture
def applied(ledger: opened.Ledger, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> opened.Ledger:
    """A ledger with the sandbox tenants' file, and a journal."""
    monkeypatch.setattr(connect, "open_journal", lambda: journal.Journal(tmp_path / "journal"))
    for tenant in ("nidelven", "skagerrak"):
        settings.record(ledger, tenant, "prefect.yaml", (ROOT / "prefect.yaml").read_text(encoding="utf-8"), NOW)
    url = ledger.engine.url.render_as_string(hide_password=False)
    monkeypatch.setattr(connect, "open_ledger", lambda: opened.open_ledger(url, b"0" * 32))
    return ledger


def stop_by_command(scope: str, tenant: str = "nidelven", **changes: Any) -> int:
    return command.stop(tenant, scope, **{"why": "feil konto", "owner": "Kari", "days": 3, "review_at": None} | changes)


@pytest.mark.parametrize(
    "scope", ["", "book", "distribute", "write_back", "ehf", "EMAIL", "letter", "poweroffice", "factoring:4711", "pay", "bank"]
)
def test_the_command_stops_and_resumes(applied: opened.Ledger, capsys: pytest.CaptureFixture[str], scope: str) -> None:
    assert stop_by_command(scope) == 0
    assert "Kari stanset" in capsys.readouterr().out
    assert [one.scope for one in stops.find_all_standing(applied, "nidelven")] == [scope.lower()]
    assert stop_by_command(scope, owner="Ola") == 0
    assert capsys.readouterr().out.startswith("Var stanset fra før, og ingenting er endret. Stanset for nidelven")
    assert command.resume("nidelven", scope, why="rettet", by="Ola") == 0
    assert "er opphevet av Ola" in capsys.readouterr().out
    assert command.resume("nidelven", scope, why="rettet", by="Ola") == 0
    assert "Ingenting er endret" in capsys.readouterr().out
    assert stops.find_all_standing(applied, "nidelven") == []


@pytest.mark.parametrize(
    ("tenant", "scope", "said"),
    [
        ("nidelva", "", "Klienten 'nidelva' er ukjent. Kjente klienter: nidelven, skagerrak."),
        ("nidelven", "factoring:4712", "factoring:4711"),
        ("nidelven", "fax", "'fax' er verken formål, kanal eller mål for nidelven. Kjente: attach, bank, book, book_back"),
        ("nidelven", "' or 1=1 --", "er verken formål"),
    ],
)
def test_what_is_unknown_is_refused_with_what_is_known(
    applied: opened.Ledger, capsys: pytest.CaptureFixture[str], tenant: str, scope: str, said: str
) -> None:
    assert stop_by_command(scope, tenant) == 2
    assert said in capsys.readouterr().out
    assert command.resume(tenant, scope, why="rettet", by="Ola") == 2
    with applied.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(operations.stop)).scalar_one() == 0


def test_stops_and_releases_stand_in_the_journal_and_count_without_it(
    applied: opened.Ledger, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_by_command("ehf")
    stop_by_command("ehf", owner="Ola")
    command.resume("nidelven", "ehf", why=" rettet  nå", by="Ola")
    command.resume("nidelven", "ehf", why="igjen", by="Ola")
    stopped, released = connect.open_journal().scan("nidelven", (journal_lines.Stopped, journal_lines.Released))
    assert isinstance(stopped, journal_lines.Stopped)
    assert isinstance(released, journal_lines.Released)
    with applied.reading() as connection:
        row = connection.execute(sa.select(operations.stop)).one()
    assert (stopped.scope, stopped.why, stopped.owner) == (row.scope, row.why, row.owner)
    assert (stopped.at, stopped.review_at) == (row.at, row.review_at)
    assert (released.why, released.by, released.at) == (row.release_why, row.released_by, row.released_at)

    def full(*_: object) -> journal.Journal:
        raise journal.JournalError("Disken er full.")

    capsys.readouterr()
    monkeypatch.setattr(connect, "open_journal", full)
    assert stop_by_command("email") == 0
    assert "kom ikke i sendejournalen" in capsys.readouterr().out
    assert [one.scope for one in stops.find_all_standing(applied, "nidelven")] == ["email"]


def test_a_resume_names_the_stops_that_go_on_standing(applied: opened.Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    stop_by_command("ehf")
    assert command.resume("nidelven", "", why="rettet", by="Ola") == 0
    assert "Ingenting er endret. Stanset for nidelven: EHF." in capsys.readouterr().out


def test_the_command_wants_a_reason_and_a_time_that_is_to_come(applied: opened.Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    assert stop_by_command("ehf", why=" ") == 2
    assert stop_by_command("ehf", review_at=dt.datetime(2001, 1, 1, 12)) == 2  # noqa: DTZ001 as typer reads it
    assert stops.find_all_standing(applied, "nidelven") == []
    assert stop_by_command("ehf", review_at=dt.datetime(2126, 7, 1, 12)) == 0  # noqa: DTZ001 as typer reads it
    assert stops.find_all_standing(applied, "nidelven")[0].review_at == dt.datetime(2126, 7, 1, 10, tzinfo=dt.UTC)
    assert "--why må fylles ut" in capsys.readouterr().out


async def test_the_flows_do_the_same_and_refuse_an_empty_form(applied: opened.Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Task, "__call__", lambda self, *args: self.fn(*args))  # as the laboratory calls tasks: without a server
    stopped = await flows.stop.fn("nidelven", stopping.StopOrder(scope="ehf", why="feil konto", owner="Kari"))
    assert stopped.is_completed()
    assert stopped.message.startswith("Stanset for nidelven: EHF. Kari stanset")
    for refused in (flows.stop.fn("nidelven"), flows.resume.fn("nidelven")):
        with pytest.raises(stops.StopError, match="Begrunnelsen mangler"):
            await refused
    resumed = await flows.resume.fn("nidelven", stopping.ReleaseOrder(scope="ehf", why="rettet", by="Ola"))
    assert resumed.message == "Stansen for nidelven (EHF) er opphevet av Ola. Det som ventet, går ut i neste luke."
    assert stops.find_all_standing(applied, "nidelven") == []


def test_the_forms_are_drawn_in_norwegian_and_refuse_what_is_wrong() -> None:
    schema = flows.stop.parameters.model_dump()
    form = next(one for name, one in schema["definitions"].items() if name == "StopOrder")
    assert [one["title"] for one in form["properties"].values()] == [
        "Hva", "Hvorfor", "Eier", "Ny vurdering om (arbeidsdager)", "Ny vurdering senest",
    ]  # fmt: skip
    assert form["properties"]["why"]["minLength"] == 1
    with pytest.raises(ParameterTypeError):
        flows.stop.validate_parameters({"tenant": "nidelven", "order": {"why": "", "owner": "Kari"}})
    with pytest.raises(ParameterTypeError):
        flows.stop.validate_parameters({"tenant": "Nidelven!", "order": {"why": "x", "owner": "Kari"}})
