"""The rules of fax boxes, receivers and faxes by mail: sites that break each, and sites that keep it."""

from __future__ import annotations

from tests.config.config_sites import spoiled
from tests.config.test_config_rules import Case

#: Fax machines that call the number of these sites are led to the fax box of the department.
TONE = "{menu: main}", "{menu: main, fax: sales}"
STRAIGHT = "{menu: main}", '{menu: main}\n  "+370 5 200 0009": {go: {fax: sales}}'
NOT_HERE = "/no/such/folder"


def faxboxes(*entries: str, fax: str = "") -> tuple[str, str]:
    """Return the edit that adds fax boxes to the good site, and what it says of faxes."""
    boxes = "".join(f"  {entry}\n" for entry in entries or ("sales: {}",))
    return "\nmail: {", f"\nfaxboxes:\n{boxes}{f'fax: {fax}' if fax else ''}\nmail: {{"


def by_mail(*, server: str = "mail.acme.example", senders: str = "sales@acme.example: sales", more: str = "") -> str:
    """Return what a site says of faxes, where they are sent by mail."""
    return f"{{by_mail: {{server: {server}, user: fax, password: hunter, senders: {{{senders}}}{more}}}}}"


def _bad(rule: str, name: str, *edits: tuple[str, str], keeps: tuple[tuple[str, str], ...] = (faxboxes(),)) -> Case:
    return Case(rule, {"site.yaml": spoiled(*edits)}, {"site.yaml": spoiled(*keeps)}, name)


def _delivered(rule: str, name: str, receivers: str, *, instead: str = "") -> Case:
    """Return a site whose fax box delivers to these, and one that delivers to others instead."""
    good = faxboxes(f"sales: {{deliver: [{instead or 'sales@acme.example'}]}}")
    return _bad(rule, name, faxboxes(f"sales: {{deliver: [{receivers}]}}"), keeps=(good,))


def _sent(rule: str, name: str, bad: str, good: str = "") -> Case:
    """Return a site that says this of faxes, and one that says it well."""
    return _bad(rule, name, faxboxes(fax=bad), keeps=(faxboxes(fax=good or by_mail()),))


OWN = "orders: {people: [ann], deliver: [boss@acme.example]}"
HOOK = "https://crm.acme.example/faxes"
NO_SERVER = ("mail: {server: mail.acme.example, sender: switchroom@acme.example}\n", "")
NOBODY = faxboxes("sales: {deliver: []}")
NO_MAILBOX = (", mailbox: sales@acme.example", "")

