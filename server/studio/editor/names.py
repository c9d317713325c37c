"""What a draft has names for: what can be chosen in a form, and completed in the text.

Owns nothing but reading them off what the files say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_SECTIONS = ("menus", "departments", "people", "hours", "mailboxes", "faxboxes")


@dataclass(frozen=True)
class Names:
    """The names of a draft, by section; `languages` are those of the company."""

    by_section: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, section: str) -> tuple[str, ...]:
        """List the names of a section."""
        return self.by_section.get(section, ())

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that callers hear; at least one."""
        return self.of("languages") or ("en",)

    def destinations(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """List where a caller can be led, in groups."""
        groups = (
            ("Menus", self.of("menus")),
            ("Departments", self.of("departments")),
            ("People", self.of("people")),
            ("Voicemail of", tuple(f"voicemail:{name}" for name in self._boxes("mailboxes"))),
            ("Fax box", tuple(f"fax:{name}" for name in self.of("faxboxes"))),
            ("Otherwise", ("back", "repeat", "hangup")),
        )
        return tuple(group for group in groups if group[1])

    def _boxes(self, section: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.of("departments"), *self.of("people"), *self.of(section)]))


def names_of(contents: Iterable[Mapping[str, Any]]) -> Names:
    """Collect the names from what the files say."""
    found: dict[str, list[str]] = {section: [] for section in (*_SECTIONS, "languages")}
    for content in contents:
        for section in _SECTIONS:
            if isinstance(part := content.get(section), dict):
                found[section] += [str(name) for name in part]
        found["languages"] += _languages(content.get("company"))
    return Names({section: tuple(dict.fromkeys(names)) for section, names in found.items()})


def _languages(company: Any) -> list[str]:  # Any: what the file says, whatever that is
    said = company.get("languages") if isinstance(company, dict) else None
    return [str(language) for language in said] if isinstance(said, list) else []
