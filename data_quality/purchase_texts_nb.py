"""What people read of suppliers' costs and their pictures, in bokmål: the rule's name, what is wrong, what to do."""

from __future__ import annotations

from collections.abc import Mapping

_NEXT_RUN = "Kostnaden føres ved neste kjøring."

COSTS: Mapping[str, tuple[str, str, str]] = {
    "purchase_not_booked": (
        "Leverandørfakturaen er ikke bokført",
        "Leverandørfakturaen er ikke bokført i Fortnox.",
        f"Du trenger ikke gjøre noe: {_NEXT_RUN[0].lower()}{_NEXT_RUN[1:-1]} etter at fakturaen er bokført.",
    ),
    "purchase_without_number": (
        "Leverandørfaktura uten fakturanummer",
        "Leverandørfakturaen har ikke leverandørens fakturanummer, som skal stå i prosjektkostnadens beskrivelse.",
        f"Legg inn fakturanummeret i Fortnox. {_NEXT_RUN}",
    ),
    "purchase_without_date": (
        "Leverandørfaktura uten fakturadato",
        "Leverandørfakturaen har ikke fakturadato, som skal være kostnadens dato.",
        f"Legg inn fakturadatoen i Fortnox. {_NEXT_RUN}",
    ),
    "purchase_without_supplier": (
        "Leverandørfaktura uten leverandørnavn",
        "Leverandøren har ikke navn i Fortnox, og navnet mangler i kostnadens beskrivelse.",
        "Legg inn navnet på leverandøren i Fortnox.",
    ),
    "cost_project_missing": (
        "Prosjektet finnes ikke i Severa",
        "Kostnaden er ført på prosjekt {value} i Fortnox, som ikke finnes i Severa.",
        f"Før kostnaden på et prosjekt som finnes i Severa, eller opprett prosjektet i Severa med dette nummeret. {_NEXT_RUN}",
    ),
    "cost_project_closed": (
        "Prosjektet er lukket i Severa",
        "Kostnaden er ført på prosjekt {value}, som er lukket i Severa.",
        f"Åpne prosjektet i Severa, eller før kostnaden på et annet prosjekt i Fortnox. {_NEXT_RUN}",
    ),
    "cost_product_missing": (
        "Produktet finnes ikke i Severa",
        "Kostnaden skal ha produktet med kode {value}, som ikke finnes blant produktene i Severa.",
        "Opprett produktet i Severa med denne koden, eller rett artikkelnummeret på raden i Fortnox. Gjelder det "
        f"standardproduktet, kan et annet velges i innstillingene. {_NEXT_RUN}",
    ),
    "cost_product_inactive": (
        "Produktet er ikke i bruk i Severa",
        "Kostnaden skal ha produktet med kode {value}, som er inaktivt i Severa.",
        f"Gjør produktet aktivt i Severa, eller velg en annen artikkel på raden i Fortnox. {_NEXT_RUN}",
    ),
    "cost_product_without_vat": (
        "Produktet har ikke mva-sats i Severa",
        "Mva på kostnaden er den som produktet har, men produktet har ingen mva-sats i Severa.",
        "Legg inn mva-sats på produktet i Severa, og se over mva på kostnaden før den faktureres.",
    ),
    "cost_unclear_in_severa": (
        "Severa sier ikke hvilket prosjekt eller produkt det er",
        "Kostnaden kan ikke føres på prosjektet i Severa: {value}.",
        f"Rett prosjektet eller produktet i Severa. {_NEXT_RUN}",
    ),
    "purchase_rate_of_one": (
        "Leverandørfaktura i fremmed valuta med kurs 1",
        "Leverandørfakturaen er i en annen valuta enn kroner, men har kurs {value}. Da er kronebeløpet neppe riktig.",
        f"Rett kursen på leverandørfakturaen i Fortnox. {_NEXT_RUN}",
    ),
    "cost_currency_missing": (
        "Valutaen finnes ikke i Severa",
        "Kostnaden er i {value}, som ikke er blant valutaene i Severa.",
        f"Legg til valutaen i Severa. {_NEXT_RUN}",
    ),
    "cost_on_invoice": (
        "Kostnaden er fakturert, og er endret etterpå",
        "Kostnaden står på en faktura i Severa og kan ikke endres der. I Fortnox er den endret. Endringen i beløp er ført som en "
        "ny kostnad på {value}.",
        "Se om kunden skal ha en ny faktura eller en kreditnota for forskjellen.",
    ),
    "cost_removed_in_severa": (
        "Kostnaden er slettet i Severa",
        "Kostnaden er slettet på prosjektet i Severa, og er endret i Fortnox etterpå. Den føres ikke igjen.",
        "Skal prosjektet ha kostnaden likevel, må den føres for hånd i Severa.",
    ),
}
FILES: Mapping[str, tuple[str, str, str]] = {
    "picture_left_out": (
        "Vedlegg er ikke tatt med i PDF-en",
        "Av filene til leverandørfakturaen er disse ikke med i PDF-en: nr. {value} i rekken. Navn og grunn står i loggen.",
        "Legg dem på prosjektet i Severa for hånd om de trengs. De ligger i Fortnox.",
    ),
    "picture_unreadable": (
        "Leverandørfakturaens bilder kan ikke leses",
        "Ingen av filene til leverandørfakturaen kan gjøres om til PDF (nr. {value} i rekken).",
        "Legg et lesbart bilde på leverandørfakturaen i Fortnox, eller en PDF på prosjektet i Severa for hånd.",
    ),
}
FIELDS: Mapping[str, str] = {
    "Booked": "Bokført",
    "InvoiceNumber": "Fakturanummer",
    "InvoiceDate": "Fakturadato",
    "SupplierName": "Leverandør",
    "CostProject": "Prosjekt",
    "CostProduct": "Artikkel",
    "CurrencyRate": "Valutakurs",
    "Fee": "Prosjektkostnad",
    "Picture": "Vedlegg",
}
