"""The rules of mailboxes, mail, recordings and outbound calls: sites that break each, and sites that keep it."""

from __future__ import annotations

from tests.config.config_sites import sound, spoiled
from tests.config.test_config_rules import Case

#: Callers of these sites are led to the mailboxes of the department, and of Ann.
LED = ("closed: hangup", "closed: {voicemail: sales}"), ("{go: ann}", "{go: {voicemail: ann}}")
#: An address of Ann's, so that she is told too.
ANN = "mailboxes:\n  ann: {mail: [ann@acme.example]}\n"


def mailboxes(*entries: str) -> tuple[str, str]:
    """Return the edit that adds mailboxes to the good site, Ann's among them."""
    return "mail: {", ANN + "".join(f"  {entry}\n" for entry in entries) + "mail: {"


def _bad(rule: str, name: str, *edits: tuple[str, str], keeps: tuple[tuple[str, str], ...] = (mailboxes(),)) -> Case:
    return Case(rule, {"site.yaml": spoiled(*LED, *edits)}, {"site.yaml": spoiled(*LED, *keeps)}, name)


def _recorded(name: str, bad: dict[str, bytes], *edits: tuple[str, str]) -> Case:
    """Return a site that plays `hello`, with these files of it; to keep the rule, with one in each language."""
    text = spoiled(*LED, *edits)
    good = {f"recordings/{language}/hello.wav": sound() for language in ("en", "lt")}
    return Case("E323", {"site.yaml": text, **bad}, {"site.yaml": text, **good}, name)


SAY = "say: {en: A., lt: B.}"
PLAYS = mailboxes(), ("say: {en: Welcome., lt: Sveiki.}", "play: §hello")
OWN = "complaints: {people: [ann], mail: [boss@acme.example]}"
TO_OWN = ("1: sales", "1: {voicemail: complaints}")

