"""The sentences in English: per finding code what is wrong, and what to do.

Names that may stand in braces are explained in messages. Written for the client's bookkeeper, who has PowerOffice Go and no screen
of ours. What does not belong here: severity, holds, anything about one tenant.
"""

from __future__ import annotations

from collections.abc import Mapping

TEXTS: Mapping[str, tuple[str, str]] = {
    "missing_number": (
        "The {doc} has no number.",
        "{redo}",
    ),
    "duplicate_number": (
        "The number is used on another document already: {value}.",
        "Find both documents in PowerOffice Go. Credit the wrong one; if both are right, send one again under a number of its own.",
    ),
    "possible_twin": (
        "The {doc} looks just like document {value}: same customer, date, amount and lines.",
        "Compare the two documents in PowerOffice Go. If they are the same claim twice, credit one of them; if both are right, you "
        "need not do anything.",
    ),
    "missing_buyer_name": (
        "The customer has no name.",
        "Open {card} in PowerOffice Go and fill in the name.",
    ),
    "missing_postal_address": (
        "The customer has no postal address, so the {doc} is not sent.",
        "Open {card} in PowerOffice Go and fill in the postal address: street address, post code and town.",
    ),
    "incomplete_postal_address": (
        "The postal address is incomplete: {part} is missing or wrong, so the {doc} is not sent.",
        "Open {card} in PowerOffice Go and correct the {part} of the postal address. Norwegian post codes have four digits; if the "
        "address is abroad, fill in the country as well.",
    ),
    "placeholder_postal_address": (
        "The postal address is not a real one: “{value}” stands as {part}, so the {doc} is not sent.",
        "Open {card} in PowerOffice Go and replace “{value}” with the right {part}.",
    ),
    "unknown_country": (
        "The country “{value}” in the postal address is no country code, so the {doc} is not sent.",
        "Open {card} in PowerOffice Go and choose the country of the postal address.",
    ),
    "unknown_post_code": (
        "The post code {value} is not in our register of post codes.",
        "Look the post code up at posten.no. If it is wrong, open {card} in PowerOffice Go and correct it; if the address is "
        "abroad, fill in the country. If it is new and right, you need not do anything.",
    ),
    "post_code_of_another_place": (
        "Post code and town do not fit: “{value}”. Perhaps it should be {suggestion}.",
        "Open {card} in PowerOffice Go and correct the post code or the town of the postal address.",
    ),
    "address_differs_from_card": (
        "The address on the {doc} is not the one on the customer card; we use the card's: {value}.",
        "Open {card} in PowerOffice Go and check that the postal address is right.",
    ),
    "wrong_organisation_number": (
        "The customer's organisation number {value} is not valid.",
        "Open {card} in PowerOffice Go and correct the organisation number: nine digits, to be looked up at brreg.no. If "
        "the {doc} itself is wrong: {redo}",
    ),
    "decorated_organisation_number": (
        "The customer's organisation number stands as “{value}”. It is right, but should be its nine digits only: {suggestion}.",
        "Open {card} in PowerOffice Go and write the nine digits only. It stops nothing.",
    ),
    "ehf_without_organisation_number": (
        "The customer is to have EHF, but has no organisation number. Without it the {doc} cannot be sent as EHF.",
        "Open {card} in PowerOffice Go and fill in the organisation number. If the customer is not to have EHF, choose another "
        "delivery type.",
    ),
    "wrong_seller_organisation_number": (
        "Your own organisation number on the {doc}, {value}, is not valid.",
        "Open the company settings in PowerOffice Go and correct the organisation number. {redo}",
    ),
    "no_lines": (
        "The {doc} has no lines.",
        "{redo}",
    ),
    "too_many_decimals": (
        "The {doc} has an amount that is not a number with two decimals at most: {value}.",
        "{redo}",
    ),
    "line_amount_differs": (
        "A line of the {doc} is stated as {value}, but quantity times price, less discounts and with charges, is {suggestion}.",
        "Open the {doc} in PowerOffice Go and check quantity, price and discount of the line. If the amount is wrong: {redo}",
    ),
    "sum_of_lines_differs": (
        "The lines add up to {suggestion}, but the {doc} states {value}.",
        "{redo}",
    ),
    "totals_do_not_add_up": (
        "The amounts do not add up: the {part} is stated as {value}, but the other amounts make it {suggestion}.",
        "{redo}",
    ),
    "vat_does_not_add_up": (
        "The VAT does not add up: the {part} is stated as {value}, but the other amounts make it {suggestion}.",
        "{redo}",
    ),
    "vat_rate_unlike_category": (
        "VAT code and VAT rate on the {doc} do not fit: {value}, so the {doc} is not sent.",
        "Open the product in PowerOffice Go and check its VAT code. {redo}",
    ),
    "missing_exemption_reason": (
        "The {doc} has goods or services without VAT (code {value}), but does not say why. Receivers of EHF may refuse it.",
        "Open the product in PowerOffice Go and check its VAT code. If it is right, contact us.",
    ),
    "source_total_differs": (
        "The invoice list in PowerOffice Go states {value}, but the {doc} itself {suggestion}.",
        "Open the {doc} in PowerOffice Go and check the amount. {redo}",
    ),
    "rounding_too_large": (
        "The {doc} is rounded by {value}. A rounding is less than one krone.",
        "Open the {doc} in PowerOffice Go and check the amount. {redo}",
    ),
    "negative_payable": (
        "The amount due is negative: {value}.",
        "Check whether this should have been a credit note in PowerOffice Go.",
    ),
    "zero_payable": (
        "Nothing is due on the {doc}.",
        "You need not do anything if that is intended.",
    ),
    "unknown_currency": (
        "There is no currency {value}.",
        "Open {card} in PowerOffice Go and correct the currency. {redo}",
    ),
    "due_date_before_invoice_date": (
        "The due date {value} is before the date of the {doc}.",
        "Open {card} in PowerOffice Go and check the payment term. {redo}",
    ),
    "missing_due_date": (
        "The {doc} has no due date.",
        "Open {card} in PowerOffice Go and choose a payment term, so that the next invoice has one.",
    ),
    "due_date_far_ahead": (
        "The due date {value} is more than 180 days after the date of the {doc}.",
        "Open {card} in PowerOffice Go and check the payment term. If a long one is agreed, you need not do anything.",
    ),
    "invoice_date_in_the_future": (
        "The date of the {doc}, {value}, is more than 7 days ahead.",
        "Open the {doc} in PowerOffice Go and check its date. If it is wrong: {redo}",
    ),
    "invoice_date_long_ago": (
        "The date of the {doc}, {value}, is more than a year ago.",
        "Open the {doc} in PowerOffice Go and check its date. If it is wrong: {redo}",
    ),
    "missing_account": (
        "The {doc} from PowerOffice Go has no account. The customer is to pay to the factoring company's, so nothing is held.",
        "Open the company settings in PowerOffice Go and enter the bank account.",
    ),
    "wrong_account": (
        "The account {value} on the {doc} is not valid. The customer is to pay to the factoring company's, so nothing is held.",
        "Open the company settings in PowerOffice Go and correct the bank account.",
    ),
    "invalid_email": (
        "The e-mail address “{value}” is misspelt and not used.",
        "Open {card} in PowerOffice Go and correct the invoice e-mail. Several addresses are separated by semicolons.",
    ),
    "email_domain_typo": (
        "The e-mail address “{value}” looks misspelt. Perhaps it should be {suggestion}.",
        "Ask the customer for the right address. Then open {card} in PowerOffice Go and correct the invoice e-mail.",
    ),
    "element_not_carried": (
        "The {doc} holds information that we cannot carry on in EHF ({value}). It cannot be sent as EHF.",
        "You need not do anything; we look into it.",
    ),
    "unreadable_document": (
        "The {doc} from PowerOffice Go cannot be read: its file is damaged or not in the form of EHF.",
        "{redo} If it happens again, contact us.",
    ),
    "kind_differs": (
        "PowerOffice Go lists this as a credit note, but the document itself is an invoice (or the other way round).",
        "Contact us: we must settle with PowerOffice what it is.",
    ),
    "number_differs": (
        "The document has number {value}, but PowerOffice Go lists it as {suggestion}.",
        "Contact us: we must settle with PowerOffice which number is right.",
    ),
    "cannot_be_produced": (
        "The {doc} cannot be made for sending.",
        "Contact us. {redo}",
    ),
    "kid_not_possible": (
        "No KID can be made for the {doc}: {value}.",
        "Contact us: the customer number or the invoice number does not fit the KID agreement.",
    ),
    "missing_assignment_notice": (
        "The assignment notice is missing in the settings, so the {doc} is not sent.",
        "Contact us and state the text that the invoices shall carry.",
    ),
    "ehf_rule_broken": (
        "The {doc} breaks a rule of EHF: {value}.",
        "Correct it on {card} or in the company settings in PowerOffice Go. {redo}",
    ),
    "credit_note_waits_for_invoice": (
        "The credit note waits until invoice {value} has been sent.",
        "You need not do anything; the credit note follows the invoice.",
    ),
    "customer_card_not_found": (
        "We do not find the customer card of the {doc} (customer no. {value}), so the {doc} is not sent.",
        "Check that the customer exists in PowerOffice Go and is neither archived nor deleted.",
    ),
    "email_refused": (
        "The recipient's mail server refused “{value}”. The {doc} is sent another way.",
        "Open {card} in PowerOffice Go and correct the invoice e-mail.",
    ),
    "source_account_remains": (
        "The client's own account number still stands in the {doc} ({part}), so the buyer may pay to the wrong account.",
        "Remove the account number from the text or the attachment in PowerOffice Go. {redo}",
    ),
    "changed_after_booking": (
        "The {doc} was changed in PowerOffice Go after it was booked at the factoring company.",
        "Check the change. If it shall stand: {redo}",
    ),
    "not_active_at_source": (
        "The {doc} is no longer active for factoring in PowerOffice Go (status: {value}).",
        "If the matter is settled, make the {doc} active again in PowerOffice Go, and it goes on by itself. If not: {redo}",
    ),
    "debtor_objected": (
        "The recipient has told us that something is wrong with the {doc}, so the letter that would follow the e-mail waits.",
        "Get in touch with the recipient, and close the objection on the client pages when it is settled. Then the letter goes on.",
    ),
}

CARD_TEXTS: Mapping[str, tuple[str, str]] = {
    "wrong_organisation_number": (
        "The customer's organisation number {value} is not valid.",
        "Open {card} in PowerOffice Go and correct the organisation number: nine digits, to be looked up at brreg.no.",
    ),
}
"""Where the sentence about a customer card is another than about a document."""
