"""The words of AGI as Asterisk 22 reads and writes them: commands and their parser, refusals, the header of a call.

Owns their form only; what a command does to the channel is in `ivr.agi.fake_pbx`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

_call_numbers = itertools.count(1)

UNKNOWN = "510 Invalid or unknown command\n"
DEAD = "511 Command Not Permitted on a dead channel or intercept routine\n"
USAGE = (
    "520-Invalid command syntax.  Proper usage follows:\n"
    "Usage: as the help has it, over\nseveral lines, and without the numbers in front\n"
    "520 End of proper usage.\n"
)


@dataclass(frozen=True, slots=True)
class Verb:
    """How many arguments a command takes, whether a dead channel allows it, and whether it takes time."""

    least: int
    most: int
    when_dead: bool = False
    lasts: bool = False


VERBS = {
    "ANSWER": Verb(0, 0),
    "CHANNEL STATUS": Verb(0, 1),
    "EXEC": Verb(1, 99, when_dead=True, lasts=True),
    "GET VARIABLE": Verb(1, 1, when_dead=True),
    "HANGUP": Verb(0, 1),
    "NOOP": Verb(0, 99, when_dead=True),
    "RECORD FILE": Verb(4, 7, lasts=True),
    "SET MUSIC": Verb(1, 2),
    "SET VARIABLE": Verb(2, 2, when_dead=True),
    "STREAM FILE": Verb(2, 3, lasts=True),
    "WAIT FOR DIGIT": Verb(1, 1, lasts=True),
}


def parse_command(line: bytes) -> tuple[str, ...]:
    """Split a command as Asterisk's own parser does, quotes and backslashes included."""
    words: list[str] = []
    inside = quoted = escaped = False
    for char in line.decode("utf-8", "surrogateescape").rstrip("\n"):
        if escaped or char not in '"\\ \t' or (quoted and char in " \t"):
            if not inside:
                words.append("")
                inside = True
            words[-1] += char
            escaped = False
        elif char == '"':
            quoted = not quoted
            if quoted and not inside:
                words.append("")
                inside = True
        elif char == "\\":
            escaped = True
        else:
            inside = False
    return tuple(words)


def verb_of(words: tuple[str, ...]) -> str | None:
    """Return the name of the command these words begin with, None for one that Asterisk does not know."""
    return next((verb for verb in VERBS if list(words[: verb.count(" ") + 1]) == verb.split()), None)


def code_of(key: str | None) -> int:
    """Return a key as a result has it: -1 for a caller who is gone, 0 for none."""
    return -1 if key is None else ord(key) if key else 0


def encode(text: str) -> bytes:
    """Return a text as it goes over the line."""
    return text.encode("utf-8", "surrogateescape")


def header_of(
    script: str, did: str, caller: str | None, caller_name: str | None, language: str, arguments: Sequence[str]
) -> bytes:
    """Return what Asterisk says of the next channel before the first command."""
    number = next(_call_numbers)
    headers = {
        "network": "yes",
        "network_script": script,
        "request": f"agi://127.0.0.1/{script}",
        "channel": f"PJSIP/trunk-{number:08x}",
        "language": language,
        "type": "PJSIP",
        "uniqueid": f"1763800000.{number}",
        "version": "22.10.1",
        "callerid": caller or "unknown",
        "calleridname": caller_name or "unknown",
        "callingpres": "0",
        "callingani2": "0",
        "callington": "0",
        "callingtns": "0",
        "dnid": did,
        "rdnis": "unknown",
        "context": "from-trunk",
        "extension": did,
        "priority": "3",
        "enhanced": "0.0",
        "accountcode": "",
        "threadid": "139711234",
    }
    headers |= {f"arg_{n}": value for n, value in enumerate(arguments, start=1)}
    text = "".join(f"agi_{name}: {value}\n" for name, value in headers.items())
    return encode(text + "\n")
