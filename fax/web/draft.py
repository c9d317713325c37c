"""What somebody wants to have sent, as a form or a program says it, and what is wrong with it, field by field. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from callrouter.allowed import CannotCall, number_to_call
from config.mailboxes import MailAddress
from config.schema import Site
from fax.documents.model import MOST_NOTE, MOST_WORDS, Resolution
from fax.model import CoverNote, Order
from fax.orders import FURTHEST, MOST_CONFIRM, MOST_LETTERS

#: A time that has just gone by is now: somebody may think before they press the button.
JUST_NOW = timedelta(minutes=15)
_LONGEST_KEY = 200
_ADDRESS: TypeAdapter[str] = TypeAdapter(MailAddress)
_YES = ("1", "true", "yes", "on")
_NO = ("", "0", "false", "no")


@dataclass(frozen=True)
class Draft:
    """The fields as they were written. `confirm` holds addresses between commas, `send_at` is empty for now."""

    box: str = ""
    number: str = ""
    name: str = ""
    subject: str = ""
    resolution: str = ""
    cover: str = ""
    cover_to: str = ""
    cover_from: str = ""
    cover_note: str = ""
    when: str = ""
    send_at: str = ""
    confirm: str = ""
    key: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Draft:
        """Take what was given, without what is unknown here."""
        return cls(**{field.name: given.get(field.name, "").strip() for field in fields(cls)})

    @property
    def has_cover(self) -> bool:
        return self.cover.lower() in _YES

    def idle(self, given: Mapping[str, str]) -> list[str]:
        """List the fields that mean nothing: whoever writes a program should hear of them."""
        known = {field.name for field in fields(self)}
        idle = [name for name in given if name not in known]
        if not self.has_cover:
            idle += [name for name in ("cover_to", "cover_from", "cover_note") if given.get(name)]
        return idle

    def mistakes(self, site: Site, now: datetime, boxes: Collection[str]) -> dict[str, str]:
        """Say by field what is wrong and what to do; {} when it can be sent."""
        found: dict[str, str] = {}
        if self.box not in boxes:
            found["box"] = "Choose the fax box to send from." if not self.box else "You do not send from this box."
        if not self.number:
            found["number"] = "Write the fax number, such as +370 5 200 0000."
        else:
            try:
                number_to_call(site, self.number)
            except CannotCall as refused:
                found["number"] = f"{str(refused)[:1].upper()}{str(refused)[1:]}."
        for name in ("name", "subject"):
            if len(getattr(self, name)) > MOST_LETTERS:
                found[name] = f"Write at most {MOST_LETTERS} letters."
        if self.resolution and self.resolution not in [*Resolution]:
            found["resolution"] = f"Choose one of {', '.join(Resolution)}."
        found |= self._wrong_cover() | self._wrong_time(site.company.zone, now) | self._wrong_addresses()
        if len(self.key) > _LONGEST_KEY:
            found["key"] = f"Write at most {_LONGEST_KEY} letters."
        return found

    def order(self, site: Site, sent_by: str, key: str) -> Order:
        """Return it as the rules take it; only without mistakes."""
        return Order(
            box=self.box,
            number=self.number,
            sent_by=sent_by,
            name=self.name,
            subject=self.subject,
            cover=CoverNote(self.cover_to, self.cover_from, self.cover_note) if self.has_cover else None,
            resolution=Resolution(self.resolution) if self.resolution else None,
            send_at=self._moment(site.company.zone),
            confirm=self._addresses(),
            key=key,
        )

    def _wrong_cover(self) -> dict[str, str]:
        if not self.has_cover:
            return {} if self.cover.lower() in _NO else {"cover": "Write 1 for a cover sheet, or leave it out."}
        found = {}
        for name in ("cover_to", "cover_from"):
            if len(getattr(self, name)) > MOST_WORDS:
                found[name] = f"Write at most {MOST_WORDS} letters."
        if len(self.cover_note) > MOST_NOTE:
            found["cover_note"] = f"Write at most {MOST_NOTE} letters."
        return found

    def _wrong_time(self, zone: ZoneInfo, now: datetime) -> dict[str, str]:
        if self.when == "later" and not self.send_at:
            return {"send_at": "Choose day and time, or send it now."}
        try:
            at = self._moment(zone)
        except ValueError:
            return {"send_at": "Write day and time as 2026-11-20T14:30."}
        if at is None:
            return {}
        if at < now - JUST_NOW:
            return {"send_at": "This time has gone by. Choose a later one, or send it now."}
        if at > now + FURTHEST:
            return {"send_at": "Choose a time within a year."}
        if not _is_shown(at):
            return {"send_at": "There is no such time that day: clocks go forward. Choose another one."}
        return {}

    def _moment(self, zone: ZoneInfo) -> datetime | None:
        """Return when it is to be sent, None for now; raises ValueError. A time without zone is the site's."""
        if self.when == "now" or not self.send_at:
            return None
        at = datetime.fromisoformat(self.send_at)
        if not 1970 <= at.year <= 9000:
            raise ValueError(at)
        return at if at.tzinfo is not None else at.replace(tzinfo=zone)

    def _addresses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part for part in re.split(r"[,;\s]+", self.confirm) if part))

    def _wrong_addresses(self) -> dict[str, str]:
        addresses = self._addresses()
        if len(addresses) > MOST_CONFIRM:
            return {"confirm": f"Write at most {MOST_CONFIRM} addresses."}
        for address in addresses:
            try:
                _ADDRESS.validate_python(address)
            except ValidationError:
                return {"confirm": f"{address[:60]} is no mail address: write one such as ona@acme.example."}
        return {}


def _is_shown(at: datetime) -> bool:
    """Tell whether a clock on the wall shows this time: when clocks go forward, it leaves out an hour."""
    return at.astimezone(UTC).astimezone(at.tzinfo).replace(tzinfo=None) == at.replace(tzinfo=None)
