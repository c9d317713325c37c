"""Reads which keys a spoken text announces: "For sales, press 1; for support, 2."

Pure; what is claimed is held against a menu in `config.rules.announced`. A small and honest reader: a language without
words in `config.rules.key_words` is not read, and where a sentence is not understood, nothing is claimed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from config.rules.key_words import KEY_WORDS, KeyWords

#: A word of letters, a number, a sign of the telephone, or what stands between them.
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*\.?|\d+|[*#]|[^\w\s]")
#: No key of a menu is longer.
_MOST_DIGITS = 8
#: So many words may stand between "press" and the key, as in "drücken Sie bitte die Taste 1".
_MOST_BETWEEN = 4
_DASHES = frozenset("–—-")
_ENDS = frozenset(".,;!?")
#: What stands between the halves of a sentence, and between the groups of a telephone number.
_HALVES = frozenset(",;")
_JOINS = frozenset("-/")
#: So many words a half of a sentence has at most, from what the key is for to the key.
_LONGEST_HALF = 10
#: "One of the keys" is no key, in any of the languages.
_PART_OF = frozenset(
    ("of", "iš", "von", "der", "des", "de", "delle", "di", "do", "da", "das", "van", "z", "ze", "из", "з", "no", "av")
)


@dataclass(frozen=True, slots=True)
class Announced:
    """A key, and where in the text it is named."""

    key: str
    index: int


@dataclass(frozen=True, slots=True)
class Announcements:
    """What a text says of keys.

    `pressed` are those that a caller is told to press; `named` are all that the text names in any way, so that a key
    which is not among them is surely not announced.
    """

    pressed: tuple[Announced, ...]
    named: frozenset[str]


_NOTHING = Announcements((), frozenset())


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    index: int


def is_read(language: str) -> bool:
    """Tell whether texts in this language are read at all."""
    return language.partition("-")[0] in KEY_WORDS


@lru_cache(maxsize=32_768)
def announced(text: str, language: str) -> Announcements:
    """Return which keys a text in this language announces; nothing in a language whose words are not known."""
    words = KEY_WORDS.get(language.partition("-")[0])
    if words is None:
        return _NOTHING
    small = text.lower()
    if len(small) != len(text):  # some letters grow when made small, and then places would be wrong
        return _NOTHING
    tokens = [_Word(found[0], found.start()) for found in _TOKEN.finditer(small)]
    named = frozenset(key for token in tokens if (key := _key(token, words)) is not None)
    if not named:
        return _NOTHING
    return Announcements(tuple(_pressed(tokens, words)), named)


def _pressed(tokens: list[_Word], words: KeyWords) -> Iterator[Announced]:
    position, begun, same_sentence = 0, False, False
    while position < len(tokens):
        text = tokens[position].text
        position += 1
        keys: list[Announced] = []
        if text.rstrip(".") in words.press or (begun and text in _DASHES and _ends_behind(tokens, position, words)):
            # "The reception – 0.": once it is clear that keys are spoken of, the verb is left out.
            keys, position = _list(tokens, _skip(tokens, position, words), words)
        elif same_sentence and (text in _HALVES or text in words.also):
            keys, position = _half(tokens, position, words)
        yield from keys
        begun = begun or bool(keys)
        ends = tokens[position - 1].text.endswith((".", "!", "?"))
        same_sentence = (same_sentence or bool(keys)) and not ends


def _half(tokens: list[_Word], position: int, words: KeyWords) -> tuple[list[Announced], int]:
    """Read the half of a sentence that leaves its verb out: "press 1 for sales, 2 for help", ", for help 2"."""
    begin = position
    if position < len(tokens) and tokens[position].text in words.also:
        position += 1
    key = _skip(tokens, position, words)
    if key < len(tokens) and _key(tokens[key], words) is not None:
        after = key + 1
        if after < len(tokens) and tokens[after].text == ",":
            after += 1
        if _is_purpose(tokens, after, words) and not _is_digits(tokens, after + 1):  # "2 for 1", "6 to 8"
            return [Announced(_key(tokens[key], words) or "", tokens[key].index)], key + 1
    elif _is_purpose(tokens, position, words):
        end = position + 1
        while end < len(tokens) and tokens[end].text not in _ENDS and not tokens[end - 1].text.endswith("."):
            end += 1
        inner = tokens[position + 1 : end]
        keys = [word for word in inner if _key(word, words) is not None]
        pressed = any(word.text in words.press for word in inner)
        if len(keys) == 1 and keys[0] is inner[-1] and not pressed and end - position <= _LONGEST_HALF:
            return [Announced(_key(keys[0], words) or "", keys[0].index)], end
    return [], begin


def _is_purpose(tokens: list[_Word], position: int, words: KeyWords) -> bool:
    return position < len(tokens) and tokens[position].text in words.purpose


def _is_digits(tokens: list[_Word], position: int) -> bool:
    return position < len(tokens) and tokens[position].text.isdigit()


def _after_telephone(tokens: list[_Word], position: int, words: KeyWords) -> int:
    """Return where a telephone number ends that is written in groups, `position` if none is here."""
    at = position
    while _is_digits(tokens, at):
        at += 1
        if at < len(tokens) and tokens[at].text in _JOINS and _touches(tokens, at) and _is_digits(tokens, at + 1):
            at += 1
    if at > position + 1:
        return at
    while at < len(tokens) and tokens[at].text.rstrip(".") in words.keys:  # "nine one one"; two may be "one a"
        at += 1
    return at if at > position + 2 else position


def _touches(tokens: list[_Word], position: int) -> bool:
    """Tell whether a sign stands without a space before and behind it."""
    before, sign = tokens[position - 1], tokens[position]
    behind = tokens[position + 1].index if position + 1 < len(tokens) else -1
    return before.index + len(before.text) == sign.index and behind == sign.index + 1


def _skip(tokens: list[_Word], position: int, words: KeyWords) -> int:
    """Pass over what may stand between the verb and the key."""
    for _ in range(_MOST_BETWEEN):
        if position < len(tokens) and _is_between(tokens[position].text, words):
            position += 1
    return position


def _is_between(text: str, words: KeyWords) -> bool:
    return text in words.between or text.rstrip(".") in words.between


def _list(tokens: list[_Word], position: int, words: KeyWords) -> tuple[list[Announced], int]:
    """Read "1", "1 or 2", "1, 2 and 3"; return them and where reading goes on."""
    keys: list[Announced] = []
    if (after := _after_telephone(tokens, position, words)) != position:
        return keys, after
    while position < len(tokens) and (key := _key(tokens[position], words)) is not None:
        if _is_article(tokens, position, words):
            break
        keys.append(Announced(key, tokens[position].index))
        position += 1
        again = position
        if again < len(tokens) and tokens[again].text == ",":
            again += 1
        if again < len(tokens) and tokens[again].text in words.also:
            again += 1
        elif again != position and not (again < len(tokens) and tokens[again].text[:1].isdigit()):
            break  # a comma before a word is the next half of the sentence
        if again == position:
            break
        # What stands behind "or" need be no key: "press 1 or wait".
        if again >= len(tokens) or _key(tokens[again], words) is None:
            break
        position = again
    return keys, position


def _is_article(tokens: list[_Word], position: int, words: KeyWords) -> bool:
    """Tell whether a number word only counts: "press one of the keys", "drücken Sie eine Taste"."""
    word = tokens[position].text
    if words.keys.get(word.rstrip(".")) != "1" or position + 1 >= len(tokens):
        return False
    following = tokens[position + 1].text
    return not word.endswith(".") and (following in _PART_OF or _is_between(following, words))


def _ends_behind(tokens: list[_Word], position: int, words: KeyWords) -> bool:
    """Tell whether here stands a key and then the end of a sentence, or of a part of it."""
    at = _skip(tokens, position, words)
    if at >= len(tokens) or _key(tokens[at], words) is None:
        return False
    return tokens[at].text.endswith(".") or at + 1 == len(tokens) or tokens[at + 1].text in _ENDS


def _key(token: _Word, words: KeyWords) -> str | None:
    text = token.text
    if text.isdigit():
        return text if text.isascii() and len(text) <= _MOST_DIGITS else None
    return text if text in "*#" else words.keys.get(text.rstrip("."))
