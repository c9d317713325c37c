"""The examples of warnings: what in the sample of `config.rules.examples` breaks each rule, and what keeps it.

As in `config.rules.examples_errors`.
"""

from __future__ import annotations

_MAIL = "\nmail: {"
_MAIL_SERVER = "{server: mail.acme.example"
_SALES = "sales: {hours: office, closed: hangup, mailbox: sales@acme.example}"
_URL = "https://crm.acme.example/hooks"
_TO_OTHER = ("{go: ann}", "other")
_LED = ("1: sales", "1: {voicemail: sales}")
_MORE = """\
  more:
    say: {en: More., lt: Daugiau.}
    keys: {1: sales}
    silence: {go: sales}
    mistake: {go: sales}
departments:
"""


def _added(text: str) -> tuple[tuple[str, str], ...]:
    """Return the change that adds a section to the sample."""
    return ((_MAIL, f"\n{text}{_MAIL}"),)


def _other(more: str, sales: str = _SALES, mark: str = "") -> tuple[tuple[str, str], ...]:
    """Return the changes that add another department, in which Ann is, too."""
    return (_SALES, f"{sales}\n  {mark}other: {{{more}}}"), ("departments: [sales]", "departments: [sales, other]")


def _faxes(text: str) -> tuple[tuple[str, str], ...]:
    return (("{menu: main}", "{menu: main, fax: sales}"), *_added(f"faxboxes: {{sales: {{{text}}}}}"))


#: Rule, what breaks it, what keeps it, and the environment where there is one.
WARNINGS: tuple[tuple[str, object, object] | tuple[str, object, object, dict[str, str]], ...] = (
    (
        "W401",
        (("departments:\n", _MORE.replace("more", "§more", 1)),),
        (("departments:\n", _MORE), ("{go: ann}", "more")),
    ),
    ("W402", (("say: {en: Welcome., lt: Sveiki.}", "§say: {en: Welcome.}"),), ()),
    ("W403", ((_SALES, f"{_SALES}\n  §other: {{}}"), _TO_OTHER), (*_other(""), _TO_OTHER)),
    (
        "W404",
        (("    keys:\n      1: sales", "    direct_dial: true\n    keys:\n      §101: sales"),),
        (("    keys:\n      1: sales", "    direct_dial: true\n    keys:\n      10: sales"),),
    ),
    ("W405", (("1: sales", "1: §back"),), (("1: sales", "1: repeat"),)),
    (
        "W406",
        _other("overflow: {after: 60s, go: sales}", "sales: {overflow: {after: 60s, go: §other}}"),
        (*_other("overflow: {after: 60s, go: sales}"), _TO_OTHER),
    ),
    ("W407", (("    silence: {go: sales}\n", ""), ("  main:", "  §main:")), ()),
    (
        "W408",
        ((_SALES, "sales: {hours: office, closed: {voicemail: §sales}}"),),
        (("closed: hangup", "closed: {voicemail: sales}"),),
    ),
    ("W409", (("    say: {en: Welcome., lt: Sveiki.}\n", ""), ("  main:", "  §main:")), ()),
    ("W410", (("lt: Sveiki.}", "lt: Sveiki., §de: Hallo.}"),), ()),
    ("W411", (("phone: 102", "phone: §112"),), ()),
    (
        "W412",
        (("emergency: {phones: [ann]}\n", ""), ("  sales:", "  §sales:")),
        (("emergency: {phones: [ann]}\n", ""), ("closed: hangup", "closed: hangup, emergency_phones: [bob]")),
    ),
    ("W413", (("  office:", '  §night: {open: ["daily 18:00-22:00"]}\n  office:'),), ()),
    ("W414", (("hours: office, closed: hangup, ", "§hours: office, "),), ()),
    (
        "W415",
        (
            ("mail: {server: mail.acme.example, sender: switchroom@acme.example}\n", ""),
            ("mailbox: sales", "§mailbox: sales"),
        ),
        (),
    ),
    (
        "W416",
        (_LED, *_added("mailboxes: {sales: {§pin: '1234'}}")),
        (_LED, *_added("mailboxes: {sales: {pin: '4711'}}")),
    ),
    (
        "W417",
        ((_MAIL_SERVER, f"{_MAIL_SERVER}, user: switchroom, password: hunter, §security: none"),),
        ((_MAIL_SERVER, f"{_MAIL_SERVER}, user: switchroom, password: hunter, security: starttls"),),
    ),
    ("W418", _added("outbound: {prefixes: ['+370', §'+4']}"), _added("outbound: {prefixes: ['+370', '+44']}")),
    (
        "W419",
        _added("mailboxes: {§bob: {mail: [bob@acme.example]}}"),
        (
            *_added("mailboxes: {bob: {mail: [bob@acme.example]}}"),
            ("phone: 102", "phone: 102, no_answer: {voicemail: bob}"),
        ),
    ),
    (
        "W420",
        ((", mailbox: sales@acme.example", ""), *_faxes("")[:1], *_added("faxboxes: {§sales: {}}")),
        _faxes("deliver: [sales@acme.example]"),
    ),
    (
        "W421",
        _faxes("deliver: [{§webhook: 'http://crm.acme.example/faxes'}]"),
        _faxes("deliver: [{webhook: 'https://crm.acme.example/faxes'}]"),
    ),
    (
        "W422",
        (("{menu: main}", "{go: {fax: sales}, §fax: sales}"), *_faxes("")[1:]),
        _faxes(""),
    ),
    ("W423", _faxes("deliver: [{folder: §/srv/faxes}]"), _faxes("deliver: [{folder: /tmp}]")),
    (
        "W424",
        _faxes("deliver: [a@acme.example, §A@acme.example]"),
        _faxes("deliver: [a@acme.example, b@acme.example]"),
    ),
    (
        "W425",
        _added("connectors: {crm: {webhook: {§url: http://crm.acme.example/hooks}}}"),
        _added(f"connectors: {{crm: {{webhook: {{url: {_URL}}}}}}}"),
    ),
    (
        "W426",
        _added(f"connectors: {{crm: {{webhook: {{url: {_URL}, §secret: correct horse}}}}}}"),
        _added(f"connectors: {{crm: {{webhook: {{url: {_URL}, secret: '${{ENV:SECRET}}'}}}}}}"),
        {"SECRET": "correct horse"},
    ),
)
