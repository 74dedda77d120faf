"""What people read of movements, in English: the rule's name, what is wrong, what to do. See messages.TEXTS."""

from __future__ import annotations

from collections.abc import Mapping

_NEXT_RUN = "What waits for it is posted in the next run."
_ANOTHER_ACCOUNT = f"or ask us to post on another account. {_NEXT_RUN}"

MOVEMENTS: Mapping[str, tuple[str, str, str]] = {
    "kind_without_posting": (
        "Movement without accounts",
        "No accounts are agreed on for movements of the kind {value}.",
        f"Tell us which accounts the kind is posted on, and we add them to the posting table. {_NEXT_RUN}",
    ),
    "names_no_buyer": (
        "Neither invoice nor customer",
        "The {doc} has neither invoice number, KID nor customer number, and cannot be posted on a customer.",
        "{redo} It must then have an invoice number, a KID or a customer number.",
    ),
    "no_amount": ("Movement without amount", "The amount is zero, and there is nothing to post.", "{redo}"),
    "vat_incomplete": ("VAT without rate, or rate without VAT", "VAT and its rate are not stated together.", "{redo}"),
    "vat_not_expected": ("VAT on what is no fee", "Only fees have VAT, but {value} is stated as VAT here.", "{redo}"),
    "bad_vat_rate": ("Invalid VAT rate", "The VAT rate {value} is no rate.", "{redo}"),
    "vat_differs": (
        "VAT does not agree with amount and rate",
        "VAT is stated as {value}. Amount and rate give {suggestion}.",
        "{redo}",
    ),
    "locked_period": (
        "The date is in a locked period",
        "The {doc} is dated {value}, and the books in PowerOffice are locked up to and including {suggestion}.",
        "Unlock the period in PowerOffice Go until the next run has passed. If it must stay locked, the factoring company has to "
        "take the {doc} back and tell it anew with a date in an open period.",
    ),
    "dated_ahead": (
        "Movement dated ahead",
        "The {doc} is dated {value}, and today is {suggestion}.",
        "Nothing is needed. It is posted when the day has come.",
    ),
    "unknown_invoice": (
        "Unknown invoice, and no customer named",
        "The {doc} is about the invoice or KID {value}, which was not factored through us, and names no customer.",
        "{redo} It must then have the customer's number in PowerOffice.",
    ),
    "another_invoice": (
        "KID and invoice number are of different invoices",
        "The {doc} names invoice {value}, but the KID belongs to invoice {suggestion}.",
        "Find out which invoice was paid. {redo}",
    ),
    "another_buyer": (
        "Another customer than the invoice's",
        "The {doc} is told for customer {value}, but the invoice that it names is to customer {suggestion}.",
        "Find out who paid. {redo}",
    ),
    "another_currency": (
        "Another currency than the invoice's",
        "The {doc} is in {value}, but the invoice that it names is in {suggestion}.",
        "Find out how much was paid in the invoice's currency. {redo}",
    ),
    "unknown_buyer": (
        "The customer does not exist in PowerOffice",
        "Customer {value} does not exist in the client's customer ledger in PowerOffice.",
        f"Create the customer with this number in PowerOffice Go. {_NEXT_RUN} If the number is wrong, the factoring company must "
        "correct it.",
    ),
    "archived_buyer": (
        "The customer is archived in PowerOffice",
        "Customer {value} is archived or not active in PowerOffice, and cannot be posted on.",
        f"Take the customer out of the archive and make it active in PowerOffice Go. {_NEXT_RUN}",
    ),
    "payment_told_by_both": (
        "Payment that looks like another one",
        "The {doc} is like a payment of {value} that we have already, or takes it back: same invoice, amount and currency. One "
        "came from the bank, the other one from the factoring company. They may be the same.",
        "If they are the same, the factoring company has to leave out of what it tells those that it got from us. If they are two "
        "payments, tell us.",
    ),
    "credited_meanwhile": (
        "Payment of an invoice that was credited",
        "The client has credited the invoice. What was left to pay was {suggestion}, and the payment is {value}. What is too much "
        "stands open on the customer.",
        "Agree with the customer whether it is paid back or used for another invoice.",
    ),
    "account_missing": (
        "The account is not in the chart of accounts",
        "Account {value} does not exist in the client's chart of accounts in PowerOffice.",
        f"Create the account in PowerOffice Go, {_ANOTHER_ACCOUNT}",
    ),
    "account_closed": (
        "The account is not active",
        "Account {value} is not active in the client's chart of accounts in PowerOffice.",
        f"Make the account active in PowerOffice Go, {_ANOTHER_ACCOUNT}",
    ),
    "account_currency": (
        "The account is kept in another currency",
        "Account {value} is kept in {suggestion} only in PowerOffice, and takes no other currency.",
        f"Change the account's currency in PowerOffice Go, {_ANOTHER_ACCOUNT}",
    ),
    "vat_code_missing": (
        "The VAT code does not exist",
        "VAT code {value}, which the account is to be posted with, does not exist for the client in PowerOffice.",
        f"Put the code into use in PowerOffice Go, or ask us to use another one. {_NEXT_RUN}",
    ),
    "vat_code_closed": (
        "The VAT code is not in use",
        "VAT code {value}, which the account is to be posted with, is not in use in PowerOffice on the day of posting.",
        f"Put the code into use in PowerOffice Go, or ask us to use another one. {_NEXT_RUN}",
    ),
    "vat_code_of_sales": (
        "VAT code of sales on a cost",
        "VAT code {value} is for outgoing VAT, and the {doc} is no sale.",
        f"Ask us to use the code of incoming VAT, or 0 where there is none. {_NEXT_RUN}",
    ),
    "vat_code_locked": (
        "The account is locked to another VAT code",
        "Account {value} is locked to VAT code {suggestion} in PowerOffice, and is set up to be posted with another one.",
        f"Unlock the VAT code of the account in PowerOffice Go, ask us to use code {{suggestion}}, {_ANOTHER_ACCOUNT}",
    ),
    "department_missing": (
        "The department does not exist",
        "Department {value}, which the account is to be posted with, does not exist or is not in use in PowerOffice.",
        f"Put the department into use in PowerOffice Go, or ask us to use another one. {_NEXT_RUN}",
    ),
    "needs_department": (
        "The account needs a department",
        "Account {value} needs a department in PowerOffice, and none is set up.",
        f"Tell us which department to post on, {_ANOTHER_ACCOUNT}",
    ),
    "project_missing": (
        "The project does not exist",
        "Project {value}, which the account is to be posted with, does not exist or is not in use in PowerOffice.",
        f"Put the project into use in PowerOffice Go, or ask us to use another one. {_NEXT_RUN}",
    ),
    "needs_project": (
        "The account needs a project",
        "Account {value} needs a project in PowerOffice, and none is set up.",
        f"Tell us which project to post on, {_ANOTHER_ACCOUNT}",
    ),
    "vat_code_differs": (
        "The VAT code gives another VAT than was stated",
        "The factoring company states {value} as VAT, but PowerOffice would split off {suggestion} by the account's VAT code.",
        f"Ask us to use an account and a VAT code that fit the movement. {_NEXT_RUN}",
    ),
    "refused_by_poweroffice": (
        "PowerOffice did not take the movement",
        "PowerOffice did not take the {doc}: {value}.",
        f"Correct what PowerOffice says, or contact us. {_NEXT_RUN}",
    ),
    "told_otherwise": (
        "Same movement told with other content",
        "The factoring system has told movement {value} again with other content. What was told first counts.",
        "Ask the factoring company to tell the correction as a movement with a new number.",
    ),
    "reversed_by_hand": (
        "Reversed by hand in PowerOffice",
        "The {doc} was posted, but voucher {value} was reversed by hand in PowerOffice.",
        "Tell us if the voucher is to be posted again. We do so when an approver has said yes.",
    ),
    "paid_by_hand": (
        "Changed by hand in PowerOffice",
        "What is open of the {doc} in PowerOffice was changed by hand with voucher {value}. The factoring company does not know.",
        "If the customer has paid you, pass it on to the factoring company. Otherwise reverse the voucher in PowerOffice Go.",
    ),
    "matched_otherwise": (
        "Matched with payments in another way",
        "In PowerOffice the {doc} and the customer's payments are matched in another way than with us; it makes {value}.",
        "Match the payment with the {doc} in PowerOffice Go.",
    ),
    "overpaid": (
        "Paid and credited too much",
        "What was paid and credited of the {doc} is {value} too much in all. The customer has {value} to its credit.",
        "Settle with the factoring company whether it is to be paid back to the customer or used for another invoice.",
    ),
    "open_differs": (
        "Open amount does not agree",
        "What is open of the {doc} in PowerOffice is {value} more than at the factoring company, for no reason that we know. "
        "A minus means less.",
        "See what is posted on the {doc} in PowerOffice Go. We adjust nothing ourselves.",
    ),
}

FIELDS: Mapping[str, str] = {
    "MovementKind": "Kind",
    "MovementDate": "Date",
    "MovementAmount": "Amount",
    "VatAmount": "VAT",
    "VatRate": "VAT rate",
    "Account": "Account",
    "VatCode": "VAT code",
    "Department": "Department",
    "Project": "Project",
    "Buyer": "Customer",
    "Invoice": "Invoice",
    "Movement": "Movement",
}
KINDS: Mapping[str, str] = {
    "payment": "payment",
    "settled": "settling of payments",
    "administrative_fee": "administrative fee",
    "return_data_fee": "fee for return data",
    "financial_fee": "financial fee",
    "payout": "payout",
    "reminder_fee": "reminder fee",
    "interest": "interest",
    "bad_debt": "bad debt",
    "balance_change": "change of the balance",
}
"""What kinds of movements are called inside a sentence."""
