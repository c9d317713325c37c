"""Owns reading what an Asterisk leaves in its folder: its process id, its ports, its last words. All of it blocks."""

import json
import re
from dataclasses import asdict
from pathlib import Path

from pbx.plan import Ports
from pbx.render import Layout, layout, write_whole

_PORTS_FILE = "ports.json"
_MOST_LOG = 64 * 2**10
_LAST_WORDS = 12


def ports_of_running(folder: Path) -> Ports | None:
    """Return the ports of the Asterisk that runs in this folder, or None."""
    places = layout(folder)
    return None if running_pid(places) is None else read_ports(places)


def write_ports(places: Layout, ports: Ports) -> None:
    """Keep the ports for the one who will adopt this Asterisk."""
    write_whole(places.folder / _PORTS_FILE, json.dumps(asdict(ports)))


def read_ports(places: Layout) -> Ports | None:
    """Return the ports that were kept, or None."""
    try:
        return Ports(**json.loads((places.folder / _PORTS_FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def running_pid(places: Layout) -> int | None:
    """Return the process id of an Asterisk that was started with exactly this configuration file."""
    try:
        pid = int(places.pid_file.read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    # A process id may belong to somebody else by now, and a dead one not yet buried has no words.
    return pid if str(places.configuration).encode() in words else None


def log_size(places: Layout) -> int:
    """Return where the log of a run that starts now will begin."""
    return places.log.stat().st_size if places.log.exists() else 0


def last_words(places: Layout, log_begin: int) -> tuple[str, ...]:
    """Return the last complaints of a run, or whatever was said last."""
    lines = [*_tail(places.console, 0), *_tail(places.log, log_begin)]
    wrong = [line for line in lines if re.search(r"\b(ERROR|WARNING)\b|error while loading", line)]
    return tuple(line[:400] for line in (wrong or lines)[-_LAST_WORDS:])


def _tail(path: Path, begin: int) -> list[str]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            # Shorter than it was: rotated meanwhile, so everything in it is new.
            file.seek(max(begin if begin <= size else 0, size - _MOST_LOG))
            return file.read(_MOST_LOG).decode(errors="replace").splitlines()
    except OSError:
        return []
