"""The gateway's settings, and the mails that leave through the installation's own mail server."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import pathlib
import re
from collections.abc import Iterator

import pydantic
import pytest
from typer import testing

from console import gateway, main
from console.watching import alarms
from console.watching import checks as watching_checks
from console.watching import passes as watching
from fakturabro.ledger import links, settings, stored_secrets
from sandboxes import mail
from tasks import asking, clock, connect, installation
from tests import migrated

FILE = "approvers:\n- {name: Kari Nordmann, email: kari@solberg.no}\n"


@pytest.fixture
def post(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[mail.Mail]:
    """An installation with a ledger and a real SMTP server; the messages that it took."""
    started = mail.Mail()
    started.start()
    values = {"HOME": tmp_path, "SECRETS": tmp_path, "SMTP_PORT": started.port, "MAIL_SENDER": "drift@factoring.example"}
    for name, value in {**values, "GATEWAY_URL": "https://portal.example.no/"}.items():
        monkeypatch.setenv(f"FAKTURABRO_{name}", str(value))
    monkeypatch.setenv("FAKTURABRO_SECRET_LEDGER_KEY", base64.b64encode(b"0" * 32).decode())
    installation.current.cache_clear()
    migrated.connect(installation.current().ledger).dispose()
    yield started
    started.stop()
    installation.current.cache_clear()


@pytest.mark.parametrize(
    "spoilt",
    [{"proxies": "*"}, {"proxies": "10.0.0.1, proxy.example"}, {"proxies": "10.0.0.1/8"}, {"url": "portal.example.no"}]
    + [
        {"url": "https://a@b"},
        {"url": "javascript:alert(1)"},
        {"url": "https://a/?x"},
        {"url": "https://a.no/portal/"},
        {"language": "sv"},
    ],
)
def test_settings_that_would_let_somebody_in_are_refused(spoilt: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in spoilt.items():
        monkeypatch.setenv(f"FAKTURABRO_GATEWAY_{name.upper()}", value)
    with pytest.raises(pydantic.ValidationError):
        asking.GatewaySettings()


def test_proxies_are_a_list_and_none_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asking.GatewaySettings().proxies == ()
    monkeypatch.setenv("FAKTURABRO_GATEWAY_PROXIES", "10.0.0.0/8, ::1,")
    assert asking.GatewaySettings().proxies == ("10.0.0.0/8", "::1")


async def test_the_first_approver_is_mailed_a_link_that_opens_and_the_operator_is_not_shown_it(post: mail.Mail) -> None:
    ledger = connect.open_ledger()
    settings.record(ledger, "solberg", "solberg.yaml", FILE, clock.now())
    said = await gateway.invite_approver("solberg", "kari@solberg.no", "drift")
    (message,) = post.state.messages
    body = message.parsed().get_content()
    token = re.search(r"https://portal\.example\.no/enrol/(\S{43})\s", body)
    assert token and token[1] not in said
    assert message.recipients == ("kari@solberg.no",)
    found = links.find(ledger, "enrol", token[1], clock.now())
    assert found and (found.tenant, found.person) == ("solberg", "kari@solberg.no")
    assert "står ikke under approvers" in await gateway.invite_approver("solberg", "ola@solberg.no", "drift")
    assert len(post.state.messages) == 1
    ledger.close()


async def test_without_consent_takes_a_reason_and_a_name_and_the_watchman_says_so_for_a_week(post: mail.Mail) -> None:
    ledger = connect.open_ledger()
    settings.record(ledger, "solberg", "solberg.yaml", FILE, clock.now())
    command = ["enrol", "solberg", "kari@solberg.no", "--without-consent"]
    for said in ([], ["--why", "x"], ["--by", "Per"], ["--why", " ", "--by", "Per"]):
        refused = await asyncio.to_thread(testing.CliRunner().invoke, main.application, [*command, *said])
        assert (refused.exit_code, post.state.messages) == (2, []), said
    said = ["--why", "telefonen er borte", "--by", "Per Ås"]
    done = await asyncio.to_thread(testing.CliRunner().invoke, main.application, [*command, *said])
    assert done.exit_code == 0 and "uten at noen har samtykket" in done.output
    assert len(post.state.messages) == 1

    def alarms_after(days: float) -> list[str]:
        watch = alarms.Watch(ledger=ledger, now=clock.now() + dt.timedelta(days=days))
        return [f"{one.severity} {one.sentence}" for one in watching_checks.consents(watch, "solberg")]

    (sentence,) = alarms_after(6.9)
    assert all(part in sentence for part in ("critical", "Per Ås", "kari@solberg.no", "telefonen er borte"))
    assert alarms_after(7.1) == []
    assert watching._OF_TENANTS["consents"] is watching_checks.consents
    ledger.close()


async def test_a_client_is_mailed_a_link(post: mail.Mail) -> None:
    assert "to uker" in await gateway.invite_client("solberg", "post@solberg.no")
    (message,) = post.state.messages
    assert "https://portal.example.no/connect/" in message.parsed().get_content()


async def test_a_link_whose_mail_got_no_answer_goes_again_as_the_same_mail_and_counts(post: mail.Mail) -> None:
    post.state.faults.append(mail.Fault(kind="cut_after_storing", times=2))
    assert "to uker" in await gateway.invite_client("solberg", "post@solberg.no")
    assert len(post.state.messages) == 3
    (token,) = {one.parsed().get_content().partition("/connect/")[2].split()[0] for one in post.state.messages}
    assert len({one.parsed()["Message-ID"] for one in post.state.messages}) == 1
    ledger = connect.open_ledger()
    assert links.find(ledger, "connect", token, clock.now()) is not None
    ledger.close()


def test_a_mail_server_that_cannot_be_reached_is_told_in_a_sentence(post: mail.Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKTURABRO_SMTP_PORT", "1")
    installation.current.cache_clear()
    done = testing.CliRunner().invoke(main.application, ["connect", "solberg", "post@solberg.no"])
    assert (done.exit_code, done.output.startswith("Ingen lenke er sendt: ")) == (1, True)
    assert post.state.messages == []


async def test_without_a_public_address_nobody_is_mailed(post: mail.Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAKTURABRO_GATEWAY_URL")
    with pytest.raises(connect.SettingError, match="FAKTURABRO_GATEWAY_URL"):
        await gateway.invite_client("solberg", "post@solberg.no")
    assert post.state.messages == []


def test_a_stored_secret_cannot_be_read_with_another_key_or_from_another_tenant(post: mail.Mail) -> None:
    now = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    ledger = connect.open_ledger()
    sealing = stored_secrets.key(ledger, "solberg", now)
    with ledger.writing() as connection:
        for value in ("first-key", "second-key"):
            stored_secrets.record(connection, sealing, "solberg", "poweroffice_client_key", value, now, "x@y.no")
    assert stored_secrets.read(ledger, "solberg", "poweroffice_client_key") == "second-key"
    assert stored_secrets.read(ledger, "fjord", "poweroffice_client_key") is None
    ledger.close()
    raw = b"".join(path.read_bytes() for path in installation.current().home.glob("ledger.db*"))
    assert b"second-key" not in raw
