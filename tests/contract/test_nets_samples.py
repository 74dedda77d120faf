"""The files of ../shared/samples/bank/netsgiro: counts and totals as the files state them, and netsgiro as the second reader."""

from __future__ import annotations

import json
import pathlib

import netsgiro
import pytest
from typer.testing import CliRunner

from console import main
from fakturabro.domain.findings import Findings
from fakturabro.formats import nets
from fakturabro.formats.nets import avtalegiro, values

SAMPLES = {
    "avtalegiro_agreements.txt": ("avtalegiro", 16, {}, []),
    "avtalegiro_payment_request.txt": ("avtalegiro", 6, {"NOK": "6.00"}, ["account_check_digit"]),
    "ocr_giro_transactions.txt": ("ocr giro", 20, {"NOK": "51449.00"}, []),
}
pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def folder(shared: pathlib.Path) -> pathlib.Path:
    return shared / "samples/bank/netsgiro"


@pytest.mark.parametrize("name", SAMPLES)
def test_it_is_read_whole_and_written_again_byte_for_byte(folder: pathlib.Path, name: str) -> None:
    data = (folder / name).read_bytes()
    found = Findings()
    assert nets.recognise(data)
    assert nets.write(nets.read(data, found)) == data
    assert [one.code for one in found] == SAMPLES[name][3]
    stated = [one for one in nets.records(data, Findings()) if isinstance(one, values.Sums)][-1]
    assert (stated.count, stated.records) == (SAMPLES[name][1], len(data.splitlines()))


def test_every_sample_has_its_figures(folder: pathlib.Path) -> None:
    assert {file.name for file in folder.iterdir()} == set(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_fakturabro_read_tells_counts_and_totals(folder: pathlib.Path, name: str) -> None:
    done = CliRunner().invoke(main.application, ["read", str(folder / name), "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["format"], said["documents"], said["totals"], [one["code"] for one in said["findings"]]) == SAMPLES[name]


def test_payments_are_those_that_netsgiro_reads(folder: pathlib.Path) -> None:
    data = (folder / "ocr_giro_transactions.txt").read_bytes()
    (theirs,) = netsgiro.parse(data.decode()).assignments
    assert [(one.kid, one.amount, one.booked_on, one.text) for one in nets.incoming(data, Findings())] == [
        (one.kid, one.amount, one.date, one.text or "") for one in theirs.transactions
    ]


def test_mandates_are_those_that_netsgiro_reads(folder: pathlib.Path) -> None:
    data = (folder / "avtalegiro_agreements.txt").read_bytes()
    (theirs,) = netsgiro.parse(data.decode()).assignments
    assert [(account, one.kid, one.notice, int(one.registration)) for account, one in avtalegiro.mandates(data, Findings())] == [
        ("99991042764", one.kid, one.notify, one.registration_type) for one in theirs.transactions
    ]
