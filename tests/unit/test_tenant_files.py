"""A tenant's file: what is wrong is named with file and line, all of it at once."""

from __future__ import annotations

import datetime as dt
import json
import pathlib

import pytest

from deployments import problems as faults
from deployments import shared_folders, tenants
from fakturabro.ledger import opened, settings
from tasks import installation

ROOT = pathlib.Path(__file__).parent.parent.parent
SECRETS = ("ledger.key", "portal.key", "poweroffice.application_key", "poweroffice.subscription_key")
SECRETS += ("factoring.key", "access_point.key", "fortnox.client_id", "fortnox.client_secret")


@pytest.fixture
def good(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The sandbox tenants' file, with all secrets in place."""
    monkeypatch.setenv("FAKTURABRO_SECRETS", str(tmp_path / "secrets"))
    installation.current.cache_clear()
    tenants_own = ("nidelven.poweroffice_client_key", "skagerrak.poweroffice_client_key", "skagerrak.bank_sftp.key")
    tenants_own += tuple(f"{one}.severa_{what}" for one in SYNCHRONISED for what in ("client_id", "client_secret"))
    for name in (*SECRETS, *tenants_own):
        path = tmp_path / "secrets" / name
        path.parent.mkdir(exist_ok=True)
        path.touch(mode=0o600)
        path.write_text("x")
    return (ROOT / "prefect.yaml").read_text()


CLIENTS = ("kunderegister", "klientrapport", "prov-regler", "prov-ehf-regler")
BANK = ("remittering", "bankretur", "innbetalinger", "kontoutskrift")
SYNCHRONISED = ("hardanger", "vanern")
CARRYING = ("likhetsrapport", "forste-synkronisering", "synkronisering", "stans", "opphev-stans", "sletting")
ALL = 43
"""Deployments of the sandbox tenants."""


def problems(tmp_path: pathlib.Path, content: str | bytes) -> list[tuple[int, str]]:
    file = tmp_path / "tenant.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(faults.TenantFileError) as caught:
        tenants.check(file)
    assert all(one.file == str(file) for one in caught.value.problems)
    return [(one.line, one.message) for one in caught.value.problems]


def line_of(content: str, text: str) -> int:
    return content[: content.index(text)].count("\n") + 1


def test_the_sandbox_tenants_file_is_right(tmp_path: pathlib.Path, good: str) -> None:
    file = tmp_path / "prefect.yaml"
    file.write_text(good)
    assert [(one.name, one.tenant) for one in tenants.check(file)] == [
        *((f"{one}-{what}", one) for one in ("nidelven", "skagerrak") for what in ("inntak", "tilbakeskriving", "brev")),
        *((f"{one}-{what}", one) for one in ("nidelven", "skagerrak") for what in ("stans", "opphev-stans", "sletting")),
        *((f"{one}-{what}", one) for one in ("nidelven", "skagerrak") for what in CLIENTS),
        *((f"{one}-{what}", one) for one in ("nidelven", "skagerrak") for what in (*BANK, "returdata")),
        *((f"{one}-{what}", one) for one in SYNCHRONISED for what in CARRYING),
        ("funn-per-regel", ""),
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("          client_number: ", "          klient: ", "options.agreement.klient: ukjent nøkkel"),
        ("            method: mod10", "            method: mod12", "options.agreement.kid.method"),
        ("            length: 14", "            length: 15", "fill 14 characters"),
        ('account: "86011117947"', 'account: "86011117948"', "no valid account number"),
        ("          email_alternative: alternativ 2", "          email_alternative: fire", "distribution.email_alternative"),
        ("code: ehf_rule_broken", "code: unknown_rule", "unknown finding code"),
        ("    description: \"Nidelven", "    beskrivelse: \"Nidelven", "Ukjent nøkkel 'beskrivelse'"),
        ("flows.poweroffice_factoring.writeback", "flows.poweroffice_factoring.writebackk", "finnes ikke"),
        ("flows.poweroffice_factoring.writeback", "os.system", "finnes ikke"),
        ("      options: &nidelven", "      opsjoner: 1\n      options: &nidelven", "Ukjent parameter 'opsjoner'"),
        ("definitions:", "definisjoner:", "Ukjent nøkkel 'definisjoner'"),
        ("          payee_name: Factoring Finans AS\n", "", "options.agreement.payee_name: mangler"),
        ('          customer_contra: {number: "1510"}', "          # 1510", "options.accounts.customer_contra: mangler"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line(tmp_path: pathlib.Path, good: str, right: str, wrong: str, message: str) -> None:
    assert right in good
    spoilt = good.replace(right, wrong, 1)
    (line, said), *_ = [one for one in problems(tmp_path, spoilt) if message in one[1]]
    where = line_of(spoilt, wrong.strip() or "        agreement:")
    assert abs(line - where) <= 1, said


@pytest.mark.parametrize("said", ["              # reason:", "              reason: ''", "              reason: ' ab '"])
def test_a_rule_without_a_reason_is_named_with_its_line(tmp_path: pathlib.Path, good: str, said: str) -> None:
    line = next(line for line in good.splitlines() if line.startswith("              reason: "))
    found = problems(tmp_path, good.replace(line, said, 1))
    assert {one[1].split(",")[0] for one in found} >= {"options.rules.overrides.0.reason: mangler"}
    assert all(abs(number - line_of(good, line)) <= 3 for number, _ in found)


OWN_RULES = {"overrides": [{"code": "no_lines", "severity": "warn", "reason": "Avtalt med klienten"}]}
ANOTHER = f"      tenant: skagerrak\n      rules: {json.dumps(OWN_RULES)}\n"
NEXT = "\n  - name: nidelven-klient"


@pytest.mark.parametrize(
    ("right", "wrong", "field"),
    [
        ("      tenant: skagerrak\n      rules: *skagerrak_rules\n", "      tenant: skagerrak\n", "rules"),
        ("      tenant: skagerrak\n      rules: *skagerrak_rules\n", ANOTHER, "rules"),
        (f"      tenant: nidelven\n{NEXT}", ANOTHER.replace("skagerrak", "nidelven") + NEXT, "rules"),
    ],
)  # fmt: skip
def test_the_register_is_judged_by_the_rules_of_the_intake(
    tmp_path: pathlib.Path, good: str, right: str, wrong: str, field: str
) -> None:
    assert good.count(right) == 1
    spoilt = good.replace(right, wrong)
    ((line, said),) = problems(tmp_path, spoilt)
    assert said.startswith(f"{field}: andre regler enn fakturainntakets (options.rules, linje ")
    start = line_of(good, right)
    assert start - 1 <= line <= start + 1


def test_the_report_names_the_rules_of_the_intake_and_a_reason_may_be_worded_anew(tmp_path: pathlib.Path, good: str) -> None:
    last = good.rindex("options: *skagerrak_options")
    own = good[:last] + "options: {<<: *skagerrak_options, rules: {}}" + good[last + len("options: *skagerrak_options") :]
    ((line, said),) = problems(tmp_path, own)
    assert said.startswith("options.rules: andre regler enn") and abs(line - line_of(own, "options: {<<")) <= 1
    reworded = {"code": "ehf_rule_broken", "severity": "warn", "holds": ["channel:ehf"], "reason": "Sagt med andre ord"}
    same = f"      rules: {json.dumps({'overrides': [reworded]})}"
    file = tmp_path / "same.yaml"
    file.write_text(good.replace("      rules: *skagerrak_rules", same))
    assert tenants.check(file)


def test_every_fault_is_named_at_once(tmp_path: pathlib.Path, good: str) -> None:
    spoilt = good.replace("method: mod10", "method: mod12").replace("postage: A", "postage: C")
    assert len(problems(tmp_path, spoilt)) == 3  # the KID agreement stands in the factoring agreement and on the account


@pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)
def test_a_copied_file_that_takes_from_another_tenants_folder_is_refused(
    tmp_path: pathlib.Path, good: str, ledger: opened.Ledger
) -> None:
    file, copied = tmp_path / "good.yaml", tmp_path / "copied.yaml"
    file.write_text(good)
    settings.record(ledger, "nidelven", file.name, good, dt.datetime(2026, 11, 23, tzinfo=dt.UTC))
    shared_folders.check(ledger, {file: tenants.check(file)})
    copied.write_text(good.replace("tenant: nidelven", "tenant: ny").replace("tenant: skagerrak", "tenant: ny2"))
    one = [tenants.Deployment(name="", tenant=tenant, flow="") for tenant in ("ny", "ny2")]
    with pytest.raises(faults.TenantFileError) as caught:
        shared_folders.check(ledger, {copied: one})
    place = "/srv/fakturabro/bank/nidelven/pickup"
    assert {fault.line for fault in caught.value.problems if place in fault.message} == {line_of(good, place)}
    assert all("nidelven" in fault.message for fault in caught.value.problems), "the other tenant is not applied here"
    with pytest.raises(faults.TenantFileError, match="skagerrak") as caught:
        shared_folders.check(ledger, {file: tenants.check(file), copied: one[1:]})
    assert "/srv/fakturabro/factoring/skagerrak/out" in str(caught.value), "the lists of return data too"
    number = good.index('client_number: "4712"', good.index("skagerrak-returdata"))
    said = "ny2 henter returdata for klientnummer 4712, men det gjør skagerrak også. Hver klient må ha sitt eget nummer hos"
    (line,) = [fault.line for fault in caught.value.problems if said in fault.message]
    assert line == good[:number].count("\n") + 1


@pytest.mark.parametrize("ledger", ["sqlite"], indirect=True)
def test_return_data_of_another_client_number_than_the_invoices_is_refused(
    tmp_path: pathlib.Path, good: str, ledger: opened.Ledger
) -> None:
    number = good.index("4712", good.index("skagerrak-returdata"))
    file = tmp_path / "typed.yaml"
    file.write_text(f"{good[:number]}4721{good[number + 4 :]}")
    with pytest.raises(faults.TenantFileError) as caught:
        shared_folders.check(ledger, {file: tenants.check(file)})
    ((line, said),) = [(one.line, one.message) for one in caught.value.problems]
    assert (line, said.partition(" Rett")[0]) == (
        good[:number].count("\n") + 1,
        "skagerrak henter returdata for klientnummer 4721, men fakturaene føres på 4712.",
    )


def test_a_missing_secret_is_named_with_the_tenants_line(tmp_path: pathlib.Path, good: str) -> None:
    (tmp_path / "secrets" / "skagerrak.poweroffice_client_key").unlink()
    found = problems(tmp_path, good)
    assert [message.split(" mangler")[0] for _, message in found] == ["Hemmeligheten skagerrak.poweroffice_client_key"] * 4
    assert good.splitlines()[found[0][0] - 1].strip() == "tenant: skagerrak"


@pytest.mark.usefixtures("good")
def test_secrets_that_only_some_options_ask_for_are_named(tmp_path: pathlib.Path) -> None:
    for name in ("fortnox.client_id", "fortnox.client_secret"):
        (tmp_path / "secrets" / name).unlink()
    sftp = "{sftp: {host: a.example, port: 22, username: n, host_key: ssh-ed25519 AAAA}, folders: {put_into: inn},"
    sftp += " initiator: {name: N, identifier: '1'}}"
    content = (
        "deployments:\n- name: betalinger\n  entrypoint: flows.bank.remittance\n  parameters:\n    tenant: nidelven\n"
        f"    options: {{bank: {sftp}, accounts: [{{number: '86011117947'}}],\n"
        "      accounting: {system: fortnox, return_form: list, api: {pays_from: '86011117947'}}}\n"
    )
    said = [message.partition(" mangler")[0].removeprefix("Hemmeligheten ") for _, message in problems(tmp_path, content)]
    assert said == ["nidelven.bank_sftp.key", "fortnox.client_id", "fortnox.client_secret", "nidelven.fortnox_refresh_token"]
    password = tmp_path / "secrets" / "nidelven.bank_sftp.password"
    password.touch(mode=0o600)
    assert len(problems(tmp_path, content)) == 3


@pytest.mark.parametrize("content", ["deployments: [", "a: b: c", "deployments: []\n"])
def test_a_file_that_is_no_yaml_or_holds_nothing_is_refused(tmp_path: pathlib.Path, content: str) -> None:
    assert problems(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", 1, "Filen er tom"),
        (b"# bare en kommentar\n", 1, "Filen er tom"),
        (b"- a\n- b\n", 1, "ingen nøkler øverst"),
        (b"bare tekst\n", 1, "ingen nøkler øverst"),
        (b"name: x\ndeployments:\n  - nidelven\n", 3, "Deployment nummer 1 er ingen blokk"),
        (b"name: x\ndeployments: nidelven\n", 2, "deployments er ingen liste"),
        (b"name: x\ndeployments: {a: 1}\n", 2, "deployments er ingen liste"),
        ("name: x\n# Blåbær\n".encode("latin-1"), 2, "ikke UTF-8"),
        (b"name: x\nprefect-version: \x00\n", 2, "ikke gyldig YAML"),
        (b"name: 2026-99-99\n", 1, "ikke gyldig YAML"),
    ],
)
def test_a_file_of_another_shape_is_named_with_its_line(tmp_path: pathlib.Path, content: bytes, line: int, message: str) -> None:
    ((found, said),) = problems(tmp_path, content)
    assert found == line
    assert message in said


@pytest.mark.parametrize("value", ["nidelven", "[nidelven]", "7"])
def test_parameters_that_are_no_mapping_are_named(tmp_path: pathlib.Path, good: str, value: str) -> None:
    last = "    parameters: {}\n"
    assert good.endswith(last)
    spoilt = good.removesuffix(last) + f"    parameters: {value}\n"
    ((line, said),) = problems(tmp_path, spoilt)
    assert "parameters er ingen blokk" in said
    assert line == line_of(spoilt, f"    parameters: {value}")


FIRST = '{cron: "0 8 * * 1-5", timezone: Europe/Oslo, slug: kl-0800}'


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        (FIRST, '{cron: "0 8 * * 1-5", slug: kl-0800}', "mangler timezone"),
        (FIRST, '{cron: "0 8 * * 1-5", timezone: "", slug: kl-0800}', "mangler timezone"),
        (FIRST, FIRST.replace("slug", "slugg"), "Ukjent nøkkel 'slugg' i tidsplanen"),
        (FIRST, FIRST.replace("0 8 *", "61 8 *"), "cron i tidsplanen"),
        (FIRST, FIRST.replace("0 8 * * 1-5", "hver dag"), "cron i tidsplanen"),
        (FIRST, FIRST.replace('"0 8 * * 1-5"', "8"), "cron i tidsplanen"),
        (FIRST, FIRST.replace("Oslo", "Olso"), "timezone i tidsplanen"),
        (FIRST, "{timezone: Europe/Oslo}", "nøyaktig én av"),
        (FIRST, FIRST.replace("slug: kl-0800", "interval: 60"), "nøyaktig én av"),
        (FIRST, "hver morgen", "Tidsplanen er ingen blokk"),
        ("{limit: 1, collision_strategy: ENQUEUE}", "{limit: 1, colision_strategy: ENQUEUE}", "Ukjent nøkkel 'colision_strategy'"),
        ("{name: fakturabro}", "{name: fakturabro, work_queue: x}", "Ukjent nøkkel 'work_queue' i work_pool"),
    ],
)  # fmt: skip
def test_a_fault_one_level_down_is_named_once_with_its_line(
    tmp_path: pathlib.Path, good: str, right: str, wrong: str, message: str
) -> None:
    assert right in good
    spoilt = good.replace(right, wrong, 1)
    ((line, said),) = problems(tmp_path, spoilt)
    assert message in said
    assert line == line_of(spoilt, wrong)


