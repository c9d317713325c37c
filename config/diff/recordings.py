"""Which recordings are others: the same name, and callers hear something else. Compares contents; blocks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from config.diff.model import Change, Kind
from config.diff.values import language
from config.schema import Site
from config.versions.digests import digest_of
from config.versions.files import names_of, used_recordings

AREA = "recordings"


def recording_changes(old: Site, old_folder: Path, new: Site, new_folder: Path) -> Iterator[Change]:
    """Yield the recordings that callers of either site hear and that are not the same. Raises OSError, DraftChanged."""
    names = names_of(old) | names_of(new)
    before, after = used_recordings(old_folder, names), used_recordings(new_folder, names)
    for place in sorted({*before, *after}):
        was, now = before.get(place), after.get(place)
        if was is not None and now is not None and _digest(was) == _digest(now):
            continue
        kind: Kind = "added" if was is None else "removed" if now is None else "changed"
        text = {"added": "is new", "removed": "is gone", "changed": "sounds different now"}[kind]
        file = Path(place)
        spoken = language(file.parent.name, new)
        yield Change(AREA, file.stem, kind, f"the recording {file.stem} in {spoken} {text}")


def _digest(file: Path) -> str:
    return digest_of(file).sha256
