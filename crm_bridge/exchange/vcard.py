"""Owns what the properties of a card say of a customer, and where a card begins and ends.

Read are KIND, FN, N, ORG, TEL, EMAIL, IMPP, ADR, URL, LANG, CATEGORIES, NOTE, a label of Apple's, and our own; nothing
else of a card is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from crm_bridge.exchange.compose import Draft
from crm_bridge.exchange.heading_words import MEDIA
from crm_bridge.exchange.lines import Lines, is_damaged
from crm_bridge.exchange.model import Kind, NewCustomer
from crm_bridge.exchange.table import CONTROLS, UNREADABLE, Broken, holds_controls
from crm_bridge.exchange.values import Unfit, line
from crm_bridge.exchange.vcard_lines import Property, divided, property_of, unescaped, unfolded

STATUS, OWNER, OWN = "X-SWITCHROOM-STATUS", "X-SWITCHROOM-OWNER", "X-SWITCHROOM-OWN"
LABEL = "X-ABLABEL"
#: A parameter that says the medium of an IMPP.
SERVICE = "X-SERVICE-TYPE"
_FRAME = frozenset(("BEGIN", "END", "VERSION", "AGENT"))
_WANTED = _FRAME | {
    *("KIND", "FN", "N", "ORG", "TEL", "EMAIL", "IMPP", "ADR", "URL", "LANG", "CATEGORIES", "NOTE"),
    *(LABEL, "X-ABSHOWAS", STATUS, OWNER, OWN),
    *(f"X-{medium.upper()}{end}" for medium in MEDIA for end in ("", "-USERNAME")),
}
#: By what a phone is called, the first that fits.
_LABEL_OF_TYPE = {"fax": "fax", "cell": "mobile", "mobile": "mobile", "iphone": "mobile", "work": "work",
                  "home": "home", "pager": "pager", "main": "main", "car": "car"}  # fmt: skip
_APPLES = re.compile(r"_\$!<(.*)>!\$_")
_MOST_PROPERTIES = 500
_MOST_TEXT = 4_000


@dataclass(slots=True)
class Card:
    """A card as it stands in the file; `number` counts from 1, `text` is its beginning."""

    number: int
    version: str = "3.0"
    properties: list[Property] = field(default_factory=list)
    text: str = ""
    fault: str = ""
    #: Something stands in it that is no property.
    stray: bool = False

    def take(self, text: str, whole: bool, encoding: str, country: str) -> None:
        """Put a line into the card; what is wrong with it is the card's fault."""
        if len(self.text) < _MOST_TEXT:
            self.text = f"{self.text}{text}\n"[:_MOST_TEXT]
        if not whole or len(self.properties) >= _MOST_PROPERTIES:
            self.fault = self.fault or "it is longer than a card may be"
            return
        try:
            read = property_of(text, encoding, country)
        except ValueError:
            self.stray = True
            return
        if read.name == "VERSION":
            self.version = read.value.strip()
        elif is_damaged(read.value):
            self.fault = self.fault or UNREADABLE
        elif holds_controls(read.value):
            self.fault = self.fault or CONTROLS
        else:
            self.properties.append(read)


def cards_of(lines: Lines, country: str) -> Iterator[Card | Broken]:
    """Yield every card of a file, in order; what stands between cards is no card."""
    card: Card | None = None
    number = within = 0  # a card of 2.1 may have its agent's card within
    agent = False
    for found in unfolded(lines, _WANTED):
        if found.name == "BEGIN":
            if card is not None and agent:
                within += 1
                continue
            if card is not None:
                yield Broken(card.number, "another card begins before its END:VCARD", card.text)
            number, within = number + 1, 0
            card = Card(number)
        elif found.name == "END" and card is not None:
            if within:
                within -= 1
                continue
            yield Broken(card.number, card.fault, card.text) if card.fault else card
            card = None
        elif card is not None and not within:
            if found.name in _WANTED - {"AGENT"}:
                card.take(found.text, found.whole, lines.encoding, country)
            elif not found.name:
                card.stray = True
        agent = found.name == "AGENT"
    if card is not None:
        yield Broken(card.number, "the file ends before its END:VCARD", card.text)


