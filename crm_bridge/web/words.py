"""The words of the customers' pages: names as they may be shown, media, outcomes, steps. Pure; wording only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from callrouter.events import Outcome
from callrouter.outcome_words import OUTCOMES
from config.customers import CustomerSettings
from crm_bridge.model import Customer, Direction, Interaction, Kind, Medium, Step

#: Letters of a name in a list, in a heading, and of any other value that somebody wrote.
IN_LIST, IN_HEADING, VALUE = 80, 160, 200
#: Signs that turn the direction of what stands around them, or are not seen at all.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u061c\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]+")

FIELDS: Mapping[str, str] = {
    "name": "Name",
    "kind": "Kind",
    "organisation": "Organisation",
    "phones": "Numbers",
    "mails": "Mail addresses",
    "handles": "Other services",
    "address": "Address",
    "website": "Website",
    "language": "Language",
    "status": "Status",
    "owner": "Owner",
    "insiders": "Our people concerned",
    "relations": "People concerned outside",
    "tags": "Tags",
    "fields": "Own fields",
    "title": "Title",
    "amount": "Amount",
    "currency": "Currency",
    "stage": "Stage",
    "whose": "Whose",
    "expected": "Expected",
    "closed": "Closed",
    "what": "What",
    "due": "Due",
    "matter": "Matter",
    "text": "Text",
}
#: As in the list of calls; but beside a customer's matters, which are closed too, it is said who did what.
_OUTCOMES: Mapping[Outcome, tuple[str, str]] = {
    **OUTCOMES,
    Outcome.VOICEMAIL: ("Left a message", "calm"),
    Outcome.CLOSED: ("We were closed", "calm"),
}
_TITLES: Mapping[tuple[Medium, Direction], str] = {
    (Medium.VOICE, Direction.IN): "Call",
    (Medium.VOICE, Direction.OUT): "Call from us",
    (Medium.VOICEMAIL, Direction.IN): "Voicemail",
    (Medium.VOICEMAIL, Direction.OUT): "Voicemail",
    (Medium.FAX, Direction.IN): "Fax",
    (Medium.FAX, Direction.OUT): "Fax from us",
}
_STEPS: Mapping[str, str] = {
    "added": "Customer added",
    "changed": "Customer changed",
    "number attached": "Number attached",
    "note added": "Note",
    "note given": "A note came along with a contact",
    "note taken away": "A note went along with a contact",
    "activity given": "What is to be done came along with a contact",
    "activity taken away": "What is to be done went along with a contact",
    "merged": "Another customer merged into this one",
    "merged into": "Merged into another",
    "merge undone": "Merge undone",
    "told apart": "Told apart from a similar one",
    "interaction given": "A contact was said to be this customer's",
    "interaction taken away": "A contact was said to be somebody else's",
}


#: Of these nothing is told: ids, and what says itself.
_UNTOLD = frozenset({"with", "organisation", "relations", "matter", "kind", "currency", "closed", "version"})
#: Says a field's value, as a step keeps it, in words: names for accounts, amounts, moments.
Inside = Callable[[str, object], str]


@dataclass(frozen=True)
class Changed:
    """One thing that changed, from what to what; '' where there was or is nothing."""

    what: str
    before: str
    after: str


def shown(text: str, most: int = IN_HEADING) -> str:
    """Return what somebody wrote as it may be shown: one line, cut, with no sign that turns what stands around it.

    >>> shown("Ona\\u202e evil\\n  ", 40), shown("x" * 9, 5)
    ('Ona evil', 'xxxx…')
    """
    line = " ".join(_UNSEEN.sub(" ", text[: most * 8]).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def shown_lines(text: str) -> str:
    """Return what somebody wrote in several lines as it may be shown."""
    return "\n".join(_UNSEEN.sub(" ", line) for line in text.split("\n"))


def name_of(customer: Customer, most: int = IN_LIST) -> str:
    """Return the best name there is of a customer."""
    return shown(customer.name, most) or (customer.numbers[0] if customer.numbers else "No name")


def contact_title(contact: Interaction) -> str:
    """Say what an interaction was."""
    return _TITLES[contact.medium, contact.direction]


def contact_mark(contact: Interaction) -> tuple[str, str]:
    """Say how it ended, and in which tone."""
    if contact.outcome is not None:
        return _OUTCOMES[contact.outcome]
    if contact.ended is None:
        return "Going on", "warn"
    answered = contact.talked > 0 or contact.result in ("answered", "sent")
    return (shown(contact.result, 40).capitalize() or "Ended", "good" if answered else "calm")


def step_title(step: Step) -> str:
    """Say what was done."""
    return _STEPS.get(step.what) or step.what[:1].upper() + step.what[1:]


def changes_of(changes: Mapping[str, Any], settings: CustomerSettings, inside: Inside) -> Iterator[Changed]:
    """Tell what a step changed, in words; ids that mean nothing to people are left out."""
    for name, pair in changes.items():
        if name in _UNTOLD or not isinstance(pair, list) or len(pair) != 2:
            continue
        before, after = pair
        if name == "fields":
            yield from _own_fields(before or {}, after or {}, settings)
        else:
            yield Changed(FIELDS.get(name, name.capitalize()), inside(name, before), inside(name, after))


def value_in_words(value: object) -> str:
    """Return a field's value, as a step keeps it, in words."""
    match value:
        case None | "":
            return ""
        case Kind():
            return value.value
        case list():
            return shown(", ".join(_one(part) for part in value[:20]), VALUE)
        case _:
            return shown(_one(value), VALUE)


def _one(value: object) -> str:
    if isinstance(value, Mapping):
        text = str(value.get("written") or value.get("address") or value.get("handle") or "")
        label = value.get("label") or value.get("service")
        return f"{text} ({label})" if label else text
    return str(value)[: VALUE * 2]


def _own_fields(before: Mapping[str, Any], after: Mapping[str, Any], settings: CustomerSettings) -> Iterator[Changed]:
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            own = settings.fields.get(name)
            label = own.label if own is not None and own.label else str(name)
            yield Changed(shown(label, 40), value_in_words(before.get(name)), value_in_words(after.get(name)))
