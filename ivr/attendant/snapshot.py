"""The attendant's snapshot: all it needs to serve callers without server and database, in one file.

Owns the file's form. Written whenever a site is published, read by every attendant process.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.schema import Site
from ivr.prompt_book import PromptBook
from ivr.speech.spoken import Spoken
from ledger.files import write_whole

FORM = 1
#: Secrets that no caller needs; they stay out of the file.
NEEDLESS: dict[str, Any] = {
    "mail": True,
    "database": True,
    "by_phone": True,
    "mailboxes": {"__all__": {"pin"}},
    "faxboxes": {"__all__": {"deliver"}},
    "fax": {"by_mail"},
}
#: A snapshot larger than this was not written by us.
MOST_BYTES = 16 * 1024 * 1024


class BadSnapshot(Exception):
    """The snapshot of the site cannot be used."""


@dataclass(frozen=True)
class Snapshot:
    """A published site, its sounds, and the drop folder for messages and reports."""

    site: Site
    book: PromptBook
    drop: Path


def write(path: Path, snapshot: Snapshot) -> None:
    """Write the file as a whole or not at all, readable by its owner only. Blocks."""
    content = {
        "form": FORM,
        "site": snapshot.site.model_dump(mode="json", by_alias=True, exclude=NEEDLESS),
        "prompts": [
            [s.text, s.language, s.voice, str(p), snapshot.book.seconds.get(s, 0.0)]
            for s, p in snapshot.book.paths.items()
        ],
        "recordings": str(snapshot.book.recordings),
        "drop": str(snapshot.drop),
    }
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(path, json.dumps(content, ensure_ascii=False))


def read(path: Path) -> Snapshot:
    """Read the file. Raises `BadSnapshot` if it is missing, damaged or of another version."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadSnapshot("too large")
        content = json.loads(path.read_bytes())
        if content["form"] != FORM:
            raise BadSnapshot(f"form {content['form']}")
        prompts = [(Spoken(text, language, voice), p, s) for text, language, voice, p, s in content["prompts"]]
        book = PromptBook(
            {spoken: Path(p) for spoken, p, _ in prompts},
            {spoken: seconds for spoken, _, seconds in prompts},
            Path(content["recordings"]),
        )
        return Snapshot(Site.model_validate(content["site"]), book, Path(content["drop"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadSnapshot(str(error)) from error
