"""Menus that are the same under another name: finding them, and taking the old site as if it had been called so.

A rename must be told once, and not again at every key that leads there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel

from config.diff.differences import same
from config.diff.rewriting import rewritten, with_fields
from config.schema import Number, Site
from config.values import Destination

#: Stands for any menu that may have been renamed, while contents are compared; no menu can have this name.
_ANY = "?"


def renamed_menus(old: Site, new: Site) -> dict[str, str]:
    """Return the menus that have another name now, old to new: what they say and do is the same.

    Where two of them are alike nobody can tell which is which, and none is taken for renamed.
    """
    gone = [name for name in old.menus if name not in new.menus]
    come = [name for name in new.menus if name not in old.menus]
    if not gone or not come:
        return {}
    mapping = _alike(old, new, gone, come)
    while mapping:
        wrong = [
            before
            for before, after in mapping.items()
            if not same(_with_names(old.menus[before], mapping, old.menus), new.menus[after])
        ]
        if not wrong:
            break
        for before in wrong:
            del mapping[before]
    return mapping


def with_menu_names(site: Site, mapping: Mapping[str, str]) -> Site:
    """Return the site with its menus called as in the mapping, wherever they are named."""
    if not mapping:
        return site
    changed: Site = _with_names(site, mapping, site.menus)
    return with_fields(changed, {"menus": {mapping.get(name, name): menu for name, menu in changed.menus.items()}})


def _alike(old: Site, new: Site, gone: list[str], come: list[str]) -> dict[str, str]:
    """Pair what is alike if all menus of another name had one and the same."""
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for site, names, found in ((old, gone, before), (new, come, after)):
        anonymous = dict.fromkeys(names, _ANY)
        for name in names:
            found[_with_names(site.menus[name], anonymous, site.menus).model_dump_json()].append(name)
    return {
        names[0]: after[content][0]
        for content, names in before.items()
        if len(names) == 1 and len(after.get(content, ())) == 1
    }


def _with_names(value: Any, mapping: Mapping[str, str], menus: Collection[str]) -> Any:
    """Return any value of the schema with menus called otherwise."""

    def renamed(part: BaseModel) -> BaseModel:
        if isinstance(part, Destination) and part.kind in ("menu", "name"):
            if part.name in mapping and part.name in menus:
                return with_fields(part, {"name": mapping[part.name]})
        elif isinstance(part, Number) and part.menu in mapping:
            return with_fields(part, {"menu": mapping[str(part.menu)]})
        return part

    return rewritten(value, renamed)
