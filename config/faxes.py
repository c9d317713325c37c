"""What the site says of faxes: the boxes they come to and leave from, who gets them, and how they are sent.

Owns names, types, defaults and single-value limits, like `config.schema`, whose part it is.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from config.mailboxes import Days, MailAddress
from config.values import AbsolutePath, Name, Part, PhoneName, Seconds

#: Where a web-hook is; it may hold a token, so it is shown to admins only.
_URL = r"\Ahttps?://[^\s\"<>\\]{1,1000}\Z"
_HOST = r"\A[A-Za-z0-9:][A-Za-z0-9.:-]{0,253}\Z"

Station = Annotated[str, Field(min_length=1, max_length=20, pattern=r"\A[0-9A-Za-z+ ]+\Z")]
FaxResolution = Literal["standard", "fine", "superfine"]


class Receiver(Part):
    """One who gets every fax of a box: a mail address, a folder of this machine, or a web-hook."""

    mail: MailAddress | None = None
    folder: AbsolutePath | None = None
    webhook: Annotated[str, Field(pattern=_URL)] | None = None
    #: Signs what the web-hook is sent.
    secret: Annotated[str | None, Field(min_length=8, max_length=1000, repr=False)] = None

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, value: Any) -> Any:
        return {"mail": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.mail, self.folder, self.webhook)) != 1:
            raise ValueError("write exactly one of `mail:`, `folder:` and `webhook:`")
        if self.secret is not None and self.webhook is None:
            raise ValueError("`secret:` belongs to a web-hook: delete it, or add `webhook:`")
        return self

    @property
    def channel(self) -> str:
        """How things go there, in the words of the ledger's deliveries."""
        return "mail" if self.mail is not None else "folder" if self.folder is not None else "webhook"

    @property
    def where(self) -> str:
        """Where they go."""
        return self.mail or self.folder or self.webhook or ""


class FaxBox(Part):
    """Where faxes of a department arrive, and as whom it sends.

    A fax box belongs to the department or person of its name; one of another name says who reads it.
    """

    name: Annotated[str, Field(max_length=80)] | None = None
    deliver: Annotated[tuple[Receiver, ...], Field(max_length=20)] = ()
    departments: tuple[Name, ...] = ()
    people: tuple[PhoneName, ...] = ()
    #: Our number, as those called see it; left out, the first number that leads here.
    number: Annotated[str, Field(max_length=40)] | None = None
    #: What our machine calls itself; left out, our number.
    station: Station | None = None
    #: Who is told, besides the sender, what became of a fax that was sent.
    confirm: Annotated[tuple[MailAddress, ...], Field(max_length=20)] = ()
    keep: Days = 365


class Again(Part):
    """How often something is tried in all, and the wait between."""

    tries: Annotated[int, Field(ge=1, le=50)]
    after: Annotated[Seconds, Field(ge=5)]


def _folder_of_mails(value: str) -> str:
    if not value.isprintable() or '"' in value or "\\" in value:
        raise ValueError(f"{value!r} is no folder of a mailbox: write one such as INBOX")
    return value


class FaxByMail(Part):
    """A mailbox from which mails become faxes: a PDF attached, the number in the subject."""

    server: Annotated[str, Field(pattern=_HOST)]
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    security: Literal["tls", "starttls", "none"] = "tls"
    user: Annotated[str, Field(min_length=1, max_length=254)]
    password: Annotated[str, Field(min_length=1, max_length=1000, repr=False)]
    folder: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_folder_of_mails)] = "INBOX"
    #: Who may send by mail, and from which box: an address, or all of a domain as "@acme.example".
    senders: Annotated[dict[str, Name], Field(min_length=1, max_length=1000)]
    every: Annotated[Seconds, Field(ge=5, le=3600)] = 30.0
    ca_file: AbsolutePath | None = None


class FaxSettings(Part):
    """How faxes are sent, whichever box they leave from."""

    #: Faxes on the trunk at once.
    at_once: Annotated[int, Field(ge=1, le=50)] = 2
    resolution: FaxResolution = "fine"
    busy: Again = Again(tries=5, after=180.0)
    no_answer: Again = Again(tries=3, after=600.0)
    #: When a machine answered, but the fax did not go through; pages already there are sent again.
    failed: Again = Again(tries=3, after=300.0)
    by_mail: FaxByMail | None = None
    #: Languages in which received faxes are read, by tesseract's names; none for not at all.
    read: Annotated[tuple[Annotated[str, Field(pattern=r"\A[A-Za-z_]{3,20}\Z")], ...], Field(max_length=10)] = ("eng",)
