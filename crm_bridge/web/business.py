"""Matters and activities as they are shown: amounts, stages, days, and what is overdue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from config.customers import CustomerSettings
from crm_bridge.model import Activity, Matter
from crm_bridge.web import amounts
from crm_bridge.web.moments import Due, day_in_words, due
from crm_bridge.web.names import Named, Names
from crm_bridge.web.words import IN_HEADING, shown, shown_lines

#: Of how a stage ends the colour.
_TONES: Mapping[str | None, str] = {"won": "good", "lost": "bad", None: "calm"}


@dataclass(frozen=True)
class ShownMatter:
    """One opportunity, offer or order. `stages` are all it may be moved to, its own among them."""

    matter: Matter
    title: str
    kind: str
    amount: str
    amount_field: str
    whose: str
    expected: str
    late: bool
    tone: str
    stages: tuple[str, ...]
    customer: Named


@dataclass(frozen=True)
class ShownActivity:
    """One thing to be done, or that was done."""

    activity: Activity
    what: str
    due: Due
    whose: str
    done: str
    matter: str
    customer: Named


@dataclass(frozen=True)
class BusinessView:
    """Shows them at one moment, by the names and stages of one site."""

    settings: CustomerSettings
    zone: ZoneInfo
    now: datetime
    names: Names

    def matter(self, matter: Matter) -> ShownMatter:
        """Return a matter as it is shown."""
        today = self.now.astimezone(self.zone).date()
        stage = self.settings.stage(matter.stage)
        known = tuple(stage.name for stage in self.settings.stages)
        return ShownMatter(
            matter,
            shown(matter.title, IN_HEADING),
            matter.kind.value,
            amounts.written(matter.amount, matter.currency) if matter.amount else "",
            amounts.in_field(matter.amount, matter.currency),
            self.names.colleague(matter.whose),
            day_in_words(matter.expected, today) if matter.expected is not None else "",
            matter.closed is None and matter.expected is not None and matter.expected < today,
            _TONES[stage.ends if stage is not None else None],
            known if stage is not None else (matter.stage, *known),  # the site has dropped it since
            self.names.customer(matter.customer),
        )

    def activity(self, activity: Activity, matters: Mapping[str, str] | None = None) -> ShownActivity:
        """Return an activity as it is shown; `matters` are titles by id."""
        done = ""
        if activity.done_at is not None:
            at = due(activity.done_at, self.now, self.zone).words
            done = f"done by {self.names.who(activity.done_by)}, {at}"
        return ShownActivity(
            activity,
            shown_lines(activity.what),
            due(activity.due, self.now, self.zone),
            self.names.colleague(activity.whose),
            done,
            shown((matters or {}).get(activity.matter or "", "")),
            self.names.customer(activity.customer),
        )
