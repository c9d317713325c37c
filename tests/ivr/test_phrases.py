"""What Switchroom says of its own, in every language it knows, and the list of all that must be rendered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import callrouter
import ivr
import server
import voicemail
from config.phrase_names import MOST_COUNTED, MOST_POSITIONS, PHRASE_NAMES
from config.schema import Site
from ivr import phrases, phrases_by_phone, phrases_inbox
from ivr.phrases import PHRASES, WAITS, everything, phrase, position, spoken, wait
from ivr.speech.spoken import Spoken, objection
from tests.ivr.ivr_sites import acme, site

LANGUAGES = ("en", "lt", "ru")
MENU = {"say": "Main.", "keys": {1: "sales"}}
#: Switches on every dialogue that a site may do without.
ALL_ON = {"closing": {"pin": "4711"}, "recording": {"pin": "4712"}}


def speaking(*languages: str, **parts: Any) -> Site:
    company = {"name": "Test", "languages": list(languages)}
    return site({"main": MENU}, company=company, **{"by_phone": ALL_ON, **parts})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(PHRASES))
def test_every_phrase_exists_in_every_language_and_can_be_spoken(name: str, language: str) -> None:
    said = phrase(speaking(language), name, language)
    assert said.language == language
    assert said.text == PHRASES[name][language]
    assert objection(said) is None
    assert said.text.endswith(".")
    assert said.text == said.normal().text


def test_no_phrase_knows_a_language_that_the_others_do_not() -> None:
    assert {frozenset(texts) for texts in PHRASES.values()} == {frozenset(LANGUAGES)}


def test_the_checker_knows_exactly_the_phrases_there_are() -> None:
    assert set(PHRASES) == PHRASE_NAMES


def test_every_phrase_is_asked_for_somewhere() -> None:
    """What nobody plays is not rendered, and nobody words it in vain."""
    code = "".join(
        file.read_text()
        for package in (callrouter, ivr, server, voicemail)
        for file in Path(package.__path__[0]).rglob("*.py")
        if file not in (Path(phrases.__file__), Path(phrases_inbox.__file__), Path(phrases_by_phone.__file__))
    )
    counted = {f"position_{n}" for n in range(1, MOST_POSITIONS + 1)} | {"position_many", "wait_long"}
    counted |= {name for _, name in WAITS} | {f"inbox_{n}" for n in range(1, MOST_COUNTED + 1)}
    counted |= {f"digit_{n}" for n in range(10)}
    assert [name for name in PHRASES if name not in counted and f'"{name}"' not in code] == []


def test_no_two_phrases_of_a_language_sound_the_same() -> None:
    for language in LANGUAGES:
        texts = [texts[language] for texts in PHRASES.values()]
        assert len(set(texts)) == len(texts)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (1, "You are first in line."),
        (2, "You are second in line."),
        (10, "You are tenth in line."),
        # Eleventh means that ten are before you: no more may be said than that.
        (11, "There are at least ten callers before you."),
        (500, "There are at least ten callers before you."),
    ],
    ids=str,
)
def test_positions(place: int, words: str) -> None:
    assert position(speaking("en"), place, "en").text == words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_position_has_words_of_its_own(language: str) -> None:
    said = {position(speaking(language), place, language).text for place in range(1, MOST_POSITIONS + 2)}
    assert len(said) == MOST_POSITIONS + 1


@pytest.mark.parametrize(
    ("seconds", "name"),
    [
        (0.0, "wait_1"),
        (59.9, "wait_1"),
        (60.0, "wait_3"),
        (179.9, "wait_3"),
        (180.0, "wait_5"),
        (300.0, "wait_10"),
        (599.9, "wait_10"),
        (600.0, "wait_long"),
        (86_400.0, "wait_long"),
    ],
    ids=str,
)
def test_waits_are_told_as_ranges(seconds: float, name: str) -> None:
    assert wait(speaking("en"), seconds, "en").text == PHRASES[name]["en"]


def test_the_ranges_rise() -> None:
    assert [bound for bound, _ in WAITS] == sorted(bound for bound, _ in WAITS)


@pytest.mark.parametrize(
    ("languages", "worded", "language", "said"),
    [
        pytest.param(("en",), {"thank_you": "Bye."}, "en", ("Bye.", "en"), id="as the site words it"),
        pytest.param(("lt", "en"), {"thank_you": {"lt": "Iki."}}, "lt", ("Iki.", "lt"), id="in the language asked for"),
        pytest.param(
            ("lt", "en"),
            {"thank_you": {"lt": "Iki."}},
            "en",
            (PHRASES["thank_you"]["en"], "en"),
            id="ours beside theirs",
        ),
        pytest.param(
            ("de", "en"), {"thank_you": "Ade."}, "de", ("Ade.", "de"), id="a bare text is the first language's"
        ),
        pytest.param(("de",), {"thank_you": {"de": "Ade."}}, "de", ("Ade.", "de"), id="a language we do not know"),
        pytest.param(("de",), {}, "de", (PHRASES["thank_you"]["en"], "en"), id="english where we know no better"),
        pytest.param(("lt", "de"), {}, "de", (PHRASES["thank_you"]["lt"], "lt"), id="the first language we do know"),
    ],
)
def test_a_site_may_say_it_otherwise(
    languages: tuple[str, ...], worded: dict[str, Any], language: str, said: tuple[str, str]
) -> None:
    found = phrase(speaking(*languages, phrases=worded), "thank_you", language)
    assert (found.text, found.language) == said


def test_there_is_no_phrase_of_that_name() -> None:
    with pytest.raises(KeyError):
        phrase(speaking("en"), "hocus_pocus", "en")


@pytest.mark.parametrize("languages", [("en",), ("lt", "en"), ("de",), ("de", "lt")], ids="+".join)
@pytest.mark.parametrize("language", ["en", "ru", "pl", "de-AT"])
def test_whatever_language_an_operator_has_the_answer_was_rendered(languages: tuple[str, ...], language: str) -> None:
    """The checker only warns of a person whose language the company does not speak."""
    place = speaking(*languages, phrases={"paused": {"ru": "Пауза.", languages[0]: "Paused."}})
    assert {phrase(place, name, language) for name in PHRASES} <= set(everything(place))


def test_voices_are_the_language_s_own() -> None:
    place = speaking("en", "lt", voices={"lt": {"voice": "ona"}})
    assert phrase(place, "thank_you", "lt").voice == "ona"
    assert phrase(place, "thank_you", "en").voice is None


# ---- everything


FULL = {
    "say": {"en": "Menu.", "lt": "Meniu."},
    "keys": {1: {"go": "sales", "say": "Choice."}, 2: "sales"},
    "silence": {"say": "Silence."},
    "mistake": {"say": "Mistake."},
    "closed": {"hours": "office", "go": "night", "say": "Closed."},
}


@pytest.mark.parametrize("text", ["Menu.", "Meniu.", "Choice.", "Silence.", "Mistake.", "Closed."])
def test_everything_holds_every_text_of_a_menu(text: str) -> None:
    assert text in {said.text for said in everything(site({"main": FULL}))}


@pytest.mark.parametrize("place", [acme(), site({"main": FULL, "other": FULL})], ids=["acme", "two menus alike"])
def test_everything_has_no_duplicates_and_a_stable_order(place: Site) -> None:
    found = everything(place)
    assert len(set(found)) == len(found)
    assert found == everything(place)


def test_everything_holds_all_that_may_be_said_of_position_and_wait() -> None:
    place = acme()
    found = set(everything(place))
    for language in place.company.languages:
        assert {position(place, n, language) for n in range(1, 30)} <= found
        assert {wait(place, s, language) for s in range(0, 900, 10)} <= found


def test_everything_holds_a_phrase_as_the_site_words_it() -> None:
    found = everything(speaking("en", phrases={"thank_you": "Bye."}))
    assert Spoken("Bye.", "en") in found
    assert PHRASES["thank_you"]["en"] not in {said.text for said in found}


def test_a_prompt_in_no_language_of_the_site_is_spoken_in_its_own() -> None:
    place = site({"main": {**MENU, "say": {"pl": "Witamy."}}})
    prompt = place.menus["main"].say
    assert prompt is not None
    assert spoken(place, prompt, "en") == Spoken("Witamy.", "pl")
    assert phrases.everything(place)[0] == Spoken("Witamy.", "pl")
