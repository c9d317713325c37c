"""Where two sites differ, value by value: pure comparison of what the schema says, without any words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from config.reading.tree import SECRET_KEYS, Step
from config.schema import Hours
from config.values import Destination, Prompt

#: Values that are told as a whole, by words of their own.
WHOLE = (Destination, Prompt, Hours)
#: Secret though not every key of this name is: addresses may hold tokens, and requests whatever a system asks for.
_MORE_SECRETS = frozenset({"database", "webhook", "query", "body", "template"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not the same; None on a side where there is nothing. `secret` ones are never shown."""

    path: tuple[Step, ...]
    old: Any  # whatever the schema may hold
    new: Any
    secret: bool = False
    #: The class in whose field it is, for the words.
    owner: type[BaseModel] | None = None


def differences(old: Any, new: Any, path: tuple[Step, ...] = (), *, secret: bool = False) -> Iterator[Difference]:
    """Yield every difference below two values of the same place, in the order of the schema."""
    if old is new:
        return
    if old is not None and new is not None and type(old) is type(new) and not secret:
        if isinstance(new, BaseModel) and not isinstance(new, WHOLE):
            yield from _fields(old, new, path)
            return
        if isinstance(new, dict):
            for key in dict.fromkeys((*old, *new)):
                yield from differences(old.get(key), new.get(key), (*path, key))
            return
        before, after = (_named(old), _named(new)) if isinstance(new, tuple) else (None, None)
        if (before or after) and before is not None and after is not None:
            yield from differences(before, after, path)
            if list(before) != list(after) and before.keys() == after.keys():
                yield Difference(path, tuple(before), tuple(after))
            return
    if not same(old, new):
        yield Difference(path, old, new, secret)


def _fields(old: BaseModel, new: BaseModel, path: tuple[Step, ...]) -> Iterator[Difference]:
    for name, field in type(new).model_fields.items():
        key = field.alias or name
        hidden = is_secret(key, field, getattr(old, name) or getattr(new, name))
        for one in differences(getattr(old, name), getattr(new, name), (*path, key), secret=hidden):
            yield one if one.owner is not None else Difference(one.path, one.old, one.new, one.secret, type(new))


def _named(value: Any) -> dict[str, Any] | None:
    """Return a list of parts that have names by these; None for any other, and where two have the same name."""
    if not isinstance(value, tuple):
        return None
    found = {one.name: one for one in value if isinstance(getattr(one, "name", None), str)}
    return found if len(found) == len(value) else None


def is_secret(key: str, field: FieldInfo, value: Any) -> bool:
    """Tell whether what stands in a field must not be shown; a part with fields of its own is looked into."""
    named = field.repr is False or key in SECRET_KEYS or key in _MORE_SECRETS
    # `secret: true` of a menu says that something is one, and is none itself.
    return named and not isinstance(value, BaseModel | bool)


def same(old: Any, new: Any) -> bool:
    """Tell whether two values say the same; `false` is not 0, nor is the order of keys of interest."""
    if isinstance(old, BaseModel) and isinstance(new, BaseModel):
        names = type(old).model_fields
        return type(old) is type(new) and all(same(getattr(old, name), getattr(new, name)) for name in names)
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(same(old[key], new[key]) for key in old)
    if isinstance(old, tuple | list) and isinstance(new, tuple | list):
        return len(old) == len(new) and all(same(a, b) for a, b in zip(old, new, strict=True))
    return type(old) is type(new) and bool(old == new)
