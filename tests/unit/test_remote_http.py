"""Answers, and the lack of them, over real sockets: what is retried, what is final, what is in doubt, and what never leaks."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import gzip
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import pytest

from fakturabro.remote import answers, errors, http

SECRET = "hemmelig-nokkel-7f3a"
TARGET = http.Target(system="Testsystemet", tenant="solberg")
QUICK = http.Limits(connect=0.5, read=0.15, write=0.5, total=0.6, body=100_000, attempts=3, first_pause=0.01, longest_pause=2.0)

Behaviour = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


class Server:
    """A server on loopback that meets each request with the next behaviour of its script, the last one again and again."""

    def __init__(self, *script: Behaviour) -> None:
        self.script, self.requests = list(script), 0
        self.url = ""

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                for line in head.lower().split(b"\r\n"):
                    if line.startswith(b"content-length:"):
                        await reader.readexactly(int(line.split(b":")[1]))
                behaviour = self.script[min(self.requests, len(self.script) - 1)]
                self.requests += 1
                if isinstance(behaviour, bytes):
                    writer.write(behaviour)
                    await writer.drain()
                else:
                    await behaviour(writer)
        writer.close()


@contextlib.asynccontextmanager
async def serving(*script: Behaviour) -> AsyncIterator[Server]:
    server = Server(*script)
    listener = await asyncio.start_server(server.meet, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/ledger"
    try:
        yield server
    finally:
        listener.close()


def reply(status: str, body: bytes = b"{}", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def cut(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()
    raise ConnectionResetError


async def silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(0.8)
    await cut(writer)


async def drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.1)


async def half(writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"half":')
    await writer.drain()
    await cut(writer)


async def call(server: Server, *, changes: bool, **more: object) -> answers.Answer:
    async with http.Remote(QUICK) as remote:
        return await remote.send(TARGET, "POST", server.url, changes=changes, content=b"{}", **more)


@pytest.mark.parametrize("behaviour", [cut, silence, drip, half, reply("500 Oops"), reply("503 Later"), reply("408 Slow")])
async def test_a_change_without_a_sure_answer_is_uncertain_and_sent_once(behaviour: Behaviour) -> None:
    async with serving(behaviour) as server:
        with pytest.raises(errors.Uncertain, match="leses tilbake"):
            await call(server, changes=True)
        assert server.requests == 1


@pytest.mark.parametrize("behaviour", [cut, silence, half, reply("500 Oops"), reply("408 Slow")])
async def test_a_read_is_tried_again(behaviour: Behaviour) -> None:
    async with serving(behaviour, behaviour, reply("200 OK", b'{"a":1}')) as server:
        assert (await call(server, changes=False)).body == b'{"a":1}'
        assert server.requests == 3


async def test_a_read_that_never_comes_is_unavailable() -> None:
    async with serving(cut) as server:
        with pytest.raises(errors.Unavailable):
            await call(server, changes=False)
        assert server.requests == QUICK.attempts


async def test_a_body_that_drips_ends_at_the_total_limit() -> None:
    async with serving(drip) as server, http.Remote(QUICK) as remote:
        began = time.monotonic()
        with pytest.raises(errors.Uncertain, match="TimeoutError"):
            await remote.send(TARGET, "POST", server.url, changes=True)
        assert time.monotonic() - began < 2 * QUICK.total


@pytest.mark.parametrize("changes", [True, False])
async def test_a_refused_connection_sent_nothing(changes: bool) -> None:
    async with serving(b"") as server:
        pass
    with pytest.raises(errors.Unavailable, match="Ingenting ble sendt"):
        await call(server, changes=changes)


async def test_a_full_pool_sent_nothing() -> None:
    async with serving(silence) as server:
        limits = http.Limits(connections=1, pool=0.1, read=0.5, attempts=1)
        async with http.Remote(limits) as remote:
            busy = asyncio.create_task(remote.send(TARGET, "POST", server.url, changes=True))
            await asyncio.sleep(0.05)
            with pytest.raises(errors.Unavailable, match="PoolTimeout"):
                await remote.send(TARGET, "POST", server.url, changes=True)
            with pytest.raises(errors.Uncertain):
                await busy


@pytest.mark.parametrize(("changes", "expected"), [(True, errors.Uncertain), (False, errors.Rejected)])
@pytest.mark.parametrize(
    "answer",
    [
        reply("200 OK", b"x" * 100_001),
        reply("200 OK", gzip.compress(b"0" * 5_000_000), Content_Encoding="gzip"),
        reply("200 OK", b"(\xb5/\xfd", Content_Encoding="zstd"),
    ],
    ids=["plain", "bomb", "not asked for"],
)
async def test_a_body_too_large_is_not_taken_in(answer: bytes, changes: bool, expected: type[errors.RemoteError]) -> None:
    async with serving(answer) as server:
        with pytest.raises(expected):
            await call(server, changes=changes)


async def test_a_body_within_the_limit_is_whole_also_packed() -> None:
    text = b"linje\n" * 10_000
    async with serving(reply("200 OK", gzip.compress(text), Content_Encoding="gzip")) as server:
        assert (await call(server, changes=False)).body == text


async def test_throttled_is_waited_for_also_by_a_change() -> None:
    async with serving(reply("429 Slow"), reply("201 Created")) as server:
        began = time.monotonic()
        assert (await call(server, changes=True)).status == 201
        assert time.monotonic() - began >= 1.0


async def test_a_wait_longer_than_ours_is_the_callers() -> None:
    async with serving(reply("429 Slow", Retry_After="40")) as server:
        with pytest.raises(errors.Throttled) as caught:
            await call(server, changes=True)
        assert caught.value.seconds == 40
        assert server.requests == 1


def test_retry_after_in_all_its_forms() -> None:
    now, soon, past = (f"Wed, 21 Oct 2015 07:28:{second} GMT" for second in ("00", "30", "00"))
    assert answers.retry_after(soon, now) == 30
    assert [answers.retry_after(text, now) for text in ("", "0", "7", "-5", "snart", "٣", "9" * 400)] == [1, 1, 7, 1, 1, 1, 86_400]
    assert (answers.retry_after(past, soon), answers.retry_after(soon, ""), answers.retry_after(soon, "nå")) == (1, 1, 1)


@pytest.mark.parametrize("status", ["401 No", "403 No"])
async def test_a_refused_key_names_the_tenant_and_never_the_key(status: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    body = msgspec.json.encode({"title": f"bad key {SECRET}"})
    async with serving(reply(status, body)) as server:
        with pytest.raises(errors.CredentialError) as caught:
            await call(server, changes=True, headers={"Authorization": f"Bearer {SECRET}"})
    assert (caught.value.tenant, caught.value.system) == ("solberg", "Testsystemet")
    assert "solberg" in str(caught.value)
    assert SECRET not in str(caught.value) + caplog.text


@pytest.mark.parametrize("key", [f"{SECRET}\n", f"{SECRET}å"])
async def test_a_key_that_cannot_be_sent_is_told_without_the_key(key: str) -> None:
    async with serving(reply("200 OK")) as server:
        with pytest.raises(errors.CredentialError) as caught:
            await call(server, changes=True, headers={"Authorization": f"Bearer {key}"})
        assert server.requests == 0
    assert SECRET not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "body",
    [
        {"title": "Object(s) not found", "detail": "Pay item 01010112345\r\nnot found."},
        {"Title": "Object(s) not found", "Detail": "Pay item 01010112345 not found"},
    ],
)
async def test_a_problem_is_read_in_any_case_on_one_line(body: dict[str, str]) -> None:
    async with serving(reply("400 Bad", msgspec.json.encode(body))) as server:
        with pytest.raises(errors.Rejected) as caught:
            await call(server, changes=True)
    assert caught.value.detail == "Object(s) not found. Pay item 01010112345 not found"
    assert caught.value.status == 400


async def test_national_identity_numbers_in_a_problem_are_masked() -> None:
    async with serving(reply("422 Bad", b'{"title":"Person 01017012345","detail":"13097248022"}')) as server:
        with pytest.raises(errors.Rejected) as caught:
            await call(server, changes=True)
    assert "13097248022" not in str(caught.value)
    assert "130972*****" in caught.value.detail


@pytest.mark.parametrize(
    "body", [b"", b"<html>no</html>", b"[1]", b"[" * 100_000, b"\xff\xfe", b'{"title":{"a":[1]}}', b'{"title":"\xe6"}']
)
async def test_a_problem_that_is_none_is_still_a_rejection(body: bytes) -> None:
    async with serving(reply("400 Bad", body)) as server:
        with pytest.raises(errors.Rejected):
            await call(server, changes=True)


async def test_a_redirect_is_not_followed() -> None:
    async with serving(reply("302 Found", Location="http://127.0.0.1:1/elsewhere")) as server:
        with pytest.raises(errors.Rejected, match="302"):
            await call(server, changes=False)
        assert server.requests == 1


async def test_the_query_stands_in_no_error() -> None:
    async with serving(reply("400 Bad")) as server:
        with pytest.raises(errors.Rejected) as caught:
            await call(server, changes=True, params={"subscription-key": SECRET})
    assert SECRET not in str(caught.value)


async def test_expected_statuses_come_back_as_answers() -> None:
    async with serving(reply("409 Conflict", b'{"id":1}')) as server:
        assert (await call(server, changes=True, expected=(409,))).status == 409


async def test_the_environments_proxy_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    async with serving(reply("200 OK")) as server:
        assert (await call(server, changes=False)).status == 200


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "http://127.0.0.1:99999/", "ingenting"])
async def test_an_address_that_is_none_is_for_a_person(url: str) -> None:
    async with http.Remote(QUICK) as remote:
        with pytest.raises(errors.Rejected, match="innstillingene"):
            await remote.send(TARGET, "GET", url, changes=False)


class Shape(msgspec.Struct):
    id: int


@pytest.mark.parametrize("body", [b"", b"nei", b'{"id":"x"}', b"[" * 100_000, b'{"name":"\xe6"}'])
def test_an_answer_of_another_form_is_unavailable_or_uncertain(body: bytes) -> None:
    for changes, expected in ((False, errors.Unavailable), (True, errors.Uncertain)):
        answer = answers.Answer(where="x", changes=changes, status=200, headers={}, body=body)
        with pytest.raises(expected):
            answers.decode(answer, Shape)


def test_an_answers_repr_shows_no_body() -> None:
    answer = answers.Answer(where="x", changes=False, status=200, headers={"Set-Cookie": SECRET}, body=SECRET.encode())
    assert SECRET not in repr(answer)


@pytest.mark.parametrize(
    "error",
    [
        errors.Unavailable("a"),
        errors.Throttled("a", 4.0),
        errors.Rejected("a", detail="b", status=422),
        errors.AlreadyDelivered("a", {"id": 1}),
        errors.CredentialError("a", system="s", tenant="t"),
        errors.Uncertain("a"),
    ],
)
def test_every_step_of_the_ladder_crosses_processes_whole(error: errors.RemoteError) -> None:
    again = copy.copy(error)  # by the same protocol as pickle
    assert (type(again), str(again), vars(again)) == (type(error), "a", vars(error))
