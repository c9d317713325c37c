"""What is told of an event, written for people to look at: in lines, bounded, without secrets. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

#: Letters that are shown of one event.
MOST = 20_000


def in_lines(value: Any) -> str:  # Any: whatever JSON can say
    """Write JSON in lines."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def masked(text: str, secrets: Collection[str]) -> str:
    """Return a text with each of the secrets hidden, and its end cut off where it is long.

    >>> masked("token: abcdef", {"abcdef"})
    'token: ***'
    """
    forms = {form for secret in secrets for form in (secret, json.dumps(secret, ensure_ascii=False)[1:-1])}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "***")
    return text if len(text) <= MOST else f"{text[:MOST]}…"
