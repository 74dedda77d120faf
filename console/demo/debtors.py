"""The demo's debtors: they read their e-mails with links; half of them open their invoice at the gateway, and one objects."""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
import pathlib
import re
from typing import NamedTuple

import httpx

from console import serving

_LINK = re.compile(r"https?://\S+/f/([\w-]{43})\b")
_CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
_FORM_TOKEN = re.compile(r'name="form_token" value="(\w+)"')
_NUMBER = re.compile(r"^(Faktura|Kreditnota|Invoice|Credit note) (\d+)")


class DebtorError(Exception):
    """The gateway did not give a debtor what it should; the message says what."""


class Letter(NamedTuple):
    """An e-mail with a link. `kind` is "invoice" or "credit_note"."""

    kind: str
    number: str
    token: str
    code: str


class Visits(NamedTuple):
    """What the debtors did: the sha256 of the PDF that each got, by (kind, number); and what must stand nowhere, by name."""

    opened: dict[tuple[str, str], str]
    secrets: dict[str, str]


def visit(installation: serving.Installation, saved: pathlib.Path) -> Visits:
    """Every second debtor opens the link, the first of them says that something is wrong. Raises DebtorError."""
    found = read_links(installation)
    opened: dict[tuple[str, str], str] = {}
    for one in found[::2]:
        with httpx.Client(base_url=installation.gateway, timeout=30, trust_env=False) as browser:
            pdf = _open(browser, one)
            if not opened:
                _object(browser, one)
        opened[one.kind, one.number] = hashlib.sha256(pdf).hexdigest()
        saved.mkdir(parents=True, exist_ok=True)
        (saved / f"{one.kind}-{one.number}.pdf").write_bytes(pdf)
    said = {f"{what} til {one.number}": text for one in found for what, text in _secrets(one)}
    return Visits(opened, said)


def read_links(installation: serving.Installation) -> list[Letter]:
    """The e-mails with a link that the mailbox holds, by number."""
    messages = httpx.get(f"{installation.sandboxes['mail']['control_url']}/messages").raise_for_status().json()
    read = (_read(base64.b64decode(message["content"])) for message in messages)
    return sorted((one for one in read if one), key=lambda one: one.number)


def _read(content: bytes) -> Letter | None:
    mail = email.message_from_bytes(content, policy=email.policy.default)
    body, said = mail.get_body(("plain",)), _NUMBER.match(str(mail["Subject"]))
    text = body.get_content() if body else ""
    link, code = _LINK.search(text), _CODE.search(text)
    if not said or not link or not code:
        return None
    kind = "invoice" if said[1] in ("Faktura", "Invoice") else "credit_note"
    return Letter(kind, said[2], link[1], code[0])


def _secrets(one: Letter) -> list[tuple[str, str]]:
    return [("lenken", one.token), ("koden", one.code), ("koden uten strek", one.code.replace("-", ""))]


def _open(browser: httpx.Client, one: Letter) -> bytes:
    """From the link to the PDF. The browser's rule for `__Host-` cookies needs https, so the cookie is carried by hand."""
    page = browser.get(f"/f/{one.token}")
    answer = browser.post(f"/f/{one.token}", data={"form_token": _form_token(page), "code": one.code, "step": "open"})
    cookie = answer.headers.get("set-cookie", "").partition(";")[0]
    if answer.status_code != 303 or not cookie:
        raise DebtorError(f"koden til {one.number} åpnet ikke fakturaen: {answer.status_code}")
    browser.headers["Cookie"] = cookie
    pdf = browser.get(f"/f/{one.token}/pdf")
    if pdf.status_code != 200 or not pdf.content.startswith(b"%PDF-"):
        raise DebtorError(f"siden ga ingen PDF av {one.number}: {pdf.status_code}")
    return pdf.content


def _object(browser: httpx.Client, one: Letter) -> None:
    address = f"/f/{one.token}/objection"
    fields = {"form_token": _form_token(browser.get(address)), "reason": "wrong_amount", "words": "Prisen er ikke den avtalte."}
    answer = browser.post(address, data=fields)
    if answer.status_code != 200:
        raise DebtorError(f"innsigelsen til {one.number} ble ikke tatt imot: {answer.status_code}")


def _form_token(page: httpx.Response) -> str:
    found = _FORM_TOKEN.search(page.text)
    if page.status_code != 200 or not found:
        raise DebtorError(f"siden til skyldneren svarte {page.status_code} uten skjema")
    return found[1]