FAX_CASES = [
    _delivered("E203", "receiver", "§[sales@acme.example]"),
    _bad("E203", "receivers", faxboxes("sales: {deliver: §sales@acme.example}")),
    _delivered("E204", "address", "§sales"),
    _delivered("E204", "address-in-full", "{mail: §sales}", instead="{mail: sales@acme.example}"),
    _delivered("E204", "folder", "{folder: §faxes}"),
    _delivered("E204", "web-hook", "{webhook: §ftp://acme.example}", instead=f"{{webhook: '{HOOK}'}}"),
    _delivered(
        "E204",
        "secret",
        f"{{webhook: '{HOOK}', secret: §hunter}}",
        instead=f"{{webhook: '{HOOK}', secret: correct horse}}",
    ),
    _bad("E204", "station", faxboxes("sales: {station: §Ačiū}"), keeps=(faxboxes("sales: {station: ACME +370}"),)),
    _bad("E204", "confirm", faxboxes("sales: {confirm: [§boss]}"), keeps=(faxboxes("sales: {confirm: [b@acme.lt]}"),)),
    _bad("E204", "days", faxboxes("sales: {keep: §0d}"), keeps=(faxboxes("sales: {keep: 3650d}"),)),
    _bad("E204", "box-of-a-number", faxboxes(), ("{menu: main}", "{menu: main, fax: §Sales}")),
    _sent("E204", "resolution", "{resolution: §best}", "{resolution: superfine}"),
    _sent("E204", "at-once", "{at_once: §0}", "{at_once: 1}"),
    _sent("E204", "tries", "{busy: {tries: §0, after: 60s}}", "{busy: {tries: 50, after: 5s}}"),
    _sent("E204", "after", "{failed: {tries: 2, after: §4s}}", "{failed: {tries: 2, after: 24h}}"),
    _sent("E204", "language-to-read", "{read: [eng, §lt-LT]}", "{read: []}"),
    _sent("E204", "folder-of-mails", by_mail(more=", folder: §'a\"b'"), by_mail(more=", folder: Faxes/New")),
    _sent("E204", "every", by_mail(more=", every: §1s"), by_mail(more=", every: 1h")),
    _sent("E204", "no-senders", by_mail(senders="").replace("{}", "§{}")),
    _sent("E202", "by-mail", "{§by_mail: {server: x, user: y, password: z}}"),
    _sent("E202", "busy", "{§busy: {tries: 2}}"),
    _delivered("E205", "two-ways", "§{mail: sales@acme.example, folder: /tmp}"),
    _delivered("E205", "no-way", f"§{{secret: '{'x' * 8}'}}"),
    _delivered("E205", "secret-of-a-folder", f"§{{folder: /tmp, secret: '{'x' * 8}'}}", instead="{folder: /tmp}"),
    _bad("E304", "of-a-fax-box", faxboxes("sales: {departments: [sales, §sails]}")),
    _bad(
        "E306",
        "of-a-fax-box",
        faxboxes("sales: {number: §'12'}"),
        keeps=(faxboxes("sales: {number: 8 5 2000009}"),),
    ),
    _bad(
        "E319", "key", faxboxes(), ("1: sales", "1: {fax: §sails}"), keeps=(faxboxes(), ("1: sales", "1: {fax: sales}"))
    ),
    _bad("E319", "number", ("{menu: main}", "{go: {fax: §ann}}"), keeps=(faxboxes(), STRAIGHT)),
    _bad("E319", "long-form", faxboxes(), ("1: sales", "1: {go: §{kind: fax, name: ann}}")),
    _bad("E319", "menu", faxboxes(), ("1: sales", "1: {fax: §main}")),
    _bad(
        "E319",
        "mailbox",
        faxboxes(),
        ("mail: {", "mailboxes: {own: {people: [ann]}}\nmail: {"),
        ("1: sales", "1: {fax: §own}"),
    ),
    _bad(
        "E319",
        "department",
        (
            "closed: hangup",
            "closed: {fax: §sales}, overflow: {after: 9s, go: {fax: §sales}}, leave: {0: {fax: §ann}}",
        ),
        keeps=(faxboxes(), ("closed: hangup", "closed: {fax: sales}, overflow: {after: 9s, go: {fax: sales}}")),
    ),
    _bad("E319", "tone", faxboxes(OWN), ("{menu: main}", "{menu: main, fax: §order}"), keeps=(faxboxes(), TONE)),
    _sent("E319", "sender", by_mail(senders="a@acme.example: sales, b@acme.example: §sails")),
    _bad("E320", "of-a-fax-box", faxboxes("orders: {people: [ann, §anne]}"), keeps=(faxboxes(OWN),)),
    _bad(
        "E324",
        "",
        faxboxes("§orders: {deliver: [boss@acme.example]}"),
        keeps=(faxboxes("orders: {departments: [sales]}"),),
    ),
    *(
        _sent("E325", name, by_mail(senders=f"§'{sender}': sales"), by_mail(senders=f"'{good}': sales"))
        for name, sender, good in (
            ("domain", "acme.example", "@acme.example"),
            ("everybody", "*", "@acme.example"),
            ("with-a-name", "Ann <ann@acme.example>", "ann@acme.example"),
            ("nothing-behind", "@", "@a"),
        )
    ),
    *(
        _delivered("E326", name, f"{{webhook: §'{url}'}}", instead=f"{{webhook: '{good}'}}")
        for name, url, good in (
            ("no-machine", "https:///faxes", "https://crm/faxes"),
            ("port", "https://crm:99999/", "https://crm:65535/"),
            ("port-0", "https://crm:0/", "https://crm:1/"),
            ("bracket", "https://[::1/", "https://[::1]/"),
        )
    ),
    *(
        _bad("W415", name, NO_SERVER, NO_MAILBOX, ("emergency:", f"{section}\nemergency:"))
        for name, section in {
            "receiver": "faxboxes: {sales: {§deliver: [{folder: /tmp}, boss@acme.example]}}",
            "confirm": "faxboxes: {sales: {§confirm: [boss@acme.example]}}",
            "senders": f"faxboxes: {{sales: {{}}}}\nfax: {by_mail().replace('senders', '§senders')}",
        }.items()
    ),
    _sent(
        "W417",
        "mailbox-of-faxes",
        by_mail(more=", §security: none"),
        by_mail(server="'::1'", more=", security: none"),
    ),
    _bad("W420", "tone", NO_MAILBOX, TONE, faxboxes("§sales: {}"), keeps=(NO_MAILBOX, TONE, NOBODY)),
    _bad("W420", "straight", NO_MAILBOX, STRAIGHT, faxboxes("§sales: {}"), keeps=(STRAIGHT, faxboxes())),
    _bad("W420", "key", faxboxes("§ann: {}"), ("1: sales", "1: {fax: ann}"), keeps=(faxboxes("ann: {}"),)),
    _delivered("W421", "", f"{{§webhook: '{HOOK.replace('https', 'http')}'}}", instead=f"{{webhook: '{HOOK}'}}"),
    *(
        _delivered("W421", name, "{§webhook: 'http://10.0.0.1'}", instead=f"{{webhook: 'http://{here}/faxes'}}")
        for name, here in {"localhost": "localhost:8080", "loopback": "127.0.0.2", "loopback-6": "[::1]:80"}.items()
    ),
    _bad("W422", "", faxboxes(), ("{menu: main}", "{go: {fax: sales}, §fax: sales}"), keeps=(faxboxes(), TONE)),
    _bad(
        "W422",
        "another-box",
        faxboxes("sales: {}", OWN),
        ("{menu: main}", "{go: {fax: sales}, §fax: orders}"),
        keeps=(faxboxes("sales: {}", OWN), ("{menu: main}", "{menu: main, fax: orders}")),
    ),
    *(
        _delivered("W423", name, f"{{folder: §'{folder}'}}", instead="{folder: /tmp}")
        for name, folder in {"not-there": NOT_HERE, "no-folder": "/dev/null", "too-long": "/" + "x" * 4000}.items()
    ),
    _delivered("W424", "mail", "sales@acme.example, §Sales@ACME.example", instead="sales@acme.example, a@acme.lt"),
    _delivered("W424", "folder", "{folder: /tmp}, §{folder: /tmp/}", instead="{folder: /tmp}, {folder: /var/tmp}"),
    _delivered(
        "W424",
        "web-hook",
        f"{{webhook: '{HOOK}'}}, sales@acme.example, §{{webhook: '{HOOK}', secret: correct horse}}",
        instead=f"{{webhook: '{HOOK}'}}, {{webhook: '{HOOK}/2'}}",
    ),
]
