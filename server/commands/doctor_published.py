"""What `doctor` says of the version of the site that callers hear: is there one, is it whole, is the folder another."""

from __future__ import annotations

from pathlib import Path

from config.errors import ConfigError
from config.schema import Site
from config.versions.store import VersionStore, version_id
from pbx.doctor import Check

NAME = "published site"


def examine(site: Site | None, folder: Path, data: Path) -> Check:
    """Look at what was published on a data folder, and whether this site of the folder is another; blocks."""
    store = VersionStore(data / "site")
    current, damaged = store.current(), store.damaged()
    publish = f"./switchroom publish {folder if site is not None else 'SITE'} --data {data}"
    if damaged:
        return Check(NAME, False, f"{damaged[-1]} cannot be read", f"publish again: {publish}")
    if current is None:
        return Check(NAME, True, "nothing yet: the first start publishes the folder")
    try:
        store.require_whole(current.version)
        same = site is None or version_id(folder, site) == current.version
    except (ConfigError, OSError) as error:
        return Check(NAME, False, str(error), f"publish again: {publish}")
    found = f"number {current.number}, version {current.version}"
    return Check(NAME, True, found if same else f"{found}; the folder has changes that are not published ({publish})")
