"""A fax machine at the far end of a `FakeCall`: what ReceiveFAX and SendFAX come to, and the file it leaves.

Owns what Asterisk 22.10 was seen to do with a machine, a voice, a sender who breaks off, and a full disk.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path

from ivr.agi.fake_pbx import App, FakeCall
from ivr.conversation import NO_MACHINE_AFTER, FaxTaken
from ivr.simulator import BROKEN_OFF, PAGE_LASTS

_INCH = 0.0254
_NO_MACHINE = "Disconnected after permitted retries"


@dataclass(frozen=True)
class FakeFax:
    """The machine: what comes of its fax, None for a voice. A full disk takes `fits` pages, and nobody is told."""

    fax: FaxTaken | None
    fits: int = 1_000

    def received(self, call: FakeCall) -> App:
        """Return what ReceiveFAX, the command under way, comes to; the file is there at once."""
        fax = self.fax
        if call.hung_up:
            return App(-1, 0.0, _told(FaxTaken(""), BROKEN_OFF))
        lasts = PAGE_LASTS * fax.pages if fax else NO_MACHINE_AFTER
        lived = min(lasts, (math.inf if call.hangs_up_after is None else call.hangs_up_after) - call.elapsed)
        through = fax or FaxTaken("")
        pages = through.pages if lived == lasts else int(lived / PAGE_LASTS)
        if pages:
            path_of(call).write_bytes(tiff(min(pages, self.fits)))
        if lived < lasts:
            return App(0, lasts, _told(through, BROKEN_OFF, pages))
        if fax is None:
            return App(0, lasts, _told(through, _NO_MACHINE))
        if fax.gone:  # it hangs up as soon as it is through
            call.hangs_up_after = call.elapsed + lasts
        return App(0, lasts, _told(fax, "OK" if fax.ok else fax.why, pages, ok=fax.ok))


def path_of(call: FakeCall) -> Path:
    """Return the file that the command under way names, as Asterisk reads it: a backslash takes a sign as it is."""
    path, signs = "", iter(call.commands[-1][2])
    for sign in signs:
        if sign == ",":
            break
        path += next(signs) if sign == "\\" else sign
    return Path(path)


def tiff(pages: int) -> bytes:
    """Return a file with so many pages, as far as directories go: each has one strip of one byte."""
    data = struct.pack("<2sHI", b"II", 42, 10)
    for page in range(pages):
        at = 10 + page * 32
        entries = struct.pack("<HHHIIHHII", 2, 273, 4, 1, at - 2, 279, 4, 1, 1)
        data += b"\0\0" + entries + struct.pack("<I", at + 32 if page + 1 < pages else 0)
    return data


def _told(fax: FaxTaken, words: str, pages: int = 0, *, ok: bool = False) -> dict[str, str]:
    across, down = (f"{dots / _INCH:.0f}" for dots in fax.resolution)
    return {
        "FAXSTATUS": "SUCCESS" if ok else "FAILED",
        "FAXSTATUSSTRING": words,
        "FAXERROR": "" if ok else words,
        "FAXPAGES": str(pages),
        "FAXBITRATE": str(fax.rate),
        "FAXRESOLUTION": f"{across}x{down}",
        "FAXMODE": "T38" if fax.t38 else "audio",
        "REMOTESTATIONID": fax.station,
    }
