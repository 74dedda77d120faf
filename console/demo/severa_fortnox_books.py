"""The demo's proof for Severa and Fortnox: the two sandboxes' own books held against each other, to the øre, and not our ledger.

Each invoice that was moved on in Severa stands once in Fortnox, with the same number, net and VAT; each purchase row on an open
project of Severa's stands once as a fee there; each number is one customer's on either side; what was sent and paid is said.
"""

from __future__ import annotations

import collections
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import httpx
import msgspec

from console import serving, serving_severa
from console.demo import severa_fortnox

Row = Mapping[str, Any]
_NOT_MOVED = ("Kladd", "Klar for Fortnox")
_SENT, _PAID = "Sendt fra Fortnox", "Betalt"
_NOT_COSTS = ("TOT", "VAT", "ROV")
_CENT = Decimal("0.01")
MOST_REQUESTS = 10
"""Of one client, in a run without changes."""


class Books(NamedTuple):
    """What one client has in both systems, as the sandboxes show it."""

    severa: Mapping[str, Mapping[str, dict[str, Any]]]
    fortnox: Mapping[str, Any]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """A table of Severa's."""
        return list(self.severa.get(table, {}).values())

    def register(self, name: str) -> dict[str, dict[str, Any]]:
        """A register of Fortnox's, by number."""
        return dict(self.fortnox["registers"].get(name, {}))

    def invoices(self) -> list[dict[str, Any]]:
        """Fortnox's, those that were struck out left away."""
        return [one for one in self.fortnox["invoices"].values() if not one["Cancelled"]]


def check(installation: serving.Installation, idle: Mapping[str, int]) -> tuple[dict[str, Any], list[str]]:
    """(figures by tenant and the requests of a run without changes, what is wrong, a sentence each)."""
    books = _fetch(installation)
    faults = [f"{tenant}: {fault}" for tenant, one in books.items() for fault in find_faults(one)]
    faults += check_renamed(books[severa_fortnox.BILLED_IN_FORTNOX], *severa_fortnox.RENAMED)
    if idle["severa"] + idle["fortnox"] > MOST_REQUESTS * len(books):
        faults.append(f"en kjøring uten endringer leste {idle['severa']} lister i Severa og {idle['fortnox']} i Fortnox")
    if idle["throttled"]:
        faults.append(f"{idle['throttled']} forespørsler ble avvist med 429 i en kjøring uten endringer")
    return {"tenants": {tenant: _figures(one) for tenant, one in books.items()}, "idle_requests": dict(idle)}, faults


def _fetch(installation: serving.Installation) -> dict[str, Books]:
    state: dict[str, Any] = {}
    for system in ("severa", "fortnox"):
        url = f"{installation.sandboxes[system]['control_url']}/state"
        content = httpx.get(url, timeout=30, trust_env=False).raise_for_status().content
        state[system] = _DECODER.decode(content)["companies"]
    companies = {one["tenant_id"]: one for one in state["fortnox"]}
    known = installation.sandboxes
    return {
        tenant: Books(
            state["severa"][known["severa"]["names"][tenant]], companies[known["fortnox"]["companies"][tenant]["tenant_id"]]
        )
        for tenant in serving_severa.TENANTS
    }


_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def find_faults(one: Books) -> Iterator[str]:
    """Everything that is not as it should be with one client."""
    yield from check_invoices(one)
    yield from check_customers(one)
    yield from check_costs(one)
    yield from check_files(one)


def check_invoices(one: Books) -> Iterator[str]:
    """Each moved invoice once in Fortnox with number, net and VAT; nothing else there; sent and paid said in Severa."""
    made = collections.defaultdict[str, list[Row]](list)
    for row in one.invoices():
        made[row.get("ExternalInvoiceReference1") or ""].append(row)
    yield from (f"faktura {row['DocumentNumber']} i Fortnox har ingen referanse" for row in made.pop("", []))
    moved = {row["guid"]: row for row in one.rows("invoices") if row["status"]["name"] not in _NOT_MOVED}
    for guid, row in moved.items():
        stands = made.pop(guid, [])
        if len(stands) != 1:
            yield f"faktura {row.get('number')} i Severa står {len(stands)} ganger i Fortnox"
            continue
        yield from _unlike(one, row, stands[0])
    for rows in made.values():
        yield f"faktura {rows[0]['DocumentNumber']} i Fortnox er ikke flyttet i Severa"


def _unlike(one: Books, ours: Row, theirs: Row) -> Iterator[str]:
    number = theirs["DocumentNumber"]
    pairs = {
        "nummer": (str(ours.get("number")), str(number)),
        "sum uten mva": (_cent(ours["totalExcludingTax"]["amount"]), _cent(theirs["Net"])),
        "mva": (_cent(ours["totalTax"]["amount"]), _cent(theirs["TotalVAT"])),
        "valuta": (ours["currency"]["code"], theirs["Currency"]),
        "betalt": (ours["status"]["name"] == _PAID, bool(theirs.get("FinalPayDate"))),
    }
    if any(row["name"] == _SENT for row in one.rows("invoicestatuses")):
        pairs["sendt"] = (ours["status"]["name"] in (_SENT, _PAID), theirs["Sent"])
    yield from (f"faktura {number}: {what} er {a} i Severa, {b} i Fortnox" for what, (a, b) in pairs.items() if a != b)
    if theirs["Currency"] != "SEK" and theirs["CurrencyRate"] == 1:
        yield f"faktura {number}: kursen er 1 i {theirs['Currency']}"


