"""A tenant's settings in words: what `fakturabro apply` leaves in the ledger for the client's pages. It holds no secret.

The sentences stand in texts_nb and texts_en, under the same names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from data_quality import blocking
from deployments import texts_en, texts_nb
from fakturabro.ledger import applied
from fakturabro.ledger.clients import settings as client_settings
from tasks import options

Language = Literal["nb", "en"]
_TEXTS: Mapping[Language, Mapping[str, str]] = {"nb": texts_nb.TEXTS, "en": texts_en.TEXTS}
_CRON = re.compile(r"(\d{1,2}) (\d{1,2}(?:,\d{1,2})*) \* \* (\*|[0-7](?:[,-][0-7])*)")
_INTAKE = "invoice_intake"
_Sections = list[client_settings.Section]


def describe(deployments: Sequence[applied.Deployment]) -> dict[str, _Sections]:
    """The settings of one tenant's deployments, by language."""
    return {language: [one for one in _sections(language, deployments) if one.rows] for language in _TEXTS}


def _sections(language: Language, deployments: Sequence[applied.Deployment]) -> Iterator[client_settings.Section]:
    t = _TEXTS[language]
    planned = [one for one in deployments if one.active_schedules]
    rows = [client_settings.Row(t.get(f"flow_{one.flow}", one.flow), _schedules(t, one.active_schedules)) for one in planned]
    yield client_settings.Section(title=t["runs"], rows=rows)
    stated = next((one.parameters["options"] for one in deployments if one.flow == _INTAKE and "options" in one.parameters), None)
    if stated is None:
        return
    known = options.FactoringOptions.model_validate(stated)
    yield client_settings.Section(title=t["distribution"], rows=_distribution(t, known.distribution))
    yield client_settings.Section(title=t["payment"], rows=_payment(t, known))
    yield client_settings.Section(title=t["rules"], rows=_rules(language, known.rules))
    yield client_settings.Section(title=t["report"], rows=_report(t, known.report))


def _schedules(t: Mapping[str, str], schedules: Sequence[applied.Schedule]) -> str:
    """Times of day by the days on which they hold: "Arbeidsdager kl. 08:00 og 10:30".

    >>> _schedules(texts_nb.TEXTS, [applied.Schedule(cron="0 8 * * 1-5"), applied.Schedule(cron="30 10,14 * * 1-5")])
    'Arbeidsdager kl. 08:00, 10:30 og 14:30'
    >>> _schedules(texts_en.TEXTS, [applied.Schedule(cron="15 2 * * *"), applied.Schedule(cron="@daily")])
    'Every day at 02:15; on a plan of its own'
    """
    times: dict[str, list[str]] = {}
    for one in schedules:
        found = _CRON.fullmatch(one.cron or "")
        if found is None:
            times.setdefault(t["own_plan"], [])
            continue
        minute, hours, days = found.groups()
        times.setdefault(_days(t, days), []).extend(f"{int(hour):02d}:{int(minute):02d}" for hour in hours.split(","))
    said = [f"{days} {t['at']} {_listed(t, sorted(some))}" if some else days for days, some in times.items()]
    text = "; ".join(said)
    return text[:1].upper() + text[1:]


def _days(t: Mapping[str, str], said: str) -> str:
    if said in ("*", "1-5"):
        return t["every_day"] if said == "*" else t["working_days"]
    names, chosen = t["days"].split(), list[int]()
    for part in said.split(","):
        first, _, last = part.partition("-")
        chosen += range(int(first), int(last or first) + 1)
    return _listed(t, list(dict.fromkeys(names[day % 7] for day in chosen)))


def _listed(t: Mapping[str, str], parts: Sequence[str]) -> str:
    return f" {t['and']} ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def _distribution(t: Mapping[str, str], known: options.DistributionOptions) -> list[client_settings.Row]:
    letter = f"{t[f'postage_{known.postage}']}, {t['in_color' if known.color else 'in_black']}."
    email = t[known.email_alternative].format(days=known.letter_after_days, counted=t[known.letter_days])
    rows = [client_settings.Row(t["email"], email), client_settings.Row(t["letter"], letter)]
    if known.letter_only_address:
        rows.append(client_settings.Row(t["letter_only"], t["letter_only_text"].format(address=known.letter_only_address)))
    return [*rows, client_settings.Row(t["changed"], t[f"changed_{known.send_changed}"])]


def _payment(t: Mapping[str, str], known: options.FactoringOptions) -> list[client_settings.Row]:
    agreement = known.agreement
    account = f"{agreement.account[:4]}.{agreement.account[4:6]}.{agreement.account[6:]}"
    return [
        client_settings.Row(t["payee"], agreement.payee_name),
        client_settings.Row(t["account"], account),
        client_settings.Row(t["client_number"], agreement.client_number),
    ]


def _rules(language: Language, rules: blocking.Rules) -> list[client_settings.Row]:
    """The tenant's own rules, each under its name, with what it does, what the standard is, and why."""
    t = _TEXTS[language]
    own = [sentence.partition(": ") for sentence in rules.in_words(language)]
    standard = client_settings.Row(t["standard"], t["standard_else" if own else "standard_all"])
    return [standard, *(client_settings.Row(name, text[:1].upper() + text[1:]) for name, _, text in own)]


def _report(t: Mapping[str, str], known: options.ReportOptions) -> list[client_settings.Row]:
    attached = _listed(t, [one.upper() for one in known.attach]) or t["attach_none"]
    return [
        client_settings.Row(t["language"], t[f"language_{known.language}"]),
        client_settings.Row(t["mail"], t[f"mail_{known.mail}"]),
        client_settings.Row(t["attach"], attached),
    ]
