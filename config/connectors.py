"""What the site says of other systems that learn of calls: web-hooks, help desks, and CRMs with a REST interface.

Owns names, types, defaults and single-value limits, like `config.schema`, whose part it is. Addresses may hold tokens,
so they are shown to nobody; how anything is sent is `crm_bridge.connectors`' business.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, model_validator

from config.values import Part, PhoneName, Seconds

_URL = r"\Ahttps?://[^\s\"<>\\/?#]{1,253}(?:/[^\s\"<>\\#]{0,1000})?\Z"
#: What leaves where nothing else is said: all of calls, messages, faxes and customers, but not each prompt and key.
TOLD = ("call_*", "message_taken", "fax_*", "outbound_*", "customer_*")

Url = Annotated[str, Field(pattern=_URL, repr=False)]
Secret = Annotated[str, Field(min_length=1, max_length=1000, repr=False)]
EventPattern = Annotated[str, Field(pattern=r"\A[a-z_*]{1,60}\Z")]
Template = Annotated[str, Field(max_length=20_000)]
#: Where a value lies in an answer: `attributes.first_name`, `list.0.id`; empty is all of it.
JsonPath = Annotated[str, Field(pattern=r"\A(?:[A-Za-z0-9_-]{1,80}(?:\.[A-Za-z0-9_-]{1,80}){0,9})?\Z")]


def matches(pattern: str, kind: str) -> bool:
    """Tell whether a kind of event is one that a pattern stands for, where `*` is any letters.

    >>> matches("call_*", "call_ended"), matches("call_*", "fax_received"), matches("*", "anything")
    (True, False, True)
    """
    return fnmatchcase(kind, pattern)


def _header_value(value: str | None) -> str | None:
    if value is not None and not (value.isprintable() and value.isascii()):
        raise ValueError("the value of a header is one line of visible ASCII signs")
    return value


class Webhook(Part):
    """An address that is posted what happened, as JSON.

    `template` writes the body: a text of JSON in the language of jinja2, or JSON whose texts are such templates.
    """

    url: Url
    #: Signs what is sent.
    secret: Annotated[str | None, Field(min_length=8, max_length=1000, repr=False)] = None
    events: Annotated[tuple[EventPattern, ...], Field(min_length=1, max_length=50)] = TOLD
    template: Template | dict[str, JsonValue] | None = None


class Zammad(Part):
    """A help desk with the generic CTI interface of Zammad; `url` is the endpoint that its settings show."""

    url: Url
    #: By what Zammad knows our people: a login, a mail address, or a number. Left out, by the name of the phone.
    users: dict[PhoneName, Annotated[str, Field(min_length=1, max_length=200)]] = Field(default_factory=dict)


class Basic(Part):
    """Name and password with each request."""

    user: Annotated[str, Field(min_length=1, max_length=254, pattern=r"\A[^:\r\n]+\Z")]
    password: Secret


class Header(Part):
    """A header of its own with each request, such as X-Api-Key."""

    name: Annotated[str, Field(pattern=r"\A[A-Za-z][A-Za-z0-9-]{0,60}\Z")]
    value: Annotated[Secret, AfterValidator(_header_value)]


class OAuth2(Part):
    """A token is fetched with an id and a secret of ours ("client credentials")."""

    #: Where tokens are given: a path below the system's address, or an address.
    path: Annotated[str, Field(min_length=1, max_length=1000)] = "access_token"
    client_id: Annotated[str, Field(min_length=1, max_length=254)]
    client_secret: Secret
    scope: Annotated[str, Field(max_length=1000)] = ""


class Auth(Part):
    """How we prove who we are: one of the four."""

    bearer: Annotated[str | None, Field(min_length=1, max_length=1000, repr=False), AfterValidator(_header_value)] = (
        None
    )
    basic: Basic | None = None
    header: Header | None = None
    oauth2: OAuth2 | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.bearer, self.basic, self.header, self.oauth2)) != 1:
            raise ValueError("write exactly one of `bearer:`, `basic:`, `header:` and `oauth2:`")
        return self


def _one_or_more(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _below(value: str) -> str:
    if value.startswith("/") or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", value) or ".." in value:
        raise ValueError("a path is below the system's address: write one such as V8/module/Contacts")
    return value


class Request(Part):
    """A request to the system: `path`, `query` and all texts in `body` are templates."""

    method: Literal["GET", "POST", "PUT", "PATCH"] = "GET"
    path: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_below)]
    query: Annotated[dict[str, Template], Field(max_length=30)] = Field(default_factory=dict)
    body: dict[str, JsonValue] | None = None


class Lookup(Request):
    """Ask who has a number: where the found ones are in the answer, and which of their fields say what.

    `called` is what such a one is called there ("Contacts"), for the templates of the other requests.
    """

    results: JsonPath = ""
    id: JsonPath = "id"
    name: Annotated[tuple[JsonPath, ...], BeforeValidator(_one_or_more)] = ("name",)
    company: JsonPath | None = None
    called: Annotated[str, Field(max_length=80)] = ""


class Create(Request):
    """Make something in the system; `id` is where the answer says its id."""

    method: Literal["POST", "PUT", "PATCH"] = "POST"
    id: JsonPath = "id"
    called: Annotated[str, Field(max_length=80)] = ""
    #: Words of a refusal that say that it is there already, so that nothing is to be done.
    already: Annotated[str, Field(max_length=200)] = ""


class Unless(Request):
    """Asked before something is made: when anything is found, it is there already."""

    results: JsonPath = ""


class JournalCall(Create):
    """Enter a call that is over."""

    unless: Unless | None = None


class RestDescription(Part):
    """How a system is asked and told."""

    content_type: Annotated[str, Field(pattern=r"\A[a-z]+/[a-z0-9.+-]{1,60}\Z")] = "application/json"
    lookup: Annotated[tuple[Lookup, ...], Field(max_length=6)] = ()
    create_contact: Create | None = None
    journal_call: JournalCall | None = None


class Rest(Part):
    """A CRM with a REST interface: one we know by name, or one that is described here."""

    url: Url
    auth: Auth | None = None
    system: Literal["suitecrm", "espocrm"] | None = None
    description: RestDescription | None = None
    #: Make a contact of a caller nobody there knows.
    create: bool = False

    @model_validator(mode="after")
    def _one_description(self) -> Self:
        if (self.system is None) == (self.description is None):
            raise ValueError("write exactly one of `system:` and `description:`")
        return self


class Connector(Part):
    """One system that learns of what happens here."""

    webhook: Webhook | None = None
    zammad: Zammad | None = None
    rest: Rest | None = None
    #: It is in our own network: without this, addresses there are refused.
    internal: bool = False
    #: For one request and all of its answer.
    timeout: Annotated[Seconds, Field(ge=0.1, le=60)] = 10.0
    #: Requests at a time.
    at_once: Annotated[int, Field(ge=1, le=50)] = 8
    #: Something that has waited so long for it is an alarm.
    alarm: Annotated[Seconds, Field(ge=60)] = 900.0

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(kind is not None for kind in (self.webhook, self.zammad, self.rest)) != 1:
            raise ValueError("write exactly one of `webhook:`, `zammad:` and `rest:`")
        return self

    @property
    def kind(self) -> str:
        """What it is, in one word."""
        return "webhook" if self.webhook is not None else "zammad" if self.zammad is not None else "rest"

    @property
    def url(self) -> str:
        """Where it is."""
        one = self.webhook or self.zammad or self.rest
        assert one is not None
        return one.url
