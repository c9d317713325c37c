"""How what a carrier says of the caller is read: as a number of the country that was dialled in, or as withheld. Pure.

Owns what stands in place of a number that is not to be seen, for live calls, imported ones and customers alike.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from config.values import e164

#: What carriers and phones say instead of a number that is not to be seen.
_WITHHELD = frozenset(
    {
        "", "anonymous", "restricted", "private", "unavailable", "withheld", "unknown", "asserted", "-1",
        # "anonymous" on the keys of a phone, as switches that know nothing but digits pass it on.
        "266696687", "+266696687",
    }
)  # fmt: skip
#: So much of what came is looked at.
_LONGEST = 500
#: Carriers leave the plus out; fewer digits than this are nothing but an extension or a short code.
_INTERNATIONAL = 9
#: So few digits are an extension or a short code in every country, whatever its numbering plan allows.
_SHORT = 4


def ani_of(said: str, country: str) -> str:
    """Return the number as the journal and the records keep it: E.164 where it is one, '' where it was withheld.

    What is neither, an extension or a short code, stays as it came.

    >>> ani_of("8 600 00001", "LT"), ani_of("37060000001", "LT"), ani_of("Anonymous", "LT"), ani_of("101", "LT")
    ('+37060000001', '+37060000001', '', '101')
    """
    return "" if is_withheld(said) else number_of(said, country) or said


def number_of(ani: str, country: str) -> str | None:
    """Return a number in E.164, read as dialled in `country`; None if withheld or no number.

    >>> number_of("8 600 00001", "LT"), number_of("+370 600 00001", "LT"), number_of("anonymous", "LT")
    ('+37060000001', '+37060000001', None)
    >>> number_of("4930123456", "LT"), number_of("101", "LT")
    ('+4930123456', None)

    Digits that are a number of `country` are that, even where they might be another country's without its plus: of
    442071234567, heard in Germany, nobody can tell London's from one of area code 4420, and a guess names the wrong
    customer.
    """
    ani = bare(ani)
    digits = re.sub(r"[\s().-]", "", ani[:40])
    if _says_nothing(ani) or (digits.isdecimal() and len(digits) <= _SHORT):
        return None
    if (number := e164(ani, country)) is not None:
        return number
    digits = digits.removeprefix("00")  # what is dialled for abroad nearly everywhere, and what carriers write
    return e164(f"+{digits}", country) if digits.isdecimal() and len(digits) >= _INTERNATIONAL else None


def bare(ani: str) -> str:
    """Return the number in an address of SIP or of RFC 3966, or beside what carriers add of its way; else the text.

    >>> bare("+37060000001;npdi;rn=+37069900000"), bare("sip:+37060000001;npdi@10.0.0.1;user=phone")
    ('+37060000001', '+37060000001')
    >>> bare("tel:600-00001;phone-context=+370"), bare(" 8 600 00001 ")
    ('+370600-00001', '8 600 00001')
    """
    text = ani[:_LONGEST].strip()
    if text.endswith(">"):
        text = text[:-1].rpartition("<")[2]
    scheme, colon, rest = text.partition(":")
    if not colon and "@" in text:  # a user at a host, of whom the scheme was left out
        scheme, colon, rest = "sip", ":", text
    if colon and scheme.casefold() in ("sip", "sips", "tel"):
        user, at, _ = rest.partition("@")
        # An address of SIP without a user names a host, which may look like a number.
        text = unquote(user) if at or scheme.casefold() == "tel" or user.startswith("+") else ""
    number, *parameters = text.split(";")
    if not number.startswith("+"):
        named = (parameter.partition("=") for parameter in parameters)
        number = next((v for name, _, v in named if name == "phone-context" and v.startswith("+")), "") + number
    return number.strip()


def is_withheld(ani: str) -> bool:
    """Tell whether the caller's number was not to be seen, which is not the same as being unknown."""
    return _says_nothing(bare(ani))


def _says_nothing(text: str) -> bool:
    return text.casefold() in _WITHHELD or not text.strip("0")
