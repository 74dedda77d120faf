"""The debtor portal under load: a gateway as it is started, behind wrk on the same machine, every request for another link.

GET is the code page with its token looked up. POST is a wrong code, counted in the ledger on disk; no link gets five, so that none
is locked and its answer cheap. The gateway believes its proxy, and every debtor has an address of their own.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from typing import Any

import httpx
import msgspec

from benchmarks import homes, material, rows
from fakturabro.gateway import parts, security
from fakturabro.ledger import engine
from fakturabro.ledger.portal import keys as portal_keys
from fakturabro.ledger.portal import links as portal
from tasks import clock, connect

_LINKS, _SECONDS, _VISITORS = 20_000, 6, 16
_SCRIPT = pathlib.Path(__file__).parent / "portal.lua"
_SERVE = "from console import gateway; from tasks import asking; gateway.serve(asking.GatewaySettings())"


class _Ran(msgspec.Struct, frozen=True, kw_only=True):
    """What wrk counted; p50 and p99 in milliseconds. `expected` are answers with the status that is right."""

    requests: int
    expected: int
    seconds: float
    p50: float
    p99: float
    broken: int

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds


def measure() -> list[rows.Row]:
    """Pages a second and their slowest hundredth, and wrong codes a second; on SQLite."""
    found: dict[str, _Ran] = {name: msgspec.convert(one, _Ran) for name, one in rows.child("portal").items()}
    get, post = found["GET"], found["POST"]
    return [
        rows.row("portal_get", get.rate, "pages/s", "value >= 1000", note=f"p50 {get.p50:.0f} ms"),
        rows.row("portal_get_p99", get.p99, "ms", "value <= 50"),
        rows.row("portal_post", post.rate, "wrong codes/s", "value >= 200", note=f"p50 {post.p50:.0f} ms, p99 {post.p99:.0f} ms"),
    ]


def main() -> None:
    """Measure in this process: a gateway, and wrk beside it."""
    with tempfile.TemporaryDirectory(prefix="fakturabro-bench-") as name:
        folder = pathlib.Path(name)
        homes.move_in(folder)
        links = folder / "links"
        links.write_text("".join(f"{token} {form}\n" for token, form in _make_links()), encoding="ascii")
        with _serving() as url:
            _load(url, links, "GET", 1)  # the first visitor waits for templates and statements to be compiled, the others do not
            ran = {way: msgspec.to_builtins(_load(url, links, way)) for way in ("GET", "POST")}
    sys.stdout.write(msgspec.json.encode(ran).decode() + "\n")


def _make_links() -> Iterator[tuple[str, str]]:
    """(token, what the link's form brings back) of each link."""
    face = portal.Face(
        client_name="Solberg Rør AS", organisation_number="991825827", kind="invoice", number="1", amount=1, currency="NOK"
    )
    key, ledger, now = connect.portal_key(), connect.open_ledger(), clock.now()
    own = parts.own_key(bytes(32))
    with contextlib.closing(ledger):
        for some in engine.chunks(range(_LINKS), 1_000):
            new = [_link(i, face, now + dt.timedelta(days=30)) for i in some]
            for secrets in portal.record(ledger, key, material.TENANT, new, now).values():
                yield secrets.token, security.form_token(own, portal_keys.token_hash(secrets.token))


def _link(number: int, face: portal.Face, until: dt.datetime) -> portal.NewLink:
    named = f"<{material.TENANT}.{number}@factoring.example>"
    return portal.NewLink(document_id=number, revision_id=number, natural_key=named, language="nb", expires_at=until, face=face)


@contextlib.contextmanager
def _serving() -> Generator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    known = {"FAKTURABRO_GATEWAY_PORT": str(port), "FAKTURABRO_GATEWAY_URL": url, "FAKTURABRO_GATEWAY_PROXIES": "127.0.0.1"}
    with tempfile.TemporaryFile() as said:
        command = [sys.executable, "-c", _SERVE]
        process = subprocess.Popen(command, cwd=rows.ROOT, env=os.environ | known, stdout=said, stderr=said)  # noqa: S603 - our own
        try:
            _wait(url, process)
            yield url
        finally:
            process.terminate()
            process.wait(timeout=40)


def _wait(url: str, process: subprocess.Popen[Any]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/ready", trust_env=False).status_code == 200:
                return
        time.sleep(0.1)
    raise rows.MeasuringError("the gateway did not start")


def _load(url: str, links: pathlib.Path, way: str, seconds: int = _SECONDS) -> _Ran:
    given = ["-t1", f"-c{_VISITORS}", f"-d{seconds}s", "-s", str(_SCRIPT), url, "--", str(links), way]
    try:
        done = subprocess.run(["wrk", *given], capture_output=True, text=True, timeout=seconds + 60, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        raise rows.MeasuringError("wrk is not installed (apt-get install wrk)") from None
    try:
        ran = msgspec.json.decode(done.stdout.strip().splitlines()[-1], type=_Ran)
    except (msgspec.DecodeError, IndexError):
        raise rows.MeasuringError(f"wrk said: {done.stdout[-500:]} {done.stderr[-500:]}") from None
    if ran.broken or ran.expected < ran.requests or (way == "POST" and ran.requests > 4 * _LINKS):
        raise rows.MeasuringError(f"{way}: of {ran.requests} answers {ran.expected} were right, {ran.broken} broken")
    return ran
