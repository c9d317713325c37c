"""What changed between two versions of what people wrote, as a step keeps it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

from crm_bridge.model import Details

_FIELDS = tuple(one.name for one in fields(Details))


def diff(before: Details | None, after: Details) -> dict[str, Any]:
    """Return from what to what each field changed; of a new customer, what there is.

    >>> diff(Details("Ona"), Details("Ona Onaitė", tags=("vip",)))
    {'name': ['Ona', 'Ona Onaitė'], 'tags': [[], ['vip']]}
    """
    changes: dict[str, Any] = {}
    for name in _FIELDS:
        old, new = None if before is None else getattr(before, name), getattr(after, name)
        if old != new and (before is not None or new):
            changes[name] = [plain_value(old), plain_value(new)]
    return changes


def plain_value(value: object) -> object:
    """Return a field's value as a step keeps it."""
    match value:
        case None | Enum():
            return value.value if isinstance(value, Enum) else None
        case str() | int() | float():
            return value
        case tuple():
            return [plain_value(one) for one in value]
        case Mapping():
            return dict(value)
        case _:
            # A phone, a mail address: fields that are texts and nothing deeper.
            return dict(vars(value))
