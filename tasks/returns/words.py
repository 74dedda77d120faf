"""What the stations of return data call what they count: part of the run's sentence (`tasks/messages.py`)."""

from __future__ import annotations

WORDS = {
    "lists_taken": "bevegelseslister lest",
    "lists_known": "bevegelseslister kjent fra før",
    "lists_set_aside": "bevegelseslister satt til side",
    "movements": "bevegelser tatt inn",
    "movements_known": "bevegelser kjent fra før",
    "movements_skipped": "bevegelser utelatt",
    "movements_differing": "bevegelser meldt på nytt med annet innhold",
    "movements_unread": "bevegelser kunne ikke leses",
    "settlements": "dager gjort opp",
    "movements_unsettled": "bevegelser venter på oppgjør",
    "vouchers_reversed": "bilag tilbakeført i PowerOffice",
    "vouchers_posted": "bilag ført i PowerOffice",
    "poweroffice_books": "bevegelser ført i PowerOffice",
    "would_take": "bevegelser ville blitt tatt inn",
    "would_settle": "dager ville blitt gjort opp",
    "reconciliation_differences": "differanser i avstemmingen",
    "statuses_told": "statuser meldt",
}
ONE = {
    "lists_taken": "bevegelsesliste lest",
    "lists_known": "bevegelsesliste kjent fra før",
    "lists_set_aside": "bevegelsesliste satt til side",
    "movements": "bevegelse tatt inn",
    "movements_known": "bevegelse kjent fra før",
    "movements_skipped": "bevegelse utelatt",
    "movements_differing": "bevegelse meldt på nytt med annet innhold",
    "movements_unread": "bevegelse kunne ikke leses",
    "settlements": "dag gjort opp",
    "movements_unsettled": "bevegelse venter på oppgjør",
    "poweroffice_books": "bevegelse ført i PowerOffice",
    "would_take": "bevegelse ville blitt tatt inn",
    "would_settle": "dag ville blitt gjort opp",
    "reconciliation_differences": "differanse i avstemmingen",
    "statuses_told": "status meldt",
}
"""What is called otherwise when it is one."""
