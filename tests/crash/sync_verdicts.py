"""How a history of Severa and Fortnox ended: the client's books in the one compared with those in the other."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from decimal import Decimal

import sqlalchemy as sa

from fakturabro.ledger import opened, tables
from fakturabro.ledger.synchronising import tables as sync_tables
from tests.crash import sync_companies, verdicts

_OPEN = ("sending", "in_doubt")
_FOUND = Iterator[tuple[str, str]]


def judge(of: sync_companies.Companies, ledger: opened.Ledger, verdict: verdicts.Verdict) -> None:
    """Add what is wrong to the verdict."""
    verdict.documents += len(of.severa.rows("invoices")) + len(of.severa.rows("customers")) + len(of.fortnox.supplier_invoices)
    for find in (_customers, _projects, _articles, _invoices, _statuses, _costs, _pictures):
        for kind, text in find(of):
            getattr(verdict, kind).append(text)
    verdict.unsettled += _find_unsettled(ledger)


def _one_each(what: str, here: dict[str, str], there: collections.Counter[str]) -> _FOUND:
    """Of every key (with its name) there is one on the other side."""
    for key, name in here.items():
        if not there[key]:
            yield "lost", f"{what} {key} ({name}) is on one side only"
    for key, count in there.items():
        if count > 1:
            yield "duplicated", f"{what} {key} stands {count} times"


def _customers(of: sync_companies.Companies) -> _FOUND:
    in_severa = [(str(row.get("number")), row["name"]) for row in of.severa.rows("customers").values()]
    in_fortnox = {number: row["Name"] for number, row in of.fortnox.registers["Customers"].items()}
    yield from _one_each("customer", dict(in_severa), collections.Counter([*in_fortnox]))
    yield from _one_each("customer", in_fortnox, collections.Counter(number for number, _ in in_severa))
    for count, name in ((count, name) for name, count in collections.Counter(name for _, name in in_severa).items()):
        if count > 1:
            yield "duplicated", f"customer {name} stands {count} times in Severa"
    for number, name in in_severa:
        if number in in_fortnox and in_fortnox[number] != name:
            yield "wrong", f"customer {number} is {name!r} in Severa and {in_fortnox[number]!r} in Fortnox"


def _projects(of: sync_companies.Companies) -> _FOUND:
    there = of.fortnox.registers.get("Projects", {})
    here = {str(row["number"]): row["name"] for row in of.severa.rows("projects").values()}
    yield from _one_each("project", here, collections.Counter([*there]))
    for number, row in there.items():
        if row["Description"] != here.get(number):
            yield "wrong", f"project {number} is {row['Description']!r} in Fortnox, {here.get(number)!r} in Severa"


def _articles(of: sync_companies.Companies) -> _FOUND:
    there = of.fortnox.registers["Articles"]
    codes = [row["code"] for table in ("products", "worktypes") for row in of.severa.rows(table).values()]
    here = dict.fromkeys(codes, "")
    yield from _one_each("article", here, collections.Counter([*there]))
    yield from _one_each("article", dict.fromkeys(there, ""), collections.Counter(codes))


def _invoices(of: sync_companies.Companies) -> _FOUND:
    there = collections.defaultdict[str, list[str]](list)
    for number, row in sync_companies.counted(of.fortnox).items():
        there[str(row.get("ExternalInvoiceReference1"))].append(number)
    for guid, row in of.severa.rows("invoices").items():
        numbers = there.pop(guid, [])
        if not numbers:
            yield "lost", f"invoice {guid} ({row.get('number')}) is not in Fortnox"
        if len(numbers) > 1:
            yield "duplicated", f"invoice {guid} is in Fortnox as {numbers}"
        for number in numbers:
            made = of.fortnox.invoices[number]
            for name, ours in (("Net", "totalExcludingTax"), ("TotalVAT", "totalTax")):
                if made[name] != row[ours]["amount"]:
                    yield "wrong", f"{name} of invoice {number} is {made[name]}, in Severa {row[ours]['amount']}"
            if made["CustomerNumber"] != str(row["customer"]["number"]) or number != str(row.get("number")):
                yield "wrong", f"invoice {number} is to {made['CustomerNumber']}, in Severa {row.get('number')} {row['customer']}"
            yield from _attachments(of, guid, number)
    for guid, numbers in there.items():
        yield "wrong", f"nobody made {numbers} ({guid}) in Severa"


def _attachments(of: sync_companies.Companies, guid: str, number: str) -> _FOUND:
    wanted = sum(one["invoiceGuid"] == guid for one in of.severa.rows("invoicefiles").values())
    there = sum(str(one["entityId"]) == number for one in of.fortnox.attachments)
    if there != wanted:
        yield "lost" if there < wanted else "duplicated", f"invoice {number} has {there} attachments, in Severa {wanted}"


def _statuses(of: sync_companies.Companies) -> _FOUND:
    by_reference = {str(row.get("ExternalInvoiceReference1")): row for row in sync_companies.counted(of.fortnox).values()}
    for guid, row in of.severa.rows("invoices").items():
        if made := by_reference.get(guid):
            paid = made.get("FinalPayDate")
            right = sync_companies.PAID if paid else sync_companies.SENT if made["Sent"] else sync_companies.TRANSFERRED
            if row["status"]["name"] != right:
                yield "wrong", f"invoice {made['DocumentNumber']} is {row['status']['name']!r} in Severa, not {right!r}"


def _costs(of: sync_companies.Companies) -> _FOUND:
    """What every supplier's invoice costs every project is the sum of its fees there."""
    numbers = {guid: str(row["number"]) for guid, row in of.severa.rows("projects").items()}
    there: collections.defaultdict[tuple[str, str], Decimal] = collections.defaultdict(Decimal)
    for fee in of.severa.rows("projectfees").values():
        words = fee["description"].split() if sync_companies.SUPPLIER in (fee.get("description") or "") else []
        if words:
            there[words[1], numbers[fee["project"]["guid"]]] += fee["quantity"] * fee["unitPrice"]["amount"]
    for given, invoice in of.fortnox.supplier_invoices.items():
        sums: collections.defaultdict[str, Decimal] = collections.defaultdict(Decimal)
        for row in invoice["SupplierInvoiceRows"]:
            if row.get("Project"):
                sums[row["Project"]] += row["Debit"] - row["Credit"]
        for project, cost in sums.items():
            stands = there.pop((f"F{given}", project), Decimal(0))
            if stands != cost:
                kind = "lost" if stands < cost else "duplicated"
                yield kind, f"supplier's invoice {given} costs project {project} {stands} in Severa, {cost} in Fortnox"
    for (number, project), cost in there.items():
        if cost:
            yield "wrong", f"nobody charged project {project} with {cost} by {number}"


