"""The rules for costs of suppliers' invoices: what Severa would refuse, or what would stand there otherwise than in Fortnox.

Assumed: a fee on a closed project, or of a product that is not in use, is refused by Severa.
"""

# Great Expectations documents `great_expectations.expectations` as the place of its expectations without re-exporting them.
# pyright: reportPrivateImportUsage=false

from __future__ import annotations

from decimal import Decimal

from great_expectations import expectations as gxe

from data_quality import movement_expectations, purchase_rows, rule_kinds, suite


def _in_state(code: str, field: str, chosen: str, state_of: str, state: str) -> suite.Rule:
    return suite.Rule(
        code=code,
        field=field,
        expectation=movement_expectations.ExpectStateOf(column_A=chosen, column_B=state_of, state=state),
        value=suite.column(chosen),
    )


COSTS = suite.Table(
    name="costs of suppliers' invoices",
    columns=purchase_rows.COLUMNS,
    rows=purchase_rows.cost_rows,
    rules=(
        suite.Rule(
            code="purchase_not_booked",
            field="Booked",
            expectation=gxe.ExpectColumnValuesToBeInSet(column="state", value_set=["booked"]),
        ),
        rule_kinds.filled("purchase_without_number", "InvoiceNumber", "invoice_number"),
        rule_kinds.filled("purchase_without_date", "InvoiceDate", "invoice_date"),
        rule_kinds.filled("purchase_without_supplier", "SupplierName", "supplier"),
        rule_kinds.known("cost_project_missing", "CostProject", "project", "known_project"),
        _in_state("cost_project_closed", "CostProject", "project", "project_state", "open"),
        rule_kinds.known("cost_product_missing", "CostProduct", "product", "known_product"),
        _in_state("cost_product_inactive", "CostProduct", "product", "product_state", "active"),
        rule_kinds.filled("cost_product_without_vat", "CostProduct", "product_vat"),
        suite.Rule(
            code="purchase_rate_of_one",
            field="CurrencyRate",
            expectation=gxe.ExpectColumnValuesToNotBeInSet(column="foreign_rate", value_set=[Decimal(1)]),
            value=suite.column("foreign_rate"),
        ),
        rule_kinds.known("cost_currency_missing", "Currency", "currency", "known_currency"),
    ),
)
