"""What to do when somebody else changed a file while it was being written: take over what only they changed.

Pure. What both changed stays as it was typed, and is named, so that whoever typed it decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from crm_bridge.differences import plain_value
from crm_bridge.model import Details, Step

_NAMES = tuple(one.name for one in fields(Details))


@dataclass(frozen=True)
class Reconciled:
    """What somebody typed with what others wrote meanwhile. `taken` was taken over from them, `clashing` was not."""

    details: Details
    taken: tuple[str, ...] = ()
    clashing: tuple[str, ...] = ()


def reconcile(mine: Details, now: Details, meanwhile: Iterable[Step]) -> Reconciled:
    """Bring what was typed and what is there now together; `meanwhile` are the steps since, in any order.

    What no step tells of, such as a change by an import, clashes where it is not the same.
    """
    before = _before(meanwhile)
    taken: list[str] = []
    clashing: list[str] = []
    for name in _NAMES:
        typed, there = plain_value(getattr(mine, name)), plain_value(getattr(now, name))
        if typed == there or name not in before:
            continue
        if name == "fields":
            mine = replace(mine, fields=_own_fields(mine.fields, now.fields, before[name] or {}, taken, clashing))
        elif _same(typed, before[name]):
            mine = replace(mine, **{name: getattr(now, name)})
            taken.append(name)
        else:
            clashing.append(name)
    return Reconciled(mine, tuple(taken), tuple(clashing))


def _before(meanwhile: Iterable[Step]) -> dict[str, Any]:
    """Return what stood there before the first of these steps, for each field that one of them changed."""
    before: dict[str, Any] = {}
    for step in sorted(meanwhile, key=lambda step: step.at):
        for name, pair in step.changes.items():
            if name in _NAMES and isinstance(pair, Sequence) and len(pair) == 2:
                before.setdefault(name, pair[0])
    return before


def _own_fields(
    mine: Mapping[str, Any], now: Mapping[str, Any], before: Mapping[str, Any], taken: list[str], clashing: list[str]
) -> dict[str, Any]:
    merged = dict(mine)
    for name in sorted({*now, *before}):
        typed, there, was = mine.get(name), now.get(name), before.get(name)
        if typed == there or was == there:
            continue
        if typed != was:
            clashing.append(f"fields.{name}")
            continue
        taken.append(f"fields.{name}")
        if there is None:
            merged.pop(name, None)
        else:
            merged[name] = there
    return merged


def _same(typed: object, before: object) -> bool:
    return typed == before or (not typed and not before)
