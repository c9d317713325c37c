"""The SQL of moments and spans: moments are kept as they stand, spans are made of them anew where they change.

Knows no rule of what a span is; that is in `spans`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from callrouter.agents import AgentState
from ledger.tables import BigId, metadata
from ledger.upsert import insert_into
from reports.spans import LONGEST, Doing, Moment, Outage, Span, Sum, What
from reports.spans_imported import imported_spans
from reports.spans_weave import deaths, outages, spans_of, standing


def _words(name: str, *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(LONGEST), primary_key=key, nullable=False)


def _us(name: str, *, key: bool = False) -> sa.Column[int]:
    return sa.Column(name, BigId, primary_key=key, nullable=False, autoincrement=False)


#: What was told and still stands, each once: all of it is the key. Of these the spans can be made anew.
moments = sa.Table(
    "reports_moments",
    metadata,
    _words("agent", key=True),
    sa.Column("what", sa.String(10), primary_key=True),
    sa.Column("source", sa.String(80), primary_key=True),
    _us("at_us", key=True),
    sa.Column("state", sa.String(40), primary_key=True),
    _words("reason", key=True),
    _words("department", key=True),
    sa.Index(None, "source", "at_us"),
    sqlite_with_rowid=False,
)

spans = sa.Table(
    "reports_spans",
    metadata,
    # By their end first, so that those of a time lie together.
    _us("until_us", key=True),
    _words("agent", key=True),
    sa.Column("source", sa.String(80), primary_key=True),
    _us("since_us"),
    sa.Column("doing", sa.String(20), nullable=False),
    _words("reason"),
    _words("department"),
    sa.Column("reachable", sa.Boolean, nullable=False),
    sa.Index(None, "agent", "until_us"),
    sqlite_with_rowid=False,
)

_m, _s = moments.c, spans.c
#: The end of a span that goes on. NULL would keep the database from finding such spans by an index.
GOES_ON = 2**62
_OURS = ""
_OF_SERVER = (_m.agent == "", _m.what == What.SERVER, _m.source == _OURS)
#: Rows and people of one statement.
_ROWS, _PEOPLE = 500, 200


async def put(session: AsyncSession, told: Sequence[Moment]) -> None:
    """Keep what our own journal told next, in its order, and make anew the spans that it changes. Twice is once."""
    if not told:
        return
    await _put_back(session, told)
    await _keep(session, standing(told))
    base = min(moment.at for moment in told)
    people = {moment.agent for moment in told if moment.what is not What.SERVER}
    if await session.scalar(sa.select(_m.at_us).where(*_OF_SERVER, _m.at_us >= base).limit(1)) is not None:
        # When the server was away is told anew, and that touches everybody who was logged in then.
        base = await _changed_since(session, base)
        people |= set(await session.scalars(sa.select(_s.agent).where(_up_to(base), _s.source == _OURS)))
    ordered = sorted(people)
    for begin in range(0, len(ordered), _PEOPLE):
        await _make_anew(session, ordered[begin : begin + _PEOPLE], base)


async def put_imported(session: AsyncSession, told: Collection[Moment]) -> None:
    """Keep what an imported file told; `make_imported` makes spans of it when all is there. Twice is once."""
    await _keep(session, told)


async def remove_imported(session: AsyncSession, source: str) -> None:
    """Forget what was imported from this source; `make_imported` makes the spans of what is left."""
    assert source != _OURS
    await session.execute(sa.delete(moments).where(_m.source == source))


async def make_imported(session: AsyncSession, people: Collection[str] | None = None) -> None:
    """Make the spans of all that was imported anew, of these people or of everybody."""
    theirs = [_s.source != _OURS]
    if people is not None:
        theirs.append(_s.agent.in_(people))
    else:
        named = (_m.source != _OURS, _m.agent != "")
        people = list(await session.scalars(sa.select(_m.agent).where(*named).distinct()))
    await session.execute(sa.delete(spans).where(*theirs))
    last = await session.scalar(sa.select(sa.func.max(_m.at_us)).where(_m.source > _OURS))
    if last is None:
        return
    for agent in sorted(people):
        # With the starts of the PBX, which are nobody's.
        told = await _list(session, sa.select(moments).where(_m.agent.in_((agent, "")), _m.source != _OURS))
        if any(moment.agent for moment in told):
            own = await session.scalar(
                sa.select(sa.func.min(_m.at_us)).where(_m.agent == agent, _m.what == What.PERSON, _m.source == _OURS)
            )
            # Years of one person take a second to put together.
            await _insert(session, await asyncio.to_thread(imported_spans, told, last, own))


async def clear(session: AsyncSession) -> None:
    """Remove what is of our own journal; what was imported ends where it ended, as it will again."""
    await session.execute(sa.delete(moments).where(_m.source == _OURS))
    await session.execute(sa.delete(spans).where(_s.source == _OURS))


async def list_spans(session: AsyncSession, start: int, end: int, people: Collection[str] | None = None) -> list[Span]:
    """List the spans that have a part from `start` up to `end`, whole, by person and time."""
    query = sa.select(spans).where(*_touching(start, end, people)).order_by(_s.agent, _s.since_us)
    return [_span(row) for row in (await session.execute(query)).mappings()]


async def sum_spans(session: AsyncSession, start: int, end: int, people: Collection[str] | None = None) -> list[Sum]:
    """Add up what people did from `start` up to `end`, each span by its part in it; what goes on, up to `end`."""
    until = sa.case((_s.until_us > end, end), else_=_s.until_us)
    since = sa.case((_s.since_us < start, start), else_=_s.since_us)
    kinds = (_s.agent, _s.doing, _s.reason, _s.reachable)
    query = sa.select(
        *kinds,
        sa.cast(sa.func.sum(until - since), sa.BigInteger).label("us"),
        sa.func.max(sa.case((_s.until_us == GOES_ON, 1), else_=0)).label("open"),
    )
    query = query.where(*_touching(start, end, people)).group_by(*kinds).order_by(*kinds)
    rows = (await session.execute(query)).mappings()
    return [Sum(**{**row, "doing": Doing(row["doing"]), "open": bool(row["open"])}) for row in rows]


async def _put_back(session: AsyncSession, told: Iterable[Moment]) -> None:
    """Remove what does not stand any more, now that this was told: as `standing` has it, of all that came before."""
    begin: dict[tuple[str, str], int] = {}
    for moment in told:
        key = moment.agent, moment.what.value
        begin[key] = min(moment.at, begin.get(key, moment.at))
    query = sa.select(_m.agent, _m.what).where(_m.source == _OURS, _m.at_us >= min(begin.values())).distinct()
    for agent, what in (await session.execute(query)).all():  # of nobody, as long as the clock goes on
        if (agent, what) in begin:
            gone = (_m.agent == agent, _m.what == what, _m.source == _OURS, _m.at_us >= begin[agent, what])
            await session.execute(sa.delete(moments).where(*gone))


async def _keep(session: AsyncSession, told: Iterable[Moment]) -> None:
    rows = [_moment_row(moment) for moment in told]
    for begin in range(0, len(rows), _ROWS):
        await session.execute(insert_into(session, moments).on_conflict_do_nothing(), rows[begin : begin + _ROWS])


async def _changed_since(session: AsyncSession, earliest: int) -> int:
    """Return from when on spans may be others, now that the server's starts and stops from `earliest` on are others."""
    away = await _outages(session, earliest)
    was = await session.scalar(
        sa.select(sa.func.min(_s.since_us)).where(_up_to(earliest), _s.doing == Doing.NOT_KNOWN, _s.source == _OURS)
    )
    changed = [outage.since for outage in away if outage.until is None or outage.until >= earliest]
    return min(earliest, earliest if was is None else int(was), *changed)


