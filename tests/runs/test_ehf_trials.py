"""Newer EHF rules are tried on what the ledger holds before they are switched on; and a run says by which rules it judged."""

from __future__ import annotations

import pathlib
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from fakturabro.formats.ehf import editions
from fakturabro.ledger import audits, certificates, opened, tables
from flows import data_quality
from tasks import connect, runs
from tasks.debtors import ehf_trials

from .conftest import make_options, plain

EHF, PERSON = 5002, 5019
NEW = """<!--Schematron version 3.0.22--><xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:svrl="http://purl.oclc.org/dsdl/svrl"><xsl:template match="/"><svrl:schematron-output><svrl:fired-rule/>
    <xsl:if test="/*/*:ID = '5002'"><svrl:failed-assert id="NEW-1" flag="fatal" location="/*:Invoice"><svrl:text>[NEW-1]-A new rule
    </svrl:text></svrl:failed-assert></xsl:if></svrl:schematron-output></xsl:template></xsl:stylesheet>"""


@pytest.fixture
def ledger(site: Any) -> Iterator[opened.Ledger]:
    site.keep_only(EHF, PERSON)
    one = connect.open_ledger()
    yield one
    one.close()


def lay_out(site: Any, name: str) -> pathlib.Path:
    """A newer edition beside others, as an operator puts it there."""
    folder: pathlib.Path = site.folder / "ehf-rules" / name
    folder.mkdir(parents=True)
    shutil.copy(editions.find(None).cen, folder / "CEN-EN16931-UBL.xslt")
    (folder / "PEPPOL-EN16931-UBL.xslt").write_text(NEW)
    return folder


async def test_a_trial_says_what_comes_and_what_falls_away_and_switches_nothing(
    site: Any, ledger: opened.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.intake()
    folder = lay_out(site, "2026-11")
    left: list[list[dict[str, str]]] = []

    async def table(_key: str, _tenant: str, rows: list[dict[str, str]], _description: str) -> None:
        left.append(rows)

    with ledger.reading() as connection:
        before = connection.execute(sa.select(sa.func.count()).select_from(tables.delivery)).scalar_one()
    with monkeypatch.context() as seen, plain():
        seen.setattr(runs, "table", table)
        ended = await data_quality.try_ehf_rules("nidelven", make_options(), "2026-11")
    said = {row["Bilag"]: (row["Nye regler sier i tillegg"], row["EHF nå"], row["EHF med nye regler"]) for row in left[0]}
    assert said[f"Faktura {EHF}"] == ("NEW-1: Regel NEW-1 ble brutt: A new rule", "ja", "nei")
    assert said[f"Faktura {PERSON}"] == ("", "nei", "ja"), "it has no electronic address, and the new rules ask for none"
    assert "Kjøpers EHF-adresse mangler" in next(row["Faller bort"] for row in left[0] if row["EHF nå"] == "nei")
    assert "Prøvd på de 2 nyeste bilagene som kan skrives som EHF: 2 vurderes annerledes. 1 kan ikke lenger" in ended.message
    assert editions.version() in ended.message and editions.version(folder) in ended.message
    with ledger.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.delivery)).scalar_one() == before
    assert site.states(EHF)["distribute"] == "accepted"


@pytest.mark.parametrize(("name", "content"), [("mangler", None), ("halv", NEW), ("ugyldig", "<xsl:broken")])
async def test_a_folder_without_rules_is_named(site: Any, ledger: opened.Ledger, name: str, content: str | None) -> None:
    if content:
        folder = lay_out(site, name)
        (folder / "PEPPOL-EN16931-UBL.xslt").write_text(content)
        (folder / "CEN-EN16931-UBL.xslt").unlink()
    with pytest.raises(ehf_trials.TrialError, match=f"ehf-rules/{name} kan ikke prøves"), plain():
        await data_quality.try_ehf_rules("nidelven", make_options(), name)


async def test_each_certificate_names_the_rules_and_is_bound_to_them(site: Any, ledger: opened.Ledger) -> None:
    await site.intake()
    with ledger.reading() as connection:
        assert set(connection.execute(sa.select(tables.certificate.c.ehf_rules)).scalars()) == {editions.version()}
        of_ehf = sa.select(tables.rendition.c.rules).where(tables.rendition.c.format == "ehf")
        assert connection.execute(of_ehf).scalars().all() == [editions.version()]
    assert audits.find_faults(ledger, "nidelven") == []
    with ledger.writing() as connection:
        connection.execute(sa.update(tables.certificate).values(ehf_rules="CEN 1.3.17"))
    assert len(certificates.verify_chain(ledger, "nidelven")) > 0
