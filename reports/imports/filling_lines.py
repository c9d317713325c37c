"""What another source tells of the lines that a caller stood in, where we did not see how they were left. Pure.

A source that knows lines is taken at its word; of the others' ends and answers it follows how the last stay ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from callrouter.calls import Talk
from callrouter.events import Outcome, Party
from reports.model import CallRecord, Left, Stay, Unknown

#: Two sources that tell of one moment are so close: most files have whole seconds.
SAME = timedelta(seconds=5)


def filled_stays(
    record: CallRecord, told: CallRecord, talks: Sequence[Talk], outcome: Outcome | None
) -> tuple[Stay, ...]:
    """Return the stays with the last one ended, where that was not seen, and with those that came after it.

    `talks` and `outcome` are those that the record comes to.
    """
    if not record.stays:
        return told.stays
    last, later = record.stays[-1], told.stays
    for place, stay in enumerate(told.stays):
        if stay.department == last.department and abs(stay.joined_at - last.joined_at) <= SAME:
            last = replace(stay, joined_at=last.joined_at) if is_open(last, record) else last
            later = told.stays[place + 1 :]
            break
    else:
        later = tuple(stay for stay in told.stays if stay.joined_at > last.joined_at + SAME)
        if is_open(last, record):
            last = _ended(last, told, talks, outcome, answered=bool(talks) and not record.talks)
    stays = (*record.stays[:-1], last, *later)
    end = stays[-1]
    if end.left is Left.MOVED_ON and outcome is Outcome.VOICEMAIL:
        end = replace(end, left=Left.VOICEMAIL, to=end.to or "voicemail")
    return (*stays[:-1], end)


def is_open(stay: Stay, record: CallRecord) -> bool:
    """Tell whether nobody saw how a stay was left: after a crash it is called failed, until somebody tells."""
    return stay.left is Left.WAITING or (stay.left is Left.FAILED and record.estimated and not record.source)


def _ended(stay: Stay, told: CallRecord, talks: Sequence[Talk], outcome: Outcome | None, *, answered: bool) -> Stay:
    """Return how a stay ended by a source that knows no lines; `answered` says that it alone tells of talks."""
    assert told.ended_at is not None
    sure = Unknown.TALK not in told.unknown  # else their beginning may be a menu's answer
    answer = next((talk for talk in talks if sure and talk.since >= stay.joined_at - SAME), None)
    if answer is not None:
        waited = max(0.0, (answer.since - stay.joined_at).total_seconds())
        return replace(stay, left=Left.ANSWERED, waited=waited, answered_by=answer.agent)
    if answered and not sure:
        return replace(stay, left=Left.ANSWERED, waited=None, answered_by=talks[0].agent)
    if outcome is Outcome.VOICEMAIL:
        return replace(stay, left=Left.VOICEMAIL, to="voicemail")
    if outcome is Outcome.ABANDONED or (talks and told.hung_up_first == Party.CALLER):
        waited = max(0.0, (told.ended_at - stay.joined_at).total_seconds())
        return replace(stay, left=Left.ABANDONED, waited=waited)
    return replace(stay, left=Left.FAILED)
