"""The API's calls and agents: parse, look up, answer. The shapes are in `api_model`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from aiohttp import web
from pydantic import ValidationError

from callrouter.agents import Agent, Deed, NotPossible
from callrouter.ami.events import PhoneState
from reports.filled import filled_words
from server.accounts import Role
from server.scopes import Scope
from server.web import call_view
from server.web.api_examples import AGENT, AGENTS, CALLS, STORY
from server.web.api_model import AgentAnswer, AgentsAnswer, CallsAnswer, DeedBody, ErrorAnswer, StoryAnswer
from server.web.call_book import MOST, CallBook, NoSuchCall
from server.web.call_sight import Sight
from server.web.entering import who_of
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.route import Answer, Operation, Parameter, Route
from server.web.visit import Visit

DEEDS: Mapping[str, Deed] = {
    "login": Deed.LOG_IN,
    "logout": Deed.LOG_OUT,
    "pause": Deed.PAUSE,
    "resume": Deed.RESUME,
}
USUAL = 100

_DAY = Parameter("day", "a day at the site; left out: today", {"type": "string", "format": "date"}, "2026-11-20")
_LIMIT = Parameter(
    "limit", "how many at most", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}, 50
)
_BEFORE = Parameter("before", "only calls offered before this one", {"type": "string"}, "1795309200-42")
_CALL = Parameter("id", "the call's id", {"type": "string"}, "1795309200-42", place="path")
_NAME = Parameter("name", "the agent's name in the site", {"type": "string"}, "alice", place="path")
_DEED = Parameter("deed", "what the agent does", {"type": "string", "enum": list(DEEDS)}, "pause", place="path")

_UNKNOWN_PARAMETER = Answer("a parameter is unknown", ErrorAnswer)


class Api:
    """Serves /api/v1/calls and /api/v1/agents."""

    def __init__(self, parts: Parts, book: CallBook) -> None:
        self._parts = parts
        self._book = book

    def routes(self) -> tuple[Route, ...]:
        list_calls = Operation(
            "listCalls",
            "The calls of a day, newest first; an operator sees those of their own departments and of their own phone",
            {200: Answer("the calls", CallsAnswer, CALLS), 400: _error("a parameter is unknown or wrong")},
            (_DAY, _LIMIT, _BEFORE),
        )
        tell_call = Operation(
            "tellCall",
            "One call: its record, its events and its story in sentences; to an operator, one of those in their list",
            {
                200: Answer("the call", StoryAnswer, STORY),
                400: _UNKNOWN_PARAMETER,
                404: _error("there is no such call, or it is not for who asks"),
            },
            (_CALL,),
        )
        list_agents = Operation(
            "listAgents",
            "What every agent does now",
            {200: Answer("the agents", AgentsAnswer, AGENTS), 400: _UNKNOWN_PARAMETER},
        )
        change_agent = Operation(
            "changeAgent",
            "Log an agent in or out, pause or resume; during a call it happens when the call is over. "
            "An operator may do so for their own agent only",
            {
                200: Answer("the agent after it", AgentAnswer, AGENT),
                400: _error("the body cannot be understood, or a parameter is unknown"),
                403: _error("this is somebody else's agent"),
                404: _error("there is no such agent, or no such deed"),
                409: _error("the agent's state does not allow it"),
                413: _error("the body is too large"),
            },
            (_NAME, _DEED),
            body=Answer("why; may be left out", DeedBody, {"reason": "lunch"}),
        )
        read, write = Scope.CALLS_READ, Scope.CALLS_WRITE
        return (
            Route("GET", "/api/v1/calls", self.list_calls, operation=list_calls, scope=read),
            Route("GET", "/api/v1/calls/{id}", self.tell_call, operation=tell_call, scope=read),
            Route("GET", "/api/v1/agents", self.list_agents, operation=list_agents, scope=read),
            Route("POST", "/api/v1/agents/{name}/{deed}", self.change_agent, operation=change_agent, scope=write),
        )

    async def list_calls(self, visit: Visit) -> web.StreamResponse:
        """Answer with a page of a day's calls."""
        day, limit = day_asked(visit, self._book.today()), _limit(visit)
        try:
            found = await self._book.of_day(day, limit=limit, before=visit.query("before"), sight=self._sight(visit))
        except NoSuchCall:
            raise Problem(400, "`before` is no call", "take it from `next` of the answer before") from None
        calls = [call_view.answer(call) for call in found.calls]
        return visit.answer(CallsAnswer(day=day, calls=calls, next=found.earlier))

    async def tell_call(self, visit: Visit) -> web.StreamResponse:
        """Answer with one call's whole story."""
        try:
            story = await self._book.story(visit.request.match_info["id"], self._sight(visit))
        except NoSuchCall:
            raise Problem(404, "there is no such call", "the calls of a day are at /api/v1/calls") from None
        events = [call_view.event_answer(event) for event in story.events]
        told = StoryAnswer(
            call=call_view.answer(story.call),
            events=events,
            sentences=call_view.sentences(story.events),
            placed=call_view.placed(story.placed) if story.placed is not None else None,
            filled=await filled_words(self._parts.database, story.call.id, self._parts.site().company.zone),
        )
        return visit.answer(told)

    async def list_agents(self, visit: Visit) -> web.StreamResponse:
        """Answer with every agent."""
        return visit.answer(AgentsAnswer(agents=[self._agent(a) for a in self._parts.roster.agents.values()]))

    async def change_agent(self, visit: Visit) -> web.StreamResponse:
        """Let an agent log in or out, pause or resume."""
        name, deed = visit.request.match_info["name"], DEEDS.get(visit.request.match_info["deed"])
        if name not in self._parts.roster.agents or deed is None:
            raise Problem(404, "there is no such agent, or no such deed", f"the deeds are {', '.join(DEEDS)}")
        account = visit.account
        assert account is not None, "the guard lets nobody else in"
        if not account.role.includes(Role.SUPERVISOR) and account.person != name:
            raise Problem(403, "this is somebody else's agent", "ask a supervisor")
        reason = _reason(await visit.body())
        try:
            agent = self._parts.roster.do(name, deed, reason=reason)
        except NotPossible as error:
            raise Problem(409, str(error), "look at the agent's state first") from None
        return visit.answer(self._agent(agent))

    def _sight(self, visit: Visit) -> Sight | None:
        assert visit.account is not None, "the guard lets nobody else in"
        return self._book.sight(who_of(visit.account))

    def _agent(self, agent: Agent) -> AgentAnswer:
        roster, clock = self._parts.roster, self._parts.clock
        person = self._parts.site().people.get(agent.name)
        return AgentAnswer(
            name=agent.name,
            full_name=person.name if person else agent.name,
            phone=person.phone if person else "",
            departments=list(person.departments) if person else [],
            state=agent.state.value,
            reason=agent.reason,
            since=clock.now() - timedelta(seconds=clock.monotonic() - agent.since),
            calls=agent.calls,
            call=agent.call,
            then=agent.then.value if agent.then is not None else "",
            phone_state=roster.phones.get(agent.name, PhoneState.UNKNOWN).value,
            trouble=roster.phone_trouble(agent.name),
        )


def day_asked(visit: Visit, today: date) -> date:
    """Return the day that was asked for; raises Problem for what is no day."""
    text = visit.query("day")
    if text is None:
        return today
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Problem(400, "this is no day", "write it as 2026-11-20") from None
    if not 1970 <= day.year <= 9000:
        raise Problem(400, "there were no calls that day", "write it as 2026-11-20")
    return day


def _limit(visit: Visit) -> int:
    text = visit.query("limit") or str(USUAL)
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST):
        raise Problem(400, "`limit` is no number that can be served", f"write 1 to {MOST}")
    return int(text)


def _reason(body: bytes) -> str:
    if not body.strip():
        return ""
    try:
        given = DeedBody.model_validate_json(body).reason
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the body"
        raise Problem(400, f"{place}: {error.errors()[0]['msg']}", 'send {"reason": "lunch"}') from None
    return "".join(c for c in given if c.isprintable()).strip()


def _error(means: str) -> Answer:
    return Answer(means, ErrorAnswer)