async def _make_anew(session: AsyncSession, people: Sequence[str], base: int) -> None:
    """Make the spans of these people that end at `base` or later; a few statements, however many they are."""
    ending = (_s.source == _OURS, _s.agent.in_(people), _up_to(base))
    begin = dict.fromkeys(people, base)
    for agent, since in await session.execute(sa.select(_s.agent, _s.since_us).where(*ending)):
        begin[agent] = min(begin[agent], since)
    await session.execute(sa.delete(spans).where(*ending))
    told = await _told_from(session, begin)
    away = await _outages(session, min((_looked_back(told[agent], begin[agent]) for agent in people), default=base))
    made = [span for agent in people for span in spans_of(told[agent], away) if span.since >= begin[agent]]
    await _insert(session, made)
    first = {agent: min((m.at for m in told[agent] if m.what is What.PERSON), default=base - 1) for agent in people}
    await _end_imported(session, {agent: at for agent, at in first.items() if at >= base})


async def _end_imported(session: AsyncSession, first: Mapping[str, int]) -> None:
    """End what was imported of these people where our own journal begins to tell of them."""
    if not first:
        return
    query = sa.select(_s.agent).where(_s.agent.in_(first), _s.source != _OURS).distinct()
    for agent in list(await session.scalars(query)):
        theirs = (_s.agent == agent, _s.source != _OURS)
        await session.execute(sa.delete(spans).where(*theirs, _s.since_us >= first[agent]))
        await session.execute(sa.update(spans).where(*theirs, _s.until_us > first[agent]).values(until_us=first[agent]))


