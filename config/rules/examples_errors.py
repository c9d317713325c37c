"""The examples of errors: what is changed in the sample of `config.rules.examples` to break each rule, and to keep it.

A mark stands where `check` names the place. Words in place of changes are for what no text can show.
"""

from __future__ import annotations

_MAIL = "\nmail: {"
_SECRET = {"PASSWORD": "correct horse", "SECRET": "correct horse"}
_URL = "https://crm.acme.example/hooks"


def _added(text: str) -> tuple[tuple[str, str], ...]:
    """Return the change that adds a section to the sample."""
    return ((_MAIL, f"\n{text}{_MAIL}"),)


def _collected(digits: str) -> tuple[str, str]:
    """Return the change that adds a menu which asks for a code."""
    say = "say: {en: Your code?, lt: Jūsų kodas?}"
    rest = "silence: {go: sales}, mistake: {go: sales}"
    menu = f"  code: {{{say}, {rest},\n         collect: {{name: code, {digits}, go: sales}}}}"
    return "departments:\n", f"{menu}\ndepartments:\n"


#: Rule, what breaks it, what keeps it, and the environment where there is one.
ERRORS: tuple[tuple[str, object, object] | tuple[str, object, object, dict[str, str]], ...] = (
    ("E101", "menus.yaml belongs to root, and only root may read it", "chmod 644 menus.yaml"),
    ("E102", "menus.yaml is a link to a file elsewhere: menus.yaml -> ../other/menus.yaml", "cp ../other/menus.yaml ."),
    ("E103", "menus.yaml has 3 MiB", "no file has more than 1 MiB, all of them together no more than 4 MiB"),
    ("E104", "company.yaml is saved in Latin-1, Windows-1257 or UTF-16", "company.yaml is saved in UTF-8"),
    ("E105", (("2: {go: ann}", "§\t2: {go: ann}"),), ()),
    ("E106", (("1: sales", f"1: {'[' * 8}§[sales{']' * 9}"),), ()),
    ("E107", "all files together have 300,000 keys and values", "no more than 150,000"),
    ("E108", (("1: sales", "1: §&first sales"), ("{go: ann}", "§*first")), (("{go: ann}", "sales"),)),
    ("E109", (("2: {go: ann}", "§1: {go: ann}"),), ()),
    (
        "E110",
        _added("database: §postgresql://x:${ENV:PASWORD}@db/x"),
        _added("database: postgresql://x:${ENV:PASSWORD}@db/x"),
        _SECRET,
    ),
    ("E111", _added("? §[a, b]\n: c"), ()),
    ("E112", "the folder has menus.txt and no other file", "mv menus.txt menus.yaml"),
    ("E201", (("    silence:", "    §silnce:"),), ()),
    ("E202", ((", phone: 102", ""), ("bob:", "§bob:")), ()),
    ("E203", (("phones: [ann]", "phones: §ann"),), ()),
    ("E204", (("timezone: Europe/Vilnius", "timezone: §Europe/Wilna"),), ()),
    ("E205", (("{menu: main}", "{menu: main, go: sales}"), ('"+370', '§"+370')), ()),
    ("E301", (("1: sales", "1: §sails"),), ()),
    ("E302", (("  bob:", "  §sales:"),), ()),
    ("E303", (("phone: 102", "phone: §101"),), ()),
    ("E304", (("[sales]}\n  bob", "[sales, §sails]}\n  bob"),), ()),
    ("E305", (("hours: office", "hours: §offices"),), ()),
    ("E306", (('"+370 5 200 0000"', '§"12"'),), ()),
    (
        "E307",
        (("{menu: main}", '{menu: main}\n  §"00 370 5 2000000": {menu: main}'),),
        (("{menu: main}", '{menu: main}\n  "00 370 5 2000001": {menu: main}'),),
    ),
    (
        "E308",
        (("{menu: main}", "{menu: hello}"), ("menus:\n", "menus:\n  hello: {go: §again}\n  again: {go: hello}\n")),
        (("{menu: main}", "{menu: hello}"), ("menus:\n", "menus:\n  hello: {go: again}\n  again: {go: main}\n")),
    ),
    (
        "E309",
        (("    keys:", "    closed: {hours: office, go: §main}\n    keys:"),),
        (("    keys:", "    closed: {hours: office, go: ann}\n    keys:"),),
    ),
    (
        "E310",
        (("{go: ann}", "{go: {voicemail: §anne}}"),),
        (
            ("{go: ann}", "{go: {voicemail: ann}}"),
            (_MAIL, f"\nmailboxes: {{ann: {{mail: [ann@acme.example]}}}}{_MAIL}"),
        ),
    ),
    ("E311", (('"mon-fri 09:00-18:00"', '§"mon-fri 9-18"'),), ()),
    ("E312", (("{menu: main}", "{menu: main, language: §de}"),), (("{menu: main}", "{menu: main, language: lt}"),)),
    ("E313", (("phones: [ann]", "phones: [ann, §alice]"),), ()),
    (
        "E314",
        (("{go: ann}", "{go: code}"), _collected('length: 2, starts_with: [§"123"]')),
        (("{go: ann}", "{go: code}"), _collected('length: 6, starts_with: ["123"]')),
    ),
    ("E315", (("{menu: main}", "{go: §back}"),), ()),
    ("E316", (("country: LT", "country: §XX"),), ()),
    ("E317", (("[en, lt]", "[en, lt, §qq]"),), ()),
    (
        "E318",
        _added("phrases: {§all_bussy: {en: Wait., lt: Palaukite.}}"),
        _added("phrases: {all_busy: {en: Wait., lt: Palaukite.}}"),
    ),
    (
        "E319",
        (("{menu: main}", "{menu: main, fax: §sails}"), *_added("faxboxes: {sales: {}}")),
        (("{menu: main}", "{menu: main, fax: sales}"), *_added("faxboxes: {sales: {}}")),
    ),
    (
        "E320",
        (
            ("1: sales", "1: {voicemail: orders}"),
            *_added("mailboxes: {orders: {people: [§anne], mail: [a@acme.example]}}"),
        ),
        (
            ("1: sales", "1: {voicemail: orders}"),
            *_added("mailboxes: {orders: {people: [ann], mail: [a@acme.example]}}"),
        ),
    ),
    (
        "E321",
        (("1: sales", "1: {voicemail: orders}"), *_added("mailboxes: {§orders: {mail: [a@acme.example]}}")),
        (
            ("1: sales", "1: {voicemail: orders}"),
            *_added("mailboxes: {orders: {departments: [sales], mail: [a@acme.example]}}"),
        ),
    ),
    (
        "E322",
        (("1: sales", "1: {voicemail: sales}"), *_added("mailboxes: {sales: {§mail: [boss@acme.example]}}")),
        (("1: sales", "1: {voicemail: sales}"), *_added("mailboxes: {sales: {keep: 30d}}")),
    ),
    (
        "E323",
        "play: welcome, and no file recordings/lt/welcome.wav; or it has 44,100 Hz",
        "recordings/en/welcome.wav and recordings/lt/welcome.wav, each with 8 kHz, 16 bit, mono",
    ),
    (
        "E324",
        _added("faxboxes: {§orders: {deliver: [boss@acme.example]}}"),
        _added("faxboxes: {orders: {departments: [sales], deliver: [boss@acme.example]}}"),
    ),
    (
        "E325",
        _added(
            "faxboxes: {sales: {}}\n"
            "fax: {by_mail: {server: mail.acme.example, user: fax, password: x, senders: {§acme.example: sales}}}"
        ),
        _added(
            "faxboxes: {sales: {}}\n"
            'fax: {by_mail: {server: mail.acme.example, user: fax, password: x, senders: {"@acme.example": sales}}}'
        ),
    ),
    (
        "E326",
        _added("connectors: {crm: {webhook: {url: §https://crm.acme.example:0/hooks}}}"),
        _added(f"connectors: {{crm: {{webhook: {{url: {_URL}}}}}}}"),
    ),
    (
        "E327",
        _added("connectors: {crm: {webhook: {§url: http://127.0.0.1:8080/hooks}}}"),
        _added("connectors: {crm: {webhook: {url: http://127.0.0.1:8080/hooks}, internal: true}}"),
    ),
    (
        "E328",
        _added(f"connectors: {{crm: {{webhook: {{url: {_URL}, template: {{text: §'{{{{ range(9) }}}}'}}}}}}}}"),
        _added(f"connectors: {{crm: {{webhook: {{url: {_URL}, template: {{text: '{{{{ data.n }}}}'}}}}}}}}"),
    ),
    (
        "E329",
        _added(f"connectors: {{crm: {{webhook: {{url: {_URL}, events: [§call_edned]}}}}}}"),
        _added(f"connectors: {{crm: {{webhook: {{url: {_URL}, events: [call_ended]}}}}}}"),
    ),
    (
        "E330",
        _added("connectors: {desk: {zammad: {url: '${ENV:SECRET}', users: {§anne: '8'}}}}"),
        _added("connectors: {desk: {zammad: {url: '${ENV:SECRET}', users: {ann: '8'}}}}"),
        {"SECRET": "https://desk.acme.example/api/v1/cti/t0k3n"},
    ),
    (
        "E331",
        _added(f"connectors: {{crm: {{rest: {{url: {_URL}, §description: {{content_type: text/x}}}}}}}}"),
        _added(f"connectors: {{crm: {{rest: {{url: {_URL}, description: {{journal_call: {{path: calls}}}}}}}}}}"),
    ),
    (
        "E332",
        _added("reports: {schedules: {daily: {report: §days, at: '0 7 * * *', to: boss@acme.example}}}"),
        _added("reports: {schedules: {daily: {report: day, at: '0 7 * * *', to: boss@acme.example}}}"),
    ),
    ("E333", _added("reports: {viewers: {sales: [§anna]}}"), _added("reports: {viewers: {sales: [ann]}}")),
    (
        "E334",
        _added(
            "reports: {schedules: {daily: {report: menus, at: '0 7 * * *', to: boss@acme.example, department: §sales}}}"
        ),
        _added("reports: {schedules: {daily: {report: menus, at: '0 7 * * *', to: boss@acme.example}}}"),
    ),
)
