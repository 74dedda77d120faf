"""The operators' view of the rules: a page per rule, with how many documents of each tenant it stands against now."""

from __future__ import annotations

import collections

from prefect import artifacts, task
from prefect.cache_policies import NO_CACHE

from data_quality import blocking
from fakturabro.domain import money
from fakturabro.ledger import applied, findings
from tasks import connect
from tasks import page_messages as pages


@task(name="Tell opp funn", cache_policy=NO_CACHE)
async def count_findings() -> int:
    """Leave a table per rule; how many rules stand against something now. A rule that stands against nothing says so."""
    ledger = connect.open_ledger()
    try:
        rows: dict[str, list[dict[str, str]]] = collections.defaultdict(list)
        for tenant in applied.find_tenants(ledger):
            for one in findings.tally(ledger, tenant):
                worth = money.norwegian(one.amount, one.currency) if one.currency else ""
                rows[one.code].append(pages.rule_row(tenant, one.documents, one.held, worth))
    finally:
        ledger.close()
    for code in blocking.DEFAULTS:
        await artifacts.acreate_table_artifact(
            key=f"regel-{code.replace('_', '-')}", table=rows.get(code, []), description=pages.rule_description(code)
        )
    return len(rows)
