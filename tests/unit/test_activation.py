"""Return data is switched on only where PowerOffice takes postings on every account; what it will post is shown before that."""

from __future__ import annotations

import base64
import pathlib
from collections.abc import Iterator

import pytest
import typer.testing

from console import main
from deployments import activation, applying
from deployments import problems as faults
from fakturabro.ledger import applied
from sandboxes import serving
from sandboxes.poweroffice import chart, sandbox, state
from tasks import connect, installation
from tests import migrated

CONTENT = """\
deployments:
  - name: solberg-returdata
    entrypoint: flows.poweroffice_factoring.return_data
    parameters:
      tenant: solberg
      options:
        client_number: "4711"
        starts_on: 2026-11-01
        accounts:
          customer_contra: {number: "1510"}
          administrative_fees: {number: "6970", vat_code: "1"}
          financial_fees: {number: "6975", vat_code: "0"}
          payout: {number: "1920"}
          balance: {number: "2990"}
"""
WRONG = {
    '{number: "1510"}': ('{number: "1234"}', "options.accounts.customer_contra: Konto 1234 finnes ikke i kontoplanen"),
    '{number: "6970", vat_code: "1"}': (
        f'{{number: "{chart.CLOSED}", vat_code: "1"}}',
        "options.accounts.administrative_fees: Konto 6971 er ikke aktiv",
    ),
    '{number: "6975", vat_code: "0"}': (
        f'{{number: "{chart.LOCKED_TO_VAT}", vat_code: "0"}}',
        "options.accounts.financial_fees: Konto 6980 er låst til mva-kode 1",
    ),
    '{number: "1920"}': (f'{{number: "{chart.IN_EUROS}"}}', "options.accounts.payout: Konto 1921 føres bare i EUR"),
    '{number: "2990"}': (f'{{number: "{chart.NEEDS_DEPARTMENT}"}}', "options.accounts.balance: Konto 6990 krever avdeling"),
}
SECRETS = ("portal.key", "factoring.key", "access_point.key")


class Office:
    """PowerOffice with one client, an installation without a Prefect server, and a tenant's file."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.client = state.Client(key="client", id="1", name="Solberg AS", organisation_number="991825827")
        self.box = sandbox.PowerOffice("app", "sub")
        self.box.reset({"client": self.client})
        self.servers = serving.Servers({"v2": self.box.v2})
        self.servers.start()
        self.file = folder / "solberg.yaml"
        self.write(CONTENT)
        keys = {"poweroffice.application_key": "app", "poweroffice.subscription_key": "sub", **dict.fromkeys(SECRETS, "x")}
        keys |= {"ledger.key": base64.b64encode(b"1" * 32).decode(), "solberg.poweroffice_client_key": "client"}
        (folder / "secrets").mkdir()
        for name, value in keys.items():
            path = folder / "secrets" / name
            path.touch(mode=0o600)
            path.write_text(value)
        known = {"HOME": folder, "SECRETS": folder / "secrets", "POWEROFFICE_V2": self.servers.url("v2")}
        for name, place in known.items():
            monkeypatch.setenv(f"FAKTURABRO_{name}", str(place))
        monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
        installation.current.cache_clear()
        migrated.connect(installation.current().ledger).dispose()

    def write(self, content: str) -> None:
        self.file.write_text(content, encoding="utf-8")

    def refused(self) -> list[tuple[int, str]]:
        """Line and sentence of each fault; nothing is shown and nothing written."""
        shown: list[str] = []
        with pytest.raises(faults.TenantFileError) as caught:
            applying.apply([self.file], shown.append)
        ledger = connect.open_ledger()
        assert (shown, applied.find_tenants(ledger)) == ([], [])
        ledger.close()
        assert all(one.file == str(self.file) for one in caught.value.problems)
        return [(one.line, one.message) for one in caught.value.problems]


@pytest.fixture
def office(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    made = Office(tmp_path, monkeypatch)
    yield made
    made.servers.stop()
    installation.current.cache_clear()


def test_every_account_that_poweroffice_would_refuse_is_named_with_its_line(office: Office) -> None:
    content = CONTENT
    for right, (wrong, _) in WRONG.items():
        content = content.replace(right, wrong)
    office.write(content)
    found = office.refused()
    assert [line for line, _ in found] == [10, 11, 12, 13, 14]
    for (_, message), (_, said) in zip(found, WRONG.values(), strict=True):
        assert message.startswith(said)


async def test_what_stands_there_now_decides_and_names_are_shown(office: Office) -> None:
    (shown,) = await activation.check(activation.find(office.file))
    assert shown.splitlines()[0] == "solberg-returdata: slik føres returdata for solberg"
    assert (
        "6970 Administrative gebyrer, factoring (mva-kode 1, også når mva ikke er oppgitt)  2990 Mellomværende med factoringselskap"
        in shown
    )
    office.client.books.chart[2990]["IsActive"] = False
    with pytest.raises(faults.TenantFileError, match=r"14: options.accounts.balance: Konto 2990 er ikke aktiv"):
        await activation.check(activation.find(office.file))


def test_a_missing_right_and_a_silent_poweroffice_are_no_yes(office: Office) -> None:
    office.client.valid_privileges.remove("BankVoucher_Full")
    ((line, message),) = office.refused()
    assert (line, message.rpartition(": ")[2]) == (5, "BankVoucher_Full.")
    office.box.deactivate("client")
    ((line, message),) = office.refused()
    assert line == 5 and message.startswith("PowerOffice kunne ikke spørres om kontoene til solberg")


def test_check_shows_the_table_without_asking_and_all_five_must_be_there(office: Office) -> None:
    office.box.deactivate("client")
    done = typer.testing.CliRunner().invoke(main.application, ["check", str(office.file)])
    assert done.exit_code == 0, done.output
    assert "  Utbetaling" in done.output and "6970 (mva-kode 1, også når mva ikke er oppgitt)" in done.output
    office.write(CONTENT.replace('          balance: {number: "2990"}\n', ""))
    done = typer.testing.CliRunner().invoke(main.application, ["check", str(office.file)])
    assert (done.exit_code, "options.accounts.balance: mangler" in done.output) == (1, True)
