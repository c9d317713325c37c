"""The files that make a version of a site: the YAML as it was written, and the recordings that callers may hear.

Owns which files those are, copying them for certain, and telling later whether they still are the same. Blocks.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from config.load import version_of
from config.reading.source import ENDINGS, LARGEST_FILE, MOST_FILES, read_source
from config.recordings import FOLDER
from config.rules.recordings import recordings
from config.schema import Site
from config.versions.digests import LARGEST_RECORDING, Digests, Known, digest_of
from config.versions.model import DraftChanged, VersionDamaged

MANIFEST = "manifest.json"
#: A site has as many recordings at most.
MOST_RECORDINGS = 20_000
#: No manifest of that many files is larger, bytes.
LARGEST_MANIFEST = 8 << 20
_BLOCK = 1 << 20

#: Is told of each step, so that tests can make any of them fail.
Step = Callable[[str], None]


def version_id(draft: Path, site: Site, digests: Digests | None = None) -> str:
    """Return the version that this site, loaded from `draft`, gets: its own, extended by what its recordings hold."""
    digests, recorded = digests or Digests(), used_recordings(draft, names_of(site))
    holds = {name: digests.of(path).sha256 for name, path in recorded.items()}
    return extended(site.version, holds)


def extended(version: str, digests: Mapping[str, str]) -> str:
    """Return the id of a version with these recordings; without any it is the site's own."""
    if not digests:
        return version
    return hashlib.sha256(json.dumps([version, sorted(digests.items())]).encode()).hexdigest()[:12]


def names_of(site: Site) -> frozenset[str]:
    """Return the names of all recordings that callers of this site may hear."""
    return frozenset(name for _, name in recordings(site))


def yaml_files(draft: Path) -> dict[str, Path]:
    """Return the YAML files of a folder, or the single file, by the names they are kept under."""
    if not draft.is_dir():
        return {draft.name if draft.name.endswith(ENDINGS) and not draft.name.startswith(".") else "site.yaml": draft}
    files = sorted(file for file in draft.iterdir() if file.name.endswith(ENDINGS) and not file.name.startswith("."))
    return {file.name: file for file in files[:MOST_FILES]}


def used_recordings(draft: Path, names: frozenset[str]) -> dict[str, Path]:
    """Return the recordings of these names in every language, by the names they are kept under."""
    top = draft / FOLDER
    if not names or not top.is_dir():
        return {}
    found: dict[str, Path] = {}
    for language in sorted(top.iterdir()):
        if not language.is_dir() or language.name.startswith("."):
            continue
        for file in sorted(language.iterdir()):
            if file.stem in names and file.is_file() and len(found) < MOST_RECORDINGS:
                found[f"{FOLDER}/{language.name}/{file.name}"] = file
    return found


def copy(
    draft: Path, folder: Path, names: frozenset[str], older: Path | None, step: Step, digests: Digests
) -> dict[str, Known]:
    """Copy what makes a version into an empty folder, synced; return its manifest, which is written as well.

    A recording that the `older` version has too is the same file of the disk. Raises OSError, DraftChanged.
    """
    known = read_manifest(older) if older is not None else {}
    same = {content: name for name, content in known.items()}
    manifest: dict[str, Known] = {}
    for name, source in yaml_files(draft).items():
        manifest[name] = _copy(source, folder / name, LARGEST_FILE)
        step(f"copied {name}")
    for name, source in used_recordings(draft, names).items():
        target = folder / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        content = digests.of(source)
        if older is not None and content in same:
            os.link(older / same[content], target)
            manifest[name] = content
        else:
            manifest[name] = _copy(source, target, LARGEST_RECORDING)
        step(f"copied {name}")
    text = json.dumps({name: [content.sha256, content.size] for name, content in manifest.items()}, indent=1)
    write_synced(folder / MANIFEST, text.encode())
    step("manifest written")
    for inner in (*(path for path in folder.rglob("*") if path.is_dir()), folder):
        sync(inner)
    step("folders synced")
    return manifest


def version_in(folder: Path, manifest: Mapping[str, Known], site: Site, loaded: Mapping[str, str]) -> str:
    """Return the version that the copied files are; read again unless they are `loaded`, those that made the site."""
    digests = {name: content.sha256 for name, content in manifest.items()}
    recorded = {name: digest for name, digest in digests.items() if name.startswith(f"{FOLDER}/")}
    same = loaded == {name: digest for name, digest in digests.items() if name not in recorded}
    return extended(site.version if same else version_of(read_source(folder, {}).root), recorded)


def read_manifest(folder: Path) -> dict[str, Known]:
    """Read a version's manifest; raises VersionDamaged."""
    try:
        with (folder / MANIFEST).open("rb") as file:
            found = json.loads(file.read(LARGEST_MANIFEST))
        return {str(name): Known(str(digest), int(size)) for name, (digest, size) in found.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise VersionDamaged(f"{folder / MANIFEST} cannot be read: {error}") from error


def yaml_digests(folder: Path) -> dict[str, str]:
    """Return what the YAML of a version holds, as SHA-256 by the names of its files; raises VersionDamaged."""
    manifest = read_manifest(folder)
    return {name: content.sha256 for name, content in manifest.items() if not name.startswith(f"{FOLDER}/")}


def require_whole(folder: Path) -> None:
    """Raise VersionDamaged unless every file of the version is there and what it was.

    Of recordings, which may be many, only the size is looked at.
    """
    manifest = read_manifest(folder)
    for name, content in manifest.items():
        path = folder / name
        try:
            of_size = name.startswith(f"{FOLDER}/")
            there = Known(content.sha256, path.stat().st_size) if of_size else digest_of(path)
        except (OSError, DraftChanged) as error:
            raise VersionDamaged(f"{path} cannot be read: {error}") from error
        if there != content:
            raise VersionDamaged(f"{path} was changed since it was published")
    added = sorted(set(yaml_files(folder)) - set(manifest))
    if added:
        raise VersionDamaged(f"{folder / added[0]} was added since it was published")


def _copy(source: Path, target: Path, largest: int) -> Known:
    digest, size = hashlib.sha256(), 0
    with (
        os.fdopen(os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file,
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as copied,
    ):
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
            if size > largest:
                raise DraftChanged(f"{source} is larger than {largest >> 20} MiB")
            copied.write(block)
        copied.flush()
        os.fsync(copied.fileno())
    return Known(digest.hexdigest(), size)


def write_synced(path: Path, content: bytes) -> None:
    """Write a new file for our eyes only and see it on disk; raises OSError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync(folder: Path) -> None:
    """See the names in a folder on disk; raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
