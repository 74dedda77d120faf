"""How the debtor pays: the notice that says to whom, and the payment slip at the foot of the last page.

Account and reference are those of the first payment means and of no other place in the document.
"""

from __future__ import annotations

import re

from fakturabro.domain import documents, languages, parties
from fakturabro.formats.invoice_pdf import sheet, typography
from fakturabro.formats.invoice_pdf.messages import Language, Words

_KID = re.compile(r"\d{1,24}[\d-]")


def is_payable(invoice: documents.Invoice) -> bool:
    return invoice.kind == "invoice" and invoice.totals.payable > 0


def notice(invoice: documents.Invoice, words: Words) -> sheet.Notice | None:
    """The assignment notice; on a credit note that there is nothing to pay; None when there is nothing to say."""
    if invoice.kind == "credit_note":
        return sheet.Notice(words["about_credit"], _credit(invoice, words))
    text = (invoice.payment_terms or "").strip()
    return sheet.Notice(words["notice" if invoice.payee else "terms"], text) if text else None


def slip(invoice: documents.Invoice, recipient: parties.Recipient, words: Words, language: Language) -> sheet.Slip | None:
    """Payee, payer, due date; reference, amount, account; IBAN and BIC. None when nothing is to be paid."""
    if not is_payable(invoice):
        return None
    due = (sheet.Fact(words["due_date"], typography.date(invoice.due_date, language)),) if invoice.due_date else ()
    payer = sheet.Fact(words["paid_by"], typography.line(recipient.name, 120))
    amount = sheet.Fact(f"{words['to_pay']} {invoice.currency}", typography.amount(invoice.totals.payable, language))
    reference, abroad = _reference(invoice, words), _abroad(invoice, recipient, words)
    return sheet.Slip(
        hint=_hint(reference, words),
        parties=(_payee(invoice, words), payer, *due),
        boxes=(reference, amount, *_account(invoice, words, is_needed=invoice.currency == "NOK" or not abroad)),
        abroad=abroad,
    )


def _credit(invoice: documents.Invoice, words: Words) -> str:
    numbers = typography.line(", ".join(part.number for part in invoice.preceding), 200)
    text = words["credit_of"].format(number=numbers) if numbers else words["credit"]
    return f"{text} {words['credited_by'].format(payee=typography.line(invoice.payee.name, 120))}" if invoice.payee else text


def _payee(invoice: documents.Invoice, words: Words) -> sheet.Fact:
    payee = invoice.payee
    if payee is None:
        return sheet.Fact(words["pay_to"], typography.line(invoice.seller.registration_name or invoice.seller.name, 120))
    name = typography.line(payee.name, 120)
    if payee.company_id is None:
        return sheet.Fact(words["pay_to"], name)
    number = typography.organisation_number(typography.line(payee.company_id.value, 40))
    return sheet.Fact(words["pay_to"], f"{name}\n{words['organisation_number']} {number}")


def _means(invoice: documents.Invoice) -> documents.PaymentMeans:
    return invoice.payment_means[0] if invoice.payment_means else documents.PaymentMeans(code="")


def _account(invoice: documents.Invoice, words: Words, *, is_needed: bool) -> tuple[sheet.Fact, ...]:
    """The account as it is used at home; nothing for an account abroad, or where only the IBAN is of use."""
    account = typography.account(typography.line(_means(invoice).account, 40))
    return (sheet.Fact(words["account"], account),) if account and is_needed else ()


def _abroad(invoice: documents.Invoice, recipient: parties.Recipient, words: Words) -> tuple[sheet.Fact, ...]:
    """IBAN and BIC of the same account, for a debtor abroad, another currency, or an account that has no other form."""
    means = _means(invoice)
    is_foreign = invoice.currency != "NOK" or languages.is_abroad(recipient)
    if not means.account or (typography.account(means.account) and not is_foreign):
        return ()
    iban = typography.international_account(means.account)
    if not iban:
        return ()
    bic = typography.line(means.branch, 40)
    return (sheet.Fact(words["iban"], iban), *((sheet.Fact(words["bic"], bic),) if bic else ()))


def _reference(invoice: documents.Invoice, words: Words) -> sheet.Fact:
    """A KID is one in kroner only: a payment in another currency carries it as any other reference."""
    reference = typography.line(_means(invoice).payment_id, 60)
    if not reference:
        return sheet.Fact(words["mark_payment"], f"{words[invoice.kind]} {typography.line(invoice.number, 60)}")
    is_kid = invoice.currency == "NOK" and _KID.fullmatch(reference)
    return sheet.Fact(words["kid" if is_kid else "payment_reference"], reference)


def _hint(reference: sheet.Fact, words: Words) -> str:
    if reference.label == words["kid"]:
        return words["state_kid"]
    return words["state_reference"] if reference.label == words["payment_reference"] else ""
