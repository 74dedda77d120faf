"""The look-up against a real name server and a real publisher on loopback: yes, no, and all the ways not to know."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import dns.flags
import dns.message
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from fakturabro.remote import errors, http
from fakturabro.systems.peppol import client, locator, names, publisher
from sandboxes import faults, peppol, serving

NOW = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)
BOTH, BILLED, NOTHING, ABROAD = "0192:923609016", "0192:974760673", "0192:914778271", "0007:5567321707"
RECEIVERS = {BOTH: ["invoice", "credit_note"], BILLED: ["invoice"], NOTHING: [], ABROAD: ["invoice"], "0088:123abc": ["invoice"]}
ABSENT = "0192:999999999"


class Place:
    """A name server whose answers a test may spoil, a publisher, and another one that says what a test wants."""

    def __init__(self) -> None:
        self.peppol = peppol.Peppol(RECEIVERS)
        self.spoil: Callable[[dns.message.Message, bool], object] = lambda *_: None
        self.names = peppol.NameServer(self._answer)
        self.pages: Callable[[str], Response] = lambda _path: Response(status_code=500)
        self.asked: list[str] = []
        other = Starlette(routes=[Route("/{path:path}", self._page)])
        self._servers = serving.Servers({"smp": self.peppol.app, "other": other})

    def __enter__(self) -> Place:
        self.names.start()
        self._servers.start()
        self.peppol.base, self.other = self._servers.url("smp"), self._servers.url("other")
        return self

    def __exit__(self, *_: object) -> None:
        self._servers.stop()
        self.names.stop()

    def _answer(self, query: bytes, over_tcp: bool) -> bytes | None:
        said = self.peppol.answer(query, over_tcp)
        if said is None:
            return None
        message = dns.message.from_wire(said)
        self.spoil(message, over_tcp)
        return message.to_wire()

    async def _page(self, request: Request) -> Response:
        self.asked.append(request.url.path)
        return self.pages(request.url.path)

    def move(self, participant: str, address: str) -> None:
        """Register a participant with another publisher."""
        self.peppol.records[participant] = [f'100 10 "U" "Meta:SMP" "!.*!{address}!" .']


@pytest.fixture(scope="module")
def running() -> Iterator[Place]:
    with Place() as place:
        yield place


@pytest.fixture
def place(running: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Nothing is spoilt yet, and nobody waits for long."""
    monkeypatch.setattr(locator, "_TOTAL", 0.4)
    monkeypatch.setattr(locator, "_ATTEMPT", 0.2)
    running.peppol.book.clear()
    running.peppol.book.reset_counters()
    running.peppol.records.clear()
    running.peppol.closed.clear()
    running.asked.clear()
    running.spoil = lambda *_: None
    return running


@pytest.fixture
async def remote() -> AsyncIterator[http.Remote]:
    async with http.Remote(publisher.LIMITS) as opened:
        yield opened


Asked = Callable[..., Any]


@pytest.fixture
def ask(place: Place, remote: http.Remote) -> Asked:
    """What the network says of participants, in a word each; a failure's sentence where it does not know."""

    async def ask_(*participants: str, kind: str = "invoice", network: str = "sandbox", **more: Any) -> list[Any]:
        settings = {"tenant": "t", "resolver": f"127.0.0.1:{place.names.port}", "canary": peppol.CANARY, **more}
        questions = [client.Question(participant=one, kind=kind) for one in participants]
        found = await client.Network(remote, network, **settings).find_receivers(questions, NOW)
        return [found[one] if isinstance(found[one], bool) else str(found[one]) for one in questions]

    return ask_


async def test_yes_and_no_per_kind_of_document_whatever_the_scheme(ask: Asked) -> None:
    assert await ask(BOTH, BILLED, NOTHING, ABSENT, ABROAD, "0088:123abc") == [True, True, False, False, True, True]
    assert await ask(BOTH, BILLED, NOTHING, ABSENT, kind="credit_note") == [True, False, False, False]


@pytest.mark.parametrize("kind", ["error", "throttled", "cut", "latency"])
async def test_a_name_server_that_does_not_answer_decides_nothing(kind: Any, place: Place, ask: Asked) -> None:
    place.peppol.book.add(faults.Fault(kind=kind, method="NAPTR", times=99, seconds=0.6))
    for said in await ask(BOTH, ABSENT):
        assert "navneregister" in said or "SML" in said


def _another(message: dns.message.Message, _: bool) -> None:
    message.id = (message.id + 1) % 65_536


