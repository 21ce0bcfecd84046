"""Somebody else's mail server on loopback (aiosmtpd): keeps every mail, and refuses whom it is told to."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage

from aiosmtpd.controller import Controller


@dataclass
class Received:
    sender: str
    recipients: list[str]
    message: EmailMessage

    @property
    def text(self) -> str:
        return self.message.get_content()


class OnAnyPort(Controller):
    """Looks whether it listens at the port that the system gave it."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class MailServer:
    """`refusals` has an answer for each address that is not taken; it may be replaced at any time."""

    def __init__(self) -> None:
        self.mails: list[Received] = []
        self.refusals: dict[str, str] = {}
        self.answer = "250 2.0.0 kept"
        self.controller = OnAnyPort(self, hostname="127.0.0.1", port=0)
        self.controller.start()

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.answer.startswith("250"):
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
            self.mails.append(Received(envelope.mail_from, list(envelope.rcpt_tos), message))
        return self.answer

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.controller.port}"

    def end(self) -> None:
        self.controller.stop()
