"""A fax's story: its steps, its calls and its deliveries, in one order of time."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from fax.model import Attempt, Step
from fax.promises import REPORT
from ledger.delivery_model import Attempt as Try
from ledger.delivery_model import Delivery

_ENDS = {"accepted": "delivered", "refused": "refused", "later": "not delivered"}


def story_of(
    steps: Sequence[Step], calls: Sequence[Attempt], deliveries: Sequence[Delivery], tries: Sequence[Try]
) -> list[Step]:
    """Bring all of it together."""
    story = list(steps)
    for call in calls:
        story += _of_call(call)
    about = {delivery.id: delivery for delivery in deliveries}
    for attempt in tries:
        story += _of_try(attempt, about[attempt.delivery])
    return sorted(story, key=lambda step: step.at)


def _of_call(call: Attempt) -> list[Step]:
    steps = [Step(call.began_at, "calling", detail=f"attempt {call.number}")]
    if call.began_sending_at is not None:
        steps.append(Step(call.began_sending_at, "answered", detail=f"attempt {call.number}: pages begin to go out"))
    if call.ended_at is not None and call.result is not None:
        pages = f", {call.pages} pages confirmed" if call.pages else ""
        said = f": {call.said}" if call.said else ""
        steps.append(Step(call.ended_at, call.result.value, detail=f"attempt {call.number}{pages}{said}"))
    return steps


def _of_try(attempt: Try, delivery: Delivery) -> list[Step]:
    what = "confirmation" if delivery.kind == REPORT else delivery.channel
    # Behind its host a web-hook may have its token, in the path as well as in the query.
    where = urlsplit(delivery.receiver).hostname or "" if delivery.channel == "webhook" else delivery.receiver
    to = f"{what} to {where}"
    steps = [Step(attempt.began_at, "delivering", detail=f"{to}, attempt {attempt.number}")]
    if attempt.ended_at is not None:
        steps.append(Step(attempt.ended_at, _ENDS[attempt.result], detail=f"{to}: {attempt.reply}"))
    return steps
