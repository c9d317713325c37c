"""Whole dialogues: whatever the medium, the same keys at the same seconds make the same call."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import config
from config.load import require_site
from config.schema import Site
from ivr.conversation import CallerGone, Conversation
from ivr.interpreter import Dialogue
from ivr.steps import BranchTaken, PromptPlayed, Step
from tests.asterisk.house import SITE
from tests.contract.conversations import Agi, Attendant, Came, Medium, Scene, simulated

ZONE = ZoneInfo("Europe/Vilnius")
#: A Tuesday: every office of these sites is open in the morning, and closed in the night.
MORNING = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE)
NIGHT = datetime(2026, 11, 24, 22, 0, tzinfo=ZONE)
#: Twelve seconds before the sample site's office closes.
CLOSING = datetime(2026, 11, 24, 17, 59, 48, tzinfo=ZONE)

ACME = Path(config.__file__).parent / "acme"
LINE, ENGLISH, GOLD = "+37052000000", "+37052000001", "+37052000002"
MAIN, SALES, MAILBOX, EVENING = "+37052110000", "+37052110001", "+37052110004", "+37052110005"


@dataclass(frozen=True)
class Script:
    """One caller: whom he calls and when, what he presses at which second, and where he must come out."""

    site: Path
    to: str
    presses: tuple[tuple[float, str], ...]
    destination: str
    at: datetime = MORNING
    hangs_up_at: float | None = None

    @property
    def scene(self) -> Scene:
        return Scene(self.presses, self.hangs_up_at)


@dataclass
class Walked:
    """What came of a dialogue; no destination where the caller hung up."""

    steps: list[Step] = field(default_factory=list)
    destination: str = "caller gone"
    why: str = ""
    language: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)


@cache
def site_of(folder: Path) -> Site:
    return require_site(folder)


async def walked(script: Script, medium: Medium) -> Came[Walked]:
    """Lead the script's caller through the menus, as the reception does."""
    site = site_of(script.site)
    number = site.find_number(script.to)
    assert number is not None

    async def work(caller: Conversation) -> Walked:
        walked = Walked()
        dialogue = Dialogue(site, caller, at=script.at, language=number.language, note=walked.steps.append)
        try:
            outcome = await dialogue.follow(number.entry, "number dialled")
            walked.destination, walked.why = str(outcome.destination), outcome.why
        except CallerGone:
            pass
        walked.language, walked.facts, walked.path = dialogue.language, dialogue.facts, dialogue.path
        return walked

    return await medium(script.scene, work)


def script(
    name: str,
    site: Path,
    to: str,
    keys: str,
    destination: str,
    *,
    at: datetime = MORNING,
    hangs_up_at: float | None = None,
) -> object:
    """One row of the table; keys are written "1@2 #@5.5": one at two seconds, hash at five and a half."""
    presses = tuple((float(second), key) for key, _, second in (word.partition("@") for word in keys.split()))
    return pytest.param(Script(site, to, presses, destination, at, hangs_up_at), id=name)


