"""What operators read of sales invoices in the transfer log: what was not carried to Fortnox, or otherwise than it stood."""

from __future__ import annotations

NO_ENTRY_DATE = "Fortnox setter selv dato for registrering."
NO_TERMS = "Fortnox har ingen betalingsbetingelse med denne koden. Forfallsdatoen er overført."
OTHER_LANGUAGE = "Fortnox har bare svensk og engelsk. Fakturaen har fått {language}."
NO_ARTICLE = "Raden har flere produkter, eller et produkt som Fortnox ikke har. Den er ført på konto {account}."
SEVERAL_PROJECTS = "Raden er satt sammen av flere prosjekter, og Fortnox har plass til ett."
PROJECTS_NOT_CARRIED = "Etter oppsettet overføres ikke prosjekter."
ORIGINAL_UNKNOWN = "Fakturaen som krediteres, er ikke overført herfra. Knytt kreditnotaen til den i Fortnox."
RATE_GIVEN = "Kursen {rate} for {currency} er tatt fra oppsettet."
