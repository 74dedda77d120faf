"""What a tenant's file says of its clients' persons and how its settings read; and the commands that let people in and out."""

from __future__ import annotations

import base64
import datetime as dt
import pathlib
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from ruamel.yaml import YAML
from typer import testing

from console import main
from deployments import clients, texts_en, texts_nb, wording
from fakturabro.ledger import applied, links, operations, settings
from sandboxes import mail
from tasks import clock, connect, installation
from tests import migrated

ROOT = pathlib.Path(__file__).parent.parent.parent
KARI = "kari@solberg.no"
ONE = "deployments:\n- {parameters: {tenant: solberg}}\n"
TWO = ONE + "- {parameters: {tenant: fjord}}\n"


def faults(content: str) -> list[str]:
    read = YAML(typ="rt").load(content)
    return [str(one) for one in clients.check(pathlib.Path("t.yaml"), read)]


@pytest.mark.parametrize(
    ("deployments", "people", "fault"),
    [
        (ONE, "- {name: Kari, email: kari@solberg.no}", ""),
        (ONE, "- {name: Kari, email: kari@solberg.no, tenant: solberg}", ""),
        (TWO, "- {name: Kari, email: kari@solberg.no, tenant: fjord}", ""),
        (TWO, "- {name: K, email: k@x.no, tenant: fjord}\n- {name: K, email: k@x.no, tenant: solberg}", ""),
        (TWO, "- {name: Kari, email: kari@solberg.no}", "Skriv tenant på klientpersonen kari@solberg.no: én av fjord, solberg."),
        (ONE, "- {name: Kari, email: kari@solberg.no, tenant: annen}", "én av solberg"),
        (ONE, "- {name: K, email: k@x.no}\n- {name: K, email: K@X.no}", "står to ganger"),
        (ONE, "- {name: Kari}", "begge utfylt"),
        (ONE, "- {name: '', email: kari@solberg.no}", "begge utfylt"),
        (ONE, "- {name: Kari, email: kari}", "begge utfylt"),
        (ONE, '- {name: Kari, email: "k@x.no\\r\\nBcc: a@b.no"}', "begge utfylt"),
        (ONE, "- {name: Kari, email: kari@solberg.no, phone: 1}", "begge utfylt"),
        (ONE, "- kari@solberg.no", "begge utfylt"),
        (ONE, "- {name: 1, email: 2}", "begge utfylt"),
        (ONE, "  kari: kari@solberg.no", "clients er ingen liste"),
    ],
)
def test_a_persons_line_is_named_when_it_is_wrong(deployments: str, people: str, fault: str) -> None:
    content = f"{deployments}clients:\n{people}\n"
    found = faults(content)
    assert len(found) == bool(fault)
    if fault:
        line = content.count("\n") if people.startswith("-") else content.count("\n") - 1
        assert fault in found[0] and found[0].startswith(f"t.yaml:{line}:")


@pytest.mark.parametrize("content", ["deployments: 5\nclients: []\n", "deployments: [1, {parameters: x}]\nclients:\n"])
def test_a_file_that_is_wrong_elsewhere_is_no_trouble_here(content: str) -> None:
    assert faults(content) == []


def test_the_sandbox_tenants_settings_read_as_sentences_in_both_languages() -> None:
    file = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
    for tenant, other in (("nidelven", "4712"), ("skagerrak", "4711")):
        told = wording.describe(applied.read(tenant, file))
        assert [len(told[language]) for language in ("nb", "en")] == [5, 5]
        text = "\n".join(f"{row.label}: {row.text}" for sections in told.values() for section in sections for row in section.rows)
        assert "Arbeidsdager kl. 08:00 og 10:30" in text and "Working days at 15:30" in text
        assert other not in text and "{" not in text and "alternativ" not in text
    assert "Kundene deres kan få fakturaen" in text and "Varsler, og holder tilbake EHF (standard: " in text
    assert list(texts_nb.TEXTS) == list(texts_en.TEXTS)


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("5 7 * * 1,3,5", "Mandager, onsdager og fredager kl. 07:05"),
        ("0 6 * * 6-7", "Lørdager og søndager kl. 06:00"),
        ("0 6 1 * *", "Etter en egen plan"),
        ("*/5 * * * *", "Etter en egen plan"),
        (None, "Etter en egen plan"),
    ],
)
def test_schedules_in_words(cron: str | None, said: str) -> None:
    assert wording._schedules(texts_nb.TEXTS, [applied.Schedule(cron=cron)]) == said


@pytest.fixture
def post(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[mail.Mail]:
    """An installation with a ledger and a real SMTP server."""
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


def test_a_person_is_invited_and_let_out_again_and_both_are_logged(post: mail.Mail) -> None:
    ledger = connect.open_ledger()
    settings.record(ledger, "solberg", "s.yaml", f"clients:\n- {{name: Kari, email: {KARI}}}\n{ONE}", clock.now())

    def run(*command: str) -> str:
        done = testing.CliRunner().invoke(main.application, ["client", *command, "--by", "Per"])
        assert done.exit_code == 0, done.output
        return done.output

    assert "står ikke under clients" in run("invite", "solberg", "ola@solberg.no")
    assert post.state.messages == []
    said = run("invite", "solberg", KARI)
    (message,) = post.state.messages
    token = message.parsed().get_content().partition("https://portal.example.no/client/")[2].split()[0]
    assert "30 dager" in said and token not in said and len(token) == 43
    found = links.find(ledger, "client", token, clock.now() + dt.timedelta(days=29))
    assert found and (found.tenant, found.person) == ("solberg", KARI)
    assert links.find(ledger, "client", token, clock.now() + dt.timedelta(days=30)) is None
    assert run("revoke", "solberg", KARI.upper()).startswith("1 lenke(r)")
    assert links.find(ledger, "client", token, clock.now()) is None
    assert run("revoke", "solberg", KARI).startswith("0 lenke(r)")
    with ledger.reading() as connection:
        logged = [(row.value, row.by) for row in connection.execute(sa.select(operations.choice).order_by(operations.choice.c.id))]
    assert logged == [(f"invited {KARI}", "Per"), *[(f"revoked {KARI}", "Per")] * 2]
    ledger.close()
