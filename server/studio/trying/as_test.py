"""A tried call written down as a test of the site: the same call and who was there, and what came of it as expected.

Owns how a call becomes an entry of `tests:` and gets into the draft. Comments and order of the file stay.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from callrouter.menu_tests.draft_yaml import expected, written_time
from callrouter.menu_tests.judging import failures
from callrouter.menu_tests.run import rehearse_test
from callrouter.rehearsal.call import Rehearsal, rehearse
from callrouter.rehearsal.situation import SPEAKS, Situation, Stage
from config.edit.rewrite import rewrite
from config.errors import ConfigError
from config.schema import Site
from config.site_tests import SiteTest
from ivr.conversation import Recorded, Utterance
from ivr.simulator import KEY_GAP, MOST_KEYS, Press, guess_duration, script
from ivr.speech.spoken import Spoken
from server.studio.editor.editing import DraftEditor

LONGEST_NAME = 110
#: So many texts are expected to be heard, and no more of each.
MOST_HEARD, LONGEST_HEARD = 8, 80
#: A test has no finer clock, in digits behind the point of a second.
FINEST = 3

Entry = dict[str, Any]  # Any: what a YAML file may hold
Duration = Callable[[Utterance], float]


class NotATest(ConfigError):
    """This call cannot be written as a test; the message says why."""


class TestsChanged(ConfigError):
    """The file of the tests was written by somebody since the page was shown; nothing was written."""

    __test__ = False  # for pytest, which takes every class of such a name for its own


async def entry_of(site: Site, walked: Rehearsal, duration: Duration, name: str = "") -> Entry:
    """Return the entry of `tests:` that a tried call makes; `duration` is how long its prompts lasted.

    Tests know of no rendered prompt: so keys are moved to where they fall in the same words at a test's own pace.

    Raises:
        NotATest: at that pace the call goes otherwise.
    """
    stage = Stage(site)
    situation, press = await _at_own_pace(stage, walked, duration)
    came = await rehearse(stage, situation)
    if (came.path, came.stops, came.outcome) != (walked.path, walked.stops, walked.outcome):
        ended = came.destination or came.outcome.replace("_", " ")
        raise NotATest(
            f"tests guess how long prompts last, and so this call would end otherwise there, at {ended}: "
            "wait longer before the keys, and try it again"
        )
    entry = _entry(site, situation, press, came, _unused(site, name.strip()[:LONGEST_NAME] or _name(site, came)))
    test = SiteTest.model_validate(entry)
    if wrong := failures(test.expect, await rehearse_test(stage, test)):
        raise NotATest(f"as a test it would fail: {wrong[0]}")
    return entry


async def write(editor: DraftEditor, entry: Entry, expected_digest: str, who: str) -> str:
    """Add the entry to the tests of the draft, if their file still has this digest; return the name of the file.

    Raises TestsChanged, NotATest, ChangedMeanwhile, and what else reading and writing a file of the draft raises.
    """
    look = await editor.look()
    file = look.file(look.home_of("tests"))
    if file.digest != expected_digest:
        raise TestsChanged(f"{file.name} was changed meanwhile: look whether the call still is as you want it")
    tests = look.contents[file.name].get("tests") or []
    if not isinstance(tests, list):
        raise NotATest(f"`tests:` in {file.name} is no list: mend it as text first")
    raw = await asyncio.to_thread(rewrite, file.raw, look.contents[file.name] | {"tests": [*tests, entry]})
    if wrong := [one for one in await editor.findings(file.name, raw) if one.severity == "error"]:
        raise NotATest(f"with it the draft could not be used: see {wrong[0].file}, line {wrong[0].line}")
    await editor.save(file.name, raw, file.digest, who)
    return file.name


async def digest_of_tests(editor: DraftEditor) -> str:
    """Return the digest of the file into which a test would be written."""
    look = await editor.look()
    return look.file(look.home_of("tests")).digest


def _entry(site: Site, situation: Situation, press: str, came: Rehearsal, name: str) -> Entry:
    call: Entry = {"to": situation.to, "from": situation.caller, "at": written_time(situation.at, site.company.zone)}
    entry: Entry = {
        "name": name,
        "call": {key: value for key, value in call.items() if value} | ({"fax": True} if situation.is_fax else {}),
        "press": [int(word) if re.fullmatch(r"0|[1-9][0-9]{0,8}", word) else word for word in press.split()],
        "hang_up": situation.hangs_up,
        "speaks": None if situation.speaks == SPEAKS else situation.speaks,
        "logged_in": None if situation.logged_in is None else sorted(situation.logged_in),
        "busy": sorted(situation.busy) or None,
        "away": sorted(situation.away) or None,
        "waiting": situation.waiting or None,
        "expect": expected(site, came) | ({"heard": heard} if (heard := _heard(came)) else {}),
    }
    return {key: value for key, value in entry.items() if value is not None and (value != [] or key == "logged_in")}


def _name(site: Site, came: Rehearsal) -> str:
    at = came.situation.at.astimezone(site.company.zone)
    ended = came.destination or came.outcome.replace("_", " ")
    return f"{at.day} {at:%B %Y, %H:%M}: {ended}"


def _unused(site: Site, name: str) -> str:
    taken = {test.name for test in site.tests}
    number, unique = 2, name
    while unique in taken:
        unique, number = f"{name} ({number})", number + 1
    return unique


def _heard(came: Rehearsal) -> list[str]:
    """Return what is expected to be heard: menus by name, all else by its words."""
    of_menus = {event.text: event.menu for event in came.prompts if event.menu in came.site.menus}
    heard = []
    for sound in came.sounds:
        if isinstance(sound.utterance, Spoken | Recorded):
            said = sound.utterance.text if isinstance(sound.utterance, Spoken) else sound.utterance.name
            heard.append(of_menus.get(said) or _cut(said))
    return list(dict.fromkeys(heard))[:MOST_HEARD]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_HEARD else text[:LONGEST_HEARD].rsplit(" ", 1)[0]


async def _at_own_pace(stage: Stage, walked: Rehearsal, duration: Duration) -> tuple[Situation, str]:
    """Return the call with each key and the end at the same word as it was, and the script of these keys."""
    words: list[str] = []
    last = 0.0
    for one in walked.situation.presses[:MOST_KEYS]:
        at = await _moved(stage, walked, duration, one.at, script(" ".join(words)))
        if (wait := round(at - last - KEY_GAP, FINEST)) > 0:
            words.append(f"w{wait:g}")
        words.append(one.key)
        last = script(" ".join(words))[-1].at
    press = " ".join(words)
    presses = script(press)
    hangs_up = walked.situation.hangs_up
    if hangs_up is not None:
        hangs_up = round(await _moved(stage, walked, duration, hangs_up, presses), FINEST)
    return replace(walked.situation, presses=presses, hangs_up=hangs_up), press


async def _moved(stage: Stage, walked: Rehearsal, duration: Duration, at: float, before: Sequence[Press]) -> float:
    """Return when that moment of a call comes at the pace of a test, with the keys before it pressed."""
    index = next((n for n, sound in reversed(list(enumerate(walked.sounds))) if sound.at < at), None)
    own = (await rehearse(stage, replace(walked.situation, presses=before, hangs_up=None))).sounds
    if index is None or index >= len(own):
        return at
    there, here = walked.sounds[index], own[index]
    lasts, into = duration(there.utterance), at - there.at
    if into >= lasts:
        return here.at + guess_duration(here.utterance) + into - lasts
    return here.at + guess_duration(here.utterance) * into / lasts
