"""What a run counts of payments and bank files, in Norwegian, as the run's sentence says it; see messages.report."""

from __future__ import annotations

WORDS = {
    "files_taken": "filer tatt inn",
    "payments": "betalinger tatt inn",
    "payables": "forfalte fakturaer hentet til betaling",
    "would_pay": "forfalte fakturaer ville blitt betalt",
    "not_payable": "forfalte fakturaer som ikke kan betales herfra",
    "refused_before": "fakturaer uendret siden betalingen ble avvist",
    "doubles": "betalinger avvist som gjentakelse",
    "broken": "betalinger avvist, må rettes i regnskapet",
    "payments_held": "betalinger holdt tilbake",
    "payments_refused": "betalinger avslått av en godkjenner",
    "files_confirmed": "filer som kan gå til banken",
    "questions": "spørsmål til godkjennere",
    "files_made": "filer laget til banken",
    "files_sent": "filer overlevert banken",
    "payments_sent": "betalinger overlevert banken",
    "payments_received": "betalinger mottatt av banken",
    "payments_waiting_for_approval": "betalinger til godkjenning i banken",
    "payments_accepted": "betalinger godtatt av banken",
    "payments_insufficient_funds": "betalinger uten dekning",
    "payments_executed": "betalinger utført",
    "payments_rejected": "betalinger avvist av banken",
    "payments_returned": "betalinger i retur",
    "concluded": "betalinger avklart av en godkjenner",
    "answers_unknown": "svar om betalinger vi ikke kjenner",
    "told": "betalinger meldt til regnskapet",
    "files_known": "filer kjent fra før",
    "files_set_aside": "filer lagt til side",
    "files_stopped": "filer stanset",
    "files_empty": "filer uten innbetalinger",
    "files_forwarded": "filer lagt i regnskapets mappe",
    "incoming": "innbetalinger",
    "incoming_known": "innbetalinger kjent fra før",
    "foreign": "innbetalinger til andre kontoer, forbigått",
    "mandates": "faste betalingsoppdrag (FBO)",
    "matched": "funnet igjen",
    "suspense": "til avklaring",
    "netted": "motregnet",
    "posted": "postert",
    "placed": "plassert av en person",
    "posted_by_hand": "ført for hånd",
    "settled": "plasseringer meldt fra om",
    "not_posted": "ikke postert",
    "would_post": "ville blitt postert",
    "statements": "kontoutskrifter",
    "entries": "posteringer",
    "unexplained": "posteringer vi ikke kjenner",
}
_SINGULAR = {
    "filer ": "fil ",
    "betalinger ": "betaling ",
    "innbetalinger": "innbetaling",
    "forfalte fakturaer": "forfalt faktura",
    "fakturaer": "faktura",
    "kontoutskrifter": "kontoutskrift",
    "posteringer": "postering",
    "faste ": "fast ",
}
ONE = {
    name: one + words.removeprefix(many)
    for name, words in WORDS.items()
    for many, one in _SINGULAR.items()
    if words.startswith(many)
}
"""What is called otherwise when it is one."""