def check_customers(one: Books) -> Iterator[str]:
    """No number twice in Severa, and every customer of an invoice in both, under one number."""
    numbers = collections.Counter(row["number"] for row in one.rows("customers") if row.get("number"))
    yield from (f"kundenummer {number} står {count} ganger i Severa" for number, count in numbers.items() if count > 1)
    known = {str(number) for number in numbers} & one.register("Customers").keys()
    for row in one.invoices():
        if row["CustomerNumber"] not in known:
            yield f"kunde {row['CustomerNumber']} på faktura {row['DocumentNumber']} står ikke i begge"


def check_renamed(one: Books, number: str, name: str) -> Iterator[str]:
    """The master's new name stands in both."""
    names = {row["name"] for row in one.rows("customers") if str(row.get("number")) == number}
    if names != {name} or one.register("Customers")[number]["Name"] != name:
        yield f"kunde {number} heter {', '.join(sorted(names))} i Severa, og skulle hete {name}"


def check_costs(one: Books) -> Iterator[str]:
    """Every row of costs on an open project of Severa's stands once as a fee, with its amount, and no fee without one."""
    wanted, stands = reckon_costs(one), collections.Counter[tuple[str, Decimal]]()
    numbers = {row["guid"]: str(row["number"]) for row in one.rows("projects")}
    for fee in one.rows("projectfees"):
        if not fee.get("sandboxInvoice"):
            stands[numbers[fee["project"]["guid"]], _cent(fee["unitCost"]["amount"] * fee["quantity"])] += 1
    for key in wanted.keys() | stands.keys():
        if wanted[key] != stands[key]:
            yield f"kostnaden {key[1]} på prosjekt {key[0]} står {stands[key]} ganger i Severa, {wanted[key]} i Fortnox"


def reckon_costs(one: Books) -> collections.Counter[tuple[str, Decimal]]:
    """(project, amount) of each row of a supplier invoice on an open project of Severa's: by row, header or voucher."""
    open_ = {str(row["number"]) for row in one.rows("projects") if not row["isClosed"]}
    found = collections.Counter[tuple[str, Decimal]]()
    for invoice in one.fortnox["supplier_invoices"].values():
        for place, row in enumerate(invoice.get("SupplierInvoiceRows", [])):
            project = row.get("Project") or invoice.get("Project") or _corrected(one, invoice, place)
            if row.get("Code") not in _NOT_COSTS and project in open_:
                found[project, _cent(row["Debit"] - row["Credit"])] += 1
    return found


def _corrected(one: Books, invoice: Row, place: int) -> str:
    """The project of the voucher's line in the same place."""
    for key in invoice.get("Vouchers", []):
        lines = one.fortnox["vouchers"][f"{key['Series']} {key['Number']} {key['Year']}"]["VoucherRows"]
        return str(lines[place].get("Project", ""))
    return ""


def check_files(one: Books) -> Iterator[str]:
    """No file twice on an invoice in Fortnox, nor in a project of Severa's."""
    attached = collections.Counter((row["entityId"], one.fortnox["files"][row["fileId"]]) for row in one.fortnox["attachments"])
    yield from (f"et vedlegg står {count} ganger på faktura {key[0]}" for key, count in attached.items() if count > 1)
    names = collections.Counter((row["projectGuid"], row["name"]) for row in one.rows("projectfiles"))
    yield from (f"filen {key[1]} står {count} ganger i prosjektet" for key, count in names.items() if count > 1)


def _figures(one: Books) -> dict[str, Any]:
    moved = [row for row in one.rows("invoices") if row["status"]["name"] not in _NOT_MOVED]
    fees = [row for row in one.rows("projectfees") if not row.get("sandboxInvoice")]
    return {
        "customers": len({str(row.get("number")) for row in one.rows("customers")} & one.register("Customers").keys()),
        "articles": len(one.register("Articles")),
        "projects": len({str(row["number"]) for row in one.rows("projects")} & one.register("Projects").keys()),
        "invoices": len(moved),
        "held": len([row for row in one.rows("invoices") if row["status"]["name"] == _NOT_MOVED[1]]),
        "sent": len([row for row in one.invoices() if row["Sent"]]),
        "paid": len([row for row in moved if row["status"]["name"] == _PAID]),
        "attachments": len(one.fortnox["attachments"]),
        "costs": len(fees),
        "cost_sum": str(sum((_cent(row["unitCost"]["amount"] * row["quantity"]) for row in fees), Decimal(0))),
        "files": len(one.rows("projectfiles")),
    }


def _cent(amount: Decimal | int) -> Decimal:
    return Decimal(amount).quantize(_CENT)
