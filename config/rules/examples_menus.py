"""The examples of `config.rules.catalogue_menus`: what is changed in the sample to break each rule, and to keep it.

As in `config.rules.examples_errors`.
"""

from __future__ import annotations

_SAY = "say: {en: Welcome., lt: Sveiki.}"
_SALES = "sales: {hours: office, closed: hangup, mailbox: sales@acme.example}"
_OPEN = '"mon-fri 09:00-18:00"'
_TOLD_EN = '\n      en: "For sales press 1. For Ann press 2."'
_TOLD_LT = '\n      lt: "Pardavimai – spauskite 1. Ana – spauskite 2."'
_KEYS = "    keys:\n      1: sales"
_DUTY = "\n  duty: "
_IN_BOTH = ("departments: [sales]", "departments: [sales, duty]")
_LED_ON = ("{go: ann}", "{go: more}")


def _more(go: str) -> tuple[str, str]:
    """Return the change that adds a menu with one key."""
    faults = f"silence: {{go: {go}}}, mistake: {{go: {go}}}"
    return (
        "departments:\n",
        f"  more: {{say: {{en: More., lt: Daugiau.}}, keys: {{1: {go}}}, {faults}}}\ndepartments:\n",
    )


def _asks(first: str, then: str) -> tuple[tuple[str, str], ...]:
    """Return the changes by which silence leads to a second menu, and there to another place."""
    old, new = _more("sales")
    silence = ("    silence: {go: sales}", f"    silence: {{go: {'§' if then == 'main' else ''}{first}}}")
    return silence, (old, new.replace("silence: {go: sales}", f"silence: {{go: {then}}}"))


def _skills(asked: str) -> tuple[tuple[str, str], ...]:
    return (
        (_SALES, f"sales: {{hours: office, closed: hangup, {asked}}}"),
        ("departments: [sales]", "departments: [sales], skills: {german: 40}"),
    )


#: Rule, what breaks it, what keeps it.
MENUS: tuple[tuple[str, object, object], ...] = (
    ("E340", (_LED_ON, ("departments:\n", _more("repeat")[1].replace("more:", "§more:"))), (_LED_ON, _more("sales"))),
    ("E341", (("sales@acme.example", "§sales@acme-.example"),), ()),
    (
        "W440",
        ((_SAY, f'say:{_TOLD_EN[:-1]} To hear this again press §3."{_TOLD_LT}'),),
        ((_SAY, f"say:{_TOLD_EN}{_TOLD_LT}"),),
    ),
    (
        "W441",
        ((_SAY, f'say:{_TOLD_EN}\n      lt: "Pardavimai – spauskite 1."'), ("2: {go", "§2: {go")),
        ((_SAY, f"say:{_TOLD_EN}{_TOLD_LT}"),),
    ),
    (
        "W442",
        ((_KEYS, "    wait: {between_keys: 5s}\n    keys:\n      §1: sales\n      12: bob"),),
        ((_KEYS, "    keys:\n      1: sales\n      32: bob"),),
    ),
    ("W443", (("lt: Sveiki.", "lt: §…"),), ()),
    (
        "W444",
        ((_SAY, f'say: {{lt: Sveiki., en: §"Welcome to Acme. {"We are glad that you call. " * 40}"}}'),),
        (),
    ),
    (
        "W445",
        "recordings/en/Welcome.wav, and `play: welcome`",
        "recordings/en/welcome.wav, and `play: welcome`",
    ),
    (
        "W446",
        (("silence: {go: sales}", "silence: {§go: hangup}"),),
        (("silence: {go: sales}", "silence: {go: hangup, say: {en: Goodbye., lt: Viso gero.}}"),),
    ),
    ("W447", _skills("§skills: {german: 80}"), _skills("skills: {german: 40}")),
    ("W448", ((_OPEN, '"mon-fri 09:00-12:00", §"mon-fri 12:05-18:00"'),), ()),
    ("W449", ((_OPEN, '"mon-fri 09:00-18:00", §"fri 17:00-20:00"'),), ((_OPEN, f'{_OPEN}, "fri 18:00-20:00"'),)),
    ("W450", ((f"[{_OPEN}]", "§[]"),), ()),
    (
        "W451",
        (("holidays: LT", 'holidays: LT\n    closed_on: [§2026-12-24]\n    open_on: {2026-12-24: "09:00-12:00"}'),),
        (("holidays: LT", 'holidays: LT\n    open_on: {2026-12-24: "09:00-12:00"}'),),
    ),
    (
        "W452",
        (("    keys:", "    closed: {hours: office, go: §sales}\n    keys:"),),
        (("    keys:", "    closed: {hours: office, go: {voicemail: sales}}\n    keys:"),),
    ),
    ("W453", (("sales@acme.example", "§sales@acme"),), ()),
    (
        "W454",
        ((_SALES, _SALES.replace("hangup", "§duty") + _DUTY + "{}"), _IN_BOTH),
        ((_SALES, _SALES.replace("hangup", "duty") + _DUTY + "{nobody: {voicemail: sales}}"), _IN_BOTH),
    ),
    (
        "W455",
        (*_asks("more", "main"), _LED_ON),
        (*_asks("more", "sales"), _LED_ON),
    ),
    (
        "W456",
        ((_SALES, f"{_SALES}\n  §duty: {{}}"), _IN_BOTH),
        ((_SALES, f"{_SALES}\n  duty: {{}}"), _IN_BOTH, ("{go: ann}", "duty")),
    ),
    (
        "W457",
        (("silence: {go: sales}", "silence: {tries: 9, go: §repeat}"),),
        (("silence: {go: sales}", "silence: {tries: 3, go: repeat}"),),
    ),
)
