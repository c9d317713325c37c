"""What faxes are in Asterisk's words: the settings and arguments of ReceiveFAX and SendFAX, and what they leave behind.

Owns the spelling, and the doing of it over AGI for the live leg; the emergency attendant's shares the spelling. Knows
no department and no document.

What Asterisk 22.10 does [measured]: both applications come back with the channel still up, and what came of it stands
in variables, on a dead channel too. FAXSTATUS alone decides; FAXERROR may say HANGUP beside SUCCESS. A sender who
breaks off leaves FAILED, the complete pages in FAXPAGES and in the file. A voice is let go after 22 to 25 seconds, when
three attempts found no machine. A second ReceiveFAX on a channel writes into the file of the first. One that is run on
a channel which is hung up already does not notice, and sits there until its time is up, unless something is heard.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from ivr.agi import fax_file, fax_word
from ivr.agi.errors import AgiTimeout, HungUp, LinkLost
from ivr.agi.session import GRACE, AgiSession
from ivr.conversation import FaxTaken

log = structlog.get_logger(__name__)

#: No fax takes longer, seconds: Asterisk hangs up then, and the complete pages are there as after any other end. The
#: call has no more time than that from the beginning of a fax.
LONGEST = 3600.0
#: What the variables are called that hold what came of it.
STATUS, PAGES, RATE, RESOLUTION = "FAXSTATUS", "FAXPAGES", "FAXBITRATE", "FAXRESOLUTION"
MODE, STATION, WORDS, ECM = "FAXMODE", "REMOTESTATIONID", "FAXSTATUSSTRING", "FAXOPT(ecm)"
TOLD = (STATUS, PAGES, RATE, RESOLUTION, MODE, STATION, WORDS, ECM)
SUCCESS, T38 = "SUCCESS", "T38"

NO_ROOM = "no room on the disk"
NO_MODEM = "this Asterisk has no fax modem"
LINE_LOST = "the connection to Asterisk was lost"
#: What T.30 lets a station call itself, and how long; and how long the line at the top of a page may be.
_NOT_IN_STATION = re.compile(r"[^0-9A-Za-z+ ]")
_LONGEST_STATION, _LONGEST_HEADER = 20, 50
#: A resolution is told in dots per metre.
_INCH = 0.0254


@dataclass(frozen=True)
class FaxSent:
    """What became of a fax we sent: `ok` if the other machine confirmed every page, `pages` of `of` in any case.

    `station` is what the other machine calls itself, `seconds` how long it took, `why` the words of the fax modem; all
    else is as in `FaxTaken`. `status` is Asterisk's own verdict. It is empty if the connection to Asterisk was lost:
    then nobody knows whether the fax arrived, and sending it again may make two of it.
    """

    ok: bool
    pages: int
    of: int
    rate: int = 0
    resolution: tuple[int, int] = (0, 0)
    ecm: bool = False
    t38: bool = False
    station: str = ""
    seconds: float = 0.0
    why: str = ""
    status: str = ""


def station(name: str) -> str:
    """Return a name as a fax machine may call itself.

    >>> station("Žalia & Co., +370 5 211-0000")
    'Zalia Co +370 5 2110'
    """
    return " ".join(_NOT_IN_STATION.sub("", _plain(name)).split())[:_LONGEST_STATION].strip()


def header(text: str) -> str:
    """Return a text as it fits the top of every page: plain letters, on one line. Others' words are cut so, too."""
    return " ".join(_plain(text).split())[:_LONGEST_HEADER].strip()


def settings(*, ours: str, top: str = "") -> tuple[tuple[str, str], ...]:
    """Return what is set on a channel before a fax: the limit, error correction, who we are, the line at the top."""
    named = (("TIMEOUT(absolute)", f"{LONGEST:.0f}"), (ECM, "yes"), ("FAXOPT(localstationid)", station(ours)))
    return (*named, ("FAXOPT(headerinfo)", header(top))) if top else named


def arguments(path: str) -> tuple[str, str]:
    """Return the file and the option: `f` goes on as sound where there is no T.38.

    The receiver asks for T.38, as the standard has it, and SendFAX waits ten seconds for that. With its option `z` it
    asks itself then, and a refusal takes so long that the other machine gives up: no page goes out [measured].
    """
    return re.sub(r'([\\,"])', r"\\\1", path), "f"


def taken(path: str, told: Mapping[str, str], *, whole: int, gone: bool) -> FaxTaken:
    """Return what ReceiveFAX left behind; `whole` pages of it are in the file."""
    if not told[STATUS]:  # nobody can be asked any more, or ReceiveFAX never ran
        return FaxTaken(path, whole, why=LINE_LOST if gone else NO_MODEM, gone=gone)
    pages = min(_number(told, PAGES), whole)
    stored = pages == _number(told, PAGES)
    ok = told[STATUS] == SUCCESS and stored and pages > 0
    return FaxTaken(
        path,
        pages,
        ok,
        station=header(told[STATION]),
        rate=_number(told, RATE),
        resolution=_dots(told[RESOLUTION]),
        ecm=told[ECM] == "yes",
        t38=told[MODE] == T38,
        why="" if ok else header(told[WORDS]) if stored else NO_ROOM,
        gone=gone,
    )


