"""Style sheets, scripts and pictures: read once at the start and served from memory.

No name of a request ever becomes a path, so there is no way out of a folder. Addresses carry a digest of the
content, so browsers may keep a file for ever and still get the new one.
"""

from __future__ import annotations

import hashlib
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
    """Read every file of known kind in these folders, which come by prefix; blocks. Raises OSError."""
    files: dict[str, StaticFile] = {}
    for prefix, folder in folders.items():
        for path in sorted(folder.iterdir()):
            if (kind := _TYPES.get(path.suffix)) is None or path.stat().st_size > LARGEST:
                continue
            content = path.read_bytes()
            files[prefix + path.name] = StaticFile(content, kind, hashlib.sha256(content).hexdigest()[:16])
    return StaticFiles(files)
