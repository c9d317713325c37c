"""Owns writing imported mailboxes as a `mailboxes:` section of our site, and saying what has no place in it.

Pure. What Asterisk does not say is not written, so that our defaults hold.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from config.values import NAME, WORDS
from voicemail.import_conf import Imported, ImportedMailbox

MOST_ADDRESSES = 20
MOST_NAME = 80
_PIN = re.compile(r"[0-9]{4,12}")
_NUMBER = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An option that was understood, but is not in the YAML; `mailboxes` is how many have it as their own, 0 none."""

    option: str
    mailboxes: int
    why: str


@dataclass(frozen=True, slots=True)
class _Counterpart:
    """Our name for a number of seconds, and what it may be."""

    ours: str
    least: int
    most: int


_COUNTERPARTS: Mapping[str, _Counterpart] = {
    "minsecs": _Counterpart("least", 0, 30),
    "maxsecs": _Counterpart("longest", 5, 3_600),
    "maxsilence": _Counterpart("silence", 1, 60),
}
#: Older spellings, which Asterisk still reads.
_OLD = {"minmessage": "minsecs", "maxmessage": "maxsecs"}

_BY_TELEPHONE = "what is said by telephone is the same for everybody here"
_MAIL = "how a mail looks and is sent is the same for everybody: see `mail:`"
_STORED = "messages are kept in our own store"
_WHY: Mapping[str, str] = {
    "attach": "every mail carries its message, as long as it fits",
    "attachfmt": "every mail carries its message as mp3 or wav",
    "format": "messages are kept as wav",
    "delete": "nothing is deleted because it was mailed: see `keep:`",
    "maxmsg": "a mailbox here has no limit of messages: see `keep:`",
    "backupdeleted": "a deleted message can be brought back here",
    "tz": "times are told in the zone of the site's hours",
    "locale": "texts follow the site's languages",
    "language": "texts follow the site's languages",
    "callback": "calling back is always offered, and by our own rules",
    "dialout": "nobody dials out of a mailbox",
    "exitcontext": "where a caller goes on is written in the menu",
    "operator": "where a caller goes on is written in the menu",
    "volgain": "the level of every message is made even",
    "passwordlocation": "PINs may be in secret.conf of each mailbox's folder; those in this file may be old",
    "externnotify": "no program is started; a web-hook can be told",
    "externpass": "no program is started",
    "externpassnotify": "no program is started",
    "externpasscheck": "no program is started",
    "minpassword": "a PIN has 4 digits at least",
    **dict.fromkeys(("saycid", "envelope", "sayduration", "saydurationm", "nextaftercmd", "skipms"), _BY_TELEPHONE),
    **dict.fromkeys(("forcename", "forcegreetings", "maxgreet", "tempgreetwarn"), "a greeting is written in the site"),
    **dict.fromkeys(("hidefromdir", "alias", "usedirectory"), "there is no directory by telephone"),
    **dict.fromkeys(("serveremail", "fromstring", "charset", "mailcmd", "emailsubject", "emailbody"), _MAIL),
    **dict.fromkeys(("emaildateformat", "pagersubject", "pagerbody", "pagerdateformat", "pagerfromstring"), _MAIL),
    **dict.fromkeys(("imapuser", "imappassword", "imapfolder", "imapserver", "imapport", "imapflags"), _STORED),
    **dict.fromkeys(("odbcstorage", "odbctable", "odbc_audio_on_disk"), _STORED),
}
_UNKNOWN = "there is nothing like it here"


def left_out(imported: Imported) -> list[LeftOut]:
    """List the options that `to_yaml` does not write, and why, those of everybody first."""
    found = [LeftOut(option, 0, why) for option, why in _left_out_of(imported.general, imported.general)]
    own: Counter[tuple[str, str]] = Counter()
    for box in imported.mailboxes:
        own.update(set(_left_out_of(box.options, {**imported.general, **box.options})))
        own.update([("pager", "a pager is not told: add its address to `mail:` if it should be")] if box.pager else [])
    return found + [LeftOut(option, count, why) for (option, why), count in sorted(own.items())]


def to_yaml(imported: Imported, *, with_pins: bool = False) -> str:
    """Write the mailboxes as YAML, with comments on what a person has to decide.

    PINs are written only `with_pins`, and only those of 4 to 12 digits. Blocks for half a millisecond a mailbox.
    """
    boxes = CommentedMap()
    keys = _Keys()
    for mailbox in imported.mailboxes:
        key = keys.name(mailbox)
        boxes[key], remarks = _box(mailbox, imported.general, with_pins)
        place = f"{mailbox.number}@{mailbox.context}"
        boxes.yaml_set_comment_before_after_key(
            key, _printable(f"{place}{''.join(f'; {word}' for word in remarks)}"), 2
        )
    document = CommentedMap({"mailboxes": boxes})
    document.yaml_set_start_comment("\n".join(_head(imported)))
    with io.StringIO() as text:
        yaml = YAML()
        yaml.width = 4_096  # a name is one line
        yaml.dump(document, text)
        return text.getvalue()


