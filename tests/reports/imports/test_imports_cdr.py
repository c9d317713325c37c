"""CDR files: which column is what, what a local time means, and what the rows of one call amount to."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callrouter.events import Outcome
from reports.imports.cdr import NO_IDS, Cdr
from reports.imports.cdr_contact import Inbound, Reading
from reports.imports.cdr_rows import APART, NEVER, TWICE, columns_of, guessed
from reports.imports.model import ImportRefused, Parsed
from reports.model import CallRecord, Unknown

ZONE = ZoneInfo("Europe/Vilnius")
FROM_TRUNK = Reading(Inbound(contexts=frozenset({"from-trunk"})))
WITHOUT_MENUS = Reading(Inbound(contexts=frozenset({"from-trunk"})), menus=False)
ID = "1795309200.42"  # 2026-11-22 01:00:00 UTC, 03:00:00 in Vilnius


def row(
    *,
    start: str = "2026-11-22 03:00:00",
    answer: str = "2026-11-22 03:00:10",
    end: str = "2026-11-22 03:01:10",
    lasted: str = "70,60",
    dst: str = "+37052000000",
    context: str = "from-trunk",
    to: str = "PJSIP/101-0000002b",
    app: str = "Dial",
    disposition: str = "ANSWERED",
    more: str = f',"{ID}"',
) -> str:
    """A line of Master.csv, as cdr_csv writes it: numbers without quotation marks, an empty time as nothing."""
    answer = f'"{answer}"' if answer else ""
    return (
        f'"","+37060000001","{dst}","{context}","""Ona Onaitė"" <+37060000001>","PJSIP/carrier-0000002a","{to}",'
        f'"{app}","{to},20","{start}",{answer},"{end}",{lasted},"{disposition}","DOCUMENTATION"{more}'
    )


def read(*lines: str, reading: Reading = FROM_TRUNK, columns: str = "", zone: ZoneInfo = ZONE) -> list[Parsed]:
    format = Cdr(zone, reading, columns)
    format.begin(lines)
    return [format.parse(number, line) for number, line in enumerate(lines, 1)]


def record(*lines: str, reading: Reading = FROM_TRUNK) -> CallRecord | None:
    entries = [parsed.entry for parsed in read(*lines, reading=reading) if parsed.entry is not None]
    assert len({entry.key for entry in entries}) == 1
    assert len(entries) == len(lines)
    return Cdr(ZONE, reading).record(f"cdr:{entries[0].key}", "cdr", [entry.text for entry in reversed(entries)])


def known(*lines: str, reading: Reading = FROM_TRUNK) -> CallRecord:
    found = record(*lines, reading=reading)
    assert found is not None
    return found


def test_an_answered_call_of_a_pbx_without_menus() -> None:
    call = known(row(), reading=WITHOUT_MENUS)
    assert (call.offered_at, call.ended_at) == (
        datetime(2026, 11, 22, 1, tzinfo=UTC),
        datetime(2026, 11, 22, 1, 1, 10, tzinfo=UTC),
    )
    assert (call.did, call.ani, call.ani_name) == ("+37052000000", "+37060000001", "Ona Onaitė")
    assert (call.outcome, call.answered_by, call.waited, call.talked) == (Outcome.ANSWERED, "101", 10.0, 60.0)
    assert call.unknown == {Unknown.LINES, Unknown.MENUS, Unknown.RINGING, Unknown.HUNG_UP_FIRST}
    assert not call.stays


def test_where_a_menu_may_have_answered_wait_and_talk_are_not_known() -> None:
    call = known(row())
    assert call.answered_by == "101"
    assert {Unknown.WAIT, Unknown.TALK} <= call.unknown


