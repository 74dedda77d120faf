"""What people read of suppliers' costs and their pictures, in English: the rule's name, what is wrong, what to do."""

from __future__ import annotations

from collections.abc import Mapping

_NEXT_RUN = "The cost is carried in the next run."

COSTS: Mapping[str, tuple[str, str, str]] = {
    "purchase_not_booked": (
        "The supplier's invoice is not booked",
        "The supplier's invoice is not booked in Fortnox.",
        "Nothing is needed: the cost is carried in the next run after the invoice is booked.",
    ),
    "purchase_without_number": (
        "Supplier's invoice without invoice number",
        "The supplier's invoice lacks the supplier's own invoice number, which belongs in the description of the project cost.",
        f"Fill in the invoice number in Fortnox. {_NEXT_RUN}",
    ),
    "purchase_without_date": (
        "Supplier's invoice without invoice date",
        "The supplier's invoice has no invoice date, which is to be the date of the cost.",
        f"Fill in the invoice date in Fortnox. {_NEXT_RUN}",
    ),
    "purchase_without_supplier": (
        "Supplier's invoice without supplier's name",
        "The supplier has no name in Fortnox, and the description of the cost lacks it.",
        "Fill in the supplier's name in Fortnox.",
    ),
    "cost_project_missing": (
        "The project is not in Severa",
        "The cost is on project {value} in Fortnox, which is not in Severa.",
        f"Post the cost on a project that is in Severa, or make the project in Severa with this number. {_NEXT_RUN}",
    ),
    "cost_project_closed": (
        "The project is closed in Severa",
        "The cost is on project {value}, which is closed in Severa.",
        f"Open the project in Severa, or post the cost on another project in Fortnox. {_NEXT_RUN}",
    ),
    "cost_product_missing": (
        "The product is not in Severa",
        "The cost is to have the product with code {value}, which is not among Severa's products.",
        "Make the product in Severa with this code, or correct the article number on the row in Fortnox. If it is the default "
        f"product, another one can be chosen in the settings. {_NEXT_RUN}",
    ),
    "cost_product_inactive": (
        "The product is not in use in Severa",
        "The cost is to have the product with code {value}, which is inactive in Severa.",
        f"Make the product active in Severa, or choose another article on the row in Fortnox. {_NEXT_RUN}",
    ),
    "cost_product_without_vat": (
        "The product has no VAT rate in Severa",
        "The cost has the VAT of its product, but the product has no VAT rate in Severa.",
        "Fill in the VAT rate of the product in Severa, and look at the VAT of the cost before it is invoiced.",
    ),
    "cost_unclear_in_severa": (
        "Severa does not say which project or product it is",
        "The cost cannot be put on its project in Severa: {value}.",
        f"Correct the project or the product in Severa. {_NEXT_RUN}",
    ),
    "purchase_rate_of_one": (
        "Supplier's invoice in a foreign currency with a rate of 1",
        "The supplier's invoice is not in kronor, but has a rate of {value}. The amount in kronor is then hardly right.",
        f"Correct the rate of the supplier's invoice in Fortnox. {_NEXT_RUN}",
    ),
    "cost_currency_missing": (
        "The currency is not in Severa",
        "The cost is in {value}, which is not among Severa's currencies.",
        f"Add the currency in Severa. {_NEXT_RUN}",
    ),
    "cost_on_invoice": (
        "The cost is invoiced, and was changed afterwards",
        "The cost stands on an invoice in Severa and cannot be changed there. It was changed in Fortnox. The change of the amount "
        "was made a new cost of {value}.",
        "See whether the customer shall have another invoice or a credit note for the difference.",
    ),
    "cost_removed_in_severa": (
        "The cost was deleted in Severa",
        "The cost was deleted on the project in Severa, and was changed in Fortnox afterwards. It is not carried again.",
        "If the project shall have the cost after all, it has to be entered by hand in Severa.",
    ),
}
FILES: Mapping[str, tuple[str, str, str]] = {
    "picture_left_out": (
        "Attachments are not in the PDF",
        "Of the files of the supplier's invoice these are not in the PDF: no. {value} in order. Name and reason stand in the log.",
        "Put them on the project in Severa by hand if they are needed. They are in Fortnox.",
    ),
    "picture_unreadable": (
        "The pictures of the supplier's invoice cannot be read",
        "None of the files of the supplier's invoice can be made a PDF (no. {value} in order).",
        "Put a picture that can be read on the supplier's invoice in Fortnox, or a PDF on the project in Severa by hand.",
    ),
}
FIELDS: Mapping[str, str] = {
    "Booked": "Booked",
    "InvoiceNumber": "Invoice number",
    "InvoiceDate": "Invoice date",
    "SupplierName": "Supplier",
    "CostProject": "Project",
    "CostProduct": "Article",
    "CurrencyRate": "Currency rate",
    "Fee": "Project cost",
    "Picture": "Attachment",
}
