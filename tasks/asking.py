"""How runs ask people: through the gateway's pages, by a mail that carries a one-time link."""

from __future__ import annotations

import ipaddress
import logging
import re
import secrets
from typing import Annotated

import pydantic
import pydantic_settings

from fakturabro.gateway import asking, parts
from fakturabro.remote import errors
from fakturabro.systems.mail import letters
from tasks import clock, connect

_NAME = "Fakturabro"
_ATTEMPTS = 3
_LOGGER = logging.getLogger("fakturabro")


class GatewaySettings(pydantic_settings.BaseSettings):
    """Where the gateway listens and how it is reached: FAKTURABRO_GATEWAY_..."""

    model_config = pydantic_settings.SettingsConfigDict(env_prefix="FAKTURABRO_GATEWAY_", frozen=True)

    url: str = ""
    """Its public address, which stands in mails: https://portal.example.no, without a path"""
    host: str = "127.0.0.1"
    port: int = 8080
    proxies: Annotated[tuple[str, ...], pydantic_settings.NoDecode] = ()
    """Addresses or networks of reverse proxies, separated by commas. X-Forwarded-* of anybody else is ignored."""
    language: parts.Language = "nb"

    @pydantic.field_validator("url")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        if text and not re.fullmatch(r"https?://[^/?#\s@]+/?", text):
            raise ValueError(f"{text!r} must be https://name without a path: the pages stand at the root of a name of their own")
        return text.rstrip("/")

    @pydantic.field_validator("proxies", mode="before")
    @classmethod
    def _are_networks(cls, text: object) -> object:
        named = [part.strip() for part in text.split(",") if part.strip()] if isinstance(text, str) else text
        for name in named if isinstance(named, list) else ():
            ipaddress.ip_network(name)  # raises ValueError, also for "*": whoever believes everybody believes a forger
        return named


async def is_ready(connections: connect.Connections) -> bool:
    """Whether the gateway answers at its public address and says that it is ready: debtors can open their links."""
    return await connections.answers(f"{GatewaySettings().url}/ready")


def base_url() -> str:
    """The gateway's public address, which stands in mails. Raises SettingError."""
    address = GatewaySettings().url
    if not address:
        raise connect.SettingError("Innstillingen FAKTURABRO_GATEWAY_URL mangler. Uten den kan ingen lenke sendes.")
    return address


def asker(connections: connect.Connections) -> asking.Asker:
    """What a run asks people through: its ledger and the installation's mail server. Raises SettingError without an address."""
    base = base_url()
    sender, domain = connections.mail_identity()

    def send(mail: asking.Mail) -> None:
        message = letters.build(
            message_id=f"<link.{secrets.token_hex(12)}@{domain}>",
            date=clock.now(),
            client_name=_NAME,
            sender=sender,
            reply_to=sender,
            recipients=[mail.recipient],
            subject=mail.subject,
            text=mail.text,
        )
        for attempt in range(_ATTEMPTS):
            try:
                with connections.mail() as relay:
                    relay.send(message, [mail.recipient])
            except errors.Uncertain as error:  # it may have arrived: the same link goes again, and counts in any case
                _LOGGER.warning("%s (%d)", error, attempt + 1)
            else:
                break

    return asking.Asker(ledger=connections.ledger, base=base, send=send, language=GatewaySettings().language)
