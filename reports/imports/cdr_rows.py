"""One row of a CDR file: which column is what, and what a row says. Pure.

Owns the forms of cdr_csv (Master.csv) and of cdr_custom, and the form in which a row is kept with its contact.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, tzinfo

from reports.imports.local_times import chosen, is_left_out, moments_of
from reports.imports.queue_lines import NotUnderstood
from reports.imports.uniqueids import began_at, is_one

#: As cdr_csv writes them (cdr/cdr_csv.c): always the first sixteen; uniqueid with `loguniqueid`, userfield with
#: `loguserfield`, the last three together with `newcdrcolumns`.
_CLASSIC = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata",
    "start", "answer", "end", "duration", "billsec", "disposition", "amaflags",
)  # fmt: skip
_NEW = ("peeraccount", "linkedid", "sequence")
#: As the sample cdr_custom.conf of Asterisk maps them; its last two are missing in older ones.
_CUSTOM = (
    "clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer", "end",
    "duration", "billsec", "disposition", "amaflags", "accountcode", "uniqueid", "userfield", "sequence",
)  # fmt: skip
#: Without these a row says nothing of a call.
NEEDED = frozenset({"start", "disposition", "channel"})
_NAMES = frozenset({*_CLASSIC, *_NEW, *_CUSTOM, "did", "callid"})
_UNIQUE = re.compile(r"(.{0,80}-)?\d{9,10}\.\d{1,10}")
_IN_MAPPING = re.compile(r"CDR\((\w+)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d.*")
_MOST_TEXT = 200
_QUARTER = 15 * 60

TWICE = "a time in the hour that comes twice: the first was taken"
NEVER = "a time that this zone's clock never shows (another --zone?)"
APART = "a time that does not fit its uniqueid (another --zone?)"


@dataclass(frozen=True)
class CdrRow:
    """One row. Texts are cut short; `talked` is Asterisk's billsec. `sure` is False where its hour comes twice."""

    start: datetime
    end: datetime
    answer: datetime | None = None
    talked: float = 0.0
    src: str = ""
    dst: str = ""
    did: str = ""
    clid: str = ""
    context: str = ""
    channel: str = ""
    to_channel: str = ""
    app: str = ""
    disposition: str = ""
    uniqueid: str = ""
    linkedid: str = ""
    sequence: int = 0
    sure: bool = True

    @property
    def key(self) -> str:
        """Return what the rows of one call share; a row without ids is a call of its own."""
        return self.linkedid or self.uniqueid or "row-" + hashlib.sha256(self.text().encode()).hexdigest()[:24]

    def text(self) -> str:
        """Return the row in the form that is kept with its contact, the same for the same row."""
        told = {name: value for name, value in asdict(self).items() if value not in ("", None)}
        plain = {name: v.isoformat() if isinstance(v, datetime) else v for name, v in told.items()}
        return json.dumps(plain, ensure_ascii=False, sort_keys=True)


def row_from(text: str) -> CdrRow:
    """Read a kept row back."""
    found = json.loads(text)
    for name in ("start", "end", "answer"):
        if name in found:
            found[name] = datetime.fromisoformat(found[name])
    return CdrRow(**found)


def columns_of(given: str) -> tuple[str, ...]:
    """Return the columns that somebody wrote: names with commas between, or a mapping line of cdr_custom.conf.

    >>> columns_of('Master.csv => ${CSV_QUOTE(${CDR(clid)})},${CDR(src)}')
    ('clid', 'src')
    """
    mapped = _IN_MAPPING.findall(given)
    return tuple(name.strip().lower() for name in (mapped or given.split(",")))


def header_of(first: str) -> tuple[str, ...] | None:
    """Return the columns that the first line names, None where it is a row as any other."""
    names = tuple(cell.strip().lower() for cell in cells_of(first))
    return names if set(names) >= NEEDED and len(set(names) & _NAMES) > len(names) // 2 else None


