"""`fakturabro fortnox unlink`: what is wrongly linked, or deleted in one of two systems, is taken apart. 1: nothing stood."""

from __future__ import annotations

import contextlib
import sys

from fakturabro.domain import identity
from fakturabro.ledger.synchronising import pairs, verdicts
from tasks import clock, connect

REGISTERS: dict[str, pairs.Register] = {"kunde": "customer", "artikkel": "article", "prosjekt": "project"}


def unlink(tenant: str, register: str, key: str, why: str, who: str, *, different: bool) -> int:
    """`key` is the number in Fortnox or the key in Severa; `different`: they are not linked by their number again either."""
    of = REGISTERS.get(register)
    if of is None:
        sys.stdout.write(_UNKNOWN.format(register=register, known=", ".join(REGISTERS)))
        return 1
    with contextlib.closing(connect.open_ledger()) as ledger:
        found, said = pairs.find(ledger, tenant, of, [key], [key]), identity.mask_identity_numbers(why)
        if len(found) == 1 and different:
            (one,) = found
            verdicts.record(ledger, tenant, of, one.severa_key, one.fortnox_key, same=False, by=who, at=clock.now())
        done = len(found) == 1 and pairs.sever(ledger, tenant, found[0], said, who, clock.now())
    sys.stdout.write((_DONE if done else _NOTHING).format(register=register, key=key, tenant=tenant))
    return 0 if done else 1


_DONE = (
    "Koblingen for {register} {key} er opphevet for {tenant}. Neste kjøring kobler på nytt etter nummer der det går. Står den som "
    "avvist, så be om ny sending med fakturabro resend.\n"
)
_NOTHING = "Ingen kobling for {register} {key} hos {tenant}. Ingenting er endret.\n"
_UNKNOWN = "Ukjent register «{register}». Registrene er {known}.\n"
