"""What the stations between Severa and Fortnox call what they count: part of the run's sentence (`tasks/messages.py`)."""

from __future__ import annotations

TARGETS = {
    "fortnox_customers": "kunder ført i Fortnox",
    "severa_customers": "kunder ført i Severa",
    "fortnox_articles": "artikler ført i Fortnox",
    "severa_products": "produkter ført i Severa",
    "fortnox_projects": "prosjekter ført i Fortnox",
    "fortnox_invoices": "fakturaer overført til Fortnox",
    "fortnox_attachments": "fakturaer med vedlegg i Fortnox",
    "severa_costs": "kostnader ført i Severa",
    "severa_files": "bilder lagt på prosjekter i Severa",
}
"""Where things go, as the run counts what arrived."""
ALL_TARGETS = (*TARGETS, "severa_invoices")
"""With the one that has several purposes. All of them can be read: a run settles its doubts before it does anything else."""
WORDS = {
    **TARGETS,
    "marked_transferred": "fakturaer flyttet til overført i Severa",
    "reported_sent": "fakturaer meldt sendt i Severa",
    "reported_paid": "fakturaer meldt betalt i Severa",
    "costs_read": "nye prosjektkostnader og bilder fra Fortnox",
    "linked": "koblet",
    "entries_read": "nye eller endrede i registrene",
    "would_transfer": "ville blitt overført",
    "comparisons": "rapport om likhet laget",
    "pairs_to_decide": "par må avgjøres",
    "plan_proposed": "plan venter på godkjenning",
    "plan_done": "plan gjennomført",
}
ONE = {
    "fortnox_customers": "kunde ført i Fortnox",
    "severa_customers": "kunde ført i Severa",
    "fortnox_articles": "artikkel ført i Fortnox",
    "severa_products": "produkt ført i Severa",
    "fortnox_projects": "prosjekt ført i Fortnox",
    "fortnox_invoices": "faktura overført til Fortnox",
    "fortnox_attachments": "faktura med vedlegg i Fortnox",
    "severa_costs": "kostnad ført i Severa",
    "severa_files": "bilde lagt på et prosjekt i Severa",
    "marked_transferred": "faktura flyttet til overført i Severa",
    "reported_sent": "faktura meldt sendt i Severa",
    "reported_paid": "faktura meldt betalt i Severa",
}
"""What is called otherwise when it is one."""
PURPOSES = {
    "mark_transferred": "marked_transferred",
    "report_sent": "reported_sent",
    "report_paid": "reported_paid",
}
"""Purposes that share a target, as they are counted."""
