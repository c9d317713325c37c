"""The definition of each figure, as its formula's docstring says it, so that page, PDF and code cannot differ.

Owns the reading of docstrings into terms. The formulas are in `metrics`, `rules` and `people_metrics`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

from reports.document import Term

_SECTIONS = ("Formula", "Unit", "Clock", "Exclusions", "Source")
_MARK = re.compile(rf"\b({'|'.join(_SECTIONS)}): ")


def term_of(name: str, title: str, formula: Callable[..., Any]) -> Term:
    """Return what a metric's docstring defines. Raises ValueError for one that defines nothing."""
    doc = inspect.getdoc(formula)
    if not doc:
        raise ValueError(f"{formula.__name__} says nothing of what it is")
    text = re.sub(r"\s+", " ", doc.partition(">>>")[0]).replace("`", "").strip()  # without its examples
    first, *rest = _MARK.split(text)
    said = dict(zip(rest[::2], rest[1::2], strict=True))
    return Term(
        name,
        title,
        _whole(first.rpartition("Definition: ")[2].removeprefix("Return ").removeprefix("Count ")),
        **{section.lower(): _whole(said.get(section, "")) for section in _SECTIONS},
    )


def _whole(text: str) -> str:
    """Return a sentence with a capital at its beginning and without blanks around."""
    text = text.strip()
    return text[:1].upper() + text[1:]
