"""The distribution partner's access point: hand over a document, read back what became of it.

Source: contract.openapi.yaml beside this file.
Assumed: the whole contract. Participants are written "0192:991825827".
"""

from __future__ import annotations

import hashlib
import uuid

from fakturabro.remote import answers, errors, http, rates
from fakturabro.systems.access_point import messages, wire

SYSTEM = "Aksesspunktet"


class AccessPoint:
    """The partner's interface with our bearer key. All methods raise the ladder in remote/errors.py."""

    def __init__(self, remote: http.Remote, *, base: str, key: str, tenant: str, budget: rates.RateBudget | None = None) -> None:
        self._remote, self._base = remote, base.rstrip("/")
        self._target = http.Target(system=SYSTEM, tenant=tenant, budget=budget)
        self._key = {"Authorization": f"Bearer {key}"}

    async def send(self, message_id: uuid.UUID, *, sender: str, receiver: str, document: bytes) -> wire.Message:
        """Hand over a UBL document under our message id. A change: settled by find_message when Uncertain.

        Raises AlreadyDelivered with the standing message when these very bytes stand there, Rejected when others do.
        """
        headers = {**self._key, "X-Sender": sender, "X-Receiver": receiver, "Content-Type": "application/xml"}
        answer = await self._remote.send(
            self._target, "PUT", self._address(message_id), changes=True, headers=headers, content=document, expected=(409,)
        )
        found = answers.decode(answer, wire.Message)
        if answer.status != 409:
            return found
        if found.sha256.lower() == hashlib.sha256(document).hexdigest() and found.receiver == receiver:
            raise errors.AlreadyDelivered(messages.stands_already(message_id), found)
        raise errors.Rejected(messages.another_stands(message_id), detail=messages.another_stands(message_id), status=409)

    async def find_message(self, message_id: uuid.UUID) -> wire.Message | None:
        """The message with this id, None when it certainly is not there."""
        answer = await self._remote.send(
            self._target, "GET", self._address(message_id), changes=False, headers=self._key, expected=(404,)
        )
        return None if answer.is_absent() else answers.decode(answer, wire.Message)

    def _address(self, message_id: uuid.UUID) -> str:
        return f"{self._base}/messages/{message_id}"
