"""Holds JSON against a JSON Schema, as much of it as our description uses; anything else is an error of the test."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

_NOTES = {"title", "description", "examples", "example", "default", "$defs", "contentMediaType"}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "number": (int, float),
    "integer": int,
    "null": type(None),
}
_FORMATS = {"date-time": datetime.fromisoformat, "date": date.fromisoformat}


def complaints(value: Any, schema: dict[str, Any], whole: dict[str, Any], at: str = "$") -> list[str]:
    """Return what does not fit; `whole` is the document that references point into."""
    if "$ref" in schema:
        target: Any = whole
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return complaints(value, target, whole, at)
    found: list[str] = []
    for word, rule in sorted(schema.items(), key=lambda item: item[0] != "type"):  # the others suppose that it fits
        match word:
            case "type":
                fits = isinstance(value, _TYPES[rule]) and (rule == "boolean" or not isinstance(value, bool))
                if not fits:
                    return [f"{at}: {value!r} is no {rule}"]
            case "anyOf":
                if all(complaints(value, one, whole, at) for one in rule):
                    found.append(f"{at}: {value!r} fits none of {rule}")
            case "const":
                found += [] if value == rule else [f"{at}: {value!r} is not {rule!r}"]
            case "enum":
                found += [] if value in rule else [f"{at}: {value!r} is none of {rule}"]
            case "minimum":
                found += [] if value >= rule else [f"{at}: {value} is less than {rule}"]
            case "maximum":
                found += [] if value <= rule else [f"{at}: {value} is more than {rule}"]
            case "maxLength":
                found += [] if len(value) <= rule else [f"{at}: longer than {rule}"]
            case "format":
                try:
                    _FORMATS[rule](value)
                except (TypeError, ValueError):
                    found.append(f"{at}: {value!r} is no {rule}")
            case "items":
                for n, item in enumerate(value):
                    found += complaints(item, rule, whole, f"{at}[{n}]")
            case "required":
                found += [f"{at}: {name} is missing" for name in rule if name not in value]
            case "properties":
                for name, part in rule.items():
                    found += complaints(value[name], part, whole, f"{at}.{name}") if name in value else []
            case "additionalProperties":
                for name in set(value) - set(schema.get("properties", {})):
                    if rule is False:
                        found.append(f"{at}: {name} is not described")
                    elif isinstance(rule, dict):
                        found += complaints(value[name], rule, whole, f"{at}.{name}")
            case _:
                assert word in _NOTES, f"the test does not know the word {word}"
    return found
