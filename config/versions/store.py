"""The versions of a site that were published, and which of them is in force.

Owns a folder of the data: `versions/<id>/` are files as they were written, `publications/000012.json` says who put
which of them in force. Each appears whole and at once, so whoever looks sees the old or the new. Everything blocks.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from config.schema import Site
from config.versions import files
from config.versions.digests import Digests
from config.versions.files import version_id
from config.versions.model import (
    LONGEST_WHO,
    LONGEST_WHY,
    DraftChanged,
    NoSuchVersion,
    Publication,
    PublishedMeanwhile,
    StoreBusy,
    VersionDamaged,
    VersionError,
    is_version,
    publication_in,
    written,
)

__all__ = [
    "DraftChanged", "NoSuchVersion", "Publication", "PublishedMeanwhile", "StoreBusy", "VersionDamaged",
    "VersionError", "VersionStore", "version_id",
]  # fmt: skip

#: The versions of so many of the newest publications are kept.
KEPT = 200
#: So many of the newest publications are read.
MOST_READ = 1_000
#: What nobody names may be about to be published: it is left alone for so long, seconds.
LEFT_ALONE = 3_600.0
#: So long is waited for another process that writes, seconds.
PATIENCE = 10.0
#: A publication's file larger than this was not written by us, bytes.
LARGEST = 16_384
_FILE = re.compile(r"(\d{6,9})\.json")
_NEW = ".new-"
_UNKNOWN: Mapping[str, str] = MappingProxyType({})


def _nothing(step: str) -> None:
    del step


class VersionStore:
    """Published versions in a folder, `site` of the data. Several processes may use it at once."""

    def __init__(
        self, folder: Path, *, step: Callable[[str], None] = _nothing, now: Callable[[], float] = time.time
    ) -> None:
        self._versions = folder / "versions"
        self._publications = folder / "publications"
        self._lock = folder / "lock"
        self._step = step
        self._now = now

    def publications(self) -> tuple[Publication, ...]:
        """Return the newest publications, oldest first; one that cannot be read is left out, see `damaged`."""
        return tuple(found for _, found in self._read() if found is not None)

    def damaged(self) -> tuple[str, ...]:
        """Name the files of publications that cannot be read."""
        return tuple(name for name, found in self._read() if found is None)

    def newest_number(self) -> int:
        """Return the number of the newest publication, readable or not; 0 where there is none. Reads names only."""
        return max((int(name[: -len(".json")]) for name in self._names()), default=0)

    def current(self) -> Publication | None:
        """Return the publication in force, the newest that can be read; None where nothing was published."""
        for name in reversed(self._names()):
            if (found := self._publication(name)) is not None:
                return found
        return None

    def find(self, wanted: str) -> Publication:
        """Return the publication of this number, or the newest of this version or its beginning. Raises NoSuchVersion.

        Something of digits only is a number first.
        """
        known = self.publications()
        by_number = [one for one in known if str(one.number) == wanted]
        by_version = [one for one in known if len(wanted) >= 4 and one.version.startswith(wanted)]
        if not by_number and len({one.version for one in by_version}) > 1:
            raise NoSuchVersion(f"several versions begin with {wanted}")
        if not (found := by_number or by_version):
            raise NoSuchVersion(f"nothing was published as {wanted}")
        return found[-1]

    def folder_of(self, version: str) -> Path:
        """Return the folder of a kept version, which `load_site` can load. Raises NoSuchVersion."""
        folder = self._versions / version
        if not is_version(version) or not folder.is_dir():
            raise NoSuchVersion(f"version {version} is not kept any more" if is_version(version) else version[:40])
        return folder

    def require_whole(self, version: str) -> Path:
        """Return the folder of a kept version whose files are what was published.

        Raises NoSuchVersion, VersionDamaged.
        """
        folder = self.folder_of(version)
        files.require_whole(folder)
        return folder

    def keep(
        self, draft: Path, site: Site, loaded: Mapping[str, str] = _UNKNOWN, digests: Digests | None = None
    ) -> str:
        """Keep what makes this site, which was loaded from `draft`, and return its version; nothing is in force by it.

        With `loaded`, the digests of the files as they were loaded, the copy of a large site need not be read again,
        nor recordings whose `digests` are known.
        Raises DraftChanged where the files are not what was loaded any more, StoreBusy, OSError; nothing is left then
        that anybody could take for a version.
        """
        digests = digests or Digests()
        with self._alone():
            for left in self._leftovers(self._versions):
                shutil.rmtree(left)
            temporary = self._versions / f"{_NEW}{os.getpid()}-{self._now():.0f}"
            temporary.mkdir(mode=0o700)
            self._step("folder made")
            try:
                manifest = files.copy(
                    draft, temporary, files.names_of(site), self._newest_folder(), self._step, digests
                )
                version = files.version_in(temporary, manifest, site, loaded)
                if version != version_id(draft, site, digests):
                    raise DraftChanged("the draft was changed while it was published: publish it again")
                self._put(temporary, version)
            except BaseException:
                shutil.rmtree(temporary, ignore_errors=True)
                raise
            return version

    def publish(
        self, version: str, *, who: str, why: str, at: datetime, expected: int | None = None, back_to: int | None = None
    ) -> Publication:
        """Put a kept version in force and return the publication, which is on disk then.

        `expected` is the number of the publication that the publisher believes to be in force, 0 for none.
        Raises PublishedMeanwhile where it is not, NoSuchVersion, VersionDamaged, StoreBusy, OSError.
        """
        self.require_whole(version)
        with self._alone():
            now = self.current()
            if expected is not None and expected != (now.number if now is not None else 0) and now is not None:
                raise PublishedMeanwhile(now)
            number = self.newest_number() + 1
            made = Publication(number, version, at, who[:LONGEST_WHO], why[:LONGEST_WHY], back_to)
            for left in self._leftovers(self._publications):
                left.unlink()
            temporary = self._publications / f"{_NEW}{os.getpid()}-{number}"
            try:
                files.write_synced(temporary, written(made).encode())
                self._step("publication written")
                os.link(temporary, self._publications / f"{number:06}.json")
            finally:
                temporary.unlink(missing_ok=True)
            self._step("publication in place")
            files.sync(self._publications)
            self._step("publication synced")
            self._forget_old()
        return made

    # ---- files

    def _put(self, temporary: Path, version: str) -> None:
        """Give the whole copy its name; what was damaged under that name makes room."""
        target = self._versions / version
        try:
            if target.exists():
                files.require_whole(target)
        except VersionDamaged:
            target.rename(self._versions / f"{_NEW}damaged-{version}")
        if target.exists():
            shutil.rmtree(temporary)
            os.utime(target)  # it is about to be named again, see _forget_old
        else:
            temporary.rename(target)
        self._step("version in place")
        files.sync(self._versions)
        self._step("version synced")

    def _forget_old(self) -> None:
        """Remove the versions that no recent publication names; what cannot be removed now is at the next."""
        named = {one.version for one in self.publications()[-KEPT:]}
        with suppress(OSError):
            for folder in self._versions.iterdir():
                if folder.name in named or not is_version(folder.name):
                    continue
                if self._now() - folder.stat().st_mtime > LEFT_ALONE:
                    shutil.rmtree(folder)

    def _newest_folder(self) -> Path | None:
        """Return the folder of the version in force, if it is whole."""
        current = self.current()
        if current is None:
            return None
        try:
            return self.require_whole(current.version)
        except VersionError:
            return None

    def _names(self) -> list[str]:
        try:
            names = [entry for entry in os.listdir(self._publications) if _FILE.fullmatch(entry)]  # noqa: PTH208  names only
        except FileNotFoundError:
            return []
        return sorted(names, key=lambda name: int(name[: -len(".json")]))

    def _read(self) -> Iterator[tuple[str, Publication | None]]:
        for name in self._names()[-MOST_READ:]:
            yield name, self._publication(name)

    def _publication(self, name: str) -> Publication | None:
        try:
            with (self._publications / name).open("rb") as file:
                found = publication_in(file.read(LARGEST).decode())
        except (OSError, ValueError):
            return None
        return found if found.number == int(name[: -len(".json")]) else None

    @staticmethod
    def _leftovers(folder: Path) -> list[Path]:
        """List what a publisher left who was killed: whoever calls this is the only one who writes."""
        return [path for path in folder.iterdir() if path.name.startswith(_NEW)]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other writers away for as long as the block runs; it is one's own at once if its process dies."""
        for folder in (self._versions, self._publications):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        deadline = time.monotonic() + PATIENCE
        with self._lock.open("a") as held:
            while True:
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise StoreBusy("another process is publishing: try again in a moment") from None
                    time.sleep(0.02)
            yield