def _looked_back(told: Sequence[Moment], begin: int) -> int:
    """Return from when on it counts for a person whether the server was away: not before a log-in."""
    before = [moment for moment in told if moment.what is What.PERSON and moment.at < begin]
    return min((moment.at for moment in before if moment.state != AgentState.LOGGED_OUT), default=begin)


async def _told_from(session: AsyncSession, begin: Mapping[str, int]) -> dict[str, list[Moment]]:
    """List what was told of each person from a moment on, and what was told of them and of their phone last before."""
    wanted = sa.values(
        sa.column("agent", sa.String), sa.column("what", sa.String), sa.column("begin", BigId), name="wanted"
    )
    wanted = wanted.data([(agent, what.value, at) for agent, at in begin.items() for what in (What.PERSON, What.PHONE)])
    w, before = wanted.cte().c, moments.alias("before")
    last = sa.select(sa.func.max(before.c.at_us)).where(
        before.c.agent == w.agent, before.c.what == w.what, before.c.source == _OURS, before.c.at_us < w.begin
    )
    query = sa.select(moments).where(
        _m.agent == w.agent,
        _m.what == w.what,
        _m.source == _OURS,
        _m.at_us >= sa.func.coalesce(last.scalar_subquery(), w.begin),
    )
    found: dict[str, list[Moment]] = {agent: [] for agent in begin}
    for moment in await _list(session, query):
        found[moment.agent].append(moment)
    return found


async def _outages(session: AsyncSession, after: int) -> tuple[Outage, ...]:
    """Return when the server was away, from its last start or stop before `after` on."""
    last = sa.select(sa.func.max(_m.at_us)).where(*_OF_SERVER, _m.at_us < after).scalar_subquery()
    query = sa.select(moments).where(*_OF_SERVER, _m.at_us >= sa.func.coalesce(last, after))
    marks = await _list(session, query)
    signs = []
    for begin, end in deaths(marks):
        told = sa.select(sa.func.max(_m.at_us)).where(
            _m.what != What.SERVER, _m.source == _OURS, _m.at_us >= begin, _m.at_us <= end
        )
        sign = await session.scalar(told)
        if sign is not None:
            signs.append(sign)
    return outages(marks, sorted(signs))


async def _insert(session: AsyncSession, made: Sequence[Span]) -> None:
    rows = [_span_row(span) for span in made]
    for begin in range(0, len(rows), _ROWS):
        await session.execute(sa.insert(spans), rows[begin : begin + _ROWS])


async def _list(session: AsyncSession, query: sa.Select[Any]) -> list[Moment]:
    return [
        Moment(row.at_us, What(row.what), row.agent, row.state, row.reason, row.department, row.source)
        for row in await session.execute(query)
    ]


def _up_to(at: int) -> sa.ColumnElement[bool]:
    return _s.until_us >= at


def _touching(start: int, end: int, people: Collection[str] | None) -> tuple[sa.ColumnElement[bool], ...]:
    time = (_s.since_us < end, _s.until_us > start)
    return time if people is None else (*time, _s.agent.in_(people))


def _moment_row(moment: Moment) -> dict[str, Any]:
    return {
        "agent": moment.agent, "at_us": moment.at, "what": moment.what.value, "state": moment.state,
        "reason": moment.reason, "department": moment.department, "source": moment.source,
    }  # fmt: skip


def _span_row(span: Span) -> dict[str, Any]:
    return {
        "until_us": GOES_ON if span.until is None else span.until,
        "agent": span.agent, "source": span.source, "since_us": span.since,
        "doing": span.doing.value, "reason": span.reason, "department": span.department, "reachable": span.reachable,
    }  # fmt: skip


def _span(row: sa.RowMapping) -> Span:
    until = None if row["until_us"] == GOES_ON else row["until_us"]
    return Span(
        row["agent"], row["since_us"], until, Doing(row["doing"]), row["reason"], row["department"], row["reachable"],
        row["source"],
    )  # fmt: skip
