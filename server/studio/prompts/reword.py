"""Other words for a text, written into the draft wherever the text is said.

Owns finding the text in what the files say. Reading, rewriting and saving them is the editor's; pages are not known.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.edit.files import Wanted
from config.edit.rewrite import rewrite
from config.errors import ConfigError
from config.values import DEFAULT_LANGUAGE
from server.studio.editor.editing import DraftEditor

#: Where a site says something in words of its own.
SECTIONS = ("menus", "mailboxes", "phrases")


class NotSaid(ConfigError):
    """The draft does not say these words any more."""


@dataclass(frozen=True)
class Rewording:
    """Words in a language, and those that take their place; `first` is the language of what is written without one.

    `ours` are phrases that the site leaves to us and that say these words: they become the site's own.
    """

    before: str
    after: str
    language: str
    first: str
    ours: tuple[str, ...] = ()

    def of_content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a file is to say; everything else stays the very value that it was."""
        return {
            section: self._entries(part, phrases=section == "phrases") if section in SECTIONS else part
            for section, part in content.items()
        }

    def with_ours(self, content: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
        """Return what a file is to say with phrases of ours written into it; other languages of theirs stay."""
        said = content.get("phrases")
        entries = dict(said) if isinstance(said, dict) else {}
        for name in names:
            now = entries.get(name)
            texts = now if isinstance(now, dict) else {} if now is None else {self.first: now}
            entries[name] = {**texts, self.language: self.after}
        return {**content, "phrases": entries} if names else dict(content)

    def _entries(self, part: Any, *, phrases: bool) -> Any:  # Any: whatever was read from YAML
        if not isinstance(part, dict):
            return part
        return {name: self._prompt(inner) if phrases else self._said(inner) for name, inner in part.items()}

    def _said(self, value: Any) -> Any:  # Any: whatever was read from YAML
        if isinstance(value, dict):
            return {key: self._prompt(inner) if key == "say" else self._said(inner) for key, inner in value.items()}
        return value

    def _prompt(self, value: Any) -> Any:  # Any: whatever was read from YAML
        if isinstance(value, str):
            return self._text(value) if self.language == self.first else value
        if isinstance(value, dict):
            mine = {self.language, DEFAULT_LANGUAGE} if self.language == self.first else {self.language}
            return {key: self._text(inner) if key in mine else inner for key, inner in value.items()}
        return value

    def _text(self, value: Any) -> Any:  # Any: whatever was read from YAML
        return self.after if isinstance(value, str) and value.split() == self.before.split() else value


async def reword(editor: DraftEditor, wanted: Rewording, who: str) -> tuple[str, ...]:
    """Write the words into every file that says the old ones, and as phrases in place of ours; return the files' names.

    Raises NotSaid, EditRefused, NoSuchFile, ChangedMeanwhile or CannotWrite; then nothing is written.
    """
    look = await editor.look()
    made: list[Wanted] = []
    for name, content in look.contents.items():
        file = look.file(name)
        ours = [one for one in wanted.ours if look.home_of("phrases", one) == name]
        raw = await asyncio.to_thread(rewrite, file.raw, wanted.with_ours(wanted.of_content(content), ours))
        if raw != file.raw:
            made.append(Wanted(name, raw, file.digest))
    if not made:
        raise NotSaid("the draft does not say these words any more: load the page again")
    await editor.save_all(made, who)
    return tuple(one.name for one in made)
