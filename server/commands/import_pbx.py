"""`import pbx`: what an existing Asterisk's configuration says of mailboxes, as YAML for our site."""

from __future__ import annotations

from pathlib import Path

from reports.text import printable
from server.terminal import Foreseen, put, put_json, stderr
from voicemail.import_conf import Imported, ImportRefused, read
from voicemail.import_yaml import left_out, to_yaml

NAME = "voicemail.conf"


def run(folder: Path, encoding: str, *, with_pins: bool, json: bool) -> int:
    """Print a `mailboxes:` section, and tell on standard error what is not in it; 1 when there is such a thing.

    Raises `Foreseen` for a folder without the file, and for one that is none of Asterisk's.
    """
    path = folder / NAME if folder.is_dir() else folder
    if not path.is_file():
        raise Foreseen(f"{path} is not there; name the folder of Asterisk's configuration, such as /etc/asterisk")
    try:
        imported = read(path, encoding)
    except ImportRefused as error:
        raise Foreseen(f"{path} cannot be read: {error}") from error
    aside = left_out(imported)
    if json:
        put_json(
            {
                "mailboxes": len(imported.mailboxes),
                "yaml": to_yaml(imported, with_pins=with_pins),
                "not_understood": [
                    {"line": item.line, "text": item.text, "why": item.why} for item in imported.not_understood
                ],
                "left_out": [{"option": o.option, "mailboxes": o.mailboxes, "why": o.why} for o in aside],
            }
        )
    else:
        put(to_yaml(imported, with_pins=with_pins).rstrip())
        _tell(imported, path)
        for option in aside:
            own = f" ({option.mailboxes} mailboxes)" if option.mailboxes else ""
            stderr.print(f"left out: {option.option}{own}: {option.why}")
    return 1 if imported.not_understood or aside else 0


def _tell(imported: Imported, path: Path) -> None:
    stderr.print(f"{len(imported.mailboxes)} mailboxes read from {path}")
    for item in imported.not_understood:
        stderr.print(f"not understood: {path}:{item.line}: {printable(item.text)}: {item.why}")
