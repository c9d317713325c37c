"""Owns how frequent letters beyond ASCII are in languages, and telling an encoding of bytes by it. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

_CYRILLIC = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфё"
#: For each encoding the languages written in it: their letters beyond ASCII, the frequent ones first.
_LETTERS: Mapping[str, tuple[str, ...]] = {
    "cp1257": ("ėšųžąūčįę", "āīūēšņļžģčķķ", "äõüöšž"),
    "cp1252": ("üäöß", "éèàçêùôâîûëïœ", "óíáéñúü", "åäöøæé", "ãçáéóíõâêúà", "èàòùéì"),
    "cp1250": ("łóążęśćńź", "íáéěčřžýšůúďťňó", "áéőöóíüűú", "ăâîşţ"),
    "cp1251": (_CYRILLIC, "оаинівтесркулмдпяьїзгбчйєжхшюцщфґ"),
}
#: The encoding of a country's older programs; cp1252 of every other.
_AT_HOME: Mapping[str, str] = {
    **dict.fromkeys(("LT", "LV", "EE"), "cp1257"),
    **dict.fromkeys(("PL", "CZ", "SK", "HU", "RO", "SI", "HR", "BA", "AL"), "cp1250"),
    **dict.fromkeys(("RU", "BY", "UA", "BG", "RS", "MK", "KZ"), "cp1251"),
}
ENCODINGS = tuple(_LETTERS)
#: What other signs cost: letters of no such language, punctuation as it stands around words, and all the rest.
_STRANGE_LETTER, _QUIET, _SIGN = math.log(1e-4), math.log(0.01), math.log(1e-5)
_PUNCTUATION = "„“”’–—«»€§№…°\xa0"
#: Latin and Cyrillic in one word, or a capital within one.
_TORN = math.log(1e-2)
_HOME = 3.0  # decides between much the same


def _weights(letters: str) -> dict[str, float]:
    """Return the likelihood of each letter, by its rank, as Zipf found it; capitals are a tenth as likely."""
    all_ranks = sum(1 / rank for rank in range(1, len(letters) + 1))
    weights = {}
    for rank, letter in enumerate(letters, 1):
        weights[letter] = math.log(1 / rank / all_ranks)
        weights.setdefault(letter.upper(), weights[letter] + math.log(0.1))
    return weights


_LANGUAGES = {name: [_weights(letters) for letters in languages] for name, languages in _LETTERS.items()}


def legacy_encoding(sample: bytes, country: str) -> str:
    """Return which one-byte encoding a text is most likely in; `country` decides where nothing else does.

    >>> legacy_encoding("Ona Žemaitienė".encode("cp1257"), "DE"), legacy_encoding("Jörg Groß".encode("cp1252"), "LT")
    ('cp1257', 'cp1252')
    """
    home = _AT_HOME.get(country, "cp1252")
    return max(ENCODINGS, key=lambda name: _likelihood(sample, name) + (_HOME if name == home else 0.0))


def _likelihood(sample: bytes, encoding: str) -> float:
    text = sample.decode(encoding, "replace")
    foreign = Counter(sign for sign in text if sign > "\x7f")
    spoken = max(
        sum(count * _cost(sign, weights) for sign, count in foreign.items()) for weights in _LANGUAGES[encoding]
    )
    return spoken + _TORN * _torn(text)


def _cost(sign: str, weights: Mapping[str, float]) -> float:
    if (known := weights.get(sign)) is not None:
        return known
    if sign in _PUNCTUATION:
        return _QUIET
    return _STRANGE_LETTER if sign.isalpha() else _SIGN


def _torn(text: str) -> int:
    """Count where one letter follows another that it does not follow in a word."""
    torn = 0
    for before, after in pairwise(text):
        if not (before.isalpha() and after.isalpha()) or (before < "\x80" and after < "\x80"):
            continue
        other_script = ("\u0400" <= before < "\u0530") != ("\u0400" <= after < "\u0530")
        torn += other_script or (before.islower() and after.isupper())
    return torn