def customer_of(card: Card, country: str) -> tuple[NewCustomer, tuple[str, ...]]:
    """Return the customer that a card is, and what was left out of it. Raises Unfit if it is none."""
    draft = Draft()
    labels = {one.group: _label(one.value) for one in card.properties if one.name == LABEL and one.group}
    for one in sorted(card.properties, key=lambda one: not one.preferred):
        _put(draft, one, card.version, labels.get(one.group, ""), country)
    if not draft.name:
        draft.name = _name_of_parts(card)
    if card.stray:
        draft.warnings.append("a line that is no property was left out")
    return draft.customer(), tuple(draft.warnings)


def _put(draft: Draft, one: Property, version: str, label: str, country: str) -> None:
    text = line(unescaped(one.value, version))
    match one.name:
        case "FN" if one.parameters.get("DERIVED", ("",))[0].lower() != "true":  # RFC 9554: made of other properties
            draft.name = draft.name or text
        case "KIND":
            _put_kind(draft, text.lower())
        case "X-ABSHOWAS" if text.lower() == "company":
            draft.kind = Kind.ORGANISATION
        case "ORG":
            draft.organisation = draft.organisation or line(divided(one.value, ";", version)[0])
        case "TEL" if text:
            draft.add_phones([_dialled(text)], label or _label_of(one.types), country)
        case "EMAIL" if text:
            draft.add_mails([text])
        case "IMPP" if text:
            medium, _, name = text.partition(":")
            if medium.lower() == "x-apple":  # what no scheme can be called stands beside it, as Apple has it
                medium = next(iter(one.parameters.get(SERVICE, ())), medium)
            draft.add_handles([line(unquote(name))], medium.lower())
        case "ADR":
            _put_address(draft, divided(one.value, ";", version))
        case "URL" if text:
            draft.say_website(text)
        case "LANG" if text:
            draft.say_language(text)
        case "CATEGORIES":
            draft.add_tags(filter(None, map(line, divided(one.value, ",", version))))
        case "NOTE":
            draft.add_note(unescaped(one.value, version))
        case name if name == STATUS:
            draft.status = text
        case name if name == OWNER:
            draft.owner = text
        case name if name == OWN:
            own, value = (*divided(one.value, ";", version), "")[:2]
            draft.add_own(line(own), value)
        case name if name.startswith("X-") and text and name != LABEL:
            draft.add_handles([text], name.removeprefix("X-").removesuffix("-USERNAME").lower())


def _put_kind(draft: Draft, said: str) -> None:
    if said == "group":
        raise Unfit("it is a group of contacts, not a contact")
    draft.kind = draft.kind or (Kind.ORGANISATION if said in ("org", "organization") else Kind.PERSON)


def _put_address(draft: Draft, parts: list[str]) -> None:
    box, more, street, city, region, code, country = (*parts, *[""] * 7)[:7]
    if not any(part.strip() for part in parts):
        return
    if draft.address:
        draft.warnings.append("another address was left out")
        return
    draft.live_at("street", "\n".join(part for part in (street, more, box) if part.strip()))
    for part, text in (("city", city), ("region", region), ("postal_code", code), ("country", country)):
        draft.live_at(part, text)


def _name_of_parts(card: Card) -> str:
    for one in card.properties:
        if one.name == "N":
            family, given, middle, before, after = (*divided(one.value, ";", card.version), *[""] * 5)[:5]
            return line(" ".join((before, given, middle, family, after)))
    return ""


def _dialled(text: str) -> str:
    return unquote(text[4:]).partition(";")[0] if text[:4].lower() == "tel:" else text


def _label_of(types: tuple[str, ...]) -> str:
    return next((label for type_, label in _LABEL_OF_TYPE.items() if type_ in types), "")


def _label(value: str) -> str:
    apples = _APPLES.fullmatch(value)
    text = line(unescaped(apples[1] if apples else value, "3.0"))
    return text.lower() if apples else text
