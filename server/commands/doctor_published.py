"""What `doctor` says of the site that callers hear: is there one, is it whole and of use, is the folder another."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from config.errors import ConfigError
from config.findings import Finding
from config.load import load_site
from config.schema import Site
from config.versions.store import VersionStore, version_id
from pbx.doctor import Check

NAME = "published site"
#: A variable that is not set, which may well be set where the server is started.
_NOT_SET = "E110"


def examine(site: Site | None, folder: Path, data: Path, env: Mapping[str, str]) -> Check:
    """Look at what was published on a data folder, and whether this site of the folder is another; blocks.

    A version that is whole may be unusable: another Switchroom published it, newer or older than this one.
    """
    store = VersionStore(data / "site")
    current, damaged = store.current(), store.damaged()
    publish = f"./switchroom publish {folder if site is not None else 'SITE'} --data {data}"
    if damaged:
        return Check(NAME, False, f"{damaged[-1]} cannot be read", f"publish again: {publish}")
    if current is None:
        return Check(NAME, True, "nothing yet: the first start publishes the folder")
    try:
        kept = store.require_whole(current.version)
        same = site is not None and version_id(folder, site) == current.version
        wrong = () if same else _wrong(kept, env)
    except (ConfigError, OSError) as error:
        return Check(NAME, False, str(error), f"publish again: {publish}")
    found = f"number {current.number}, version {current.version}"
    if wrong:
        return _unusable(found, kept, wrong, publish)
    if same or site is None:
        return Check(NAME, True, found)
    return Check(NAME, True, f"{found}; the folder has changes that are not published ({publish})")


def folder(data: Path | None, env: Mapping[str, str]) -> Path | None:
    """Return where the version lies that callers hear; None where nothing of use was published. Blocks."""
    if data is None:
        return None
    store = VersionStore(data / "site")
    try:
        current = store.current()
        kept = store.require_whole(current.version) if current is not None else None
        return kept if kept is not None and load_site(kept, env).site is not None else None
    except (ConfigError, OSError):  # `examine` says what is wrong with it
        return None


def _wrong(kept: Path, env: Mapping[str, str]) -> tuple[Finding, ...]:
    return tuple(finding for finding in load_site(kept, env).findings if finding.severity == "error")


def _unusable(found: str, kept: Path, wrong: tuple[Finding, ...], publish: str) -> Check:
    """Say what is wrong with it, and that it is mended in the draft: kept files must stay as they are."""
    if all(finding.rule == _NOT_SET for finding in wrong):
        names = ", ".join(sorted({finding.message for finding in wrong}))
        return Check(NAME, None, f"{found}; {names} here", "set what the server is started with for this command, too")
    first = str(next(finding for finding in wrong if finding.rule != _NOT_SET)).removeprefix(f"{kept}/")
    more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
    what = f"{found} cannot be used by this Switchroom: {first}{more}"
    mend = (
        f"mend the folder (./switchroom check names all) and publish it: {publish}; or start the Switchroom of before"
    )
    return Check(NAME, False, what, mend)
