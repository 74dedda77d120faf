"""How the debtor pays: the notice that says to whom, and the payment summary at the foot of the last page.

Account and reference are those of the first payment means and of no other place in the document.
"""

from __future__ import annotations

import re

from fakturabro.domain import documents, parties
from fakturabro.formats.invoice_pdf import sheet, typography
from fakturabro.formats.invoice_pdf.messages import Words

_KID = re.compile(r"\d{1,24}[\d-]")


def is_payable(invoice: documents.Invoice) -> bool:
    return invoice.kind == "invoice" and invoice.totals.payable > 0


def notice(invoice: documents.Invoice, recipient: parties.Recipient, words: Words) -> sheet.Notice | None:
    """The assignment notice and who is to be paid; None when the document says nothing of either."""
    text = (invoice.payment_terms or "").strip()
    if invoice.payee is None or not is_payable(invoice):
        return sheet.Notice(words["notice" if invoice.payee else "terms"], text, sheet.Payment()) if text else None
    facts = (_payee(invoice, words), *_organisation(invoice.payee, words), *_account(invoice, words), _reference(invoice, words))
    return sheet.Notice(words["notice"], text, sheet.Payment(facts, _from_abroad(invoice, recipient, words)))


def band(invoice: documents.Invoice, recipient: parties.Recipient, words: Words) -> sheet.Payment | None:
    """Payee, account, reference, due date and amount; None when nothing is to be paid."""
    if not is_payable(invoice):
        return None
    due = [sheet.Fact(words["due_date"], typography.date(invoice.due_date))] if invoice.due_date else []
    amount = sheet.Fact(f"{words['to_pay']} {invoice.currency}", typography.amount(invoice.totals.payable))
    facts = (_payee(invoice, words), *_account(invoice, words), _reference(invoice, words), *due, amount)
    return sheet.Payment(facts, _from_abroad(invoice, recipient, words))


def _payee(invoice: documents.Invoice, words: Words) -> sheet.Fact:
    name = invoice.payee.name if invoice.payee else invoice.seller.registration_name or invoice.seller.name
    return sheet.Fact(words["pay_to"], typography.line(name, 120))


def _organisation(payee: documents.Payee, words: Words) -> list[sheet.Fact]:
    if payee.company_id is None:
        return []
    return [sheet.Fact(words["organisation_number"], typography.organisation_number(typography.line(payee.company_id.value, 40)))]


def _means(invoice: documents.Invoice) -> documents.PaymentMeans:
    return invoice.payment_means[0] if invoice.payment_means else documents.PaymentMeans(code="")


def _account(invoice: documents.Invoice, words: Words) -> list[sheet.Fact]:
    """The account as it is used at home; nothing for an account abroad."""
    account = typography.account(typography.line(_means(invoice).account, 40))
    return [sheet.Fact(words["account"], account)] if account else []


def _from_abroad(invoice: documents.Invoice, recipient: parties.Recipient, words: Words) -> tuple[sheet.Fact, ...]:
    """IBAN and BIC of the same account, for a debtor abroad, another currency, or an account that has no other form."""
    means = _means(invoice)
    if not means.account or (typography.account(means.account) and not _is_foreign(invoice, recipient)):
        return ()
    pairs = ((words["iban"], typography.international_account(means.account)), (words["bic"], typography.line(means.branch, 40)))
    return tuple(sheet.Fact(label, value) for label, value in pairs if value)


def _is_foreign(invoice: documents.Invoice, recipient: parties.Recipient) -> bool:
    country = (recipient.address.country if recipient.address else None) or "NO"
    return invoice.currency != "NOK" or country.strip().upper() != "NO"


def _reference(invoice: documents.Invoice, words: Words) -> sheet.Fact:
    reference = typography.line(_means(invoice).payment_id, 60)
    if not reference:
        return sheet.Fact(words["mark_payment"], f"{words[invoice.kind]} {typography.line(invoice.number, 60)}")
    return sheet.Fact(words["kid" if _KID.fullmatch(reference) else "payment_reference"], reference)
