"""`diff`: what changed between two sites, in words or as text; folders, or versions that were published."""

from __future__ import annotations

from pathlib import Path

from config.versions.store import VersionStore
from server.data_folder import require_folder
from server.site_sides import PUBLISHED, Difference, NoSuchSide, Side, compare, folder_side, version_side
from server.terminal import Foreseen, environment, foreseen, put, put_json


def run(first: str, second: str | None, data: Path | None, *, text: bool, json: bool) -> int:
    """Print what changed from the first to the second; return 0 if nothing did, else 1. Raises `Foreseen`.

    One that is given alone is held against what is published.
    """
    if second is None:
        if data is None:
            raise Foreseen("what is published is in the data folder: add --data DIR, or name two folders")
        first, second = PUBLISHED, first
    with foreseen():
        try:
            old, new = (side(name, data) for name in (first, second))
            found = compare(old, new)
        except NoSuchSide as error:
            raise Foreseen(str(error)) from None
    if json:
        put_json(as_json(old, new, found))
    elif text:
        for line in found.text.lines:
            put(line)
        if found.text.cut:
            put("… and more: compare the folders with your own tools")
    else:
        _tell(old, new, found)
    return 1 if (found.text.lines if text else found.changes) else 0


def side(name: str, data: Path | None) -> Side:
    """Return a folder if there is one of this name, else the version. Raises NoSuchSide, Foreseen."""
    if name != PUBLISHED and Path(name).exists():
        return folder_side(Path(name), environment())
    if data is None:
        raise NoSuchSide(f"there is no folder {name}; for a version that was published add --data DIR")
    require_folder(data)
    return version_side(VersionStore(data / "site"), name, environment())


def as_json(old: Side, new: Side, found: Difference) -> dict[str, object]:
    """Return a comparison as JSON has it."""
    return {
        "old": {"title": old.title, "version": old.site.version},
        "new": {"title": new.title, "version": new.site.version},
        "changes": [
            {"area": one.area, "subject": one.subject, "kind": one.kind, "text": one.text, "path": list(one.path)}
            for one in found.changes
        ],
        "text": list(found.text.lines),
        "text_cut": found.text.cut,
    }


def _tell(old: Side, new: Side, found: Difference) -> None:
    for area, told in found.areas.items():
        put(f"{area}:")
        for change in told:
            put(f"  {change.text}")
    if not found.changes and found.text.lines:
        put(f"{old.title} and {new.title} say the same; how the files are written is shown by --text")
    elif not found.changes:
        put(f"{old.title} and {new.title}: nothing changed")
