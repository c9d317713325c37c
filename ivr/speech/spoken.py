"""Owns what a prompt says: its text, language and voice, and the one normal form of each.

Pure. Must not know engines, files or audio.
"""

import re
import unicodedata
from dataclasses import dataclass

MAX_CHARACTERS = 2_000  # two minutes of speech; nobody listens longer to a menu

# Joiners are kept: Persian and emoji mean something by them.
_JOINERS = "\u200c\u200d"
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>")
_VOICE = re.compile(r"[A-Za-z0-9._-]{1,40}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8}){0,3}")


@dataclass(frozen=True, slots=True)
class Spoken:
    """One thing to say: a text in a language, by the engine's usual voice or a named one."""

    text: str
    language: str
    voice: str | None = None

    def normal(self) -> "Spoken":
        """Return the form in which two prompts that sound the same are equal."""
        return Spoken(wording(self.text), tag(self.language), self.voice or None)


def wording(text: str) -> str:
    """Return the text with one blank between words and nothing an engine might take for a command."""
    text = unicodedata.normalize("NFC", text)
    if not text.isprintable():  # nearly all are: of a large site letter by letter takes a second
        text = "".join(map(_plain, text))
    return " ".join(text.split())


def tag(language: str) -> str:
    """Return a language tag in lower case with hyphens: `en_US` is `en-us`."""
    return language.strip().replace("_", "-").lower()


def objection(spoken: Spoken) -> str | None:
    """Say why this cannot become a prompt, or None when it can."""
    if not _LANGUAGE.fullmatch(tag(spoken.language)):
        return "the language must be a tag such as en, lt or pt-br"
    if spoken.voice and not _VOICE.fullmatch(spoken.voice):
        return "the voice must be a short name such as heart or f2"
    if len(spoken.text) > MAX_CHARACTERS:
        return f"it has {len(spoken.text)} characters, and {MAX_CHARACTERS} is the most"
    text = wording(spoken.text)
    if not text:
        return "it is empty"
    if _MARKUP.search(text):
        # Neither reading "less than break" aloud nor dropping it unsaid is what the writer meant.
        return "it holds markup in <angle brackets>; write only the words"
    if not any(character.isalnum() for character in text):
        return "it has no letter and no digit"
    return None


def _plain(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in ("Cc", "Zl", "Zp"):  # espeak reads control-A as the start of an embedded command
        return " "
    if kind == "Cs" or (kind == "Cf" and character not in _JOINERS):
        return ""
    return character
