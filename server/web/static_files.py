"""Style sheets, scripts and pictures: read once at the start and served from memory.

No name of a request ever becomes a path, so there is no way out of a folder. Addresses carry a digest of the
content, so browsers may keep a file for ever and still get the new one. So do the addresses by which scripts import
each other: else a browser would ask for each again at every page, one after the other, and keys meant nothing so long.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
LARGEST = 2_000_000
#: What a script imports: `from "../live.js"`, or `import "./live.js"`.
_IMPORT = re.compile(rb'\b(from|import) "(\.{1,2}/[\w./-]+\.js)"')


@dataclass(frozen=True)
class StaticFile:
    """One file as it is sent."""

    content: bytes
    content_type: str
    digest: str


class StaticFiles:
    """Every file of the shell and of the features, by name such as `calls.js` or `voicemail/player.js`."""

    def __init__(self, files: Mapping[str, StaticFile]) -> None:
        self._files = dict(files)

    def address(self, name: str) -> str:
        """Return where a page finds this file; raises KeyError when there is none."""
        return f"/static/{name}?v={self._files[name].digest}"

    def find(self, name: str) -> StaticFile | None:
        """Return the file of this name."""
        return self._files.get(name)


def read_static(folders: Mapping[str, Path]) -> StaticFiles:
    """Read every file of known kind in these folders, which come by prefix; blocks. Raises OSError.

    Raises ValueError when a script imports what is not there.
    """
    read: dict[str, bytes] = {}
    for prefix, folder in folders.items():
        for path in sorted(folder.iterdir()):
            if path.suffix in _TYPES and path.stat().st_size <= LARGEST:
                read[prefix + path.name] = path.read_bytes()
    files: dict[str, StaticFile] = {}
    for name in read:
        _make(name, read, files, ())
    return StaticFiles(files)


def _make(name: str, read: Mapping[str, bytes], files: dict[str, StaticFile], above: tuple[str, ...]) -> StaticFile:
    """Make a file after those that it imports, since their digests are in it; `above` are those that import it."""
    if name in files:
        return files[name]
    if name not in read or name in above:
        what = "in a circle" if name in above else "what is not there"
        raise ValueError(f"a script imports {what}: {' > '.join((*above, name))}")

    def addressed(found: re.Match[bytes]) -> bytes:
        goal = posixpath.normpath(posixpath.join(posixpath.dirname(name), found[2].decode()))
        digest = _make(goal, read, files, (*above, name)).digest
        return found[1] + f' "/static/{goal}?v={digest}"'.encode()

    kind = posixpath.splitext(name)[1]
    content = _IMPORT.sub(addressed, read[name]) if kind == ".js" else read[name]
    files[name] = StaticFile(content, _TYPES[kind], hashlib.sha256(content).hexdigest()[:16])
    return files[name]
