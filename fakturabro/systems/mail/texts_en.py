"""What foreign debtors read in an e-mail, in English. The same keys stand in `texts_nb`; a test compares them."""

from __future__ import annotations

TEXTS = {
    "invoice": "Invoice {number}",
    "credit_note": "Credit note {number}",
    "subject": "{title} from {client}",
    "subject_reissued": "New link to {title_small} from {client}",
    "of": "Norwegian organisation number {organisation_number}",
    "amount_invoice": "Amount due",
    "amount_credit_note": "Amount credited",
    "due": "Due {date}",
    "no_payment": "Nothing to pay",
    "of_invoice": "Credits invoice {number}",
    "hello": "Hello,",
    "lead_link_invoice": "You have an invoice from {client}. Open it with the link and the code.",
    "lead_link_credit_note": "You have a credit note from {client}. Open it with the link and the code.",
    "lead_reissued_invoice": "Here are a new link and a new code for the invoice from {client}. The ones you had no longer work.",
    "lead_reissued_credit_note": "Here are a new link and a new code for the credit note from {client}. The ones you had no longer "
    "work.",
    "lead_attached_invoice": "You have an invoice from {client}. It is attached to this e-mail as a PDF.",
    "lead_attached_credit_note": "You have a credit note from {client}. It is attached to this e-mail as a PDF.",
    "credit": "The amount has been credited to you. There is nothing to pay for the credit note.",
    "code": "Your code",
    "open_invoice": "Open the invoice",
    "open_credit_note": "Open the credit note",
    "by_hand": "Is the button not working? Copy this address into your browser:",
    "letter_invoice": "If the invoice has not been opened within {days}, we will send it by post.",
    "letter_credit_note": "If the credit note has not been opened within {days}, we will send it by post.",
    "valid": "The link works until the end of {date}.",
    "day": "{count}\u00a0day",
    "days": "{count}\u00a0days",
    "working_day": "{count} working day",
    "working_days": "{count} working days",
    "payment": "Payment",
    "account": "Account",
    "kid": "Payment reference (KID)",
    "payee": "Payee",
    "wrong_title": "Is something wrong?",
    "wrong_link_invoice": "Open the invoice and choose “Something is wrong with the invoice”. {client} and the factoring company "
    "will be told, and no letter will be sent while they look into it.",
    "wrong_link_credit_note": "Reply to this e-mail{address}. Your reply goes to {client}.",
    "wrong_attached": "Reply to this e-mail{address}. Your reply goes to {client}.",
    "genuine_title": "Not sure this e-mail is genuine?",
    "genuine": "Call {client} on a number that you find yourself{register}. Never give a password or a card number to open an "
    "invoice.",
    "register": ", for example by looking up the organisation number at brreg.no",
    "sent_for": "Sent on behalf of {client}. Payment goes to {payee}.",
    "sent_for_client": "Sent on behalf of {client}.",
    "regards": "Kind regards",
}
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
DATE = "{day} {month} {year}"
