"""The gateway as a process of its own against the PowerOffice sandbox: connecting, what its log holds, and how it ends."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from fakturabro.ledger import engine, links, opened, stored_secrets
from sandboxes import faults
from sandboxes.main import Sandboxes

ROOT = pathlib.Path(__file__).parent.parent.parent
DAY = dt.date(2026, 11, 20)


class Gateway:
    """One installation: its ledger, its secrets and the process."""

    def __init__(self, folder: pathlib.Path, boxes: Sandboxes, name: str = "gateway") -> None:
        known = boxes.addresses()
        self.log = folder / f"{name}.log"
        (folder / "secrets").mkdir(exist_ok=True)
        for secret, value in {
            "ledger.key": base64.b64encode(b"2" * 32).decode(),
            "poweroffice.application_key": known["poweroffice"]["application_key"],
            "poweroffice.subscription_key": known["poweroffice"]["subscription_key"],
        }.items():
            path = folder / "secrets" / secret
            path.write_text(value)
            path.chmod(0o600)
        url = f"sqlite:///{folder / 'ledger.db'}"
        made = engine.connect(url)
        engine.migrate(made)
        self.ledger = opened.open_ledger(url, b"2" * 32)
        made.dispose()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {**os.environ, "FAKTURABRO_HOME": str(folder), "FAKTURABRO_SECRETS": str(folder / "secrets")}
        self.environment |= {"FAKTURABRO_POWEROFFICE_V2": known["poweroffice"]["v2_url"].removesuffix("/v2")}
        self.environment |= {"FAKTURABRO_GATEWAY_PORT": str(self.port), "PYTHONPATH": str(ROOT), "FORWARDED_ALLOW_IPS": "*"}
        self.start()

    def start(self, answers: str = "/ready") -> None:
        command = "from console import gateway; from tasks import asking; gateway.serve(asking.GatewaySettings())"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([sys.executable, "-c", command], env=self.environment, cwd=ROOT, stdout=log, stderr=log)
        self.await_answer(answers)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=10)

    def await_answer(self, path: str) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log.read_text()
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}{path}", trust_env=False).status_code == 200:
                    return
            time.sleep(0.05)
        pytest.fail(self.log.read_text())

    def link(self) -> str:
        token, until = links.make_token(), dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
        links.record(self.ledger, token, tenant="solberg", page="connect", subject="solberg", person="x@y.no", expires_at=until)
        return f"{self.url}/connect/{token}"

    def post(self, address: str, **fields: str) -> httpx.Response:
        shown = httpx.get(address, trust_env=False)
        token = re.search(r'name="form_token" value="(\w+)"', shown.text)
        assert token, shown.text
        return httpx.post(address, data={"form_token": token[1], **fields}, trust_env=False, timeout=30)

    def try_key(self, address: str, key: str) -> httpx.Response:
        return self.post(address, step="test", key=key, alternative="alternativ 1")

    def stop(self) -> None:
        self.ledger.close()
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=40)


@pytest.fixture(scope="module")
def boxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxes]:
    with Sandboxes(tmp_path_factory.mktemp("sandboxes"), base_date=DAY) as started:
        yield started


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, boxes: Sandboxes) -> Iterator[Gateway]:
    """One for all who leave it running."""
    made = Gateway(tmp_path_factory.mktemp("gateway"), boxes)
    yield made
    made.stop()


@pytest.fixture
def mortal(tmp_path: pathlib.Path, boxes: Sandboxes) -> Iterator[Gateway]:
    """One that the test ends."""
    made = Gateway(tmp_path, boxes)
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def _as_at_the_start(boxes: Sandboxes) -> None:
    boxes.reset()


def test_a_client_connects_to_the_sandbox_and_the_log_holds_no_secret(gateway: Gateway, boxes: Sandboxes) -> None:
    client = boxes.addresses()["clients"][0]
    address = gateway.link()
    assert "PowerOffice godtok ikke nøkkelen" in gateway.try_key(address, "11111111-2222-4333-8444-555555555555").text
    boxes.poweroffice.v2_book.add(faults.Fault(kind="cut", times=10))
    assert gateway.try_key(address, client["client_key"]).status_code == 503
    boxes.poweroffice.v2_book.clear()
    shown = gateway.try_key(address, client["client_key"])
    assert client["name"] in shown.text and client["organisation_number"] in shown.text
    number = re.search(r'name="number" value="(\w+)"', shown.text)
    assert number and "PowerOffice er koblet til" in gateway.post(address, step="confirm", number=number[1]).text
    assert stored_secrets.read(gateway.ledger, "solberg", "poweroffice_client_key") == client["client_key"]
    assert httpx.get(address, trust_env=False).status_code == 404
    log = gateway.log.read_text()
    assert "POST connect 200" in log
    assert address.rsplit("/", 1)[1] not in log and client["client_key"] not in log


@pytest.mark.parametrize("lacking", ["CommonServices", "Customer"])
def test_privileges_that_are_missing_are_named(gateway: Gateway, boxes: Sandboxes, lacking: str) -> None:
    key = boxes.addresses()["clients"][0]["client_key"]
    client = boxes.poweroffice.state.clients[key]
    client.valid_privileges = [name for name in client.valid_privileges if not name.startswith(lacking)]
    shown = gateway.try_key(gateway.link(), key).text
    assert client.organisation_number not in shown and lacking in shown
    assert ("Ja, lagre nøkkelen" in shown) == (lacking == "CommonServices")


def test_started_on_an_old_schema_it_says_so_and_is_ready_once_that_is_mended(mortal: Gateway) -> None:
    mortal.kill()
    engine.migrate_back(mortal.ledger.engine, "0001")
    mortal.start("/health")
    answer = httpx.get(f"{mortal.url}/ready", trust_env=False)
    assert (answer.status_code, "run `fakturabro migrate`" in answer.text) == (503, True)
    assert httpx.get(f"{mortal.url}/connect/x", trust_env=False).status_code == 503
    engine.migrate(mortal.ledger.engine)
    mortal.await_answer("/ready")
    assert httpx.get(f"{mortal.url}/connect/x", trust_env=False).status_code == 404


def test_started_on_a_locked_ledger_it_says_so_and_is_ready_afterwards(mortal: Gateway) -> None:
    mortal.kill()
    with mortal.ledger.writing():
        mortal.start("/health")
        answer = httpx.get(f"{mortal.url}/ready", trust_env=False, timeout=20)
    assert (answer.status_code, answer.text) == (503, "the ledger cannot be written\n")
    mortal.await_answer("/ready")


def test_environment_variables_of_uvicorn_make_no_proxy_trusted(gateway: Gateway) -> None:
    answer = httpx.get(f"{gateway.url}/health", headers={"X-Forwarded-Proto": "https"}, trust_env=False)
    assert "strict-transport-security" not in answer.headers


def test_a_request_that_is_going_on_is_answered_before_the_end(mortal: Gateway, boxes: Sandboxes) -> None:
    key = boxes.addresses()["clients"][0]["client_key"]
    address, answers = mortal.link(), list[httpx.Response]()
    boxes.poweroffice.v2_book.add(faults.Fault(kind="latency", path="/v2/ClientIntegrationInformation", seconds=2))
    slow = threading.Thread(target=lambda: answers.append(mortal.try_key(address, key)))
    slow.start()
    until = time.monotonic() + 10
    while "GET /v2/ClientIntegrationInformation" not in boxes.poweroffice.v2_book.calls and time.monotonic() < until:
        time.sleep(0.02)
    mortal.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{mortal.url}/health", trust_env=False)
    slow.join(timeout=20)
    assert mortal.process.wait(timeout=20) in (0, -signal.SIGTERM)
    assert "Er dette riktig firma?" in answers[0].text


def test_killed_in_the_middle_it_has_kept_nothing_and_the_link_works_on(
    mortal: Gateway, boxes: Sandboxes, tmp_path: pathlib.Path
) -> None:
    key = boxes.addresses()["clients"][0]["client_key"]
    address = mortal.link()
    boxes.poweroffice.v2_book.add(faults.Fault(kind="latency", path="/v2/ClientIntegrationInformation", seconds=1))
    with pytest.raises(httpx.HTTPError):
        threading.Timer(0.5, mortal.process.kill).start()
        mortal.try_key(address, key)
    mortal.process.wait(timeout=10)
    assert stored_secrets.read(mortal.ledger, "solberg", "poweroffice_client_key") is None
    again = Gateway(tmp_path, boxes, "again")
    try:
        assert "Er dette riktig firma?" in again.try_key(address.replace(mortal.url, again.url), key).text
    finally:
        again.stop()
