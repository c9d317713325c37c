"""`publish`, `versions`, `rollback`: the way to callers and back, with a running server or without one."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.errors import ConfigError
from config.versions.model import PublishedMeanwhile
from config.versions.store import Publication, VersionStore
from ivr.attendant import snapshot
from ivr.prompt_book import PromptError
from ledger.clock import SystemClock
from server import live_site
from server.data_folder import read_note, require_folder, written_privately
from server.local_server import NotRunning, ask_within, find_server
from server.progress import Show
from server.settings import Settings
from server.studio.publishing import publish as publishing
from server.studio.publishing.publish import DraftUnusable, NotPublished, Published
from server.studio.room import StudioRoom
from server.terminal import Foreseen, environment, foreseen, progress, put, put_json, remark

#: The server renders what is not rendered yet and tells Asterisk, seconds.
GOING_OVER = 130.0
#: Who publishes from the command line.
WHO = "command line"
#: A variable of the environment that is not set, and what to do where only the server has it.
_NOT_SET = "E110"
_ELSEWHERE = "variables that only the server has: give them to this command too, or publish on the page /site/publish"


def publish(site: Path, data: Path, *, why: str, although_tests_fail: bool, json: bool) -> int:
    """Publish a folder; 0 if callers hear it (or will from the next start), 1 if the server does not serve it."""
    room, server = _room(site, data), _Server(data)

    async def work(show: Show) -> Published:
        done = await publishing.publish(
            room, who=_who(), why=why, clock=SystemClock(), show=show, tell=server.tell,
            although_tests_fail=although_tests_fail,
        )  # fmt: skip
        return await _told_to_attendant(room, done)

    return _report(_do(work), server.restart, json=json)


def rollback(data: Path, wanted: str | None, *, why: str, json: bool) -> int:
    """Publish an older version again; the status is as of `publish`."""
    room, server = _room(data / "site", data), _Server(data)
    if not VersionStore(room.versions).newest_number():
        raise Foreseen(f"nothing was ever published on {data}: is it the folder that the server was started with?")

    async def work(show: Show) -> Published:
        done = await publishing.go_back(
            room, wanted, who=_who(), why=why, clock=SystemClock(), show=show, tell=server.tell
        )
        return await _told_to_attendant(room, done)

    return _report(_do(work), server.restart, json=json)


def versions(data: Path, *, json: bool) -> int:
    """List what was published, the newest first. Raises Foreseen for a data folder that is not there."""
    require_folder(data)
    if not data.exists():
        raise Foreseen(f"there is no {data}: is it the folder that the server was started with?")
    store = VersionStore(data / "site")
    with foreseen():
        known, damaged = store.publications(), store.damaged()
    if json:
        put_json([_fields(one, one is known[-1]) for one in reversed(known)])
    else:
        zone = read_note(data).zone
        for one in reversed(known):
            mark = "*" if one is known[-1] else " "
            back = f"back to {one.back_to}" if one.back_to is not None else ""
            words = "; ".join(text for text in (back, one.why) if text)
            at = f"{one.at.astimezone(zone):%Y-%m-%d %H:%M}"
            put(f"{mark}{one.number:>5}  {one.version}  {at}  {one.who:<16} {words}".rstrip())
        if not known:
            put("nothing was published yet")
    for name in damaged:
        remark(f"{name} cannot be read and is left out")
    return 0


def _room(site: Path, data: Path) -> StudioRoom:
    settings = Settings(site, data, environment=environment())
    require_folder(data)

    def nothing() -> Any:  # Any: no site is served by a command
        raise Foreseen("a command serves no site")

    return StudioRoom(settings.site, settings.data, settings.prompts, nothing, settings.environment)


def _do(work: Callable[[Show], Awaitable[Published]]) -> Published:
    async def run() -> Published:
        with progress() as show:
            return await work(show)

    with foreseen(), written_privately():
        try:
            return asyncio.run(run())
        except NotPublished as error:
            hint = f"\n{_ELSEWHERE}" if isinstance(error, DraftUnusable) and _lacks_variables(error) else ""
            raise Foreseen(f"nothing was published: {error}{hint}") from error
        except PublishedMeanwhile as error:
            raise Foreseen(f"nothing was published: {error}; look at it with `diff`, then try again") from error
        except OSError as error:  # a full disk, or a folder that is somebody else's
            where = f" ({error.filename})" if error.filename else ""
            why = f"{error.strerror or error}{where}"
            raise Foreseen(f"nothing was published, callers hear what they heard: {why}") from error


async def _told_to_attendant(room: StudioRoom, done: Published) -> Published:
    """Have the emergency attendant serve it as well where no server runs: callers are its own until one does."""
    settings = Settings(room.draft, room.data, environment=room.environment)
    if done.trouble is None and settings.snapshot.exists():
        try:
            served = await live_site.load(VersionStore(room.versions), done.publication, settings)
            shot = snapshot.Snapshot(served.site, served.book, settings.drop.absolute())
            await asyncio.to_thread(snapshot.write, settings.snapshot, shot)
        except (ConfigError, PromptError, OSError) as error:
            remark(f"the emergency attendant goes on with the version of before: {error}")
    return done


def _lacks_variables(error: DraftUnusable) -> bool:
    return any(finding.rule == _NOT_SET for finding in error.findings)


@dataclass
class _Server:
    """The server of a data folder, if one runs; `restart` is what it said it has to be started anew for."""

    data: Path
    restart: tuple[str, ...] = ()

    async def tell(self, publication: Publication) -> str | None:
        """Have it serve this publication; '' where it does, None where none runs, else why not."""
        try:
            server = find_server(self.data)
            answer = await ask_within(self.data, server, "POST", "/api/v1/site/look", GOING_OVER)
        except NotRunning:  # one that was killed leaves word of itself
            return None
        except Foreseen as error:  # what was published is published, whoever answers
            return f"whether it went over is not known: {error}"
        self.restart = tuple(str(part) for part in answer.get("needs_restart", ()))
        if int(answer["publication"]) >= publication.number:
            return ""
        return str(answer["trouble"]) or "the server serves an older version"


def _report(done: Published, restart: tuple[str, ...], *, json: bool) -> int:
    one, trouble = done.publication, done.trouble
    if json:
        told: dict[str, object] = {
            "is_new": done.is_new, "served": None if trouble is None else not trouble, "trouble": trouble or "",
            "needs_restart": list(restart),
        }  # fmt: skip
        put_json(_fields(one, True) | told | {"warnings": [str(finding) for finding in done.warnings]})
        return 1 if trouble else 0
    for finding in done.warnings:
        remark(str(finding))
    if not done.is_new:
        put(f"Nothing has changed: version {one.version} is in force, published as number {one.number} by {one.who}.")
    else:
        back = f", as number {one.back_to} was" if one.back_to is not None else ""
        put(f"Published as number {one.number}: version {one.version}{back}.")
        if done.tried.failed:
            remark(f"{len(done.tried.failed)} of {done.tried.count} tests fail")
    if restart:
        remark(f"read at a start only, restart the server for it: {'; '.join(restart)}")
    if trouble:
        remark(f"the server goes on with the version of before: {trouble}")
        return 1
    put("New calls get it; calls in progress stay on theirs." if trouble == "" else "The server has it when it starts.")
    return 0


def _fields(one: Publication, in_force: bool) -> dict[str, object]:
    return {
        "number": one.number,
        "version": one.version,
        "at": one.at.isoformat(),
        "who": one.who,
        "why": one.why,
        "back_to": one.back_to,
        "in_force": in_force,
    }


def _who() -> str:
    try:
        return f"{WHO} ({getpass.getuser()})"
    except (OSError, KeyError):  # a user without a name, in a container
        return WHO
