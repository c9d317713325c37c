"""The end of contacts that no line of a file tells: a caller is not on the line for ever. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from callrouter.events import Outcome, Party
from reports.model import CallRecord, Left, Unknown

#: Whoever waits or talks this long before the last line of a file has ended, and nobody wrote it down.
LONGEST = timedelta(hours=6)


def ended_unseen(record: CallRecord, horizon: datetime) -> CallRecord:
    """Return a contact without an end as ended at the last moment known of it, if the file goes on long enough.

    Such an end is estimated: answered where somebody had answered, else failed, as after a crash of ours.
    """
    last = _last_known(record)
    if record.ended_at is not None or horizon - last < LONGEST:
        return record
    stays = tuple(replace(stay, left=Left.FAILED) if stay.left is Left.WAITING else stay for stay in record.stays)
    unknown = {Unknown.HUNG_UP_FIRST} | ({Unknown.TALK} if any(t.talked is None for t in record.talks) else set())
    return replace(
        record,
        ended_at=last,
        outcome=Outcome.ANSWERED if record.talks else Outcome.FAILED,
        hung_up_first=Party.UNKNOWN,
        stays=stays,
        estimated=True,
        unknown=record.unknown | unknown,
    )


def _last_known(record: CallRecord) -> datetime:
    moments = [record.offered_at, *(stay.joined_at for stay in record.stays)]
    moments += [offer.at for offer in record.offers]
    moments += [talk.since + timedelta(seconds=talk.talked or 0.0) for talk in record.talks]
    return max(moments)