def sent(told: Mapping[str, str], *, of: int, seconds: float, lost: bool = False) -> FaxSent:
    """Return what SendFAX left behind, of a file with so many pages; `lost` if there was nobody to ask."""
    ok = told[STATUS] == SUCCESS
    pages = _number(told, PAGES)
    return FaxSent(
        ok,
        pages,
        max(of, pages),
        rate=_number(told, RATE),
        resolution=_dots(told[RESOLUTION]),
        ecm=told[ECM] == "yes",
        t38=told[MODE] == T38,
        station=header(told[STATION]),
        seconds=seconds,
        why="" if ok else header(told[WORDS]) or (LINE_LOST if lost else NO_MODEM),
        status=told[STATUS],
    )


async def take(session: AgiSession, path: str, *, ours: str) -> FaxTaken:
    """Receive a fax. Raises HungUp if nobody was there any more before it began.

    Asterisk keeps the word of it under the file's name, without suffix, unless it is told that it is `known` before
    the channel ends.
    """
    file = Path(path)
    if not await asyncio.to_thread(fax_file.has_room, file):
        log.error("no room for a fax", folder=str(file.parent))
        return FaxTaken(path, why=NO_ROOM)
    await _set(session, settings(ours=ours))
    told = await _run(session, file.stem, "ReceiveFAX", *arguments(path))
    whole = await asyncio.to_thread(fax_file.complete_pages, file)
    fax = taken(path, told, whole=whole, gone=not await _is_there(session))
    if fax.why == NO_ROOM:
        log.error("a fax was not stored to its end", folder=str(file.parent), pages=fax.pages, told=told[PAGES][:9])
    return fax


async def send(session: AgiSession, path: str, *, ours: str, top: str) -> FaxSent:
    """Send a fax. Raises HungUp if nobody was there any more before it began.

    Asterisk keeps the word of it under the channel's id, where we chose that, unless it is told that it is `known`
    before the channel ends.
    """
    of = await asyncio.to_thread(fax_file.complete_pages, Path(path))
    await _set(session, settings(ours=ours, top=top))
    loop = asyncio.get_running_loop()
    began = loop.time()
    told = await _run(session, session.request.uniqueid, "SendFAX", *arguments(path))
    return sent(told, of=of, seconds=round(loop.time() - began, 1), lost=session.lost)


async def known(session: AgiSession, name: str) -> None:
    """Say that what became of a fax is written down, so that Asterisk need not keep word of it under this name."""
    if fax_word.NAME.fullmatch(name) is not None:  # else there is none to be taken back
        with suppress(HungUp, AgiTimeout):  # then it is kept for nobody
            await fax_word.take_back(session)


async def _run(session: AgiSession, name: str, application: str, *args: str) -> dict[str, str]:
    """Run one of the two and return what it left in variables, nothing if nobody can be asked any more.

    Then Asterisk keeps it under this name. Raises HungUp if the other side was gone before it ran.
    """
    try:
        await fax_word.leave(session, name)
        await session.channel_status()
        await session.exec(application, *args, deadline=LONGEST + GRACE)
        told = {variable: await session.get_variable(variable) or "" for variable in TOLD}
        if not told[STATUS]:
            await session.channel_status()
        return told
    except (LinkLost, AgiTimeout):
        return dict.fromkeys(TOLD, "")
    except HungUp:
        await known(session, name)  # nothing became of it
        raise


async def _set(session: AgiSession, values: Iterable[tuple[str, str]]) -> None:
    await session.channel_status()  # variables can be set for nobody as well
    for name, value in values:
        await session.set_variable(name, value)


async def _is_there(session: AgiSession) -> bool:
    """Tell whether somebody is still there; a machine that has sent all it had hangs up of itself."""
    try:
        await session.channel_status()
    except (HungUp, AgiTimeout):
        return False
    return True


def _plain(text: str) -> str:
    """Return a text without accents, and without all that is not ASCII and printable."""
    return "".join(
        sign for sign in unicodedata.normalize("NFKD", text) if sign.isascii() and (sign.isprintable() or sign == " ")
    )


def _number(told: Mapping[str, str], name: str) -> int:
    text = told[name]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _dots(resolution: str) -> tuple[int, int]:
    """Return a resolution in dots per inch.

    >>> _dots("8031x3850")
    (204, 98)
    """
    found = re.fullmatch(r"([0-9]{1,6})x([0-9]{1,6})", resolution)
    return (round(int(found[1]) * _INCH), round(int(found[2]) * _INCH)) if found else (0, 0)
