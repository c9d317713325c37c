"""Collecting keys: what is an entry, and the three clocks to the exact second of virtual time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.schema import Collect, Wait
from ivr.conversation import NOTHING, CallerGone, Heard
from ivr.digits import Entry, Judge, Status, Verdict, among, collect_keys, luhn, number
from ivr.simulator import Press, Simulator
from tests.ivr.ivr_sites import finish


def asking(**how: object) -> Collect:
    return Collect.model_validate({"name": "account", "go": "sales", **how})


# ---- judging


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        pytest.param("1", Verdict.ENOUGH, id="an entry that begins another"),
        pytest.param("10", Verdict.COMPLETE, id="an entry that begins nothing"),
        pytest.param("2", Verdict.COMPLETE, id="a single key"),
        pytest.param("3", Verdict.MORE, id="a beginning that is no entry"),
        pytest.param("30", Verdict.MORE, id="a longer beginning"),
        pytest.param("305", Verdict.COMPLETE, id="an extension"),
        pytest.param("11", Verdict.WRONG, id="no entry begins like this"),
        pytest.param("100", Verdict.WRONG, id="longer than its entry"),
        pytest.param("#", Verdict.WRONG, id="a key nobody gave a meaning"),
        pytest.param("*", Verdict.COMPLETE, id="star as an entry"),
    ],
)
def test_entries_are_judged_by_what_may_still_follow(text: str, verdict: Verdict) -> None:
    assert among(["1", "10", "2", "305", "*"])(text) is verdict


entries = st.sets(st.text("0123456789", min_size=1, max_size=5), min_size=1, max_size=12)


@given(entries, st.text("0123456789", min_size=1, max_size=6))
def test_a_verdict_says_exactly_what_the_entries_allow(options: set[str], text: str) -> None:
    verdict = among(options)(text)
    is_entry = text in options
    may_go_on = any(option.startswith(text) and option != text for option in options)
    assert (
        verdict
        is {
            (True, True): Verdict.ENOUGH,
            (True, False): Verdict.COMPLETE,
            (False, True): Verdict.MORE,
            (False, False): Verdict.WRONG,
        }[is_entry, may_go_on]
    )


@pytest.mark.parametrize(
    ("how", "text", "verdict"),
    [
        pytest.param({"length": 6}, "12345", Verdict.MORE, id="one digit short"),
        pytest.param({"length": 6}, "123456", Verdict.COMPLETE, id="the whole length"),
        pytest.param({"length": 6}, "1234567", Verdict.WRONG, id="one digit too many"),
        pytest.param({"length": 6}, "12*", Verdict.WRONG, id="star in a number"),
        pytest.param({"length": 3}, "12²", Verdict.WRONG, id="a superscript typed in a chat"),
        pytest.param({"length": 3}, "١٢٣", Verdict.WRONG, id="other digits than the telephone's"),
        pytest.param({"least": 2, "most": 4}, "1", Verdict.MORE, id="less than the least"),
        pytest.param({"least": 2, "most": 4}, "12", Verdict.ENOUGH, id="the least"),
        pytest.param({"least": 2, "most": 4}, "1234", Verdict.COMPLETE, id="the most"),
        pytest.param({"length": 4, "starts_with": ["77", "8"]}, "7", Verdict.MORE, id="half a beginning"),
        pytest.param({"length": 4, "starts_with": ["77", "8"]}, "76", Verdict.WRONG, id="another beginning"),
        pytest.param({"length": 4, "starts_with": ["77", "8"]}, "8123", Verdict.COMPLETE, id="one of two"),
        pytest.param({"least": 1, "most": 4, "starts_with": ["77"]}, "7", Verdict.MORE, id="long enough, not begun"),
        pytest.param({"length": 4, "check": "luhn"}, "1230", Verdict.COMPLETE, id="right check digit"),
        pytest.param({"length": 4, "check": "luhn"}, "1231", Verdict.WRONG, id="wrong check digit"),
        pytest.param({"most": 9, "check": "luhn"}, "1231", Verdict.MORE, id="wrong so far"),
        pytest.param({"most": 9, "check": "luhn"}, "1230", Verdict.ENOUGH, id="right so far"),
    ],
)
def test_numbers_are_judged_by_length_beginning_and_check(how: dict[str, object], text: str, verdict: Verdict) -> None:
    assert number(asking(**how))(text) is verdict


@pytest.mark.parametrize(
    ("digits", "right"),
    [
        ("79927398713", True),
        ("79927398710", False),
        ("4111111111111111", True),
        ("4111111111111112", False),
        ("0", True),
    ],
)
def test_luhn(digits: str, right: bool) -> None:
    assert luhn(digits) is right


@given(st.text("0123456789", max_size=30))
def test_every_number_has_exactly_one_luhn_digit(digits: str) -> None:
    assert sum(luhn(digits + check) for check in "0123456789") == 1


# ---- the clocks


WAIT = Wait(first_key=5.0, between_keys=3.0, whole=30.0)
SHORT = Wait(first_key=5.0, between_keys=3.0, whole=10.0)


@dataclass(frozen=True)
class Case:
    presses: Sequence[tuple[float, str]]
    entry: str
    status: Status
    ends_at: float
    judge: Judge = among(["1", "10", "2", "101"])  # noqa: RUF009  # pure
    wait: Wait = WAIT


FIVE_TO_TEN = number(asking(least=5, most=10))
TWO_TO_TEN = number(asking(least=2, most=10))

CASES = {
    "nobody presses anything": Case([], "", Status.NO_INPUT, 5.0),
    "the first key in the last moment": Case([(5.0, "2")], "2", Status.MATCH, 5.0),
    "the first key too late": Case([(5.01, "2")], "", Status.NO_INPUT, 5.0),
    "nothing may follow, so nothing is waited for": Case([(1.0, "2")], "2", Status.MATCH, 1.0),
    "1 alone, in a menu with 10": Case([(1.0, "1")], "1", Status.MATCH, 4.0),
    "10, though 1 is an entry too": Case([(1.0, "1"), (2.5, "0")], "10", Status.MATCH, 5.5),
    "10 at once where nothing longer begins with it": Case(
        [(1.0, "1"), (2.5, "0")], "10", Status.MATCH, 2.5, among(["1", "10"])
    ),
    "the second key in the last moment": Case([(1.0, "1"), (4.0, "0")], "10", Status.MATCH, 7.0),
    "the second key too late": Case([(1.0, "1"), (4.01, "0")], "1", Status.MATCH, 4.0),
    "an extension": Case([(1.0, "1"), (2.0, "0"), (3.0, "1")], "101", Status.MATCH, 3.0),
    "hash ends 1 at once": Case([(1.0, "1"), (2.0, "#")], "1", Status.MATCH, 2.0),
    "hash alone is no entry": Case([(1.0, "#")], "#", Status.NO_MATCH, 1.0),
    "hash is an entry where the menu says so": Case([(1.0, "#")], "#", Status.MATCH, 1.0, among(["#", "1"])),
    "hash ends another entry even there": Case(
        [(1.0, "1"), (2.0, "#")], "1", Status.MATCH, 2.0, among(["#", "1", "12"])
    ),
    "a wrong key": Case([(1.0, "7")], "7", Status.NO_MATCH, 1.0),
    "wrong at the second key": Case([(1.0, "1"), (2.0, "9")], "19", Status.NO_MATCH, 2.6),
    "the rest of a wrong entry belongs to it": Case(
        [(1.0, "1"), (1.3, "9"), (1.75, "5"), (2.25, "5")], "19", Status.NO_MATCH, 2.25 + 0.6
    ),
    "a number left half-way": Case([(1.0, "1"), (2.0, "2")], "12", Status.NO_MATCH, 5.0, FIVE_TO_TEN),
    "hash after half a number": Case([(1.0, "1"), (2.0, "#")], "1", Status.NO_MATCH, 2.0, FIVE_TO_TEN),
    "the whole clock ends half a number": Case(
        [(1.0, "1"), (3.5, "2"), (6.0, "3"), (8.5, "4")], "1234", Status.NO_MATCH, 10.0, FIVE_TO_TEN, SHORT
    ),
    "the whole clock keeps what is an entry": Case(
        [(1.0, "1"), (3.5, "2"), (6.0, "3"), (8.5, "4")], "1234", Status.MATCH, 10.0, TWO_TO_TEN, SHORT
    ),
    "a key in the last moment of the whole": Case(
        [(2.5, "1"), (5.0, "2"), (7.5, "3"), (10.0, "4")], "1234", Status.MATCH, 10.0, TWO_TO_TEN, SHORT
    ),
    "the whole clock bounds the first key too": Case(
        [(4.0, "1")], "", Status.NO_INPUT, 3.0, wait=Wait(first_key=5.0, whole=3.0)
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_three_clocks(case: Case) -> None:
    caller = Simulator([Press(at, key) for at, key in case.presses])
    entry = finish(collect_keys(caller, NOTHING, case.judge, case.wait))
    assert (entry, caller.elapsed) == (Entry(case.entry, case.status), case.ends_at)


def test_a_key_heard_during_the_prompt_is_the_first_and_the_clock_begins_with_it() -> None:
    caller = Simulator([Press(9.0, "0")])
    finish(caller.listen(7.0))
    entry = finish(collect_keys(caller, Heard("1"), among(["1", "10"]), WAIT))
    assert (entry, caller.elapsed) == (Entry("10", Status.MATCH), 9.0)


@pytest.mark.parametrize(
    ("line", "judge", "entry"),
    [
        pytest.param("1", among(["1", "10"]), Entry("1", Status.MATCH), id="1 means 1, nothing is waited for"),
        pytest.param("10", among(["1", "10"]), Entry("10", Status.MATCH), id="two digits in one line"),
        pytest.param("hello", among(["1", "10"]), Entry("hello", Status.NO_MATCH), id="words"),
        pytest.param("12", number(asking(length=3)), Entry("12", Status.NO_MATCH), id="half a number"),
        pytest.param("123", number(asking(length=3)), Entry("123", Status.MATCH), id="a number"),
        pytest.param("12²", number(asking(length=3, check="luhn")), Entry("12²", Status.NO_MATCH), id="no digit"),
    ],
)
def test_a_line_of_chat_is_complete(line: str, judge: Judge, entry: Entry) -> None:
    caller = Simulator()
    assert finish(collect_keys(caller, Heard(line, complete=True), judge, WAIT)) == entry
    assert caller.elapsed == 0.0


class Woken(Simulator):
    """A caller whose leg is woken one second after it began to listen, for the line that was just left."""

    woken = False

    async def listen(self, seconds: float, *, music: bool = False) -> Heard:
        if not self.woken:
            self.woken = True
            return await super().listen(1.0) or Heard(woken=True)
        return await super().listen(seconds)


@pytest.mark.parametrize(
    ("presses", "entry", "ends_at"),
    [
        pytest.param([], Entry("", Status.NO_INPUT), 5.0, id="silence lasts as long as ever"),
        pytest.param([Press(3.0, "2")], Entry("2", Status.MATCH), 3.0, id="the key is heard"),
    ],
)
def test_a_wake_up_that_comes_too_late_ends_no_entry(presses: list[Press], entry: Entry, ends_at: float) -> None:
    caller = Woken(presses)
    assert finish(collect_keys(caller, NOTHING, among(["2"]), WAIT)) == entry
    assert caller.elapsed == ends_at


def test_a_caller_who_hangs_up_is_gone() -> None:
    caller = Simulator([Press(1.0, "1")], hangs_up_at=2.0)
    with pytest.raises(CallerGone):
        finish(collect_keys(caller, NOTHING, among(["10"]), WAIT))


@given(entries, st.data())
def test_whoever_presses_an_entry_briskly_gets_it(options: set[str], data: st.DataObject) -> None:
    wanted = data.draw(st.sampled_from(sorted(options)))
    caller = Simulator([Press(0.5 * place, key) for place, key in enumerate(wanted, start=1)])
    entry = finish(collect_keys(caller, NOTHING, among(options), WAIT))
    assert entry == Entry(wanted, Status.MATCH)


@given(
    st.lists(st.tuples(st.floats(0, 60), st.sampled_from("0123456789*#")), max_size=20),
    st.floats(0, 20),
    st.floats(0, 20),
    st.floats(0, 20),
)
def test_no_entry_takes_longer_than_the_whole_clock(
    presses: list[tuple[float, str]], first: float, between: float, whole: float
) -> None:
    caller = Simulator([Press(at, key) for at, key in sorted(presses)])
    wait = Wait(first_key=first, between_keys=between, whole=whole)
    finish(collect_keys(caller, NOTHING, number(asking(least=1, most=40)), wait))
    assert caller.elapsed <= whole + 1e-9
