"""The rules for payments to be made, and for the files that they come in: the guards before anything is handed to a bank.

Fields are named in the words of payments, whatever format they came in. Accounts are shown masked.
"""

# Great Expectations documents `great_expectations.expectations` as the place of its expectations without re-exporting them.
# pyright: reportPrivateImportUsage=false

from __future__ import annotations

from collections.abc import Callable

from great_expectations import expectations as gxe

from data_quality import expectations, invoice_expectations, payment_expectations, payment_rows, rule_kinds, suite
from fakturabro.domain import bank_accounts, money

_column = suite.column


def _masked(name: str) -> Callable[[suite.Row], str]:
    return lambda row: bank_accounts.masked(str(row[name]))


def _no_account(code: str, field: str, column: str) -> suite.Rule:
    return suite.Rule(code=code, field=field, expectation=gxe.ExpectColumnValuesToBeNull(column=column), value=_masked(column))


def _further_apart(code: str, what: str, days: str, limit: str) -> suite.Rule:
    return suite.Rule(
        code=code,
        field="EarlierPayment",
        expectation=payment_expectations.ExpectFurtherApart(column_list=[what, days, limit], ignore_row_if="never"),
        value=_column(what),
        explained_by=("same_payment_before",),
    )


def _no_later(code: str, date: str, other: str) -> suite.Rule:
    return suite.Rule(
        code=code,
        field="ExecutionDate",
        expectation=gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A=other, column_B=date, or_equal=True),
        value=_column("due"),
    )


def _amount(name: str) -> Callable[[suite.Row], str]:
    return lambda row: str(money.from_minor(row[name]))


def _usual(code: str, field: str, column: str, show: Callable[[str], Callable[[suite.Row], str]] = _column) -> suite.Rule:
    """No higher than usual; where there is nothing to compare with, another rule speaks."""
    return suite.Rule(
        code=code,
        field=field,
        expectation=gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=f"usual_{column}", column_B=column, or_equal=True, ignore_row_if="either_value_is_missing"
        ),
        value=show(column),
        suggestion=show(f"usual_{column}"),
    )


_BEFORE = (
    rule_kinds.empty("same_payment_before", "EarlierPayment", "same_payment"),
    _further_apart("payment_with_another_date", "alike_payment", "alike_days", "alike_limit"),
    _further_apart("payment_without_reference_again", "unreferenced_payment", "unreferenced_days", "unreferenced_limit"),
)
_CONTENT = (
    _no_account("debtor_account_not_ours", "DebtorAccount", "debtor_account"),
    suite.Rule(
        code="wrong_creditor_account",
        field="CreditorAccount",
        expectation=expectations.ExpectAccountCheckDigits(column="creditor_account"),
        value=_masked("creditor_account"),
    ),
    rule_kinds.empty("creditor_account_changed", "CreditorAccount", "other_account"),
    _no_account("creditor_account_is_ours", "CreditorAccount", "own_creditor_account"),
    rule_kinds.filled("creditor_without_name", "CreditorName", "creditor_name"),
    suite.Rule(
        code="payment_in_unknown_currency",
        field="Currency",
        expectation=expectations.ExpectCurrencyCode(column="currency"),
        value=_column("currency"),
    ),
    suite.Rule(
        code="amount_not_payable",
        field="PaymentAmount",
        expectation=payment_expectations.ExpectPayableAmount(column_A="amount", column_B="currency"),
        value=_column("amount"),
        explained_by=("payment_in_unknown_currency",),
    ),
    suite.Rule(
        code="wrong_payment_kid",
        field="Kid",
        expectation=payment_expectations.ExpectKidCheckDigit(column="payment_kid"),
        value=_column("payment_kid"),
    ),
    suite.Rule(
        code="kid_and_message",
        field="Kid",
        expectation=payment_expectations.ExpectOneOrNeither(column_A="kid", column_B="message_lines"),
        value=_column("kid"),
    ),
    rule_kinds.empty("refused_by_banks", "PaymentPart", "refused_by_banks"),
)
_DATES = (
    _no_later("due_date_long_past", "earliest_due", "due"),
    suite.Rule(
        code="due_date_past",
        field="ExecutionDate",
        expectation=invoice_expectations.ExpectDaysAfter(column_A="due", column_B="business_date", fewest=0),
        value=_column("due"),
        silenced_by=("due_date_long_past",),
    ),
    suite.Rule(
        code="due_date_on_day_off",
        field="ExecutionDate",
        expectation=payment_expectations.ExpectBankingDay(column_A="due", column_B="payable_on"),
        value=_column("due"),
        suggestion=_column("payable_on"),
        silenced_by=("due_date_past", "due_date_long_past"),
    ),
    _no_later("due_date_too_far_ahead", "due", "latest_due"),
)
PAYMENTS = suite.Table(
    name="payments", columns=payment_rows.COLUMNS, rows=payment_rows.payment_rows, rules=(*_BEFORE, *_CONTENT, *_DATES)
)
FILES = suite.Table(
    name="files of payments",
    columns=payment_rows.FILE_COLUMNS,
    rows=payment_rows.file_rows,
    rules=(
        suite.Rule(
            code="too_few_files_before",
            field="Files",
            expectation=gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="files_before", column_B="fewest_files", or_equal=True
            ),
            value=_column("files_before"),
            suggestion=_column("fewest_files"),
        ),
        _usual("unusual_count", "Count", "count"),
        _usual("unusual_total", "TotalAmount", "total", _amount),
        _usual("unusual_payment", "LargestAmount", "largest", _amount),
        _usual("many_new_receivers", "NewReceivers", "new_receivers"),
    ),
)
