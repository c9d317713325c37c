"""Mails, and whoever takes what becomes of them, for the tests of faxes by mail."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

from config.faxes import FaxByMail
from fax.by_mail.door import MailDoor
from fax.by_mail.model import Limits
from fax.model import Direction, Fax, NotPossible, Order, State
from ledger.clock import ManualClock

PDF = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
NUMBER = "+370 5 211 0000"
ALICE = "Alice Doe <alice@acme.example>"


def mail(
    subject: str | None = NUMBER,
    *,
    sender: str = ALICE,
    body: str | None = "Please send this.\n\n-- \nAlice",
    html: str | None = None,
    attached: tuple[tuple[bytes, str, str], ...] = ((PDF, "application/pdf", "offer.pdf"),),
    message_id: str | None = "<1@acme.example>",
    more: dict[str, str] | None = None,
) -> bytes:
    """Return a mail as it lies in a mailbox; `attached` holds content, media type and name."""
    made = EmailMessage()
    made["From"] = sender
    made["To"] = "faxes@acme.example"
    if subject is not None:
        made["Subject"] = subject
    if message_id is not None:
        made["Message-ID"] = message_id
    for name, value in (more or {}).items():
        made[name] = value
    if body is not None:
        made.set_content(body)
    if html is not None:
        if body is None:
            made.set_content(html, subtype="html")
        else:
            made.add_alternative(html, subtype="html")
    for content, kind, name in attached:
        main, _, sub = kind.partition("/")
        made.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return made.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@dataclass
class FaxRoom:
    """Takes orders as the service does: the same key twice is the same fax. `fails` is raised after the commit."""

    clock: ManualClock = field(default_factory=ManualClock)
    orders: dict[str, Order] = field(default_factory=dict)
    documents: list[bytes] = field(default_factory=list)
    impossible: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    fails: Exception | None = None
    blocks: asyncio.Event | None = None

    async def submit(self, order: Order, document: Path) -> Fax:
        self.asked += 1
        if self.blocks is not None:
            self.blocks.set()
            await asyncio.Event().wait()
        if order.number in self.impossible:
            raise NotPossible(self.impossible[order.number])
        if order.key not in self.orders:
            self.orders[order.key] = order
            self.documents.append(await asyncio.to_thread(document.read_bytes))
        if self.fails is not None:
            raise self.fails
        now = self.clock.now()
        return Fax("f1", Direction.OUT, order.box, State.PREPARING, now, now + timedelta(days=1))

    @property
    def numbers(self) -> list[str]:
        return [order.number for order in self.orders.values()]


@dataclass
class Answers:
    """Keeps what senders are told: to whom, subject, text, about which mail."""

    told: list[tuple[str, str, str, str]] = field(default_factory=list)

    async def answer(self, to: str, subject: str, text: str, about: str) -> None:
        self.told.append((to, subject, text, about))

    @property
    def texts(self) -> str:
        return "\n".join(text for _, _, text, _ in self.told)


@dataclass
class House:
    """A door and all around it; `settings` may be changed between rounds."""

    settings: FaxByMail | None
    folder: Path
    limits: Limits = field(default_factory=Limits)
    room: FaxRoom = field(default_factory=FaxRoom)
    answers: Answers = field(default_factory=Answers)
    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        self.asked = asyncio.Semaphore(0)
        self.door = MailDoor(
            self._told,
            self.room.submit,
            self.answers.answer,
            folder=self.folder,
            clock=self.clock,
            limits=self.limits,
        )

    def _told(self) -> FaxByMail | None:
        self.asked.release()
        return self.settings

    async def next_round(self) -> None:
        """Wait until `run` began another round: it asks for the settings twice in each."""
        for _ in range(2):
            await self.asked.acquire()


def by_mail(port: int, **changes: object) -> FaxByMail:
    """Return settings of a server on loopback, without TLS but for changes."""
    said: dict[str, object] = {
        "server": "127.0.0.1",
        "port": port,
        "security": "none",
        "user": "faxes",
        "password": "secret word",
        "senders": {"@acme.example": "office", "Bob@partner.example": "sales"},
    }
    return FaxByMail.model_validate({**said, **changes})
