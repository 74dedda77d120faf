"""What people read of sales invoices from Severa to Fortnox, in English: the rule's name, what is wrong, what to do."""

from __future__ import annotations

from collections.abc import Mapping

_NEXT_RUN = "It goes in the next run."
_MEND = f"Correct the invoice in Severa. {_NEXT_RUN}"

SALES_INVOICES: Mapping[str, tuple[str, str, str]] = {
    "invoice_without_date": ("Invoice without date", "{Doc} has no date.", _MEND),
    "invoice_without_due_date": ("Invoice without due date", "{Doc} has no due date.", _MEND),
    "invoice_in_locked_period": (
        "The invoice date is in a locked period",
        "{Doc} is dated {value}, and Fortnox is locked up to and including {suggestion}.",
        f"Give {{doc}} a date in an open period in Severa, or unlock the period in Fortnox. {_NEXT_RUN}",
    ),
    "invoice_without_number": (
        "Invoice without number",
        "{Doc} got no number in Severa, and Severa is to number the invoices.",
        "Switch on invoice numbers for the status in Severa (Settings > Invoicing > Invoice statuses), and give the invoice the "
        "status anew.",
    ),
    "invoice_before_first": (
        "Number before the first that is transferred",
        "{Doc} has the number {value}, which comes before the first invoice number that is transferred.",
        "See whether it is in Fortnox already. If it is, give it another status in Severa. If it is to be transferred, ask us to "
        "set the first number lower.",
    ),
    "invoice_customer_missing": (
        "The customer is not in Fortnox",
        "Customer {value} was not transferred to Fortnox.",
        f"See what the transfer log says of the customer, and mend it. {_NEXT_RUN}",
    ),
    "invoice_without_customer": ("Invoice without customer", "{Doc} has no customer.", _MEND),
    "invoice_without_currency": ("Invoice without currency", "{Doc} has no currency.", _MEND),
    "invoice_without_rate": (
        "Currency without rate",
        "{Doc} is in {value}, and its rate is missing or 1.",
        f"Set the rate on the invoice in Severa, or ask us to set a fixed rate. {_NEXT_RUN}",
    ),
    "invoice_without_rows": ("Invoice without rows", "{Doc} has no rows.", _MEND),
    "invoice_too_many_rows": (
        "Too many rows",
        "{Doc} comes to {value} rows in Fortnox, which takes 500.",
        "Put rows together in Severa, or divide the invoice in two.",
    ),
    "invoice_sum_differs": (
        "The rows come to another sum in Fortnox",
        "The invoice comes to {value} without VAT. With each row rounded, as in Fortnox, it is {suggestion}.",
        f"Round quantity or price of the rows in Severa, so that the sums are equal. {_NEXT_RUN}",
    ),
    "invoice_vat_differs": (
        "The rows come to another VAT in Fortnox",
        "The invoice's VAT is {value}. In Fortnox it may become {suggestion}, as rounding goes.",
        f"Round quantity or price of the rows in Severa, or tell us that some øre do not matter. {_NEXT_RUN}",
    ),
    "invoice_credit_sign": (
        "Credit note with a positive amount",
        "The credit note has the amount {value}, and should have a minus.",
        "Tell us: then we must see how Severa states credit notes.",
    ),
    "invoice_waits_for_original": (
        "Credit note waits for its invoice",
        "The credit note is about invoice {value}, which was not transferred yet.",
        "There is nothing to do. It goes after the invoice.",
    ),
    "invoice_original_unknown": (
        "Credit note of an earlier invoice",
        "The credit note is about invoice {value}, which was not transferred from here.",
        "Connect the credit note to the invoice in Fortnox.",
    ),
    "invoice_row_without_amount": ("Row without amount", "A row has no quantity or no price.", _MEND),
    "invoice_row_too_long_amount": ("Number with too many digits", "The number {value} has more digits than Fortnox takes.", _MEND),
    "invoice_row_without_vat": ("Row without VAT rate", "A row has no VAT rate.", _MEND),
    "invoice_row_odd_vat": (
        "VAT rate that Fortnox does not have",
        "A row has {value} % VAT, which is no rate of the client's country.",
        _MEND,
    ),
    "invoice_row_vat_needs_account": (
        "VAT rate that needs an account",
        "A row has {value} % VAT, which is no Swedish rate. Fortnox asks for an account then.",
        f"Ask us to set the account of such rows. {_NEXT_RUN}",
    ),
    "invoice_row_unit_missing": (
        "The unit is not in Fortnox",
        "The unit {value} is not in Fortnox. The nearest there: {suggestion}.",
        f"Make the unit in Fortnox, or write it alike in Severa. {_NEXT_RUN}",
    ),
    "invoice_row_article_missing": (
        "Row without one known article",
        "A row has {value}, which is not one article in Fortnox.",
        f"Divide the row, or get the product into Fortnox, or ask us to book such rows on a fixed account. {_NEXT_RUN}",
    ),
    "invoice_row_project_missing": (
        "The project is not in Fortnox",
        "Project {value} was not transferred to Fortnox.",
        f"See what the transfer log says of the project, and mend it. {_NEXT_RUN}",
    ),
    "invoice_row_several_projects": (
        "Row with several projects",
        "A row is made of the projects {value}. It goes without a project.",
        "Set the project on the row in Fortnox, or divide it in Severa.",
    ),
    "invoice_text_too_long": ("Text too long", "Fortnox has no room for {value}. A text of an invoice is never cut.", _MEND),
    "invoice_signs_refused": ("Signs that Fortnox does not take", "Fortnox does not take these signs: {value}.", _MEND),
    "invoice_refused": (
        "Fortnox refused the invoice",
        "Fortnox refused {doc} with the words “{value}”.",
        "Mend what Fortnox says, there or in Severa. It is tried again in the next run.",
    ),
    "invoice_withdrawn": (
        "The invoice was taken back in Severa",
        "{Doc} got the status {value} in Severa before it was transferred.",
        "There is nothing to do. Give it the status that is transferred if it is to go to Fortnox.",
    ),
    "invoice_not_moved": (
        "The invoice did not get its new status in Severa",
        "{Doc} is in Fortnox, but did not get its number or status in Severa: {value}.",
        "Correct the number in Severa, or give the invoice the status that is transferred again. Status and number are tried anew "
        "in the next run, and the invoice is not transferred twice.",
    ),
    "invoice_changed_after_transfer": (
        "Changed after the transfer",
        "{Doc} was changed or moved back in Severa after it was transferred to Fortnox as {value}.",
        "Correct the invoice in Fortnox too, or credit it in Severa. It is not transferred again.",
    ),
    "invoice_cancelled_in_fortnox": (
        "Cancelled in Fortnox",
        "{Doc} was cancelled in Fortnox ({value}).",
        "Take the invoice back in Severa too. It is not transferred again.",
    ),
}
FIELDS: Mapping[str, str] = {
    "date": "Invoice date",
    "dueDate": "Due date",
    "number": "Invoice number",
    "billingCustomer": "Customer",
    "currency": "Currency",
    "currencyRate": "Rate",
    "invoiceRows": "Invoice rows",
    "totalExcludingTax": "Total without VAT",
    "totalTax": "VAT",
    "totalIncludingTax": "Total with VAT",
    "reimburseInvoice": "Invoice that is credited",
    "unitPrice": "Price",
    "quantity": "Quantity",
    "vatRate": "VAT rate",
    "measurementUnit": "Unit",
    "code": "Product",
    "project": "Project",
    "notes": "Invoice text",
    "status": "Invoice status",
}