async def test_an_answer_to_another_question_is_not_taken(place: Place, ask: Asked) -> None:
    place.spoil = _another
    assert "SML" in (await ask(ABSENT))[0]


async def test_an_answer_too_long_for_a_datagram_is_fetched_over_tcp(place: Place, ask: Asked) -> None:
    def truncate(message: dns.message.Message, over_tcp: bool) -> None:
        if not over_tcp:
            message.flags |= dns.flags.TC
            message.answer.clear()

    place.spoil = truncate
    assert await ask(BOTH, ABSENT) == [True, False]
    assert place.peppol.book.calls["NAPTR"] == 6, "each of them and the canary twice"


async def test_the_publisher_of_the_record_that_comes_first_is_asked(place: Place, ask: Asked) -> None:
    first = f'10 5 "U" "Meta:SMP" "!^.*$!{place.peppol.base}/!" .'
    last = f'10 6 "U" "Meta:SMP" "!.*!{place.other}!" .'
    place.peppol.records[BOTH] = [last, first]
    assert await ask(BOTH) == [True]
    place.peppol.records[BOTH] = ['10 5 "S" "x-other" "" smp.example.']
    assert "ingen NAPTR" in (await ask(BOTH))[0]


async def test_nobody_is_absent_from_a_zone_that_has_lost_who_certainly_stands_there(place: Place, ask: Asked) -> None:
    present, *absent = await ask(BOTH, ABSENT, "0192:888888888", canary="0192:111111111")
    assert present is True
    assert all("FAKTURABRO_PEPPOL_CANARY" in said for said in absent)
    assert place.peppol.book.calls["NAPTR"] == 4, "the canary is asked once"


@pytest.mark.parametrize("path", ["/iso6523", "/iso6523-actorid-upis::0192:923609016/services"])
@pytest.mark.parametrize("kind", ["error", "cut", "throttled"])
async def test_a_publisher_that_fails_decides_nothing(kind: Any, path: str, place: Place, ask: Asked) -> None:
    place.peppol.book.add(faults.Fault(kind=kind, path=path, times=2))
    assert "127.0.0.1 (SMP)" in (await ask(BOTH))[0]


GROUP = (
    '<ServiceGroup xmlns="http://busdox.org/serviceMetadata/publishing/1.0/" xmlns:i="http://busdox.org/transport/identifiers/1.0/">'
    '<i:ParticipantIdentifier scheme="iso6523-actorid-upis">{}</i:ParticipantIdentifier>{}</ServiceGroup>'
)
HOSTILE = {
    "elsewhere": lambda _: RedirectResponse("http://169.254.169.254/latest"),
    "forbidden": lambda _: Response(status_code=403),
    "large": lambda _: Response(GROUP.format(BOTH, " " * 10_000_000)),
    "no XML": lambda _: Response("<html>Ikke funnet<html>"),
    "another's": lambda _: Response(GROUP.format(BILLED, "")),
    "entities": lambda _: Response(f"<!DOCTYPE x [<!ENTITY a 'b'>]>{GROUP.format(BOTH, '&a;')}"),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_page_that_is_not_the_participant_s_decides_nothing(name: str, place: Place, ask: Asked) -> None:
    place.move(BOTH, place.other)
    place.pages = HOSTILE[name]
    assert "127.0.0.1 (SMP)" in (await ask(BOTH))[0]
    assert len(place.asked) == 1


@pytest.mark.parametrize(("status", "body", "said"), [(404, "", False), (200, GROUP.format(BOTH, ""), False)])
async def test_who_stands_at_its_publisher_without_our_document_takes_none(
    status: int, body: str, said: bool, place: Place, ask: Asked
) -> None:
    place.move(BOTH, place.other)
    place.pages = lambda _: Response(body, status)
    assert await ask(BOTH) == [said]


@pytest.mark.parametrize(
    "dates", [("2020-01-01T00:00:00Z", "2026-11-23T07:59:59Z"), ("2026-11-24T00:00:00Z", "2099-01-01T00:00:00Z")]
)
async def test_a_way_in_that_is_closed_is_none(dates: tuple[str, str], place: Place, ask: Asked) -> None:
    place.peppol.closed[BOTH] = dates
    assert await ask(BOTH, BILLED) == [False, True]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (BOTH, BILLED, "en annen deltaker"),
        ("Invoice-2::Invoice##", "CreditNote-2::CreditNote##", "en annen dokumenttype"),
        ("billing:01:1.0", "billing:02:1.0", False),
        ("peppol-transport-as4-v2_0", "busdox-transport-as2-ver1p0", False),
    ],
)
async def test_the_way_in_is_for_this_participant_our_document_process_and_transport(
    old: str, new: str, said: Any, place: Place, ask: Asked
) -> None:
    pages = {
        path: (await _fetch(place.peppol.base + path)).decode() for path in (names.to_path(BOTH), names.to_path(BOTH, "invoice"))
    }
    spoilt = {False: pages[names.to_path(BOTH)], True: pages[names.to_path(BOTH, "invoice")].replace(old, new)}
    place.pages = lambda path: Response(spoilt["/services/" in path])
    place.move(BOTH, place.other)
    (found,) = await ask(BOTH)
    assert found is said or str(said) in found


