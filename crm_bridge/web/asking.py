"""What the customers' pages are asked for, between addresses and values."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, fields, replace
from datetime import datetime
from urllib.parse import urlencode

from crm_bridge.model import Kind, NoSuchCustomer
from crm_bridge.narrowing import After, Narrowed
from crm_bridge.timeline import Before
from ledger.web.visit import Refusal, Visit

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_LONGEST = 200


def id_of(visit: Visit) -> str:
    """Return the customer's id of the address; raises NoSuchCustomer for what can be none."""
    return known_form(visit.request.match_info["id"])


def known_form(id_: str) -> str:
    """Return what may be an id of ours; raises NoSuchCustomer."""
    if not _ID.fullmatch(id_):
        raise NoSuchCustomer(id_[:64])
    return id_


def words_of(visit: Visit, name: str) -> str:
    """Return a parameter as one line that any database takes, '' for none."""
    return " ".join((visit.query(name) or "").replace("\0", " ")[:_LONGEST].split())


@dataclass(frozen=True)
class Wanted:
    """A list of customers as its address says it; `show` is a kind of customers, or `unknown` for numbers.

    >>> Wanted(q="ona", tag="vip").query(q="", show="person")
    '?tag=vip&show=person'
    """

    q: str = ""
    status: str = ""
    owner: str = ""
    tag: str = ""
    show: str = ""
    after: str = ""

    @classmethod
    def of(cls, visit: Visit) -> Wanted:
        """Read the parameters; raises Refusal for what cannot be understood."""
        wanted = cls(**{field.name: words_of(visit, field.name) for field in fields(cls)})
        if wanted.show not in ("", "unknown", *Kind):
            raise Refusal(400, "`show` is none that there is", f"write one of unknown, {', '.join(Kind)}")
        return wanted

    @property
    def narrowed(self) -> Narrowed:
        """Return it as the rules take it."""
        kind = Kind(self.show) if self.show in tuple(Kind) else None
        return Narrowed(self.status, self.owner, self.tag, kind, unknown=self.show == "unknown")

    @property
    def filtered(self) -> bool:
        """Whether more is asked for than a kind of customers."""
        return bool(self.status or self.owner or self.tag)

    def query(self, **changes: str) -> str:
        """Return the address's parameters with these changes; '' for none."""
        changed = replace(self, **changes)
        said = {field.name: value for field in fields(changed) if (value := getattr(changed, field.name))}
        return f"?{urlencode(said)}" if said else ""


def place_written(after: After | None) -> str:
    """Write where a list goes on, for an address."""
    return "" if after is None else base64.urlsafe_b64encode(json.dumps(after).encode()).decode()


def place_read(text: str) -> After | None:
    """Read where a list goes on; raises Refusal.

    >>> place_read(place_written(("ona", "1"))), place_read("")
    (('ona', '1'), None)
    """
    if not text:
        return None
    try:
        name, id_ = json.loads(base64.urlsafe_b64decode(text.encode()))
        if isinstance(name, str) and isinstance(id_, str) and _ID.fullmatch(id_) and "\0" not in name:
            return name.encode(errors="replace").decode()[:_LONGEST], id_
    except (ValueError, TypeError, binascii.Error):
        pass
    raise Refusal(400, "`after` is no place in this list", "begin anew")


def before_written(before: Before | None) -> str:
    """Write where a timeline goes on, for an address."""
    return "" if before is None else f"{before[0].isoformat()} {before[1]}"


def before_of(visit: Visit) -> Before | None:
    """Read where a timeline goes on; raises Refusal."""
    if (text := visit.query("before")) is None:
        return None
    moment, _, id_ = text.partition(" ")
    try:
        at = datetime.fromisoformat(moment)
        if at.tzinfo is not None and 1970 <= at.year <= 9000 and id_ and len(id_) <= _LONGEST and id_.isprintable():
            return at, id_
    except ValueError:
        pass
    raise Refusal(400, "`before` is no place in this timeline", "begin at the customer's page again")
