"""Templates that an admin writes for what leaves: of a text, of a piece of an address, or of JSON.

Owns the form in which values are put out. What a template may do at all is the sandbox's business.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from config.sandbox import (
    LONGEST_TEMPLATE,
    MOST_OUTPUT,
    Environment,
    Raw,
    TemplateFault,
    TooLarge,
    TooMuch,
    as_text,
    counted,
    fits,
    within_bounds,
)

__all__ = ["TemplateFault", "Text", "Value", "in_address", "in_json", "plain"]

_ONE_EXPRESSION = re.compile(r"\A\{\{((?:(?!\{\{|\}\}).)*)\}\}\Z", re.DOTALL)


def plain(value: Any) -> str:
    """Put a value out as it is."""
    return as_text(value)


def in_json(value: Any) -> str:
    """Put a value out so that it stays within the quotes it stands between; JSON of `tojson` stays as it is."""
    if isinstance(value, Raw):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return json.dumps(value)
    return json.dumps(as_text(value), ensure_ascii=False)[1:-1]


def in_address(value: Any) -> str:
    """Put a value out so that it stays within the piece of an address it stands in."""
    return quote(as_text(value), safe="")


class Text:
    """A template of a text. Raises TemplateFault when it cannot be one."""

    def __init__(self, source: str, finalize: Callable[[Any], str] = plain) -> None:
        self._template = within_bounds(lambda: Environment(finalize).from_string(_short(source)))

    def render(self, given: Mapping[str, Any]) -> str:
        """Write the text. Raises TemplateFault."""
        return str(within_bounds(lambda: self._written(given)))

    def _written(self, given: Mapping[str, Any]) -> str:
        pieces: list[str] = []
        length = 0
        for piece in counted(self._template.generate(given)):
            length += len(piece)
            if length > MOST_OUTPUT:
                raise TooMuch(f"it makes more than {MOST_OUTPUT >> 10} kB")
            pieces.append(piece)
        return "".join(pieces)


class Value:
    """JSON whose texts are templates; one that is a single `{{ expression }}` gives its value, not a text.

    What comes out as none is left out of the mapping it stands in. Raises TemplateFault when it cannot be one.
    """

    def __init__(self, source: Any) -> None:
        self._make = _maker(source)

    def render(self, given: Mapping[str, Any]) -> Any:
        """Make the value, which JSON can carry. Raises TemplateFault."""
        made = within_bounds(lambda: self._make(given))
        try:
            fits(json.dumps(made, allow_nan=False))
        except (TypeError, ValueError, RecursionError, TooMuch) as error:
            raise TemplateFault(f"the template makes what JSON cannot carry: {error}") from error
        return made


def _short(source: str) -> str:
    if len(source) > LONGEST_TEMPLATE:
        raise TooLarge(f"it has more than {LONGEST_TEMPLATE:,} letters")
    return source


def _maker(source: Any) -> Callable[[Mapping[str, Any]], Any]:
    match source:
        case dict():
            parts = {str(key): _maker(value) for key, value in source.items()}
            return lambda given: {key: value for key, make in parts.items() if (value := make(given)) is not None}
        case list():
            items = [_maker(value) for value in source]
            return lambda given: [make(given) for make in items]
        case str() if (one := _ONE_EXPRESSION.match(source)) is not None:
            expression = within_bounds(lambda: Environment(plain).compile_expression(_short(one[1].strip())))
            return lambda given: expression(**given)
        case str() if "{" in source:
            text = Text(source)
            return lambda given: text._written(given)
        case _:
            return lambda given: source
