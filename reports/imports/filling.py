"""What another source tells of a contact whose end the first did not see. Pure.

Owns which of two stories counts: what was seen to its end stays as it is. The lines are in `filling_lines`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from callrouter.calls import Talk
from callrouter.events import Outcome, Party
from reports.imports.filling_lines import SAME, filled_stays, is_open
from reports.model import CallRecord, Left, Offer, Stay, Unknown

#: What was ended after a crash ended when the call did, but for what was rounded.
_ROUNDED = timedelta(seconds=1)


def is_complete(record: CallRecord) -> bool:
    """Tell whether the end of a contact was seen."""
    return record.ended_at is not None and not record.estimated


def filled(record: CallRecord, told: CallRecord) -> CallRecord:
    """Return a record whose end was not seen with the end that another source tells; a complete one as it is.

    The conversation under way ends when the other source says that it, or else the call, ended; so does the stay in
    a line. Conversations after it are the other source's.
    """
    if is_complete(record) or told.ended_at is None or told.ended_at < record.offered_at:
        return record
    talks = _talks(record, told)
    outcome = _outcome(record, told, talks)
    stays = filled_stays(record, told, talks, outcome)
    taken = frozenset() if record.talks or not talks else told.unknown & {Unknown.TALK, Unknown.WAIT}
    if stays and stays[-1].left is Left.ANSWERED and stays[-1].waited is not None:
        taken -= {Unknown.WAIT}  # when the caller joined the line we saw
    knows_first = record.hung_up_first not in ("", Party.UNKNOWN)
    return replace(
        record,
        ended_at=told.ended_at,
        did=record.did or told.did,
        ani=record.ani or told.ani,
        ani_name=record.ani_name or told.ani_name,
        outcome=outcome,
        abandoned_in=_abandoned_in(record, told, stays, outcome),
        hung_up_first=record.hung_up_first if knows_first else told.hung_up_first or record.hung_up_first,
        answered_by=talks[-1].agent if talks else record.answered_by,
        answered_at=record.answered_at or (talks[0].since if talks else None),
        waited=round(record.waited + _waited(stays) - _waited(record.stays), 3),
        talks=talks,
        talked=sum(talk.talked or 0.0 for talk in talks),
        stays=stays,
        offers=tuple(_rung_out(offer, talks) for offer in record.offers),
        estimated=told.estimated,
        # A record that is itself of a file is no less sure for having its end from another.
        filled=record.filled if record.source else told.source,
        unknown=record.unknown | taken,
    )


def _talks(record: CallRecord, told: CallRecord) -> tuple[Talk, ...]:
    """Return the conversations: ours, the last of them ended, and those that came after it."""
    if not record.talks:
        return _in_their_line(told.talks, record)
    last = record.talks[-1]
    later: tuple[Talk, ...] = ()
    if Unknown.TALK not in told.unknown:
        later = _in_their_line(tuple(talk for talk in told.talks if talk.since > last.since + SAME), record)
    if not _was_seen(last, record):
        last = _ended(last, told, later)
    over = _over(last)
    return (*record.talks[:-1], last, *(talk for talk in later if over is not None and talk.since >= over - SAME))


def _in_their_line(talks: tuple[Talk, ...], record: CallRecord) -> tuple[Talk, ...]:
    """Return conversations with the first as that of the line that the caller stood in, if its source knows no lines.

    Of who left that line, or was passed on from it, nobody knows for which line they were answered.
    """
    if not talks or not record.stays or not is_open(record.stays[-1], record):
        return talks
    stay, first = record.stays[-1], talks[0]
    if first.department or first.since < stay.joined_at:
        return talks
    return (replace(first, department=stay.department), *talks[1:])


def _was_seen(talk: Talk, record: CallRecord) -> bool:
    """Tell whether the end of a conversation was seen: what was ended after a crash ended with the call."""
    over = _over(talk)
    if over is None or record.source:
        return over is not None
    return record.ended_at is None or over < record.ended_at - _ROUNDED


def _over(talk: Talk) -> datetime | None:
    return None if talk.talked is None else talk.since + timedelta(seconds=talk.talked)


def _ended(talk: Talk, told: CallRecord, later: Sequence[Talk]) -> Talk:
    assert told.ended_at is not None
    same = next((t for t in told.talks if t.talked is not None and abs(t.since - talk.since) <= SAME), None)
    if same is not None and Unknown.TALK not in told.unknown:
        return replace(talk, talked=same.talked)
    until = later[0].since if later else told.ended_at
    return replace(talk, talked=max(0.0, (until - talk.since).total_seconds()))


def _outcome(record: CallRecord, told: CallRecord, talks: Sequence[Talk]) -> Outcome | None:
    if record.outcome not in (None, Outcome.FAILED):
        return record.outcome
    return Outcome.ANSWERED if talks else told.outcome or record.outcome


def _abandoned_in(record: CallRecord, told: CallRecord, stays: Sequence[Stay], outcome: Outcome | None) -> str:
    """Return where the caller gave up: in the line that we saw them join, whatever another source can tell."""
    if outcome is not Outcome.ABANDONED:
        return record.abandoned_in
    in_line = bool(stays) and stays[-1].left is Left.ABANDONED
    return record.abandoned_in or ("queue" if in_line else told.abandoned_in)


def _rung_out(offer: Offer, talks: Sequence[Talk]) -> Offer:
    """Return a ringing of which nobody told how it ended as ended with the call, at the latest."""
    if offer.reply:
        return offer
    answered = any(talk.agent == offer.agent and talk.since >= offer.at for talk in talks)
    return replace(offer, reply="answered" if answered else "cancelled")


def _waited(stays: Sequence[Stay]) -> float:
    return sum(stay.waited or 0.0 for stay in stays)
