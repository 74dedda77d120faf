"""What the demo prints at its end."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any


def print_all(result: Mapping[str, Any], faults: Sequence[str], runs: int) -> None:
    """The figures of demo.json as two tables, what was looked for, and what is wrong."""
    tenants: Mapping[str, Mapping[str, Any]] = result["tenants"]
    _print_documents(tenants)
    _print_money(tenants)
    _print_return_data(tenants)
    _print_severa_fortnox(result["severa_fortnox"])
    _say("")
    _say(f"Attestene går opp: {'ja' if result['certificates_add_up'] else 'NEI'}.")
    _say(f"Planlagte kjøringer sett: {result['scheduled_runs_seen']}.")
    judged = ", ".join(f"{count} {kind.upper()}" for kind, count in result["judged"].items())
    _say(f"Kontrollert mot EHF-reglene og trykkeriets krav: {judged}, {result['invalid']} feil.")
    _say(f"Hemmeligheter og fødselsnumre funnet i logger, artefakter, API og database: {result['secrets_found']}.")
    for fault in faults:
        _say(f"FEIL: {fault}")
    _say(f"{runs} kjøringer på {result['seconds']} s. Resultatet står i out/demo.json, det som ble sendt, i out/sent.")


def _print_documents(tenants: Mapping[str, Mapping[str, Any]]) -> None:
    _say("")
    _say(f"{'Klient':<12}{'Hentet':>8}{'Holdt':>8}{'EHF':>6}{'E-post':>8}{'Brev':>6}{'Åpnet':>7}{'Tilbake':>9}{'Uavklart':>10}")
    for tenant, one in tenants.items():
        sent = one["delivered"]
        _say(
            f"{tenant:<12}{one['fetched']:>8}{one['held']:>8}"
            f"{sent.get('ehf', 0):>6}{sent.get('email', 0):>8}{sent.get('letter', 0):>6}"
            f"{one['opened']:>7}{one['written_back']:>9}{one['in_doubt']:>10}"
        )


def _print_money(tenants: Mapping[str, Mapping[str, Any]]) -> None:
    _say("")
    _say(
        f"{'Bank':<12}{'Bedt om':>8}{'Utført':>8}{'Stanset':>9}{'Betalt ut':>13}{'Betalt inn':>13}{'Postert':>13}{'Uplassert':>13}"
    )
    for tenant, money in ((tenant, one["bank"]) for tenant, one in tenants.items()):
        counts = f"{money['payments_asked']:>8}{money['payments_executed']:>8}{money['payments_stopped']:>9}"
        sums = "".join(f"{money[name]:>13}" for name in ("paid_out", "paid_in", "posted", "suspense"))
        _say(f"{tenant:<12}{counts}{sums}")


def _print_return_data(tenants: Mapping[str, Mapping[str, Any]]) -> None:
    _say("")
    heads = f"{'Bevegelser':>12}{'Oppgjør':>9}{'Bilag':>7}{'Tilbakeført':>13}{'Holdt':>7}{'1510':>9}{'2990':>12}{'Holdt beløp':>13}"
    _say(f"{'Returdata':<12}{heads}{'De skylder':>13}")
    for tenant, one in ((tenant, one["return_data"]) for tenant, one in tenants.items()):
        counts = f"{sum(one['movements'].values()):>12}{one['settlements']:>9}{one['vouchers']['standing']:>7}"
        counts += f"{one['vouchers']['reversed']:>13}{len(one['held']):>7}{one['customer_contra']:>9}"
        _say(f"{tenant:<12}{counts}{one['balance']['NOK']:>12}{one['balance_held']:>13}{one['owed']['NOK']:>13}")
    for tenant, one in ((tenant, one["return_data"]) for tenant, one in tenants.items()):
        for why in dict.fromkeys(one["held"].values()):
            numbers = ", ".join(sorted((number for number, said in one["held"].items() if said == why), key=int))
            _say(f"{tenant} holder bevegelse {numbers}: {why}")
        _say(f"{tenant}: saldobalansen i PowerOffice summerer til {one['trial_balance']}.")


def _print_severa_fortnox(kept: Mapping[str, Any]) -> None:
    _say("")
    heads = f"{'Kunder':>8}{'Prosjekter':>12}{'Fakturaer':>11}{'Holdt':>7}{'Sendt':>7}{'Betalt':>8}{'Vedlegg':>9}"
    _say(f"{'Severa':<12}{heads}{'Kostnader':>11}{'Sum':>11}{'Filer':>7}")
    for tenant, one in kept["tenants"].items():
        counts = f"{one['customers']:>8}{one['projects']:>12}{one['invoices']:>11}{one['held']:>7}{one['sent']:>7}{one['paid']:>8}"
        _say(f"{tenant:<12}{counts}{one['attachments']:>9}{one['costs']:>11}{one['cost_sum']:>11}{one['files']:>7}")
    idle = kept["idle_requests"]
    asked = f"{idle['severa']} lister i Severa, {idle['fortnox']} i Fortnox"
    _say(f"En kjøring uten endringer for begge: {asked}, {idle['looked_up']} oppslag av det som ble endret like før.")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