MAILBOX_CASES = [
    _bad(
        "E205",
        "greeting-said-and-played",
        mailboxes(f"sales: {{§greeting: {{{SAY}, play: hello}}}}"),
        keeps=(mailboxes(f"sales: {{greeting: {{{SAY}}}}}"),),
    ),
    _bad(
        "E205",
        "closed-greeting-with-nothing",
        mailboxes("sales: {§closed: {hours: office}}"),
        keeps=(mailboxes(f"sales: {{closed: {{hours: office, {SAY}}}}}"),),
    ),
    _bad(
        "E205",
        "least-as-long-as-longest",
        mailboxes("§sales: {least: 10s, longest: 10s}"),
        keeps=(mailboxes("sales: {least: 10s, longest: 11s}"),),
    ),
    _bad(
        "E205",
        "user-without-password",
        mailboxes(),
        ("{server: mail.acme.example", "{user: me, server: mail.acme.example"),
        ("\nmail: {", "\n§mail: {"),
        keeps=(mailboxes(), ("{server: mail.acme.example", "{user: me, password: x, server: '::1'")),
    ),
    _bad("E205", "password-without-user", mailboxes(), ("\nmail: {", "\n§mail: {password: hunter, ")),
    _bad("E204", "pin", mailboxes("sales: {pin: §123}"), keeps=(mailboxes('sales: {pin: "047113"}'),)),
    _bad("E204", "days", mailboxes("sales: {keep: §0d}"), keeps=(mailboxes("sales: {keep: 3650d}"),)),
    _bad("E204", "address", mailboxes("sales: {mail: [§nobody]}")),
    _bad("E204", "server", mailboxes(), ("server: mail.acme.example", "server: §smtp://acme")),
    _bad("E204", "prefix", mailboxes(), ("emergency:", "outbound: {prefixes: [§'370']}\nemergency:")),
    _bad(
        "E204",
        "language-of-a-model",
        mailboxes(),
        ("emergency:", "speech: {vosk: {§English: /models/en}}\nemergency:"),
        keeps=(
            mailboxes(),
            ("emergency:", 'speech: {vosk: {"*": /models/all}, whisper: {lt: /models/lt}}\nemergency:'),
        ),
    ),
    _bad("E304", "of-a-mailbox", mailboxes("sales: {departments: [sales, §sails]}")),
    _bad(
        "E305",
        "of-a-mailbox",
        mailboxes(f"sales: {{closed: {{hours: §offices, {SAY}}}}}"),
        keeps=(mailboxes(f"sales: {{closed: {{hours: office, {SAY}}}}}"),),
    ),
    _bad("E306", "shown-to-those-called", mailboxes(), ("emergency:", "outbound: {caller_id: §me}\nemergency:")),
    _bad(
        "E310",
        "mailbox",
        mailboxes(OWN),
        ("1: sales", "1: {voicemail: §complains}"),
        keeps=(mailboxes(OWN), TO_OWN),
    ),
    _bad("E317", "model", mailboxes(), ("emergency:", "speech: {vosk: {§qq: /models/qq}}\nemergency:")),
    _bad("E317", "greeting", mailboxes("sales: {greeting: {say: {en: A., lt: B., §qq: C.}}}")),
    _bad(
        "E320",
        "",
        mailboxes("complaints: {people: [ann, §anne], mail: [boss@acme.example]}"),
        TO_OWN,
        keeps=(mailboxes(OWN), TO_OWN),
    ),
    _bad(
        "E321",
        "",
        mailboxes("§complaints: {mail: [boss@acme.example]}"),
        TO_OWN,
        keeps=(mailboxes("complaints: {departments: [sales], mail: [boss@acme.example]}"), TO_OWN),
    ),
    _bad("E322", "", mailboxes("sales: {§mail: [sales@acme.example]}"), keeps=(mailboxes("sales: {keep: 9d}"),)),
    _bad("E322", "empty", mailboxes("sales: {§mail: []}")),
    _recorded("menu-nowhere", {}, *PLAYS),
    _recorded("menu-in-one-language", {"recordings/en/hello.wav": sound()}, *PLAYS),
    _recorded("another-ending", {f"recordings/{x}/hello.mp3": b"ID3" for x in ("en", "lt")}, *PLAYS),
    _recorded("a-folder", {f"recordings/{x}/hello.wav/a": b"" for x in ("en", "lt")}, *PLAYS),
    *(
        _recorded(name, {"recordings/en/hello.wav": sound(), "recordings/lt/hello.wav": content}, *PLAYS)
        for name, content in {
            "too-fast": sound(hertz=44100),
            "stereo": sound(channels=2),
            "8-bit": sound(width=1),
            "no-sound": sound(seconds=0),
            "no-wav": b"hello",
            "cut-off": sound()[:30],
        }.items()
    ),
    _recorded("greeting", {}, mailboxes("sales: {greeting: {play: §hello}}")),
    _recorded("closed-greeting", {}, mailboxes("sales: {closed: {hours: office, play: §hello}}")),
    _bad("W402", "greeting", mailboxes("sales: {greeting: {§say: {en: A.}}}")),
    _bad("W402", "closed-greeting", mailboxes("sales: {closed: {hours: office, §say: A.}}")),
    _bad("W408", "of-a-person", ("{go: {voicemail: ann}}", "{go: {voicemail: §ann}}")),
    _bad(
        "W408",
        "written",
        mailboxes("complaints: {people: [ann]}"),
        ("1: sales", "1: {voicemail: §complaints}"),
        keeps=(mailboxes("complaints: {people: [ann], mail: []}"), TO_OWN),
    ),
    _bad("W410", "greeting", mailboxes("sales: {greeting: {say: {en: A., lt: B., §de: C.}}}")),
    _bad("W410", "model", mailboxes(), ("emergency:", "speech: {whisper: {§de: /models/de}}\nemergency:")),
    _bad(
        "W413",
        "of-a-mailbox",
        mailboxes(),
        ("  office:", "  §night: {open: [daily 18:00-22:00]}\n  office:"),
        keeps=(
            mailboxes(f"sales: {{closed: {{hours: night, {SAY}}}}}"),
            ("  office:", "  night: {open: [daily 18:00-22:00]}\n  office:"),
        ),
    ),
    _bad(
        "W415",
        "department",
        mailboxes(),
        ("mail: {server: mail.acme.example, sender: switchroom@acme.example}\n", ""),
        ("mailbox: sales", "§mailbox: sales"),
    ),
    *(
        _bad("W416", name, mailboxes(f"sales: {{§pin: '{pin}'}}"), keeps=(mailboxes("sales: {pin: '4711'}"),))
        for name, pin in {
            "one-digit": "0000",
            "counted-up": "1234",
            "counted-up-past-nine": "7890",
            "counted-down": "987654",
            "extension": "0101",
        }.items()
    ),
    _bad(
        "W416",
        "extension-of-a-reader",
        mailboxes("complaints: {people: [bob], mail: [boss@acme.example], §pin: 0102}"),
        TO_OWN,
        keeps=(mailboxes("complaints: {people: [ann], mail: [boss@acme.example], pin: 0102}"), TO_OWN),
    ),
    _bad(
        "W417",
        "",
        mailboxes(),
        ("{server: mail.acme.example", "{server: mail.acme.example, user: u, password: p, §security: none"),
        keeps=(mailboxes(), ("{server: mail.acme.example", "{server: Localhost, user: u, password: p, security: none")),
    ),
    _bad(
        "W418",
        "",
        mailboxes(),
        ("emergency:", "outbound: {prefixes: ['+370', §'+4', '+1', '+7']}\nemergency:"),
        keeps=(
            mailboxes(),
            ("emergency:", "outbound: {prefixes: ['+370', '+44', '+1', '+7'], caller_id: 8 5 2000000}\nemergency:"),
        ),
    ),
    *(
        _bad("W418", name, mailboxes(), ("emergency:", f"outbound: {{prefixes: ['+370', §'{wide}']}}\nemergency:"))
        for name, wide in (("ten-countries", "+37"), ("satellites", "+881"), ("one-satellite", "+8816"))
    ),
    _bad("W419", "of-a-person", mailboxes("§bob: {mail: [bob@acme.example]}")),
    _bad("W419", "", mailboxes(f"§{OWN}"), keeps=(mailboxes(OWN), TO_OWN)),
]
