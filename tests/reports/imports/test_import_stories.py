"""The story of an imported call: in words with its lines, what no file tells, who may read it, and after an erasure."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callrouter.calls import Talk
from callrouter.events import Outcome
from ledger.database import Database
from ledger.forgetting_words import Whom, new_pseudonym
from reports.imports.cdr_contact import Inbound, Reading
from reports.imports.cdr_rows import CdrRow
from reports.imports.cdr_words import cdr_words
from reports.imports.cel_words import cel_words
from reports.imports.forgetting import mask_mentions
from reports.imports.model import Kind, Names
from reports.imports.queue_words import queue_words
from reports.imports.stories import find_beside, find_story, may_see
from reports.imports.story import MOST, ImportedStory, account_of, facts_of, sentences_of
from reports.model import CallRecord, Left, Offer, Stay, Transfer, Unknown
from tests.reports.imports.files import CDR, T, call, cdr_row, take, write
from tests.reports.imports.test_imports_cel import ANSWERED, GAVE_UP

AT = datetime.fromtimestamp(T, UTC)
NAMES = Names({"6001": "sales"}, {"Agent/9": "ann"})
CALLED = {"sales": "Sales", "ann": "Ann Other"}


def called(name: str) -> str:
    return CALLED.get(name, name)


def line(event: str, *data: str, after: int = 0, agent: str = "Agent/9") -> str:
    return "|".join((str(T + after), f"{T}.1", "6001", agent, event, *data))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([line("ENTERQUEUE", "", "+37060000001", "2")], "Joined the line of Sales at place 2."),
        ([line("DID", "+37052000000")], "Dialled +37052000000."),
        ([line("RINGNOANSWER", "15000")], "Rang at Ann Other for 15 s; nobody took it."),
        (
            [line("RINGNOANSWER", "0")],
            "Ann Other's phone was tried and did not ring: it was busy, or could not be reached.",
        ),
        ([line("RINGNOANSWER")], "Rang at Ann Other for a time that is not known; nobody took it."),
        ([line("RINGCANCELED", "2500")], "Rang at Ann Other for 2.5 s, until that was called off."),
        ([line("AGENTDUMP")], "Ann Other heard who called, and hung up."),
        (
            [line("CONNECT", "40", "1.2", "3")],
            "Ann Other answered after 3 s of ringing; the caller had waited 40 s.",
        ),
        ([line("CONNECT", "40")], "Ann Other answered; the caller had waited 40 s."),
        ([line("COMPLETEAGENT", "40", "192", "1")], "Ann Other hung up; they had talked for 3 min 12 s."),
        ([line("COMPLETECALLER", "40", "5", "1")], "The caller hung up; they had talked for 5 s."),
        ([line("BLINDTRANSFER", "200", "out", "40", "9", "1")], "Ann Other transferred the caller to 200, after 9 s."),
        (
            [line("ATTENDEDTRANSFER", "BRIDGE", "x", "40", "9", "1")],
            "Ann Other transferred the caller after a word with somebody, after 9 s; to whom is not known.",
        ),
        ([line("ABANDON", "1", "3", "33")], "The caller gave up in the line of Sales at place 1, after 33 s."),
        (
            [line("EXITWITHKEY", "2", "1", "1", "12")],
            "Left the line of Sales after 12 s: the caller pressed 2. Where to is not known.",
        ),
        (
            [line("EXITWITHTIMEOUT", "1", "1", "60")],
            "Left the line of Sales after 60 s: nobody answered in the time that there was. Where to is not known.",
        ),
        ([line("SYSCOMPAT")], "Ann Other of Sales could not be put through."),
        ([line("NEWEVENT", "x")], "Asterisk noted NEWEVENT, which says nothing to us."),
    ],
    ids=lambda value: value[0].split("|")[4] if isinstance(value, list) else "",
)
def test_a_line_of_a_queue_log(lines: Sequence[str], words: str) -> None:
    (said,) = queue_words(lines, NAMES, called).sentences
    assert (said.text.replace("1 min 00 s", "60 s"), said.line) == (words, lines[0])


def test_lines_come_in_the_order_in_which_they_can_have_happened() -> None:
    lines = [
        line("COMPLETECALLER", "0", "0", "1"),
        line("CONNECT", "0", "1.2", "0"),
        "rubbish",
        line("ENTERQUEUE", "", "1", "1"),
    ]
    told = queue_words(lines, NAMES, called)
    assert [one.line.split("|")[4] for one in told.sentences] == ["ENTERQUEUE", "CONNECT", "COMPLETECALLER"]
    assert told.unread == ("rubbish",)


ROW = CdrRow(
    AT, AT.replace(minute=1), AT.replace(second=5), 55.0, src="1", channel="PJSIP/c-01", to_channel="PJSIP/9-0000002a",
    app="Dial", disposition="ANSWERED", uniqueid=f"{T}.1",
)  # fmt: skip


@pytest.mark.parametrize(
    ("row", "menus", "words"),
    [
        (
            ROW,
            False,
            [
                "Asterisk called 9, by “Dial” of the dialplan.",
                "9 answered after 5 s.",
                "The conversation with 9 was over after 55 s; who hung up first is not known.",
            ],
        ),
        (
            ROW,
            True,
            [
                "Asterisk called 9, by “Dial” of the dialplan.",
                "The PBX answered; when 9 did is not known.",
                "It was over, 9 having been on it; how long they talked and who hung up first is not known.",
            ],
        ),
        (replace(ROW, disposition="BUSY", app=""), True, ["Asterisk called 9.", "9 was busy."]),
        (replace(ROW, disposition="CANCEL", app=""), True, ["Asterisk called 9.", "9 did not answer."]),
        (
            replace(ROW, to_channel="", app="VoiceMail", end=AT.replace(second=20)),
            True,
            ["Was in “VoiceMail” of the dialplan for 20 s."],
        ),
        (
            replace(ROW, to_channel="", app="", disposition="NO ANSWER", end=AT.replace(second=20)),
            True,
            ["Was in the dialplan for 20 s; nobody answered."],
        ),
    ],
    ids=["answered", "answered-with-menus", "busy", "cancelled", "mailbox", "nobody"],
)
def test_a_row_of_a_cdr(row: CdrRow, menus: bool, words: list[str]) -> None:
    told = cdr_words([row.text(), '{"start": "erased bcdfghjkmnpq"}', "[]"], Reading(Inbound(), menus), called)
    assert [one.text for one in told.sentences] == words
    assert {one.line.splitlines()[-1] for one in told.sentences} == {f"uniqueid: {T}.1"}
    assert len(told.unread) == 2


def test_channel_events() -> None:
    assert [one.text for one in cel_words(ANSWERED, called).sentences] == [
        "+37060000001 came in for +37052110001.",
        "We answered.",
        "Ann Other was called.",
        "Ann Other answered.",
        "Ann Other came onto the line.",
        "The caller was put through.",
        "Ann Other left the line.",
        "The caller was on the line no more.",
        "The call of Ann Other was over.",
        "The other side hung up.",
        "Nobody was on the line any more.",
    ]
    assert [one.text for one in cel_words([*GAVE_UP, "rubbish"], called).sentences][-1] == "The caller hung up."


def test_what_the_source_cannot_tell_is_said() -> None:
    unknown = frozenset({Unknown.WAIT, Unknown.LINES, Unknown.MENUS, Unknown.HUNG_UP_FIRST, Unknown.TALK})
    record = CallRecord(
        "cdr:1", AT, AT, outcome=Outcome.ANSWERED, talks=(Talk("ann", "", AT, 3.0),), unknown=unknown, source="cdr"
    )
    assert {fact.name: fact.value for fact in facts_of(record, called)} == {
        "Dialled": "not known",
        "Department": "not known",
        "Agent": "Ann Other",
        "Waited": "not known",
        "Talked": "not known",
        "Hung up first": "not known",
        "Menus": "not known",
    }
    known = replace(record, did="1", unknown=frozenset(), hung_up_first="agent", talked=3.0)
    assert {fact.name: fact.value for fact in facts_of(known, called)} == {
        "Dialled": "1", "Agent": "Ann Other", "Waited": "0 s", "Talked": "3 s",
        "Hung up first": "the person who answered",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"outcome": Outcome.VOICEMAIL}, "The caller came to a mailbox."),
        ({"outcome": Outcome.ABANDONED, "abandoned_in": "menu"}, "The caller gave up in a menu."),
        ({"outcome": Outcome.ABANDONED, "abandoned_in": "queue"}, ""),
        ({"outcome": Outcome.ANSWERED}, ""),
        (
            {"outcome": None, "estimated": True},
            "What became of the caller is not known. "
            "The last that the file tells of is not the end, so when it ended is estimated.",
        ),
        ({"outcome": None, "ended_at": None}, ""),
    ],
    ids=["voicemail", "menu", "queue", "answered", "led-on", "in-progress"],
)
def test_what_became_of_the_caller(changes: dict[str, object], words: str) -> None:
    record = replace(CallRecord("x", AT, AT), **changes)  # type: ignore[arg-type]  # fields of a record
    story = ImportedStory(record, (account_of("queue_log", Kind.QUEUE_LOG, {}, (), called),))
    ((_, (came, *rest)),) = sentences_of(story)
    assert came.text == "A caller whose number is not known called a number that is not known."
    assert [one.text for one in rest] == ([words] if words else [])


def test_a_story_has_an_end() -> None:
    lines = [line("RINGNOANSWER", "1000", after=n) for n in range(MOST + 7)]
    account = account_of("queue_log", Kind.QUEUE_LOG, {}, lines, called)
    assert (len(account.sentences), account.left_out) == (MOST, 7)


OF_SALES = CallRecord(
    "queue_log:1", AT, stays=(Stay("sales", AT, Left.ANSWERED),), offers=(Offer("bob", "sales", AT),),
    talks=(Talk("ann", "sales", AT, 1.0),), transfers=(Transfer("carl", "200", AT),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("departments", "person", "seen"),
    [
        (None, "", True),
        (frozenset({"sales"}), "", True),
        (frozenset({"billing"}), "", False),
        (frozenset({"billing"}), "ann", True),
        (frozenset(), "bob", True),
        (frozenset(), "carl", True),
        (frozenset(), "dora", False),
        (frozenset(), "", False),
    ],
    ids=["all", "its-department", "another", "talked", "rang", "transferred", "took-no-part", "nobody"],
)
def test_who_may_read_it(departments: frozenset[str] | None, person: str, seen: bool) -> None:
    assert may_see(OF_SALES, departments, person) is seen


async def test_stories_are_read_by_every_id_and_stay_masked(migrated: Path, tmp_path: Path) -> None:
    shutil.copy(migrated, tmp_path / "stories.db")
    async with await Database.open(tmp_path / "stories.db", migrate=False) as db:
        await take(db, write(tmp_path / "queue_log", [*call(0), *call(1)]))
        await take(db, write(tmp_path / "Master.csv", [cdr_row(0)]), CDR)
        story = await find_story(db, f"queue_log:{T}.0", called)
        assert story is not None and story.record.call == f"queue_log:{T}.0"
        assert [account.source for account in story.accounts] == ["queue_log", "cdr"]
        assert await find_story(db, f"cdr:{T}.0", called) == story
        for wrong in ("", "queue_log:1.1", "x" * 201, "\0"):
            assert await find_story(db, wrong, called) is None
        beside = await find_beside(db, f"{T}-0", called)  # as a call of our own journal would have it
        assert beside == story.accounts
        assert await find_beside(db, f"{T}-7", called) == ()

        whom = Whom(new_pseudonym(), numbers=("+37060000000",), local=("60000000",))
        await mask_mentions(db, whom)
        masked = await find_story(db, f"queue_log:{T}.0", called)
        assert masked is not None
        told = [(one.text, one.line) for _, sentences in sentences_of(masked) for one in sentences]
        assert len(told) == 7
        # The first is of the record, which is masked where records are.
        assert not [text for one in told[1:] for text in one if "60000000" in text]
        assert whom.pseudonym in told[1][1]
        assert not [account for account in masked.accounts if account.unread]