def _pictures(of: sync_companies.Companies) -> _FOUND:
    """Every invoice's picture lies once on each of its projects."""
    there = collections.Counter((one["projectGuid"], one["name"]) for one in of.severa.rows("projectfiles").values())
    for (_, name), count in there.items():
        if count > 1:
            yield "duplicated", f"{name} lies {count} times on its project"
    wanted = 0
    for given in {one["SupplierInvoiceNumber"] for one in of.fortnox.file_connections}:
        wanted += len({one["Project"] for one in of.fortnox.supplier_invoices[given]["SupplierInvoiceRows"] if one.get("Project")})
    if len(there) < wanted:
        yield "lost", f"{wanted} pictures of suppliers' invoices, {len(there)} in Severa"
    if len(there) > wanted:
        yield "wrong", f"{wanted} pictures of suppliers' invoices, {len(there)} in Severa"


def _find_unsettled(ledger: opened.Ledger) -> Iterator[str]:
    delivery, document, pair = tables.delivery, tables.document, sync_tables.pair
    with ledger.reading() as connection:
        query = sa.select(document.c.kind, document.c.number, delivery.c.purpose, delivery.c.state)
        query = query.join(document, sa.and_(document.c.tenant == delivery.c.tenant, document.c.id == delivery.c.document_id))
        rows = connection.execute(query.where(delivery.c.state.in_(_OPEN))).all()
        pairs = connection.execute(sa.select(sa.func.count()).select_from(pair)).scalar_one()
    yield from (f"{kind} {number} is {state} for {purpose}" for kind, number, purpose, state in rows)
    if not pairs:
        yield "no pair stands"
