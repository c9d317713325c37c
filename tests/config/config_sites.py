"""Small sites for the tests of config/: a good one, ways to spoil it, and marks where a finding belongs."""

import io
import wave
from collections.abc import Mapping
from pathlib import Path

from config.findings import Finding
from config.load import Loaded, load_site
from config.rules.examples import MARK, SAMPLE, spoiled

__all__ = ["GOOD", "MARK", "load", "marked_places", "place_of", "sound", "spoiled"]

#: A site without findings, which tests spoil.
GOOD = SAMPLE


def load(folder: Path, files: Mapping[str, str | bytes], env: Mapping[str, str] | None = None) -> Loaded:
    """Write the files, without marks, and load them as a site."""
    for name, content in files.items():  # a name may be that of a file in a folder
        raw = content.replace(MARK, "").encode() if isinstance(content, str) else content
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(raw)
    return load_site(folder, env or {})


def marked_places(files: Mapping[str, str | bytes]) -> list[str]:
    """Return ``file:line:col`` of every mark, counted by hand and not by the code under test."""
    places = []
    for name, content in sorted(files.items()):
        lines = content.split("\n") if isinstance(content, str) else []
        for number, line in enumerate(lines, 1):
            pieces = line.split(MARK)
            places += [f"{name}:{number}:{len(''.join(pieces[:count])) + 1}" for count in range(1, len(pieces))]
    return places


def place_of(finding: Finding) -> str:
    """Return ``file:line:col`` with the file's bare name."""
    position = finding.position
    return f"{Path(position.file).name}:{position.line}:{position.column}"


def sound(hertz: int = 8000, channels: int = 1, width: int = 2, seconds: float = 0.01, loud: int = 60) -> bytes:
    """Return a WAV file of a buzz; of silence with `loud` 0."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setframerate(hertz)
        writer.setnchannels(channels)
        writer.setsampwidth(width)
        writer.writeframes(bytes([loud]) * (int(hertz * seconds) * channels * width))
    return file.getvalue()
