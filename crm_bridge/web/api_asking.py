"""What the API's lists are asked for, read from an address: ids, cursors, moments, numbers. Raises Refusal."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import datetime

from ledger.web.visit import Refusal, Visit

_ID = re.compile(r"[A-Za-z0-9._-]{1,200}")
_LONGEST_CURSOR = 2_000


def id_of(visit: Visit, name: str = "id") -> str:
    """Return an id in the address's path; '' for what is the id of nothing, and no database need be asked."""
    text = visit.request.match_info[name]
    return text if _ID.fullmatch(text) else ""


def cursor_of(place: tuple[str, ...] | None) -> str | None:
    """Write where a page ended, for the next one to go on; None stays None.

    >>> cursor_of(("petraite ona", "c1"))
    'WyJwZXRyYWl0ZSBvbmEiLCJjMSJd'
    """
    if place is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(place, separators=(",", ":")).encode()).decode().rstrip("=")


def place_of(visit: Visit, size: int) -> tuple[str, ...] | None:
    """Return where a page is to go on, as `cursor_of` wrote it; None from the beginning. Raises Refusal."""
    text = visit.query("cursor")
    if text is None:
        return None
    try:
        if len(text) > _LONGEST_CURSOR:
            raise ValueError
        place = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        if not (isinstance(place, list) and len(place) == size and all(isinstance(part, str) for part in place)):
            raise ValueError
        "".join(place).encode()  # half a letter is in no cursor of ours
    except (ValueError, RecursionError, binascii.Error):
        raise Refusal(400, "`cursor` is none of ours", "take it from `next` of the answer before") from None
    return tuple(part.replace("\0", "") for part in place)


def before_of(visit: Visit) -> tuple[datetime, str] | None:
    """Return the moment and the id behind which a list in time goes on. Raises Refusal."""
    place = place_of(visit, 2)
    if place is None:
        return None
    at = _moment(place[0])
    if at is None:
        raise Refusal(400, "`cursor` is none of ours", "take it from `next` of the answer before")
    return at, place[1]


def moment_of(visit: Visit, name: str) -> datetime | None:
    """Return a moment that was asked for, None for none. Raises Refusal."""
    text = visit.query(name)
    if text is None:
        return None
    # A plus that was not written as %2B has become a blank.
    at = _moment(text.strip().replace(" ", "+"))
    if at is None:
        raise Refusal(400, f"`{name}` is no moment", "write it as 2026-11-20T09:00:00Z")
    return at


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    return at if at.tzinfo is not None and 1970 <= at.year <= 9000 else None


def text_of(visit: Visit, name: str, most: int = 200) -> str:
    """Return words that were asked for, '' for none. Raises Refusal for too many."""
    text = (visit.query(name) or "").replace("\0", " ").strip()
    if len(text) > most:
        raise Refusal(400, f"`{name}` is too long", f"at most {most} letters")
    return text.encode("utf-8", "replace").decode()
