"""Any value of the schema with some of its parts replaced; what stays the same stays the same object. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel

Model = TypeVar("Model", bound=BaseModel)
#: Is given every part whose own parts were replaced already, and returns it or another.
Replace = Callable[[BaseModel], BaseModel]


def rewritten(value: Any, replace: Replace) -> Any:  # Any: whatever the schema may hold
    """Return a value with every part in it replaced, the innermost first. Nothing is validated again."""
    match value:
        case BaseModel():
            fields = {name: rewritten(getattr(value, name), replace) for name in type(value).model_fields}
            if any(fields[name] is not getattr(value, name) for name in fields):
                value = with_fields(value, fields)
            return replace(value)
        case dict():
            changed = {key: rewritten(one, replace) for key, one in value.items()}
            return value if all(changed[key] is one for key, one in value.items()) else changed
        case tuple():
            several = tuple(rewritten(one, replace) for one in value)
            return value if all(a is b for a, b in zip(several, value, strict=True)) else several
        case _:
            return value


def with_fields(value: Model, fields: dict[str, Any]) -> Model:
    """Return a part with other values in some of its fields."""
    known = {name: getattr(value, name) for name in type(value).model_fields}
    return type(value).model_construct(value.model_fields_set, **(known | fields))
