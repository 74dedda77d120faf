"""What Fortnox's registers are called, which fields they have, how long a text may be, and what is filled in.

Source: fortnox-v3.openapi.json (fortnox_Customer, fortnox_Article, fortnox_Project; a contract test holds names and lengths to it).
Assumed: what is filled in where nothing is said.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, NamedTuple


class Register(NamedTuple):
    """A register: where it is, what one and many are called, its key, the lengths of its texts, and what else may be sent."""

    path: str
    one: str
    many: str
    number: str
    required: str
    lengths: dict[str, int]
    others: dict[str, type]
    listed: tuple[str, ...]
    filters: tuple[str, ...]


_LONG = (
    *("CustomerNumber", "Name", "Comments", "Email", "EmailInvoice", "Phone1", "Phone2", "Address1", "Address2", "City"),
    *("DeliveryAddress1", "DeliveryAddress2", "DeliveryCity", "DeliveryName"),
)
CUSTOMERS = Register(
    path="/customers",
    one="Customer",
    many="Customers",
    number="CustomerNumber",
    required="Name",
    lengths=dict.fromkeys(_LONG, 1024)
    | dict.fromkeys(("VisitingAddress", "VisitingCity", "VisitingCountry", "WWW"), 128)
    | dict.fromkeys(("ZipCode", "DeliveryZipCode", "VisitingZipCode"), 10)
    | dict.fromkeys(("CountryCode", "DeliveryCountryCode", "VisitingCountryCode"), 2)
    | {"Currency": 3, "GLN": 13, "OrganisationNumber": 30, "VATNumber": 30, "VATType": 20, "TermsOfPayment": 25, "Type": 10},
    others={"Active": bool},
    listed=("Address1", "Address2", "City", "CustomerNumber", "Email", "Name", "OrganisationNumber", "ZipCode"),
    filters=("filter", "customernumber", "name", "organisationnumber", "email", "city", "zipcode", "phone", "gln"),
)
ARTICLES = Register(
    path="/articles",
    one="Article",
    many="Articles",
    number="ArticleNumber",
    required="Description",
    lengths={"ArticleNumber": 50, "Description": 200, "EAN": 30, "Note": 10_000, "Type": 10, "Unit": 20},
    others={"Active": bool, "VAT": Decimal, "PurchasePrice": Decimal, "SalesAccount": int},
    listed=("ArticleNumber", "Description", "Unit", "EAN"),
    filters=("filter", "articlenumber", "description", "ean"),
)
PROJECTS = Register(
    path="/projects",
    one="Project",
    many="Projects",
    number="ProjectNumber",
    required="Description",
    lengths={"ProjectNumber": 20, "Description": 50, "Comments": 512, "ContactPerson": 50, "ProjectLeader": 50, "Status": 10},
    others={"StartDate": dt.date, "EndDate": dt.date},
    listed=("ProjectNumber", "Description", "Status", "StartDate", "EndDate"),
    filters=(),
)
CHOICES = {
    "Type": {"PRIVATE", "COMPANY", "STOCK", "SERVICE"},
    "Status": {"NOTSTARTED", "ONGOING", "COMPLETED"},
    "VATType": {"SEVAT", "SEREVERSEDVAT", "EUREVERSEDVAT", "EUVAT", "EXPORT"},
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "Customer": {"Active": True, "Currency": "SEK", "TermsOfPayment": "30", "CountryCode": "SE", "VATType": "SEVAT"},
    "Article": {"Active": True, "Type": "STOCK", "VAT": Decimal(25)},
    "Project": {"Status": "NOTSTARTED"},
}
