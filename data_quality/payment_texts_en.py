"""What people read of payments and their files, in English: the rule's name, what is wrong, what to do. See messages.TEXTS."""

from __future__ import annotations

from collections.abc import Mapping

_DECIDE = "Compare it with the supplier's ledger, and approve or refuse it on the approvals page."
_MEND = "Correct it in the accounting system and send it in a new file."
_LOOK = "Check the file in the accounting system, and approve or refuse it on the approvals page."

PAYMENTS: Mapping[str, tuple[str, str, str]] = {
    "same_payment_before": (
        "Same payment once more",
        "The {doc} is the same as {value}: accounts, amount, reference and due date are alike. It is not paid again.",
        "Nothing is needed. Where the amount is really owed twice, the second payment needs a reference of its own.",
    ),
    "payment_with_another_date": (
        "Same payment with another due date, from another account or written otherwise",
        "Creditor, amount and reference are those of {value}; only the due date, the debited account or the spelling is another.",
        _DECIDE,
    ),
    "payment_without_reference_again": (
        "Same creditor and amount, and the references cannot be compared",
        "The creditor's account and the amount are those of {value}. One of the two has no reference, or one has a KID and "
        "the other an invoice number.",
        _DECIDE,
    ),
    "debtor_account_not_ours": (
        "Paid from an account that is not registered",
        "The account {value} that is to be debited is none of the client's.",
        "If it is the client's, add it to the client's file. Otherwise find out who made the payment.",
    ),
    "not_payable_at_source": (
        "The accounting system says that the invoice cannot be paid now",
        "The accounting system says of the invoice that {doc} is for: {value}.",
        "Correct the invoice or the supplier in the accounting system. The payment goes by itself when the list there is right.",
    ),
    "wrong_creditor_account": (
        "Invalid account of the creditor",
        "The creditor's account {value} does not exist: its check digit is wrong.",
        f"Ask the creditor for the right number. {_MEND}",
    ),
    "creditor_account_changed": (
        "The creditor has a new account",
        "The creditor has account {value} in another payment, and another account in this one.",
        "Call the creditor on a number that you had before, never on one from the message about the account. Then decide.",
    ),
    "creditor_account_is_ours": (
        "Payment to an own account",
        "The creditor's account {value} is the client's own.",
        "Check that it is a transfer between own accounts.",
    ),
    "creditor_without_name": ("Creditor without a name", "The creditor's name is missing.", _MEND),
    "payment_in_unknown_currency": ("Unknown currency of a payment", "Nothing can be paid in the currency {value}.", _MEND),
    "amount_not_payable": (
        "Amount that cannot be paid",
        "The amount {value} cannot be paid: it must be above zero and have two decimals at most, no more than its currency.",
        _MEND,
    ),
    "wrong_payment_kid": (
        "Invalid KID of a payment",
        "The KID {value} has a wrong check digit or length.",
        f"Compare the KID with the invoice. {_MEND}",
    ),
    "kid_and_message": (
        "Both KID and message",
        "The {doc} has both KID {value} and a message. Banks take one of them.",
        f"Keep the KID only. {_MEND}",
    ),
    "refused_by_banks": (
        "Payment that banks refuse",
        "The bank would refuse the {doc}: {value} is wrong, too long or missing.",
        _MEND,
    ),
    "due_date_long_past": (
        "Due date long ago",
        "The due date {value} is so long ago that the {doc} may have been settled.",
        _DECIDE,
    ),
    "due_date_past": (
        "Due date has passed",
        "The due date {value} has passed. The {doc} goes on the first banking day.",
        "Nothing is needed.",
    ),
    "due_date_on_day_off": (
        "Due date is no banking day",
        "The due date {value} is a weekend or a holiday. The {doc} is sent with the date {suggestion}.",
        "Nothing is needed. If the money must be there before, the due date must be set earlier.",
    ),
    "due_date_too_far_ahead": ("Due date too far ahead", "The due date {value} is unusually far ahead.", _DECIDE),
}

FILES: Mapping[str, tuple[str, str, str]] = {
    "too_few_files_before": (
        "Too few files to compare with",
        "Files of this kind that were sent before: {value}. To know what is usual takes {suggestion}.",
        _LOOK,
    ),
    "unusual_count": ("Unusually many payments", "The {doc} has {value} payments. Usual is at most {suggestion}.", _LOOK),
    "unusual_total": ("Unusually large sum", "The sum is {value}. Usual is at most {suggestion}.", _LOOK),
    "unusual_payment": ("Unusually large payment", "The largest payment is {value}. Usual is at most {suggestion}.", _LOOK),
    "many_new_receivers": (
        "Unusually many new creditors",
        "Of the payments, {value} % go to accounts that were never paid before. The limit is {suggestion} %.",
        _LOOK,
    ),
}

FIELDS: Mapping[str, str] = {
    "DebtorAccount": "Debited account",
    "CreditorAccount": "Creditor's account",
    "CreditorName": "Creditor",
    "PaymentAmount": "Amount",
    "Kid": "KID",
    "ExecutionDate": "Due date",
    "EarlierPayment": "Earlier payment",
    "PaymentPart": "Part of the payment",
}
PARTS: Mapping[str, str] = {
    "InstrId": "the reference",
    "CtgyPurp": "the kind of payment",
    "CdtrAcct": "the creditor's account",
    "Cdtr": "the creditor's name or address",
    "CdtrAgt": "the creditor's bank",
    "Purp": "the purpose code",
    "ChrgBr": "who bears the charges",
    "RgltryRptg": "what the currency register shall know",
    "RmtInf": "the reference for the creditor",
    "Ustrd": "the message",
    "RfrdDocInf": "the invoice number",
}
"""Parts of a payment by their ISO 20022 names."""
