"""Departments that are the same under another name: finding them, and taking the old site as if it had been called so.

A department is the same if all that is written of it is, and if the same people answer for it; there must be either.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel

from config.diff.differences import same
from config.diff.rewriting import rewritten, with_fields
from config.faxes import FaxBox
from config.mailboxes import Mailbox
from config.schema import Department, Person, Site
from config.site_tests import Expectation
from config.values import Destination


def renamed_departments(old: Site, new: Site) -> dict[str, str]:
    """Return the departments that have another name now, old to new; menus have their names of `new` already.

    Where two of them are alike nobody can tell which is which, and none is taken for renamed.
    """
    come = [name for name in new.departments if name not in old.departments]
    pairs = [
        (before, after)
        for before in old.departments
        if before not in new.departments
        for after in come
        if _is_same(old, new, before, after)
    ]
    return {
        before: after
        for before, after in pairs
        if sum(one == before for one, _ in pairs) == sum(one == after for _, one in pairs) == 1
    }


def with_department_names(site: Site, mapping: Mapping[str, str]) -> Site:
    """Return the site with its departments, and the mailboxes that they have, called as in the mapping."""
    if not mapping:
        return site
    changed: Site = _with_names(site, mapping, {*site.menus, *site.people})
    return with_fields(
        changed, {name: _keys(getattr(changed, name), mapping) for name in ("departments", "mailboxes", "faxboxes")}
    )


def _is_same(old: Site, new: Site, before: str, after: str) -> bool:
    taken = {*old.menus, *old.people}
    people = [name for name, one in old.people.items() if before in one.departments]
    if not people and not old.departments[before].model_fields_set:
        return False  # of which nothing is known but the name
    was: Department = _with_names(old.departments[before], {before: after}, taken)
    return (
        same(was, new.departments[after])
        and people == [name for name, one in new.people.items() if after in one.departments]
        and same(old.mailboxes.get(before), new.mailboxes.get(after))
        and before not in {*new.menus, *new.people, *new.mailboxes, *new.faxboxes}
    )


def _keys(entries: dict[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    return {mapping.get(name, name): entry for name, entry in entries.items()}


def _with_names(value: Any, mapping: Mapping[str, str], taken: Collection[str]) -> Any:
    """Return any value of the schema with departments called otherwise; a bare name that is `taken` is none."""

    def renamed(part: BaseModel) -> BaseModel:
        match part:
            case Destination(kind="department" | "voicemail" | "fax") if part.name in mapping:
                return with_fields(part, {"name": mapping[part.name]})
            case Destination(kind="name") if part.name in mapping and part.name not in taken:
                return with_fields(part, {"name": mapping[part.name]})
            case Person() | Mailbox() | FaxBox() if not mapping.keys().isdisjoint(part.departments):
                return with_fields(part, {"departments": tuple(mapping.get(one, one) for one in part.departments)})
            case Expectation():
                return _expected(part, mapping)
        return part

    return rewritten(value, renamed)


def _expected(part: Expectation, mapping: Mapping[str, str]) -> Expectation:
    fields = {name: mapping.get(getattr(part, name) or "") for name in ("department", "voicemail", "fax")}
    through = tuple(mapping.get(one, one) for one in part.through)
    found = {name: value for name, value in fields.items() if value is not None}
    return with_fields(part, found | {"through": through}) if found or through != part.through else part