@pytest.mark.parametrize(
    ("lines", "outcome", "gave_up"),
    [
        pytest.param([row(to="", app="VoiceMail")], Outcome.VOICEMAIL, "", id="left a message"),
        pytest.param([row(to="", app="ReceiveFAX")], Outcome.FAX, "", id="sent a fax"),
        pytest.param([row(to="", app="BackGround")], Outcome.ABANDONED, "menu", id="hung up in the menu"),
        pytest.param([row(to="", app="Queue")], Outcome.ABANDONED, "queue", id="hung up in the queue"),
        pytest.param(
            [row(answer="", disposition="NO ANSWER", lasted="70,0")], Outcome.ABANDONED, "ringing", id="nobody answered"
        ),
        pytest.param([row(answer="", disposition="BUSY", lasted="1,0")], Outcome.UNSERVED, "", id="busy"),
        pytest.param([row(answer="", disposition="FAILED", lasted="1,0")], Outcome.FAILED, "", id="failed"),
        pytest.param([row(answer="", disposition="CONGESTION", lasted="1,0")], Outcome.FAILED, "", id="congestion"),
        pytest.param(
            [
                row(answer="", disposition="NO ANSWER", lasted="70,0"),
                row(start="2026-11-22 03:01:10", end="2026-11-22 03:02:10", to="", app="VoiceMail"),
            ],
            Outcome.VOICEMAIL, "", id="nobody answered, then a message",
        ),
        pytest.param(
            [
                row(answer="", disposition="NO ANSWER", lasted="70,0"),
                row(start="2026-11-22 03:01:10", end="2026-11-22 03:02:10", answer="2026-11-22 03:01:20",
                    to="PJSIP/102-0000002c"),
            ],
            Outcome.ANSWERED, "", id="the second phone answered",
        ),
    ],
)  # fmt: skip
def test_what_became_of_a_call(lines: list[str], outcome: Outcome, gave_up: str) -> None:
    call = known(*lines)
    assert (call.outcome, call.abandoned_in) == (outcome, gave_up)
    assert call.offered_at == datetime(2026, 11, 22, 1, tzinfo=UTC)


def test_a_phone_behind_a_local_channel_counts_once() -> None:
    call = known(
        row(to="Local/101@phones-00000001;1"),
        row(context="phones", to="PJSIP/101-0000002c"),
        reading=WITHOUT_MENUS,
    )
    assert [(talk.agent, talk.talked) for talk in call.talks] == [("101", 60.0)]


@pytest.mark.parametrize(
    ("inbound", "is_customer"),
    [
        pytest.param(Inbound(contexts=frozenset({"from-trunk"})), True, id="by context"),
        pytest.param(Inbound(trunks=frozenset({"carrier"})), True, id="by trunk"),
        pytest.param(Inbound(numbers=frozenset({"+370 5 200 0000"})), True, id="by number"),
        pytest.param(Inbound(contexts=frozenset({"phones"})), False, id="another context"),
        pytest.param(Inbound(trunks=frozenset({"101"})), False, id="another trunk"),
    ],
)
def test_which_calls_are_customers_is_said(inbound: Inbound, *, is_customer: bool) -> None:
    assert (record(row(), reading=Reading(inbound)) is not None) == is_customer


def test_where_that_is_not_said_it_is_asked_with_what_there_is() -> None:
    with pytest.raises(ImportRefused, match=r"from-trunk.*carrier"):
        read(row(), reading=Reading(Inbound()))


FORMS = [
    pytest.param("", None, id="without ids"),
    pytest.param(f',"{ID}"', ID, id="uniqueid"),
    pytest.param(',"said by hand"', None, id="userfield"),
    pytest.param(f',"{ID}","said"', ID, id="uniqueid and userfield"),
    pytest.param(f',"{ID}","","",1795309200.40,7', "1795309200.40", id="the new columns as well"),
    pytest.param(',"",1795309200.40,7', "1795309200.40", id="the new columns only"),
]


@pytest.mark.parametrize(("more", "key"), FORMS)
def test_the_classic_form_with_what_may_be_added(more: str, key: str | None) -> None:
    (parsed,) = read(row(more=more))
    assert parsed.entry is not None
    if key is None:
        assert parsed.entry.key.startswith("row-")
        assert parsed.aside == NO_IDS
    else:
        assert (parsed.entry.key, parsed.aside) == (key, "")


CUSTOM = (
    '"Ona" <+37060000001>,+37060000001,+37052000000,from-trunk,PJSIP/carrier-0000002a,PJSIP/101-0000002b,Dial,x,'
    f"2026-11-22 03:00:00,2026-11-22 03:00:10,2026-11-22 03:01:10,70,60,ANSWERED,3,,{ID}"
)
MAPPING = (
    "Master.csv => ${CSV_QUOTE(${CDR(start)})},${CDR(src)},${CDR(dst)},${CDR(dcontext)},${CDR(channel)},"
    "${CDR(disposition)},${CDR(uniqueid)},${CDR(duration,f)}"
)


