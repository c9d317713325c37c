"""What another source tells of a contact whose end the first did not see. Pure.

Owns which of two stories counts: what was seen to its end stays as it is.
"""

from __future__ import annotations

from dataclasses import replace

from callrouter.calls import Talk
from callrouter.events import Outcome, Party
from reports.model import CallRecord, Left, Stay, Unknown

#: Two sources that tell of one answer are so close, seconds.
_SAME = 5.0


def is_complete(record: CallRecord) -> bool:
    """Tell whether the end of a contact was seen."""
    return record.ended_at is not None and not record.estimated


def filled(record: CallRecord, told: CallRecord) -> CallRecord:
    """Return a record whose end was not seen with the end that another source tells; a complete one as it is.

    The conversation under way ends when the other source says that it, or else the call, ended.
    """
    if is_complete(record) or told.ended_at is None or told.ended_at < record.offered_at:
        return record
    talks, taken = record.talks, frozenset[Unknown]()
    if talks:
        talks = (*talks[:-1], _ended(talks[-1], told, open_end=record.estimated or record.ended_at is None))
    elif told.talks:
        talks, taken = told.talks, told.unknown & {Unknown.TALK, Unknown.WAIT}
    outcome = record.outcome
    if talks:
        outcome = Outcome.ANSWERED if outcome in (None, Outcome.FAILED) else outcome
    elif outcome in (None, Outcome.FAILED):
        outcome = told.outcome or outcome
    abandoned_in = record.abandoned_in or (told.abandoned_in if outcome is Outcome.ABANDONED else "")
    knows_first = record.hung_up_first not in ("", Party.UNKNOWN)
    return replace(
        record,
        ended_at=told.ended_at,
        did=record.did or told.did,
        ani=record.ani or told.ani,
        ani_name=record.ani_name or told.ani_name,
        outcome=outcome,
        abandoned_in=abandoned_in,
        hung_up_first=record.hung_up_first if knows_first else told.hung_up_first or record.hung_up_first,
        answered_by=talks[-1].agent if talks else record.answered_by,
        answered_at=record.answered_at or (talks[0].since if talks else None),
        talks=talks,
        talked=sum(talk.talked or 0.0 for talk in talks),
        stays=_left(record.stays, told, outcome),
        estimated=told.estimated,
        unknown=record.unknown | taken,
    )


def _ended(talk: Talk, told: CallRecord, *, open_end: bool) -> Talk:
    assert told.ended_at is not None
    if not open_end and talk.talked is not None:
        return talk
    same = next(
        (t for t in told.talks if t.talked is not None and abs((t.since - talk.since).total_seconds()) <= 5), None
    )
    if same is not None and Unknown.TALK not in told.unknown:
        return replace(talk, talked=same.talked)
    if talk.talked is not None and len(told.talks) != 1:
        return talk  # somebody else talked with the caller after this agent
    return replace(talk, talked=max(0.0, (told.ended_at - talk.since).total_seconds()))


def _left(stays: tuple[Stay, ...], told: CallRecord, outcome: Outcome | None) -> tuple[Stay, ...]:
    """Return the stays with the last one ended, where that was not seen."""
    assert told.ended_at is not None
    if not stays:
        return stays
    last = stays[-1]
    if last.left is Left.MOVED_ON and outcome is Outcome.VOICEMAIL:
        return (*stays[:-1], replace(last, left=Left.VOICEMAIL, to=last.to or "voicemail"))
    if last.left is not Left.WAITING:
        return stays
    waited = max(0.0, (told.ended_at - last.joined_at).total_seconds())
    match outcome:
        case Outcome.ABANDONED:
            last = replace(last, left=Left.ABANDONED, waited=waited)
        case Outcome.ANSWERED if told.talks:
            until = max(0.0, (told.talks[0].since - last.joined_at).total_seconds())
            last = replace(last, left=Left.ANSWERED, waited=until, answered_by=told.talks[0].agent)
        case Outcome.VOICEMAIL:
            last = replace(last, left=Left.VOICEMAIL, to="voicemail")
        case _:
            last = replace(last, left=Left.FAILED)
    return (*stays[:-1], last)
