"""The page of everything that the site says: listening, other words, and recordings. Parse, ask, render."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from aiohttp import web

from config.edit.files import CannotWrite, ChangedMeanwhile, NoSuchFile
from config.edit.rewrite import EditRefused
from config.schema import Site
from ivr.speech.errors import NoEngine
from ivr.speech.prompt_files import WAV, read_note
from ivr.speech.spoken import Spoken
from ivr.speech.store import PromptStore
from server.accounts import Role
from server.spoken_sounds import MOST_CHARACTERS, NoSound, SpokenSounds
from server.studio.audit import about
from server.studio.editor.editing import DraftEditor
from server.studio.prompts.by_phone import CODE
from server.studio.prompts.draft_recordings import Recording, recordings_of
from server.studio.prompts.listed import Line, Place, Shown, chosen, lines, ours, places_of_recordings
from server.studio.prompts.reword import NotSaid, Rewording, reword
from server.studio.prompts.take_pages import TakePages
from server.studio.prompts.take_store import store_of
from server.studio.room import StudioRoom
from server.studio.trying.sounds import sound_id
from server.web.headers import MICROPHONE
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.route import Route
from server.web.visit import Visit

AT = "/site/prompts"
SAID = AT + "/said/{stem}.wav"
#: Texts on one page.
PAGE = 50
#: Longer than the making of a sound may take.
SECONDS = 75.0
_STEM = re.compile(r"[0-9a-f]{32}")
_HTML = {"Permissions-Policy": MICROPHONE}


@dataclass(frozen=True)
class Row:
    """A text as the page shows it. `seconds` is None while it has no sound; `by` made it, or would."""

    line: Line
    sound: str
    seconds: float | None
    by: str


@dataclass(frozen=True)
class RecordingRow:
    """A recording as the page shows it."""

    recording: Recording
    places: tuple[Place, ...]
    sound: str


class PromptsPages:
    """Serves /site/prompts, and by `TakePages` what is done with recordings."""

    def __init__(self, room: StudioRoom, parts: Parts) -> None:
        self._room = room
        self._parts = parts
        self._recordings = recordings_of(room)
        self._takes = TakePages(room, parts, self._recordings, store_of(room))
        self._editor = DraftEditor(room, parts.clock.now)
        self._made: SpokenSounds | None = None

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", AT, self.show, role=Role.ADMIN),
            Route("POST", AT + "/say", self.say, role=Role.ADMIN, seconds=SECONDS),
            Route("POST", AT + "/reword", self.reword, role=Role.ADMIN),
            Route("GET", SAID, self.said, role=Role.ADMIN),
            *self._takes.routes(),
        )

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Show what the draft says; what callers hear, where the draft cannot be used."""
        loaded = await self._room.load_draft()
        site = loaded.site or self._room.site()
        served = self._room.live.served.folder if self._room.live is not None else None
        words, language = visit.query("words") or "", visit.query("language") or ""
        shown = Shown(asked) if (asked := visit.query("shown")) in set(Shown) else Shown.ALL
        asked_for = {"words": words, "language": language, "shown": shown.value}
        found = chosen(
            await asyncio.to_thread(lines, site, self._room.site()), words=words, language=language, shown=shown
        )
        page = _number(visit.query("page"), most=max(1, -(-len(found) // PAGE)))
        sounds = await self._sounds()
        kept = await asyncio.to_thread(self._recordings.list_all, site, served)
        answer = visit.page(
            "studio/prompts.html",
            here_now=AT,
            usable=loaded.site is not None,
            rows=await asyncio.to_thread(_rows, found[(page - 1) * PAGE : page * PAGE], sounds.store),
            count=len(found),
            page=page,
            pages=max(1, -(-len(found) // PAGE)),
            link=lambda number: f"{AT}?{urlencode({**asked_for, 'page': number})}",
            recordings=_recording_rows(kept, site, words=words, language=language, shown=shown),
            languages=site.company.languages,
            words=words,
            language=language,
            shown=shown,
            most=MOST_CHARACTERS,
            largest=self._takes.largest,
            code=CODE if site.by_phone.recording is not None else "",
            name=visit.query("name") or "",
            error="",
        )
        answer.headers.update(_HTML)
        return answer

    async def say(self, visit: Visit) -> web.StreamResponse:
        """Make the sound of words that somebody tries out; answers where it can be heard."""
        form, site = await visit.form(), self._room.site()
        language = form.get("language", "")
        if language not in site.company.languages:
            return _told({"wrong": "choose a language of the company"}, 400)
        voices = site.voices.get(language)
        spoken = Spoken(form.get("text", ""), language, voices.voice if voices else None)
        try:
            (sound,) = await (await self._sounds()).make([spoken])
        except NoSound as error:
            return _told({"wrong": str(error)}, 400)
        stem = Path(sound.path).stem
        return _told({"sound": SAID.format(stem=stem), "seconds": sound.seconds})

    async def reword(self, visit: Visit) -> web.StreamResponse:
        """Write other words for a text into the draft; answers where it is said, and where it can be heard."""
        form, site = await visit.form(), (await self._room.load_draft()).site or self._room.site()
        language, before, after = form.get("language", ""), form.get("before", ""), form.get("text", "").strip()
        if language not in site.company.languages:
            return _told({"wrong": "choose a language of the company"}, 400)
        if not after or len(after) > MOST_CHARACTERS:
            return _told({"wrong": f"write 1 to {MOST_CHARACTERS} characters"}, 400)
        try:
            left = await asyncio.to_thread(ours, site, before, language)
            wanted = Rewording(before, after, language, site.company.language, left)
            files = await reword(self._editor, wanted, _by(visit))
        except ChangedMeanwhile:
            return _told({"wrong": "somebody else saved meanwhile: load the page again"}, 409)
        except (NotSaid, EditRefused, NoSuchFile) as error:
            return _told({"wrong": str(error)}, 409)
        except CannotWrite as error:
            return _told({"wrong": str(error)}, 507)
        about(visit, f"{', '.join(files)}: a text in {language}")
        voices = site.voices.get(language)
        spoken = Spoken(after, language, voices.voice if voices else None)
        return _told({"files": files, "sound": f"/site/try/sound/{sound_id(spoken)}.wav?of=draft"})

    async def said(self, visit: Visit) -> web.StreamResponse:
        """Send the sound of words that were tried out."""
        stem = visit.request.match_info["stem"]
        path = self._room.prompts / f"{stem}{WAV}"
        if not _STEM.fullmatch(stem) or not await asyncio.to_thread(path.is_file):
            raise Problem(404, "there is no such sound any more", f"listen again at {AT}")
        return web.FileResponse(path, headers={"Cache-Control": "private, max-age=300", "Content-Type": "audio/wav"})

    async def _sounds(self) -> SpokenSounds:
        if self._made is None:
            self._made = SpokenSounds(await asyncio.to_thread(PromptStore, self._room.prompts))
        return self._made


def _rows(found: Sequence[Line], store: object) -> list[Row]:
    assert isinstance(store, PromptStore)
    rows = []
    for line in found:
        try:
            note = read_note(store.path_of(line.spoken))
            by = note.engine if note is not None else ""
        except NoEngine:
            note, by = None, "nobody here can say it"
        sound = f"/site/try/sound/{sound_id(line.spoken)}.wav?of=draft"
        rows.append(Row(line, sound, note.seconds if note is not None else None, by))
    return rows


def _recording_rows(
    kept: Sequence[Recording], site: Site, *, words: str, language: str, shown: Shown
) -> list[RecordingRow]:
    places, wanted = places_of_recordings(site), words.casefold().split()
    rows = []
    for one in kept:
        at = places.get(one.name, ())
        searched = f"{one.name} {one.number} {' '.join(place.words for place in at)}".casefold()
        if (language and one.language != language) or not all(word in searched for word in wanted):
            continue
        if (shown is Shown.CHANGED and not one.changed) or (shown is Shown.UNUSED and one.is_played):
            continue
        rows.append(RecordingRow(one, at, f"{AT}/recordings/{one.key}.wav" if one.seconds is not None else ""))
    return rows


def _number(asked: str | None, most: int) -> int:
    is_number = asked is not None and asked.isascii() and asked.isdigit() and len(asked) < 7
    return min(most, max(1, int(asked or 1))) if is_number else 1


def _by(visit: Visit) -> str:
    assert visit.account is not None, "the guard lets nobody else in"
    return visit.account.name


def _told(what: dict[str, object], status: int = 200) -> web.Response:
    return web.json_response(what, status=status, headers={"Cache-Control": "no-store"})