@pytest.mark.parametrize(("right", "wrong"), [("*pool", "bassenget"), ("*intake_schedules", "kl. 8"), ("*one_at_a_time", "en")])
def test_a_part_of_another_shape_is_named_with_its_line(tmp_path: pathlib.Path, good: str, right: str, wrong: str) -> None:
    spoilt = good.replace(f": {right}", f": {wrong}", 1)
    ((line, said),) = problems(tmp_path, spoilt)
    assert wrong in said
    assert line == line_of(spoilt, f": {wrong}\n")


@pytest.mark.parametrize("schedule", ["{interval: 3600, timezone: Europe/Oslo}", '{rrule: "FREQ=DAILY", timezone: Europe/Oslo}'])
def test_other_kinds_of_schedule_and_a_plain_limit_are_right(tmp_path: pathlib.Path, good: str, schedule: str) -> None:
    file = tmp_path / "tenant.yaml"
    file.write_text(good.replace(FIRST, schedule).replace("concurrency_limit: *one_at_a_time", "concurrency_limit: 1", 1))
    assert len(tenants.check(file)) == ALL


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("- {name: Anne Berg, email: anne@klient.example}", ""),
        ("- {name: Anne Berg, email: anne}", "nøyaktig name og email"),
        ("- {name: '', email: anne@klient.example}", "nøyaktig name og email"),
        ("- {name: Anne, email: anne@klient.example, mobil: 1}", "nøyaktig name og email"),
        ("- Anne Berg", "nøyaktig name og email"),
        ("- {name: Anne, email: anne@klient.example}\n- {name: A, email: ANNE@klient.example}", "står to ganger"),
    ],
)
def test_approvers_have_a_name_and_an_address_of_their_own(tmp_path: pathlib.Path, good: str, said: str, fault: str) -> None:
    content = good + "\napprovers:\n" + said + "\n"
    found = problems(tmp_path, content) if fault else tenants.check(_written(tmp_path, content))
    assert len(found) == (1 if fault else ALL)
    assert fault in str(found)
    if fault:
        assert found[0][0] == content.count("\n")  # the last line


def _written(tmp_path: pathlib.Path, content: str) -> pathlib.Path:
    file = tmp_path / "approved.yaml"
    file.write_text(content)
    return file