@pytest.mark.parametrize(
    ("lines", "columns"),
    [
        pytest.param([CUSTOM.replace('"Ona" <', "<")], "", id="the sample of cdr_custom.conf"),
        pytest.param(
            ["src,dst,dcontext,channel,start,end,disposition,uniqueid",
             f"1,2,from-trunk,SIP/c-1,2026-11-22 03:00:00,2026-11-22 03:01:10,ANSWERED,{ID}"], "", id="with a header",
        ),
        pytest.param(
            [f"1795309200.5,1,2,from-trunk,SIP/c-1,8,{ID},69.5"], MAPPING, id="a mapping, seconds of epoch, numbers"
        ),
        pytest.param(
            [f"2026-11-22T03:00:00+0200,1,2,from-trunk,SIP/c-1,ANSWERED,{ID},70"],
            "start,src,dst,dcontext,channel,disposition,uniqueid,duration", id="named, times with an offset",
        ),
    ],
)  # fmt: skip
def test_the_custom_form(lines: list[str], columns: str) -> None:
    *_, parsed = read(*lines, columns=columns)
    assert parsed.entry is not None
    assert parsed.entry.key == ID
    assert abs((parsed.entry.at - datetime(2026, 11, 22, 1, 1, 10, tzinfo=UTC)).total_seconds()) <= 1


@pytest.mark.parametrize(
    ("lines", "columns", "why"),
    [
        pytest.param(["a,b,c"], "", "--columns", id="nothing is where it should be"),
        pytest.param([row()], "src,dst", "no column channel, disposition, start", id="what is needed is not named"),
        pytest.param([], "", "--columns", id="an empty file"),
    ],
)
def test_a_form_that_cannot_be_seen_is_asked_for(lines: list[str], columns: str, why: str) -> None:
    with pytest.raises(ImportRefused, match=why):
        read(*lines, columns=columns)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(row(disposition="PERHAPS"), id="no disposition"),
        pytest.param(row(start="yesterday"), id="no time"),
        pytest.param(row()[:60], id="cut off"),
        pytest.param('"a"b,c', id="quotation marks that do not match"),
        pytest.param("a,b,c", id="columns are missing"),
    ],
)
def test_a_damaged_row_is_told_and_not_taken(line: str) -> None:
    parsed = read(row(), line)[1]
    assert parsed.entry is None
    assert parsed.fault is not None
    assert parsed.fault.line == 2


@pytest.mark.parametrize(
    ("start", "end", "lasted", "more", "utc", "doubt"),
    [
        pytest.param("03:30:00", "03:31:10", "70,60", ',"1792891800.1"', "01:30:00", "", id="by the id: second"),
        pytest.param("03:30:00", "03:31:10", "70,60", ',"1792888200.1"', "00:30:00", "", id="by the id: first"),
        pytest.param("03:30:00", "03:10:00", "2400,60", "", "00:30:00", "", id="the length tells"),
        pytest.param("03:30:00", "03:31:10", "70,60", "", "00:30:00", TWICE, id="nobody can tell"),
        pytest.param("02:59:50", "03:01:00", "70,60", "", "23:59:50", "", id="from before the hour"),
    ],
)
def test_the_hour_that_comes_twice(start: str, end: str, lasted: str, more: str, utc: str, doubt: str) -> None:
    day = "2026-10-25 "
    (parsed,) = read(row(start=day + start, answer="", end=day + end, lasted=lasted, more=more))
    assert parsed.entry is not None
    call = Cdr(ZONE, FROM_TRUNK).record("cdr:1", "cdr", [parsed.entry.text])
    assert call is not None
    assert f"{call.offered_at:%H:%M:%S}" == utc
    assert call.estimated == (doubt == TWICE)
    assert parsed.aside == doubt or not more


def test_the_hour_that_is_left_out_in_spring_is_said() -> None:
    day = "2026-03-29 "
    (parsed,) = read(row(start=day + "03:30:00", answer="", end=day + "04:31:10", more=',"1774745999.1"'))
    assert parsed.aside == NEVER


def test_a_zone_that_does_not_fit_the_ids_is_said() -> None:
    (parsed,) = read(row(), zone=ZoneInfo("UTC"))
    assert parsed.aside == APART


def test_columns_are_read_as_they_are_written() -> None:
    assert columns_of("src, DST,start") == ("src", "dst", "start")
    assert guessed("1,2,3") is None


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_makes_it_raise(text: str) -> None:
    assert isinstance(read(row(), text)[1], Parsed)