async def test_a_publisher_may_name_another_once(place: Place, ask: Asked) -> None:
    spaces = 'xmlns="http://busdox.org/serviceMetadata/publishing/1.0/"'
    target = place.peppol.base

    def pages(path: str) -> Response:
        if "/services/" not in path:
            return RedirectResponse(f"{place.peppol.base}{path}")
        there = f"{target}{path.replace('#', '%23')}"
        return Response(
            f'<SignedServiceMetadata {spaces}><ServiceMetadata><Redirect href="{there}"/></ServiceMetadata></SignedServiceMetadata>'
        )

    group = (await _fetch(f"{place.peppol.base}/iso6523-actorid-upis::{BOTH}")).decode()
    place.pages = lambda path: pages(path) if "/services/" in path else Response(group)
    place.move(BOTH, place.other)
    assert await ask(BOTH) == [True]
    target = place.other
    assert "henviser videre" in (await ask(BOTH))[0]


async def _fetch(url: str) -> bytes:
    async with http.Remote() as opened:
        return (await opened.send(http.Target(system="s", tenant="t"), "GET", url, changes=False)).body


@pytest.mark.parametrize(
    "address",
    [
        "http://smp.example", "https://127.0.0.1", "https://localhost", "https://[::1]", "https://10.0.0.7/smp", "https://[::ffff:10.0.0.7]",
        "https://169.254.169.254", "https://0.0.0.0", "https://224.0.0.1", "https://smp.example:8443", "https://me@smp.example", "https://[::1",
        "https://smp.example/?a=1", "file:///etc/passwd", "https://", "smp.example",
    ],
)  # fmt: skip
async def test_on_a_real_network_only_public_places_are_asked_and_only_by_https(
    address: str, place: Place, remote: http.Remote
) -> None:
    target = http.Target(system="Peppol", tenant="t")
    with pytest.raises(errors.Unavailable, match="blir ikke spurt"):
        await publisher.Publishers(remote, target).takes(address, BOTH, "invoice", NOW)


async def test_a_real_network_s_names_never_lead_to_this_machine(place: Place, ask: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(names.ZONES, "test", names.ZONES["sandbox"])
    assert "bare HTTPS" in (await ask(BOTH, network="test"))[0]
    assert sum(place.peppol.book.statuses.values()) == 0


async def test_all_questions_together_take_no_longer_than_is_said(
    place: Place, ask: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locator, "_TOTAL", 5.0)
    place.peppol.book.add(faults.Fault(kind="latency", path="/", method="GET", times=999, seconds=0.4))
    began = time.monotonic()
    found = await ask(*(f"0192:{n}" for n in range(50)), BOTH, ABSENT, seconds=0.3)
    assert time.monotonic() - began < 1.5
    assert found[-2].startswith("Oppslagene i Peppol ble avbrutt etter")


async def test_a_name_server_that_is_down_is_not_asked_five_thousand_times(place: Place, ask: Asked) -> None:
    place.peppol.book.add(faults.Fault(kind="error", method="NAPTR", times=10_000))
    found = await ask(*(f"0192:{n}" for n in range(500)), canary="")
    assert all("SML" in said for said in found)
    asked = sum("blir ikke spurt mer" not in said for said in found)
    assert 0 < asked < 40
    assert asked <= place.peppol.book.calls["NAPTR"] <= 3 * asked  # in five seconds UDP may say it three times


async def test_many_are_asked_side_by_side(place: Place, ask: Asked) -> None:
    place.peppol.book.add(faults.Fault(kind="latency", method="NAPTR", times=99, seconds=0.1))
    began = time.monotonic()
    assert await ask(*(f"0192:{n}" for n in range(32)), canary="") == [False] * 32
    assert time.monotonic() - began < 1.0, "one after the other it takes 3.2 s"
