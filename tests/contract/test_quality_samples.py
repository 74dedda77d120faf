"""What our suite says of the official examples and of the Norwegian probes, where the official rules are silent or lenient."""

from __future__ import annotations

import pathlib

import pytest

from data_quality import blocking, checking
from fakturabro.domain import findings, parties
from fakturabro.formats import ehf

PROBES = {
    "ok": set(),
    "rounding_BT114_to_whole_kr": set(),
    "account_10_digits": {"wrong_account"},
    "no_payment_means": {"missing_account"},
    "means31_no_account": {"missing_account"},
    "no_due_date": {"missing_due_date"},
    "no_buyer_street_city_zip": {"missing_postal_address"},
    "vat_off_by_0.50": {"vat_does_not_add_up"},
    "vat_off_by_1.50": {"vat_does_not_add_up"},
    "line_net_off_0.03": {"line_amount_differs", "sum_of_lines_differs"},
    "payable_off_by_0.01": {"totals_do_not_add_up"},
    "three_decimals": {"too_many_decimals"},
    "vat_cat_E_no_reason": {"missing_exemption_reason", "vat_does_not_add_up"},
    "vat_cat_O_with_percent0": {"missing_exemption_reason", "vat_does_not_add_up"},
    "endpoint_9908": set(),
    "endpoint_bad_mod11": {"wrong_organisation_number"},
    "vat_bad_mod11": {"wrong_seller_organisation_number"},
}
OF_FIGURES = {
    "sum_of_lines_differs",
    "totals_do_not_add_up",
    "vat_does_not_add_up",
    "too_many_decimals",
    "unknown_currency",
    "no_lines",
    "line_amount_differs",
    "rounding_too_large",
    "vat_rate_unlike_category",
    "missing_exemption_reason",
    "email_domain_typo",
    "unknown_country",
}


def check(files: list[pathlib.Path]) -> dict[str, tuple[findings.Finding, ...]]:
    invoices = [ehf.read(file.read_bytes()) for file in files]
    subjects = (
        checking.Subject(
            id=id_,
            invoice=invoice,
            recipient=parties.Recipient(
                name=invoice.buyer.registration_name or "", customer_number="1", address=invoice.buyer.address
            ),
        )
        for id_, invoice in enumerate(invoices)
    )
    found = checking.check(subjects, blocking.Rules())
    return {file.stem: found[id_] for id_, file in enumerate(files)}


@pytest.mark.contract
def test_the_norwegian_probes_are_named_as_the_table_says(shared: pathlib.Path) -> None:
    folder = shared / "samples" / "ehf" / "norwegian-probes"
    found = check([folder / f"{name}.xml" for name in PROBES])
    assert {name: {finding.code for finding in found[name]} for name in PROBES} == PROBES


@pytest.mark.contract
def test_the_figures_of_the_official_examples_are_right(shared: pathlib.Path) -> None:
    files = sorted((shared / "samples" / "ehf" / "official-examples").glob("*.xml"))
    assert len(files) >= 10
    found = check(files)
    wrong = {name: codes for name in found if (codes := {finding.code for finding in found[name]} & OF_FIGURES)}
    assert wrong == {}