def guessed(row: str) -> tuple[str, ...] | None:
    """Return the columns that a row has by its form, None where it fits none: the dates stand where they stand."""
    cells = cells_of(row)
    dates = [place for place, cell in enumerate(cells) if _DATE.fullmatch(cell)]
    if not dates:
        return None
    if dates[0] == _CUSTOM.index("start"):
        return _CUSTOM[: len(cells)]
    if dates[0] != _CLASSIC.index("start") or len(cells) < len(_CLASSIC):
        return None
    more = len(cells) - len(_CLASSIC)
    new = _NEW if more >= len(_NEW) else ()
    rest = more - len(new)
    if rest > 2:
        return None
    one = ("uniqueid",) if _UNIQUE.fullmatch(cells[len(_CLASSIC)] if more else "") else ("userfield",)
    return (*_CLASSIC, *(("uniqueid", "userfield") if rest == 2 else one if rest else ()), *new)


def read_row(text: str, columns: Sequence[str], zone: tzinfo) -> tuple[CdrRow, str]:
    """Return what a row says, and in a few words what is doubtful in it, '' for nothing. Raises NotUnderstood."""
    cells = cells_of(text)
    if len(cells) < len(columns):
        raise NotUnderstood(f"it has {len(cells)} of {len(columns)} columns")
    told = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
    uniqueid, linkedid = (told.get(name, "") for name in ("uniqueid", "linkedid"))
    if not all(not text or is_one(text) for text in (uniqueid, linkedid)):
        raise NotUnderstood("its id is none of Asterisk's")
    lasted = _number(told.get("duration", ""))
    near = began_at(uniqueid) or began_at(linkedid)
    starts, ends = moments_of(told["start"], zone), moments_of(told.get("end", ""), zone)
    if not starts:
        raise NotUnderstood("it has no start")
    start, end, sure = chosen(starts, ends, lasted, near)
    answers = moments_of(told.get("answer", ""), zone)
    answer = min(answers, key=lambda at: abs(at - start)) if answers else None
    row = CdrRow(
        start=start,
        end=max(start, end or _after(start, lasted)),
        answer=answer if answer is None else max(start, answer),
        talked=_number(told.get("billsec", "")) or 0.0,
        **_texts(told, src="src", dst="dst", did="did", clid="clid", context="dcontext", channel="channel",
                 to_channel="dstchannel", app="lastapp"),
        disposition=_disposition(told["disposition"]),
        uniqueid=uniqueid,
        linkedid=linkedid,
        sequence=int(_number(told.get("sequence", "")) or 0),
        sure=sure,
    )  # fmt: skip
    return row, _doubt(row, told["start"], zone, near)


def cells_of(text: str) -> list[str]:
    """Return the cells of a row; raises NotUnderstood."""
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error as error:
        raise NotUnderstood(f"its quotation marks do not match ({error})") from None


def _doubt(row: CdrRow, written: str, zone: tzinfo, near: datetime | None) -> str:
    if not row.sure:
        return TWICE
    if is_left_out(written, zone):
        return NEVER
    apart = 0.0 if near is None else abs((row.start - near).total_seconds())
    return APART if apart > _QUARTER / 2 and min(apart % _QUARTER, -apart % _QUARTER) <= 5 else ""


def _texts(told: Mapping[str, str], **names: str) -> dict[str, str]:
    return {field: told.get(name, "")[:_MOST_TEXT] for field, name in names.items()}


#: The numbers that `disposition(int64)` of cdr_custom gives (include/asterisk/cdr.h).
_DISPOSITIONS = {"0": "NO ANSWER", "1": "NO ANSWER", "2": "FAILED", "4": "BUSY", "8": "ANSWERED", "16": "CONGESTION"}
_WORDS = frozenset({*_DISPOSITIONS.values(), "CANCEL", "UNKNOWN", "NOANSWER"})


def _disposition(text: str) -> str:
    word = _DISPOSITIONS.get(text, text.upper())
    if word not in _WORDS:
        raise NotUnderstood("its disposition is none of Asterisk's")
    return word


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text) else None


def _after(start: datetime, lasted: float | None) -> datetime:
    return start + timedelta(seconds=lasted or 0.0)