def _head(imported: Imported) -> Iterator[str]:
    yield f"Mailboxes of an Asterisk: {len(imported.mailboxes)}. Say who reads each, by `departments:` or `people:`,"
    yield "or give it the name of the department or person that it belongs to."
    for option in left_out(imported):
        whose = f" of {option.mailboxes}" if option.mailboxes else ""
        yield _printable(f"not imported: {option.option}{whose}: {option.why}")
    for line in imported.not_understood:
        yield _printable(f"not understood: line {line.line}: {line.text}: {line.why}")


def _box(mailbox: ImportedMailbox, general: Mapping[str, str], with_pins: bool) -> tuple[CommentedMap, list[str]]:
    """Return a mailbox as we write it, and what is to be said of it."""
    remarks = []
    box = CommentedMap()
    if mailbox.name:
        box["name"] = _printable(mailbox.name)[:MOST_NAME]
    if mailbox.mail:
        box["mail"] = CommentedSeq(mailbox.mail[:MOST_ADDRESSES])
        box["mail"].fa.set_flow_style()
    if len(mailbox.mail) > MOST_ADDRESSES:
        remarks.append(f"{len(mailbox.mail) - MOST_ADDRESSES} more addresses not imported")
    if mailbox.pin is not None and with_pins and _PIN.fullmatch(mailbox.pin):
        box["pin"] = DoubleQuotedScalarString(mailbox.pin)
    elif mailbox.pin is not None:
        remarks.append("pin not imported" + ("" if not with_pins else ": it has not 4 to 12 digits"))
    for ours, value in _settings({**general, **mailbox.options}).items():
        box[ours] = value
    if not box:
        box.fa.set_flow_style()
    return box, remarks


def _settings(options: Mapping[str, str]) -> dict[str, str | bool]:
    """Translate the options that we have as well."""
    seconds = dict(_seconds(options))
    if seconds.get("least", 0) >= seconds.get("longest", 180):
        seconds.pop("least", None)  # Asterisk would keep no message at all
    settings: dict[str, str | bool] = {ours: f"{value}s" for ours, value in seconds.items()}
    if (review := _yes_or_no(options.get("review", ""))) is not None:
        settings["review"] = review
    return settings


def _seconds(options: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    for name, value in options.items():
        counterpart = _COUNTERPARTS.get(_OLD.get(name, name))
        if counterpart and _NUMBER.fullmatch(value) and counterpart.least <= int(value) <= counterpart.most:
            yield counterpart.ours, int(value)


def _left_out_of(options: Mapping[str, str], effective: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    written = _settings(effective)
    for name in options:
        counterpart = _COUNTERPARTS.get(_OLD.get(name, name))
        if counterpart is not None:
            if counterpart.ours not in written:
                yield name, f"`{counterpart.ours}:` is {counterpart.least}s to {counterpart.most}s, least below longest"
        elif name == "review":
            if "review" not in written:
                yield name, "it is neither yes nor no"
        elif name != "aliasescontext":
            prompts = name.startswith(("vm-", "listen-control-"))
            yield name, _BY_TELEPHONE if prompts else _WHY.get(name, _UNKNOWN)


def _yes_or_no(text: str) -> bool | None:
    """Read a word as Asterisk does."""
    if text.lower() in ("yes", "true", "y", "t", "1", "on"):
        return True
    return False if text.lower() in ("no", "false", "n", "f", "0", "off") else None


class _Keys:
    """Names mailboxes after their numbers, each once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._counted: Counter[str] = Counter()

    def name(self, mailbox: ImportedMailbox) -> str:
        """Return the number as a name; the second of that number has its context too, further ones are counted."""
        number, context = _slug(mailbox.number), _slug(mailbox.context)[:20]
        plain = number if NAME.fullmatch(number) and number not in WORDS else f"box-{number or 'x'}"
        plain = plain[:32].rstrip("-_")
        name = plain if plain not in self._taken else f"{plain[: 31 - len(context)]}-{context}".rstrip("-_")
        while name in self._taken:
            self._counted[plain] += 1
            count = str(self._counted[plain] + 1)
            name = f"{plain[: 31 - len(count)]}-{count}"
        self._taken.add(name)
        return name


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")


def _printable(text: str) -> str:
    """Return one line, also to those who end lines at other signs; YAML takes it for a comment whatever is in it."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)
