"""One contract for every engine: the twin, the two packages, and the program of the system."""

import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.speech import espeak as espeak_module
from ivr.speech.choose import Installed, choose, load
from ivr.speech.engine import Pcm, Speech, nearest
from ivr.speech.errors import EngineFailed, NoEngine, UnknownLanguage, UnknownVoice
from ivr.speech.espeak import Espeak
from ivr.speech.espeak_program import EspeakProgram
from ivr.speech.hibari import Hibari

HELLO = {
    "en": "Welcome to Acme. For invoices press 1.",
    "lt": "Sveiki! Dėl sąskaitų spauskite vieną.",
    "ru": "Здравствуйте. Нажмите один.",
}
ODD = {
    "empty": "",
    "punctuation": "... !? —",
    "emoji": "Press 1 😀👩‍👩‍👧",
    "markup": "<speak>Hi <break time='5s'/> & bye</speak>",
    "digits": "1234567890 007 3.14 +370 5 200 0000",
    "lithuanian": "ąčęėįšųūž ĄČĘĖĮŠŲŪŽ",
    "russian": "Щёлкните ещё раз",
    "an espeak command": "\x0150S phonemes [[h@l'oU]]",
    "an option": "-v xx --stdout",
    "one long word": "a" * 400,
    "two kilobytes": "Your call is important to us, and so are you. " * 43,
    "two kilobytes without a stop": "word " * 400,
}


@pytest.fixture(params=["tones", "hibari", "espeak", "espeak program"])
def speech(request: pytest.FixtureRequest, espeak_stand_in: Path) -> Speech:
    return EspeakProgram(str(espeak_stand_in)) if " " in request.param else load(request.param)


def spoken_languages(speech: Speech) -> list[str]:
    return [language for language in HELLO if nearest(language, speech.languages) is not None]


def test_says_something_in_each_of_its_languages(speech: Speech) -> None:
    assert spoken_languages(speech)
    for language in spoken_languages(speech):
        sound = speech.say(HELLO[language], language)
        assert 8_000 <= sound.rate <= 48_000
        assert 1.0 < sound.seconds < 15.0
        assert len(sound.samples) % 2 == 0
        assert any(sound.samples)


def test_a_region_it_does_not_know_is_spoken_as_the_language(speech: Speech) -> None:
    language = spoken_languages(speech)[0]
    assert speech.say(HELLO[language], f"{language}-zz").seconds > 1.0


def test_longer_text_lasts_longer(speech: Speech) -> None:
    assert speech.say("one two three four five six", "en").seconds > speech.say("one two", "en").seconds


def test_the_same_text_sounds_the_same(speech: Speech) -> None:
    first, second = (speech.say(HELLO["en"], "en") for _ in range(2))
    assert first.rate == second.rate
    assert first.seconds == pytest.approx(second.seconds, rel=0.01)


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_texts_give_sound_or_silence_but_no_breakdown(speech: Speech, text: str) -> None:
    for language in spoken_languages(speech):
        assert isinstance(speech.say(text, language), Pcm)


def test_refuses_a_language_it_does_not_speak(speech: Speech) -> None:
    if "*" in speech.languages:
        return
    with pytest.raises(UnknownLanguage):
        speech.say("Hello", "xx")


@pytest.mark.parametrize("voice", ["nobody", "../../../lang/gmw/en", "f2+f3", "emma"])
def test_refuses_a_voice_it_does_not_have(
    speech: Speech, voice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("it tried to download")

    monkeypatch.setattr(urllib.request, "urlopen", no_network)
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    with pytest.raises(UnknownVoice):
        speech.say("Hello", "en", voice)


def test_has_a_name_and_a_version_for_the_key(speech: Speech) -> None:
    assert speech.name
    assert speech.version


def test_espeak_speaks_over_a_hundred_languages() -> None:
    assert len(Espeak().languages) > 100


@pytest.mark.parametrize(("language", "voice"), [("zh", None), ("no", None), ("en-us", "f2"), ("pt-br", None)])
def test_espeak_finds_a_language_under_its_other_names(language: str, voice: str | None) -> None:
    assert Espeak().say("12345", language, voice).seconds > 0.5


def test_espeak_starts_from_a_folder_with_a_long_name(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 180)
    long.mkdir()
    short = espeak_module._short(long)
    assert len(short) < 160
    assert Path(short).samefile(long)


def test_espeak_serves_several_threads() -> None:
    engine = Espeak()
    said: dict[str, float] = {}

    def say(language: str) -> None:
        said[language] = engine.say(HELLO[language], language).seconds

    threads = [threading.Thread(target=say, args=(language,)) for language in HELLO]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    alone = {language: engine.say(HELLO[language], language).seconds for language in HELLO}
    assert said == pytest.approx(alone, rel=0.01)


def test_hibari_keeps_its_usual_voice_in_the_package() -> None:
    assert Hibari().say("Hello", "en", "heart").seconds > 0.2


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exit 3", "ended with 3"),
        ("echo no audio here", "gave no audio"),
        ("true", "gave no audio"),
    ],
    ids=["fails", "writes text", "writes nothing"],
)
def test_a_program_that_fails_is_reported(espeak_stand_in: Path, tmp_path: Path, script: str, reason: str) -> None:
    good = EspeakProgram(str(espeak_stand_in))
    broken = tmp_path / "espeak-ng"
    broken.write_text(f"#!/bin/sh\ncat >/dev/null\n{script}\n")
    broken.chmod(0o755)
    good._program = str(broken)
    with pytest.raises(EngineFailed, match=reason):
        good.say("Hello", "en")


ALL = Installed({"hibari": "1", "espeak": "1", "tones": "1"})
NO_HIBARI = Installed({"espeak": "1", "tones": "1"})
NO_ESPEAK = Installed({"hibari": "1", "tones": "1"})
NOTHING = Installed({"tones": "1"})


@pytest.mark.parametrize(
    ("installed", "language", "wanted", "engine"),
    [
        (ALL, "en", None, "hibari"),
        (ALL, "en_GB", None, "hibari"),
        (ALL, "lt", None, "espeak"),
        (ALL, "en", "espeak", "espeak"),
        (ALL, "lt", "tones", "tones"),
        (NO_HIBARI, "en", None, "espeak"),
    ],
    ids=lambda value: None if isinstance(value, Installed) else str(value),
)
def test_chooses_the_best_that_is_installed(
    installed: Installed, language: str, wanted: str | None, engine: str
) -> None:
    assert installed.pick(language, wanted).name == engine


@pytest.mark.parametrize(
    ("pick", "says"),
    [
        (lambda: NO_ESPEAK.pick("lt"), "install the package espeakng-loader or the program espeak-ng"),
        (lambda: NOTHING.pick("en"), "hibari-tts"),
        (lambda: NO_HIBARI.pick("en", "hibari"), "hibari-tts"),
        (lambda: ALL.pick("en", "hal9000"), "there are hibari, espeak, tones"),
    ],
    ids=["no espeak", "nothing at all", "hibari wanted", "unknown engine"],
)
def test_says_what_to_install(pick: Callable[[], object], says: str) -> None:
    with pytest.raises(NoEngine, match=says):
        pick()


def test_choose_refuses_a_language_the_wanted_engine_does_not_speak() -> None:
    with pytest.raises(UnknownLanguage, match="lt, by hibari"):
        choose("lt", "hibari")
    assert choose("lt").name == "espeak"