SCRIPTS = [
    script("barge-in at once", ACME, LINE, "1@0.5 1@1", "department billing"),
    script("the menu heard to its end", ACME, LINE, "2@4 1@10", "department billing"),
    script("silence everywhere", ACME, LINE, "", "department reception"),
    script("mistakes until nothing is left", ACME, ENGLISH, "7@1 7@2 8@3", "department reception"),
    script("a mistake, and then right", ACME, ENGLISH, "8@1 3@4", "department delivery"),
    script("key 1 where 101 exists", ACME, ENGLISH, "1@1", "department billing"),
    script("101 where key 1 exists", ACME, ENGLISH, "1@1 0@2 1@3", "person alice"),
    script("101 pressed too slowly", ACME, ENGLISH, "1@1 0@12 1@13", "department billing"),
    script("an extension nobody has", ACME, ENGLISH, "1@1 0@2 9@3", "department reception"),
    script("a number is collected", ACME, ENGLISH, "2@1 1@2 " + "1@5 2@6 3@7 4@8 5@9 6@10", "department support"),
    script("a number is too short", ACME, ENGLISH, "2@1 1@2 1@5 2@6 #@7 1@12", "department support"),
    script("star goes back", ACME, ENGLISH, "2@1 *@2 0@3", "department reception"),
    script("the menu is repeated", ACME, ENGLISH, "9@2 9@4 0@6", "department reception"),
    script("the office is closed", ACME, ENGLISH, "", "hangup", at=NIGHT),
    script("urgent when closed", ACME, ENGLISH, "2@3", "department support", at=NIGHT),
    script("the office closes while one chooses", ACME, ENGLISH, "1@15", "hangup", at=CLOSING),
    script("no menu at all", ACME, GOLD, "1@1", "department support"),
    script("the caller hangs up in the greeting", ACME, LINE, "", "caller gone", hangs_up_at=1.25),
    script("the caller hangs up in a number", ACME, ENGLISH, "2@1 1@2 1@8", "caller gone", hangs_up_at=8.5),
    script("another language, the same menu", SITE, MAIN, "3@1 1@2", "department sales"),
    script("a choice at the prompt's last moment", SITE, MAIN, "1@1.375", "department sales"),
    script("deeper, back, and 201 for 2", SITE, MAIN, "5@0.5 *@1 2@2 0@2.5 1@3", "person ann"),
    script("a contract after a wrong one", SITE, MAIN, "2@1 1@3 2@3.5 1@6 2@6.5 3@7 4@7.5", "department service"),
    script("a mailbox", SITE, MAIN, "4@1", "voicemail sales"),
    script("a number that is a mailbox", SITE, MAILBOX, "", "voicemail sales"),
    script("never open", SITE, EVENING, "2@0.5", "department service"),
    script("a key while nobody listens", SITE, SALES, "1@1", "department sales"),
]


@pytest.fixture(params=["agi", "attendant"])
def telephone(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Medium:
    return Agi(tmp_path) if request.param == "agi" else Attendant(tmp_path, monkeypatch)


@pytest.mark.parametrize("script", SCRIPTS)
async def test_a_dialogue_is_the_same_on_the_telephone(telephone: Medium, script: Script) -> None:
    expected = await walked(script, simulated)
    assert expected.result.destination == script.destination
    assert await walked(script, telephone) == expected


@pytest.mark.parametrize("script", SCRIPTS)
async def test_what_is_told_is_what_was_played(script: Script) -> None:
    came = await walked(script, simulated)
    told = [step.text for step in came.result.steps if isinstance(step, PromptPlayed)]
    assert told == [getattr(played, "text", "") for played in came.played]
    last = [step.to for step in came.result.steps if isinstance(step, BranchTaken)][-1:]
    assert last in ([], [script.destination]) or script.hangs_up_at is not None


# ---- whatever is pressed


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


EIGHTHS = st.integers(0, 320).map(lambda eighths: eighths / 8)
SCRIPTED = st.builds(
    Script,
    st.just(ACME),
    st.sampled_from([LINE, ENGLISH, GOLD]),
    st.lists(st.tuples(EIGHTHS, st.sampled_from("0123456789*#")), max_size=14).map(lambda keys: tuple(sorted(keys))),
    st.just(""),
    st.sampled_from([MORNING, NIGHT, CLOSING]),
    st.none() | EIGHTHS.filter(bool),  # who hangs up before we answer is no call
)


@settings(max_examples=60, deadline=None)
@given(script=SCRIPTED)
def test_any_dialogue_is_the_same_on_the_telephone(runner: asyncio.Runner, script: Script) -> None:
    with tempfile.TemporaryDirectory() as folder:
        telephone = Agi(Path(folder))
        assert runner.run(walked(script, telephone)) == runner.run(walked(script, simulated))
