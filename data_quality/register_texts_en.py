"""What people read of customers, articles and projects in two systems, in English. See messages.TEXTS and register_texts_nb."""

from __future__ import annotations

from collections.abc import Mapping

_NEXT_RUN = "It is carried over in the next run."

ENTRIES: Mapping[str, tuple[str, str, str]] = {
    "entry_without_number": (
        "Without a number",
        "Without a number nothing can be linked between Severa and Fortnox.",
        f"Enter the number in Severa; of products, work types and travel expenses it is called identifier. {_NEXT_RUN}",
    ),
    "entry_without_name": ("Without a name", "The name is empty.", f"Enter the name. {_NEXT_RUN}"),
    "number_too_long": (
        "The number is too long",
        "The number has {value} characters, and Fortnox has room for {suggestion}.",
        f"Give it a shorter number in Severa. {_NEXT_RUN}",
    ),
    "number_with_refused_signs": (
        "The number has characters that Fortnox does not take",
        "The number has characters that Fortnox does not take ({value}).",
        f"Give it a number without these characters in Severa. {_NEXT_RUN}",
    ),
    "number_not_for_severa": (
        "The customer number cannot be used in Severa",
        "Customer number {value} cannot be used in Severa, which has only figures without noughts in front.",
        "Give the customer a new number in Fortnox, or make the customer in Severa with figures as its number and use that one.",
    ),
    "number_twice": (
        "The same number twice",
        "Several have the number {value}, and it is uncertain which of them belongs to the one in the other system.",
        f"Give each a number of its own. {_NEXT_RUN}",
    ),
    "number_changed": (
        "The number was changed in one of the systems",
        "The number is {value} now, but it is linked to number {suggestion} in the other system.",
        "Set the number back, or tell us if the two do not belong together any more. Nothing is made under the new number.",
    ),
    "inactive_on_one_side": (
        "Inactive in only one of the systems",
        "It is {value} in Severa, but {suggestion} in Fortnox.",
        f"Make it active or inactive in both. {_NEXT_RUN}",
    ),
    "article_name_differs": (
        "The same number, but another name",
        "The name is “{value}”, but what has the same number in the other system is called “{suggestion}”. Both number and name "
        "must be the same for them to be linked.",
        "If they are the same, give them the same name, or answer yes to the question on the approvals page. Otherwise one of them "
        "needs a new number.",
    ),
    "name_too_long": (
        "The name is too long",
        "The name has {value} characters, and Fortnox has room for {suggestion}.",
        f"Shorten the name. {_NEXT_RUN}",
    ),
    "name_with_refused_signs": (
        "The name has characters that Fortnox does not take",
        "The name has characters that Fortnox does not take ({value}).",
        f"Write the name without these characters. {_NEXT_RUN}",
    ),
    "unit_not_in_fortnox": (
        "The product's unit is not in Fortnox",
        "The unit “{value}” is not in Fortnox.",
        f"Add the unit with the code “{{value}}” in Fortnox, choose another one in Severa, or leave the field empty. {_NEXT_RUN}",
    ),
    "unit_in_another_case": (
        "The unit is written in another way in Fortnox",
        "The unit is “{value}” in Severa and “{suggestion}” in Fortnox. Capitals and small letters must be the same.",
        f"Write “{{suggestion}}” in Severa. {_NEXT_RUN}",
    ),
    "vat_rate_not_in_fortnox": (
        "The VAT rate is not in Fortnox",
        "The VAT rate of {value} per cent is none of those that Fortnox is set up with.",
        f"Correct the rate in Severa, or tell us if the company in Fortnox has other rates. {_NEXT_RUN}",
    ),
    "currency_not_in_severa": (
        "The customer's currency is not in Severa",
        "The currency {value} is not in use in Severa.",
        f"Put the currency into use in Severa, or choose another one in Fortnox. {_NEXT_RUN}",
    ),
    "terms_not_carried": (
        "The terms of payment are not in the other system",
        "The terms of payment {value} are not in the other system. All else is carried over.",
        "Add terms in Fortnox whose code is the number of days, or choose others.",
    ),
    "country_not_carried": (
        "The country is not in the other system",
        "The country {value} is not in Severa's list of countries. All else is carried over.",
        "Correct the country of the address.",
    ),
    "text_too_long": (
        "The text is too long for Fortnox",
        "Fortnox has room for {suggestion} characters in the field “{value}”, and the text is longer. All else is carried over.",
        "Shorten the text in Severa.",
    ),
    "text_with_refused_signs": (
        "The text has characters that Fortnox does not take",
        "The field “{value}” has characters that Fortnox does not take ({suggestion}). All else is carried over.",
        "Write the text in Severa without these characters.",
    ),
    "number_was_deleted": (
        "The number was used before and is deleted in Fortnox",
        "Number {value} was in use in Fortnox and is deleted there. Fortnox never lets it be used again.",
        f"Give the customer, product or project a new number in Severa. {_NEXT_RUN}",
    ),
    "refused_by_register": (
        "The other system said no",
        "The other system did not take it: {value}.",
        f"Correct what it says, or tell us. {_NEXT_RUN}",
    ),
    "judged_different": (
        "The same number, but a person said that they are different",
        "Number {value} is in both systems, and somebody has answered that they are two different ones.",
        f"Give one of them a new number. {_NEXT_RUN}",
    ),
}

FIELDS: Mapping[str, str] = {
    "RegisterNumber": "Number",
    "RegisterName": "Name",
    "RegisterState": "Active",
    "RegisterUnit": "Unit",
    "RegisterVat": "VAT",
    "RegisterCurrency": "Currency",
    "RegisterTerms": "Terms of payment",
    "RegisterCountry": "Country",
    "RegisterField": "Field",
}
STATES: Mapping[str, str] = {"active": "active", "inactive": "inactive"}
COLUMNS: Mapping[str, str] = {
    "Notater": "Notes",
    "E-post": "E-mail",
    "Telefon": "Telephone",
    "Webside": "Web page",
    "Mva-nummer": "VAT number",
    "Faktureringsadresse": "Billing address",
    "Postadresse": "Postal address",
    "Besøksadresse": "Visiting address",
    "Beskrivelse": "Description",
}
"""Fields of the field tables."""
