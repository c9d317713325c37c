"""Owns making customers of a table's rows, as a plan says what each column means. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crm_bridge.exchange.compose import Draft
from crm_bridge.exchange.formula import undo
from crm_bridge.exchange.model import NewCustomer
from crm_bridge.exchange.plan import Field, Plan
from crm_bridge.exchange.values import Unfit, line, several

_Put = Callable[[Draft, str], None]
_ADDRESS = frozenset((Field.STREET, Field.POSTAL_CODE, Field.CITY, Field.REGION, Field.COUNTRY))
_WORDS = frozenset((Field.NAME, Field.ORGANISATION, Field.STATUS, Field.OWNER))


class Mapping:
    """Reads rows by a plan."""

    def __init__(self, plan: Plan) -> None:
        self._width = len(plan.columns)
        puts = [_put(column.field, column.label or column.heading, column.label, plan) for column in plan.columns]
        self._puts = [(index, put) for index, put in enumerate(puts) if put is not None]
        self._first = _index(plan, Field.FIRST_NAME)
        self._last = _index(plan, Field.LAST_NAME)

    def customer(self, cells: Sequence[str]) -> tuple[NewCustomer, tuple[str, ...]]:
        """Return the customer that a row is, and what was left out of it. Raises Unfit if it is none."""
        if len(cells) > self._width and any(cells[self._width :]):
            raise Unfit(f"it has {len(cells)} cells, there are {self._width} columns")
        draft = Draft()
        if len(cells) < self._width:
            draft.warnings.append(f"it has {len(cells)} cells, there are {self._width} columns")
        for index, put in self._puts:
            if index < len(cells) and (cell := cells[index]) and not cell.isspace():
                put(draft, undo(cell))
        names = (
            line(undo(cells[index])) for index in (self._first, self._last) if index is not None and index < len(cells)
        )
        if name := " ".join(filter(None, names)):
            draft.name = draft.name or name
        return draft.customer(), tuple(draft.warnings)


def _index(plan: Plan, field: Field) -> int | None:
    return next((index for index, column in enumerate(plan.columns) if column.field is field), None)


def _put(field: Field, name: str, label: str, plan: Plan) -> _Put | None:
    """Return what puts a cell of such a column into a draft; None where the column says nothing by itself."""
    if field in _WORDS:
        return lambda draft, text: setattr(draft, field, line(text))
    if field in _ADDRESS:
        return lambda draft, text: draft.live_at(field.value, text)
    readers: dict[Field, _Put] = {
        Field.KIND: lambda draft, text: draft.say_kind(line(text)),
        Field.PHONE: lambda draft, text: draft.add_phones(several(text, plan.ours), line(label), plan.country),
        Field.MAIL: lambda draft, text: draft.add_mails(several(text, plan.ours)),
        Field.HANDLE: lambda draft, text: draft.add_handles(several(text, plan.ours), label.lower()),
        Field.WEBSITE: lambda draft, text: draft.say_website(line(text)),
        Field.LANGUAGE: lambda draft, text: draft.say_language(line(text)),
        Field.TAGS: lambda draft, text: draft.add_tags(several(text, plan.ours)),
        Field.NOTE: lambda draft, text: draft.add_note(text),
        Field.OWN: lambda draft, text: draft.add_own(name, text),
    }
    return readers.get(field)
