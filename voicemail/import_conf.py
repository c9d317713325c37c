"""Owns reading the mailboxes of an existing Asterisk out of its `voicemail.conf`, by pyst2.

What pyst2 reads wrongly or not at all is found beforehand, set aside and listed, never guessed. Must not know our
YAML. A PIN appears in `ImportedMailbox.pin` and nowhere else.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from asterisk.config import Category, Config, Item, ParseError

MOST_BYTES = 4 << 20
LONGEST_LINE = 8_190  # of Asterisk, which cuts off the rest
GENERAL, ZONES = "general", "zonemessages"
#: Options of a whole context, which stand among its mailboxes.
_OF_A_CONTEXT = frozenset({"directoryintro"})
_SECRET = re.compile(r"password$|secret$", re.IGNORECASE)
_ADDRESS = re.compile(r"[^@\s<>()\[\],;:\\\"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,180}[A-Za-z0-9])?")


class ImportRefused(Exception):
    """The file cannot be read at all."""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A line, or a part of it, that was not taken over. `text` shows neither PIN nor password."""

    line: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class ImportedMailbox:
    """A mailbox as Asterisk has it; its own options come before those of everybody."""

    number: str
    context: str
    name: str
    mail: tuple[str, ...]
    pager: str
    pin: str | None = field(repr=False)
    options: dict[str, str] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file holds: mailboxes, the options of everybody, and what was not taken over, in the order of lines."""

    mailboxes: tuple[ImportedMailbox, ...]
    not_understood: tuple[NotUnderstood, ...]
    general: dict[str, str] = field(default_factory=dict)


def read(path: Path, encoding: str = "utf-8") -> Imported:
    """Read a `voicemail.conf`. Blocks; raises ImportRefused when the file is missing, too large or no text at all.

    Lines that are not in the encoding are listed, for a name that is half wrong is worse than one that is missing.
    """
    try:
        codecs.lookup(encoding)
        if not path.is_file():
            raise ImportRefused(f"{path.name} is not a file")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except LookupError as error:
        raise ImportRefused(f"no encoding is called {encoding!r}") from error
    except OSError as error:
        raise ImportRefused(f"{path.name} cannot be read: {error.strerror}") from error
    if len(content) > MOST_BYTES:
        raise ImportRefused(f"{path.name} is larger than {MOST_BYTES >> 20} MB")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ImportRefused(f"{path.name} is UTF-16, which Asterisk does not read; save it as UTF-8")
    return parse(content.removeprefix(codecs.BOM_UTF8), encoding)


def parse(content: bytes, encoding: str = "utf-8") -> Imported:
    """Find the mailboxes in the content of a `voicemail.conf`."""
    aside: list[NotUnderstood] = []
    readable = list(_readable(content.split(b"\n"), encoding, aside))
    sections = _Lines(readable).categories
    general = _options_of(section for section in sections if section.name.lower() == GENERAL)
    aliases = general.get("aliasescontext")
    boxes: dict[tuple[str, str], ImportedMailbox] = {}
    for section in sections:
        if section.name.lower() in (GENERAL, ZONES):
            continue
        for item in section.items:
            if section.name == aliases:
                aside.append(_not(item, "an alias: lead callers to the mailbox that it means"))
            elif item.name.lower() in _OF_A_CONTEXT:
                aside.append(_not(item, "an option of the directory, which we do not have"))
            else:
                box = _mailbox(item, section.name, aside)
                first = boxes.setdefault((section.name, item.name), box) if box is not None else None
                if first is not None and first is not box:
                    aside.append(_not(item, f"the mailbox is already in line {first.line}, which was taken"))
    return Imported(tuple(boxes.values()), tuple(sorted(aside, key=lambda found: found.line)), general)


class _Lines(Config):  # type: ignore[misc]  # pyst2 has no types
    """pyst2's reader, given lines instead of the name of a file."""

    def __init__(self, lines: list[str]) -> None:
        self._given = lines
        super().__init__("voicemail.conf")

    def load(self) -> None:
        """Take the lines; the base class would open the file in whatever encoding this machine has."""
        self.raw_lines = self._given


