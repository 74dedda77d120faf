"""The demo's approver: gets a code generator, and answers with a code what the mails ask about, as a person does."""

from __future__ import annotations

import base64
import email
import email.policy
import re
import time
from typing import NamedTuple

import httpx

from console import serving, serving_bank, serving_severa
from fakturabro.ledger import approvers

_ADDRESS = next(iter(serving_bank.APPROVERS.values()))
_LINK = re.compile(r"https?://\S+(/(?:enrol|approvals)/[\w-]+)")
_TENANT = re.compile(r"for (\w+)$")
_FORM_TOKEN = re.compile(r'name="form_token" value="(\w+)"')
_SECRET = re.compile(r'class="secret">([A-Z2-7 ]+)<')
_STEP = 30


class ApproverError(Exception):
    """The gateway did not take what the approver did; the message says what."""


class _Mail(NamedTuple):
    tenant: str
    paths: list[str]


class Approver:
    """One person, with a code generator for each tenant. `secrets` must stand nowhere, by name."""

    def __init__(self, installation: serving.Installation) -> None:
        self._installation = installation
        self._generators: dict[str, bytes] = {}
        self._used: dict[str, int] = {}
        self._opened: set[str] = set()

    @property
    def secrets(self) -> dict[str, str]:
        """What must stand nowhere, by name: the generators' secrets and the links."""
        generators = {f"kodegeneratoren til {tenant}": base64.b32encode(one).decode() for tenant, one in self._generators.items()}
        links = {f"godkjennerlenke {n}": path.rpartition("/")[2] for n, path in enumerate(sorted(self._opened), 1)}
        return {**generators, **links}

    def enrol(self) -> None:
        """Get a code generator for each tenant. Raises ApproverError."""
        for tenant in (*self._installation.clients(), *serving_severa.TENANTS):
            self._installation.invite(tenant, _ADDRESS)
        for mail in self._unread("/enrol/"):
            for path in mail.paths:
                self._enrol(mail.tenant, path)

    def decide(self, answers: tuple[str, ...], why: str) -> int:
        """Give the first of these answers that a page offers, to all that is asked; how many answers. Raises ApproverError."""
        count = 0
        for mail in self._unread("/approvals/"):
            for path in mail.paths:
                fields = {"answer": self._offered(path, answers), "why": why, "code": self._code(mail.tenant)}
                self._post(path, 200, **fields)
                count += 1
        return count

    def _offered(self, path: str, answers: tuple[str, ...]) -> str:
        """Which of the answers stands on the page."""
        shown = httpx.get(f"{self._installation.gateway}{path}", timeout=30, trust_env=False).text
        return next((one for one in answers if f'name="answer" value="{one}"' in shown), answers[0])

    def put_aside(self) -> None:
        """Leave unanswered what is asked until now."""
        self._unread("/approvals/")

    def _enrol(self, tenant: str, path: str) -> None:
        shown = _SECRET.search(self._post(path, 200, step="show"))
        if not shown:
            raise ApproverError(f"{tenant}: siden viser ingen kodegenerator")
        self._generators[tenant] = base64.b32decode(shown[1].replace(" ", ""))
        self._post(path, 200, step="confirm", code=self._code(tenant))

    def _code(self, tenant: str) -> str:
        """The code of now, or the next one where that was used; the gateway takes one step before and after its own time."""
        step = max(self._used.get(tenant, 0) + 1, int(time.time()) // _STEP)
        while step > int(time.time()) // _STEP + 1:
            time.sleep(0.5)
        self._used[tenant] = step
        return approvers.code(self._generators[tenant], step)

    def _post(self, path: str, expected: int, **fields: str) -> str:
        with httpx.Client(base_url=self._installation.gateway, timeout=30, trust_env=False) as browser:
            token = _FORM_TOKEN.search(browser.get(path).text)
            answer = browser.post(path, data={"form_token": token[1] if token else "", **fields})
        if answer.status_code != expected:
            said = re.sub(r"<[^>]+>|\s+", " ", answer.text)[-300:]
            raise ApproverError(f"siden for godkjennere svarte {answer.status_code}: {said}")
        return answer.text

    def _unread(self, page: str) -> list[_Mail]:
        """Mails to the approver with links of a page that was not opened yet; they count as read now."""
        found: list[_Mail] = []
        for stored in httpx.get(f"{self._installation.sandboxes['mail']['control_url']}/messages").raise_for_status().json():
            if _ADDRESS not in stored["recipients"]:
                continue
            mail = email.message_from_bytes(base64.b64decode(stored["content"]), policy=email.policy.default)
            body, tenant = mail.get_body(("plain",)), _TENANT.search(str(mail["Subject"]))
            paths = [
                path for path in _LINK.findall(body.get_content() if body else "") if page in path and path not in self._opened
            ]
            if tenant and paths:
                found.append(_Mail(tenant[1], paths))
                self._opened.update(paths)
        return found
