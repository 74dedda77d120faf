"""Which accounting systems work by file, directly or both, and what goes which way: the table behind the page of that name.

.venv/bin/python -c "from tasks.accounting import systems as a; print(a.page(), end='')" > docs/integrations/accounting_systems.md
"""

from __future__ import annotations

from typing import NamedTuple

_HEAD = """# Accounting systems: by file, directly, or both

This page is generated from `tasks/accounting/systems.py`; a test compares them. How files come and go, and what the guards do, is
in [bank.md](bank.md). What a vendor's document does not allow is said with the operation that one would look for in it.
"""


class Way(NamedTuple):
    """One thing that goes one way. `calls` are the operations that do it, `lacks` patterns of what its document does not have."""

    what: str
    how: str
    calls: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


class System(NamedTuple):
    """An accounting system, or a kind of them; `option` is its name in `accounting.system`, "file" where there is no API."""

    name: str
    by: str
    option: str
    ways: tuple[Way, ...]


_FILES = (
    Way("Payments out", "pain.001.001.03 or .09 in a folder; sent on byte for byte when all of it goes, written anew otherwise"),
    Way("What became of them", "the bank's own pain.002 and camt files, untouched, each once; or a CSV list (`return_form`)"),
    Way("Payments in", "OCR giro, camt.054 and camt.053, untouched, each once; the system settles its own open items"),
)
_LISTS = (
    Way("Payments out", "a payment list in CSV or Excel, one payment a row (layout in bank.md)"),
    Way("What became of them", "a CSV list with status, date and reason"),
    Way("Payments in", "none: such systems have no customers"),
)
SYSTEMS = (
    System("Any system with pain.001, camt or OCR files", "file", "file", _FILES),
    System("Any salary system or other with payment lists", "file", "file", _LISTS),
    System("Visma.net, Visma Business, Unit4, Severa", "file only, for now", "file", _FILES),
    System(
        "PowerOffice Go",
        "file or directly",
        "poweroffice",
        (
            Way(
                "Payments out",
                "posted and unpaid supplier invoices that fall due; KID, balance and due date from the invoice, account from the "
                "supplier (only where there is just one in use)",
                calls=("GET /IncomingInvoices", "GET /IncomingInvoices/{id}", "GET /Suppliers", "GET /ContactBankAccounts"),
            ),
            Way(
                "Approval there",
                "not possible: v2 lists posted invoices only and has no state of approval for payment. Approval is made "
                "before posting, in Go, and in the bank",
                lacks=("(POST|PUT|PATCH) /IncomingInvoices", "IncomingInvoices/.*[Aa]pprov"),
            ),
            Way(
                "Marking as sent, or as refused",
                "not possible: v2 has no remittance and writes nothing on a supplier invoice. Go makes remittance drafts of its "
                "own for suppliers with `Payout`: those are not paid from here unless `pays_remitted` says so",
                lacks=("[Rr]emittance", "(POST|PUT|PATCH) /IncomingInvoices"),
            ),
            Way(
                "What was paid",
                "a bank voucher each: the supplier's account against the bank's, with invoice number and KID, so that Go settles "
                "the open item. Known by ExternalImportReference, found again in AccountTransactions. A return is posted turned",
                calls=(
                    "POST /Vouchers/BankJournals",
                    "GET /AccountTransactions",
                    "GET /LockDateSettings",
                    "GET /GeneralLedgerAccounts",
                ),
            ),
            Way(
                "Payments in",
                "a bank voucher each on the customer's account, by KID or by what it was matched with, "
                "otherwise in suspense; not where Go itself has an "
                "agreement on incoming payments for the account",
                calls=("GET /OutgoingInvoices", "GET /Customers", "GET /ClientBankAccounts", "POST /Vouchers/BankJournals"),
            ),
        ),
    ),
    System(
        "Fortnox",
        "file or directly",
        "fortnox",
        (
            Way(
                "Payments out",
                "unpaid supplier invoices that are booked, approved and not under way from Fortnox itself; to an IBAN abroad or a "
                "Norwegian account. Bankgiro and plusgiro are not paid: a bank in Norway does not reach them",
                calls=(
                    "GET /3/supplierinvoices",
                    "GET /3/supplierinvoices/{GivenNumber}",
                    "GET /3/suppliers/{SupplierNumber}",
                ),
            ),
            Way(
                "Approval there",
                "respected: what stands in the list `authorizepending` is not fetched. We approve nothing in Fortnox",
                calls=("GET /3/supplierinvoices",),
            ),
            Way(
                "Marking as sent, or as refused",
                "not possible: `PaymentPending` is Fortnox's own, and no operation sets it",
                lacks=("/3/supplierinvoices.*pending", "/3/supplierinvoicepayments/.*(reject|send)"),
            ),
            Way(
                "What was paid",
                "a supplier payment each, registered and bookkept, if the invoice still owes as much. Known by invoice, day and "
                "amount: there is no field for a reference of ours",
                calls=(
                    "GET /3/supplierinvoicepayments",
                    "POST /3/supplierinvoicepayments",
                    "PUT /3/supplierinvoicepayments/{Number}/bookkeep",
                    "GET /3/settings/lockedperiod",
                ),
            ),
            Way(
                "What came back",
                "not possible: a bookkept payment can be removed, but no payment takes one back. A person books it",
                lacks=("/3/supplierinvoicepayments/.*(return|reverse|credit)",),
            ),
            Way(
                "Payments in",
                "a customer payment each, registered and bookkept, on the open invoice with that OCR number, up to what it owes. "
                "What is more, or has no invoice, waits: InvoicePayments need one",
                calls=("GET /3/invoices", "POST /3/invoicepayments", "PUT /3/invoicepayments/{Number}/bookkeep"),
            ),
        ),
    ),
)


def page() -> str:
    """The page, as Markdown."""
    return "\n".join([_HEAD, *_overview(), *(line for one in SYSTEMS if one.option != "file" for line in _section(one))])


def _overview() -> list[str]:
    lines = ["| system | works | payments out | what became of them | payments in |", "|---|---|---|---|---|"]
    for one in SYSTEMS:
        ways = {way.what: way.how for way in one.ways}
        back = ways.get("What became of them") or ways["What was paid"]
        cells = ("as below", "as below", "as below") if one.option != "file" else (ways["Payments out"], back, ways["Payments in"])
        lines.append(f"| {one.name} | {one.by} | {' | '.join(cells)} |")
    return [*lines, "", "PowerOffice Go and Fortnox work by file too, as any system that has the files.", ""]


def _section(system: System) -> list[str]:
    lines = [f"## {system.name} (`accounting.system: {system.option}`)", "", "| what | how | operations |", "|---|---|---|"]
    for way in system.ways:
        said = ", ".join(f"`{one}`" for one in way.calls) or "none: " + ", ".join(
            f"nothing like `{one}`".replace("|", "\\|") for one in way.lacks
        )
        lines.append(f"| {way.what} | {way.how} | {said} |")
    return [*lines, ""]
