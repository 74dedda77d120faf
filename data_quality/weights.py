"""What each finding does unless a tenant says otherwise: how severe it is and what it holds, and the version of all that.

A hold names a purpose (book, distribute) or a channel ("channel:ehf"). write_back has no holds: it waits for distribution.
What does not belong here: the texts (messages), the rules that find (suites, tasks), a tenant's own rules (blocking).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from fakturabro.domain import findings

Hold = Literal["book", "distribute", "channel:ehf", "channel:email", "channel:letter"]


VERSION = 6
"""Version of the rules: which there are, what each looks at, what its finding weighs by default. A test holds it to them."""
CHANGES: Mapping[int, str] = {
    1: "The rules of the first release.",
    2: "New: post codes against the register, countries, slips in e-mail domains, EHF without organisation number, organisation "
    "numbers with more around them, twins, amounts of lines, rounding, VAT rates and exemption reasons by category, dates far off. "
    "Every rule of one's own needs a reason.",
    3: "New: what a debtor objects to on the portal holds the letter that would follow the link.",
    4: "New: payments to be made, and the files that they come in.",
    5: "New: movements at the factoring company, before they are posted in the client's books.",
    6: "New: customers, articles, projects, sales invoices and purchase costs between Severa and Fortnox.",
}


class Weight(NamedTuple):
    """What a finding does unless the tenant says otherwise."""

    severity: findings.Severity
    holds: tuple[Hold | Literal["letter", "pay", "return_data", "transfer", "mark_transferred"], ...] = ()
    """The letter after a link, paying, posting return data, and carrying over, no rule of a tenant's own holds."""


_ALL = Weight("block", ("book", "distribute"))
_DISTRIBUTE = Weight("block", ("distribute",))
_WARN = Weight("warn")

DEFAULTS: Mapping[str, Weight] = {
    "missing_number": _ALL,
    "duplicate_number": _ALL,
    "possible_twin": _WARN,
    "missing_buyer_name": _ALL,
    "missing_postal_address": _DISTRIBUTE,
    "placeholder_postal_address": _DISTRIBUTE,
    "incomplete_postal_address": _DISTRIBUTE,
    "unknown_country": _DISTRIBUTE,
    "unknown_post_code": _WARN,
    "post_code_of_another_place": _WARN,
    "address_differs_from_card": _WARN,
    "wrong_organisation_number": _ALL,
    "decorated_organisation_number": Weight("info"),
    "ehf_without_organisation_number": _WARN,
    "wrong_seller_organisation_number": _ALL,
    "no_lines": _ALL,
    "too_many_decimals": _ALL,
    "line_amount_differs": _WARN,
    "sum_of_lines_differs": _ALL,
    "totals_do_not_add_up": _ALL,
    "vat_does_not_add_up": _ALL,
    # What is owed is not in doubt, only how it is taxed: it is booked, and waits with going out.
    "vat_rate_unlike_category": _DISTRIBUTE,
    "missing_exemption_reason": _WARN,
    "source_total_differs": _ALL,
    "rounding_too_large": _WARN,
    "negative_payable": _WARN,
    "zero_payable": Weight("info"),
    "unknown_currency": _ALL,
    "due_date_before_invoice_date": _ALL,
    "missing_due_date": _WARN,
    "due_date_far_ahead": _WARN,
    "invoice_date_in_the_future": _WARN,
    "invoice_date_long_ago": _WARN,
    # The source's own account stands on nothing that leaves: the factoring company's replaces it.
    "missing_account": _WARN,
    "wrong_account": _WARN,
    "invalid_email": _WARN,
    "email_domain_typo": _WARN,
    "element_not_carried": Weight("warn", ("channel:ehf",)),
    # Found by tasks, not by a suite:
    "unreadable_document": _ALL,
    "kind_differs": _ALL,
    "number_differs": _ALL,
    "kid_not_possible": _ALL,
    "cannot_be_produced": _DISTRIBUTE,
    "missing_assignment_notice": _DISTRIBUTE,
    "ehf_rule_broken": _DISTRIBUTE,
    "credit_note_waits_for_invoice": Weight("info", ("distribute",)),
    "customer_card_not_found": Weight("warn", ("distribute",)),
    "email_refused": _WARN,
    "source_account_remains": _DISTRIBUTE,
    "changed_after_booking": _DISTRIBUTE,
    "not_active_at_source": _ALL,
    "debtor_objected": Weight("block", ("letter",)),
}

FOUND_LATER = frozenset(
    {
        "kid_not_possible",
        "cannot_be_produced",
        "ehf_rule_broken",
        "credit_note_waits_for_invoice",
        "email_refused",
        "source_account_remains",
        "not_active_at_source",
        "debtor_objected",
    }
)
"""Found by other stations than the check, so that a trial of rules does not find them anew."""
FOUND_BY_TASKS = FOUND_LATER | {
    "unreadable_document",
    "kind_differs",
    "number_differs",
    "missing_assignment_notice",
    "customer_card_not_found",
    "changed_after_booking",
}
FIXED = frozenset(
    {
        "unreadable_document",
        "kind_differs",
        "number_differs",
        "kid_not_possible",
        "cannot_be_produced",
        "missing_assignment_notice",
        "source_account_remains",
        "credit_note_waits_for_invoice",
        "not_active_at_source",
        "debtor_objected",
    }
)
"""What no tenant can wave through: there would be nothing to book, no KID, a notice or an invoice that must come first, or a
complaint of the debtor."""
