"""Owns making values of others storable: what every database takes, and nothing it chokes on."""

import json
from collections.abc import Mapping
from typing import Any

_REPLACEMENT = "\ufffd"
_written = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode  # made once: json.dumps would for each entry


def storable_text(text: str) -> str:
    """Return `text` with NUL and lone surrogates replaced; PostgreSQL stores neither."""
    if "\0" in text:
        text = text.replace("\0", _REPLACEMENT)
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(_REPLACEMENT if "\ud800" <= letter <= "\udfff" else letter for letter in text)
    return text


def storable_json(data: Mapping[str, Any], limit: int) -> dict[str, Any]:
    """Return a private copy of `data` that JSON can carry and every database takes.

    Raises TypeError or ValueError for what JSON cannot say, or when it is longer than `limit` letters.
    """
    text = _written(data)
    if len(text) > limit:
        raise ValueError(f"{len(text)} letters, at most {limit}")
    copy: dict[str, Any] = json.loads(text)
    if "\\u0000" in text or not _encodable(text):
        cleaned = _cleaned(copy)
        assert isinstance(cleaned, dict)
        return cleaned
    return copy


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _cleaned(value: Any) -> Any:  # whatever JSON may hold
    match value:
        case str():
            return storable_text(value)
        case list():
            return [_cleaned(item) for item in value]
        case dict():
            return {storable_text(key): _cleaned(item) for key, item in value.items()}
        case _:
            return value
