"""The story of a call that came with a file, as a page and for programs. Parses, asks, renders.

Owns who may read it: whoever finds the call in a list. For others there is no such call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from ledger.web.visit import Refusal, Visit, Who
from reports.forms.words import UNKNOWN
from reports.imports.stories import find_story, may_see
from reports.imports.story import Account, ImportedStory, facts_of, outcome_words, sentences_of
from reports.imports.telling import Sentence
from reports.web.api_model import ImportedCallAnswer, ListedCall, SourceAccount, ToldSentence
from reports.web.call_rows import callers
from reports.web.room import PATIENCE, ReportsRoom


@dataclass(frozen=True)
class ShownAccount:
    """What one source tells, as the page shows it; `main` is the one that the record was made of."""

    account: Account
    sentences: Sequence[Sentence]
    main: bool


class StoryPage:
    """Serves the stories of imported calls. The shell has one address for all calls and asks here for these."""

    def __init__(self, room: ReportsRoom) -> None:
        self._room = room

    async def show(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show what the files tell of a call."""
        room = self._room
        story = await self._find(visit, who)
        record = story.record
        called = room.called
        names = dict(await room.names(callers([record]))) if room.names is not None else {}
        word, tone = outcome_words(record)
        there = record.offered_at.astimezone(room.zone)
        accounts = await asyncio.to_thread(_shown, story)
        return await asyncio.to_thread(
            visit.page,
            "reports/story.html",
            record=record,
            name=names.get((record.ani, record.did)) or record.ani_name,
            word=word,
            tone=tone,
            day=there.date(),
            zone=str(room.zone),
            facts=facts_of(record, called),
            accounts=accounts,
            unknown=UNKNOWN,
        )

    async def tell(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with the same as JSON."""
        story = await self._find(visit, who)
        return visit.answer(
            ImportedCallAnswer(
                call=ListedCall.of(story.record),
                unknown=sorted(story.record.unknown),
                estimated=story.record.estimated,
                accounts=[
                    SourceAccount(
                        source=account.source,
                        sentences=[ToldSentence(at=one.at, text=one.text, line=one.line) for one in sentences],
                        unread=list(account.unread),
                        left_out=account.left_out,
                    )
                    for account, sentences in sentences_of(story)
                ],
            )
        )

    async def _find(self, visit: Visit, who: Who) -> ImportedStory:
        room = self._room
        try:
            async with asyncio.timeout(PATIENCE):
                story = await find_story(room.facts.database, visit.request.match_info["id"], room.called)
        except TimeoutError:
            raise Refusal(503, "this takes longer than a page can wait", "try again in a moment") from None
        if story is None or not may_see(story.record, room.departments_of(who), who.person):
            raise Refusal(404, "there is no such call", "the calls of today are at /calls")
        return story


def _shown(story: ImportedStory) -> list[ShownAccount]:
    return [
        ShownAccount(account, list(sentences), main=not place)
        for place, (account, sentences) in enumerate(sentences_of(story))
    ]