def _readable(lines: list[bytes], encoding: str, aside: list[NotUnderstood]) -> Iterator[str]:
    """Yield every line that pyst2 reads as Asterisk does, and an empty one for every other."""
    in_comment = False
    refused: str | None = "it stands before the first [section]"
    for number, raw in enumerate(lines, 1):
        line = raw.decode(encoding, errors="replace").strip()
        if in_comment:
            in_comment = "--;" not in line
            why = None if in_comment or line.endswith("--;") else "a comment of several lines ends in it"
            line = ""
        elif line.startswith(";--") and not line.startswith(";---"):
            in_comment = "--;" not in line[3:]
            why = "a comment of several lines begins here, and nothing in it was read" if in_comment else None
            if not in_comment and not line.endswith("--;"):
                why = "a comment ends in it, and something follows"
        else:
            why = _objection(raw, line, number, encoding)
            if line.startswith("["):
                refused = None if why is None else "its [section] was not understood"
            elif line and not line.startswith(";"):
                why = why or refused
        if why is not None:
            aside.append(NotUnderstood(number, shown(line), why))
        yield "" if why is not None else line


def _objection(raw: bytes, line: str, number: int, encoding: str) -> str | None:
    """Say why pyst2 would not read a line as Asterisk does; None when it would."""
    if not line or line.startswith(";"):
        return None
    if len(raw) > LONGEST_LINE:
        return f"it is longer than the {LONGEST_LINE} bytes that Asterisk reads"
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return f"it is not {encoding}: name the encoding of the file, or save it as UTF-8"
    if not line.replace("\t", " ").isprintable():
        return "it contains signs that cannot be seen"
    if line.startswith("#"):
        return "another file or program: import that one by itself"
    if "\\;" in line:
        return "an escaped semicolon"
    if ";--" in line:
        return "a comment of several lines begins in it"
    if re.match(r"\[[^]]*\]\s*\(", line):
        return "a template, or a section that is added to or inherits"
    if re.match(r"[^=;]*\+=", line):
        return "an addition to an earlier value"
    try:
        entry = Category(line, number) if line.startswith("[") else Item(line, number)
    except ParseError:
        return "neither a [section] nor `name = value`"
    return None if entry.name else "it has no name"


def _options_of(sections: Iterator[Category]) -> dict[str, str]:
    return dict(_option(item.name, item.value) for section in sections for item in section.items)


def _option(name: str, value: str) -> tuple[str, str]:
    return name.strip().lower(), "(secret)" if _SECRET.search(name) else value.strip()


def _mailbox(item: Item, context: str, aside: list[NotUnderstood]) -> ImportedMailbox | None:
    """Read `NUMBER => PIN,name,mail|mail,pager,option=value|option=value`; what is odd in it goes aside."""
    if "@" in item.name or not re.fullmatch(r"[\w*#.+-]{1,80}", item.name):
        aside.append(_not(item, "this does not look like the number of a mailbox"))
        return None
    pin, name, mail, pager, options = (part.strip() for part in (item.value.split(",", 4) + [""] * 4)[:5])
    if pin.startswith("*"):
        aside.append(_not(item, "a PIN that begins with *, which Asterisk does not accept: imported without it"))
        pin = ""
    if pin.startswith("-"):
        aside.append(_not(item, "its user cannot change the PIN (-): here nobody can by telephone"))
        pin = pin[1:]
    written = [address.strip() for address in mail.split("|") if address.strip()]
    good = tuple(address for address in written if _ADDRESS.fullmatch(address) and ".." not in address)
    if len(good) < len(written):
        aside.append(_not(item, f"{len(written) - len(good)} of its mail addresses are none"))
    own: dict[str, str] = {}
    for option in filter(None, (part.strip() for part in options.split("|"))):
        key, equals, value = option.partition("=")
        if not equals or not key.strip():
            aside.append(_not(item, "an option of it is no name=value"))
        else:
            own.update([_option(key, value)])
    return ImportedMailbox(item.name, context, " ".join(name.split()), good, pager, pin or None, own, item.number)


def _not(item: Item, why: str) -> NotUnderstood:
    return NotUnderstood(item.number, shown(f"{item.name} => {item.value}"), why)


def shown(line: str) -> str:
    """Return what may be shown of a line: its name, for the value may be a PIN or a password."""
    if line.startswith(("[", "#include", "#tryinclude")):
        text = line
    else:
        name, equals, _ = line.partition("=")
        words = name.split(",")[0].split()
        text = f"{' '.join(words)} = …" if equals else f"{words[0] if words else ''} …"
    return "".join(sign if sign.isprintable() else " " for sign in text)[:80].strip()
