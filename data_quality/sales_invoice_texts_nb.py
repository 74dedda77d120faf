"""What people read of sales invoices from Severa to Fortnox, in bokmål: the rule's name, what is wrong, what to do."""

from __future__ import annotations

from collections.abc import Mapping

_NEXT_RUN = "Den overføres ved neste kjøring."
_MEND = f"Rett fakturaen i Severa. {_NEXT_RUN}"

SALES_INVOICES: Mapping[str, tuple[str, str, str]] = {
    "invoice_without_date": ("Faktura uten dato", "{Doc} har ingen fakturadato.", _MEND),
    "invoice_without_due_date": ("Faktura uten forfall", "{Doc} har ingen forfallsdato.", _MEND),
    "invoice_in_locked_period": (
        "Fakturadatoen er i en låst periode",
        "{Doc} er datert {value}, og Fortnox er låst til og med {suggestion}.",
        f"Gi {{doc}} en dato i en åpen periode i Severa, eller lås opp perioden i Fortnox. {_NEXT_RUN}",
    ),
    "invoice_without_number": (
        "Faktura uten nummer",
        "{Doc} har ikke fått nummer i Severa, og Severa skal gi fakturanumrene.",
        "Slå på fakturanummer for statusen i Severa (Innstillinger > Fakturering > Fakturastatuser), og gi fakturaen statusen på "
        "nytt.",
    ),
    "invoice_before_first": (
        "Nummer før det første som overføres",
        "{Doc} har nummer {value}, som kommer før det første fakturanummeret som overføres.",
        "Se etter om den står i Fortnox fra før. Gjør den det, så gi den en annen status i Severa. Skal den overføres, så be oss "
        "sette det første nummeret ned.",
    ),
    "invoice_customer_missing": (
        "Kunden finnes ikke i Fortnox",
        "Kunde {value} er ikke overført til Fortnox.",
        f"Se hva som står om kunden i overføringsloggen, og rett det. {_NEXT_RUN}",
    ),
    "invoice_without_customer": ("Faktura uten kunde", "{Doc} har ingen kunde.", _MEND),
    "invoice_without_currency": ("Faktura uten valuta", "{Doc} har ingen valuta.", _MEND),
    "invoice_without_rate": (
        "Valuta uten kurs",
        "{Doc} er i {value}, og kursen mangler eller er 1.",
        f"Sett kursen på fakturaen i Severa, eller be oss legge inn en fast kurs. {_NEXT_RUN}",
    ),
    "invoice_without_rows": ("Faktura uten rader", "{Doc} har ingen rader.", _MEND),
    "invoice_too_many_rows": (
        "For mange rader",
        "{Doc} blir til {value} rader i Fortnox, som tar 500.",
        "Slå sammen rader i Severa, eller del fakturaen i to.",
    ),
    "invoice_sum_differs": (
        "Radene gir en annen sum i Fortnox",
        "Fakturaens sum uten mva er {value}. Med hver rad avrundet til øret, som i Fortnox, blir den {suggestion}.",
        f"Rund av antall eller pris på radene i Severa, så summene blir like. {_NEXT_RUN}",
    ),
    "invoice_vat_differs": (
        "Radene gir en annen mva i Fortnox",
        "Fakturaens mva er {value}. I Fortnox kan den bli {suggestion}, etter hvordan øre rundes av.",
        f"Rund av antall eller pris på radene i Severa, eller si fra til oss at noen øre ikke gjør noe. {_NEXT_RUN}",
    ),
    "invoice_credit_sign": (
        "Kreditnota med positivt beløp",
        "Kreditnotaen har beløpet {value}, men skal ha minus.",
        "Si fra til oss: da må vi se hvordan Severa oppgir kreditnotaer.",
    ),
    "invoice_waits_for_original": (
        "Kreditnota venter på fakturaen",
        "Kreditnotaen gjelder faktura {value}, som ikke er overført ennå.",
        "Du trenger ikke gjøre noe. Den overføres etter fakturaen.",
    ),
    "invoice_original_unknown": (
        "Kreditnota til en faktura fra før",
        "Kreditnotaen gjelder faktura {value}, som ikke er overført herfra.",
        "Knytt kreditnotaen til fakturaen i Fortnox.",
    ),
    "invoice_row_without_amount": ("Rad uten beløp", "En rad mangler antall eller pris.", _MEND),
    "invoice_row_too_long_amount": ("Tall med for mange siffer", "Tallet {value} har flere siffer enn Fortnox tar.", _MEND),
    "invoice_row_without_vat": ("Rad uten mva-sats", "En rad har ingen mva-sats.", _MEND),
    "invoice_row_odd_vat": (
        "Mva-sats som Fortnox ikke har",
        "En rad har {value} % mva, som ikke er en sats i klientens land.",
        _MEND,
    ),
    "invoice_row_vat_needs_account": (
        "Mva-sats som krever konto",
        "En rad har {value} % mva, som ikke er en svensk sats. Fortnox krever da en konto.",
        f"Be oss legge inn kontoen for slike rader. {_NEXT_RUN}",
    ),
    "invoice_row_unit_missing": (
        "Enheten finnes ikke i Fortnox",
        "Enheten {value} finnes ikke i Fortnox. Nærmeste der: {suggestion}.",
        f"Opprett enheten i Fortnox, eller skriv den likt i Severa. {_NEXT_RUN}",
    ),
    "invoice_row_article_missing": (
        "Rad uten én kjent artikkel",
        "En rad har {value}, som ikke er én artikkel i Fortnox.",
        f"Del raden, eller få produktet over i Fortnox, eller be oss føre slike rader på en fast konto. {_NEXT_RUN}",
    ),
    "invoice_row_project_missing": (
        "Prosjektet finnes ikke i Fortnox",
        "Prosjekt {value} er ikke overført til Fortnox.",
        f"Se hva som står om prosjektet i overføringsloggen, og rett det. {_NEXT_RUN}",
    ),
    "invoice_row_several_projects": (
        "Rad med flere prosjekter",
        "En rad er satt sammen av prosjektene {value}. Den overføres uten prosjekt.",
        "Sett prosjektet på raden i Fortnox, eller del den i Severa.",
    ),
    "invoice_text_too_long": ("For lang tekst", "Fortnox har ikke plass til {value}. En fakturatekst kortes aldri.", _MEND),
    "invoice_signs_refused": ("Tegn som Fortnox ikke tar", "Fortnox tar ikke imot disse tegnene: {value}.", _MEND),
    "invoice_refused": (
        "Fortnox avviste fakturaen",
        "Fortnox avviste {doc} med ordene «{value}».",
        "Rett det Fortnox sier, der eller i Severa. Den prøves igjen ved neste kjøring.",
    ),
    "invoice_withdrawn": (
        "Fakturaen er tatt tilbake i Severa",
        "{Doc} har fått status {value} i Severa før den ble overført.",
        "Du trenger ikke gjøre noe. Gi den statusen som overføres, hvis den skal til Fortnox.",
    ),
    "invoice_not_moved": (
        "Fakturaen fikk ikke sin nye status i Severa",
        "{Doc} står i Fortnox, men fikk ikke nummer eller status i Severa: {value}.",
        "Rett nummeret i Severa, eller gi fakturaen statusen som overføres igjen. Status og nummer prøves på nytt ved neste "
        "kjøring, og fakturaen overføres ikke to ganger.",
    ),
    "invoice_changed_after_transfer": (
        "Endret etter overføring",
        "{Doc} er endret eller flyttet tilbake i Severa etter at den ble overført til Fortnox som {value}.",
        "Rett fakturaen i Fortnox også, eller krediter den i Severa. Den overføres ikke på nytt.",
    ),
    "invoice_cancelled_in_fortnox": (
        "Makulert i Fortnox",
        "{Doc} er makulert i Fortnox ({value}).",
        "Ta fakturaen tilbake i Severa også. Den overføres ikke på nytt.",
    ),
}
FIELDS: Mapping[str, str] = {
    "date": "Fakturadato",
    "dueDate": "Forfallsdato",
    "number": "Fakturanummer",
    "billingCustomer": "Kunde",
    "currency": "Valuta",
    "currencyRate": "Valutakurs",
    "invoiceRows": "Fakturarader",
    "totalExcludingTax": "Sum uten mva",
    "totalTax": "Mva",
    "totalIncludingTax": "Sum med mva",
    "reimburseInvoice": "Faktura som krediteres",
    "unitPrice": "Pris",
    "quantity": "Antall",
    "vatRate": "Mva-sats",
    "measurementUnit": "Enhet",
    "code": "Produkt",
    "project": "Prosjekt",
    "notes": "Fakturatekst",
    "status": "Fakturastatus",
}
