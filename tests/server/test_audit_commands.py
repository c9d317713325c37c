"""Every command of the command line: where the audit log has what it did, or why it has nothing of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports.imports.model import Kind
from server.cli import app
from server.commands import accounts, customers, import_history, tokens
from server.data_folder import SiteNote, write_note
from server.studio.audit import DEEDS
from server.studio.audit_book import AuditBook

LOOKS = "only looks"
PUBLISHED = "the publication itself is read from the version store"
DRAFT = "changes files of the draft only, which appear when they are published"
STARTS = "starts the server, or something beside it"
OWN = "tells the journal by itself"
WRITTEN = "writes it down"
#: By command: what the log has of it. What asks a running server has the route at which the door writes it down.
COMMANDS = {
    "setup": STARTS,
    "demo": STARTS,
    "up": "publishes at a first start, and that " + PUBLISHED,
    "test": LOOKS,
    "bench": LOOKS,
    "try": LOOKS,
    "calls": LOOKS,
    "call": LOOKS,
    "agents": LOOKS,
    "agent": "POST /api/v1/agents/{name}/{deed}",
    "accounts": LOOKS,
    "account": WRITTEN,
    "report": "only looks; to rebuild derives anew what is derived",
    "doctor": LOOKS,
    "check": LOOKS,
    "publish": PUBLISHED,
    "versions": LOOKS,
    "rollback": PUBLISHED,
    "diff": LOOKS,
    "backtest": LOOKS,
    "test-menus": DRAFT,
    "schema": LOOKS,
    "voicemail list": LOOKS,
    "voicemail show": LOOKS,
    "voicemail transcribe": "daily work, which the message keeps with who did it",
    "voicemail resend": "daily work, which the message keeps with who did it",
    "fax list": LOOKS,
    "fax show": LOOKS,
    "fax send": "daily work, which the fax keeps with who did it",
    "fax resend": "daily work, which the fax keeps with who did it",
    "fax cancel": "daily work, which the fax keeps with who did it",
    "token add": OWN,
    "token list": LOOKS,
    "token rotate": OWN,
    "token remove": OWN,
    "connectors list": LOOKS,
    "connectors show": LOOKS,
    "connectors resend": "POST /api/v1/connectors/{name}/resend",
    "privacy export": "POST /api/v1/privacy/exports",
    "privacy erase": "POST /api/v1/privacy/erasures",
    "privacy certificates": LOOKS,
    "customers import": "POST /api/v1/customers/imports",
    "customers export": WRITTEN,
    "customers find": LOOKS,
    "customers show": LOOKS,
    "import pbx": DRAFT,
    "import queue-log": WRITTEN,
    "import cdr": WRITTEN,
    "import list": LOOKS,
    "import forget": WRITTEN,
}


def test_every_command_is_decided() -> None:
    known = set[str]()
    for group in (None, *app.registered_groups):
        commands = app if group is None else group.typer_instance
        assert commands is not None
        before = f"{group.name} " if group is not None and group.name else ""
        for command in commands.registered_commands:
            assert command.callback is not None
            known.add(before + (command.name or command.callback.__name__.rstrip("_")))
    assert known == set(COMMANDS), "say where the audit log has what a new command does"
    routes = [what for what in COMMANDS.values() if what.startswith("POST ")]
    assert routes and [route for route in routes if route not in DEEDS] == []


QUEUE_LOG = """\
1795309200|call-1|billing|NONE|ENTERQUEUE||37060000001|1
1795309210|call-1|billing|PJSIP/101|CONNECT|10|call-2|3
1795309270|call-1|billing|PJSIP/101|COMPLETECALLER|10|60|1
"""

Deed = Callable[[Path], object]


def brought(data: Path) -> object:
    file = data / "queue_log"
    file.write_text(QUEUE_LOG)
    return import_history.run(Kind.QUEUE_LOG, file, data, import_history.Wish(), json=True)


#: What is done, in this order, and what the log has of it.
DONE: list[tuple[Deed, str, str]] = [
    (lambda data: accounts.add(data, "eve", "supervisor", ""), "made an account (supervisor)", "eve"),
    (lambda data: accounts.reset(data, "eve"), "gave an account a new password", "eve"),
    (lambda data: accounts.remove(data, "eve"), "removed an account", "eve"),
    (lambda data: tokens.add(data, "crm", ["calls:read"], "", 20.0, 100), "made a token", "crm"),
    (lambda data: tokens.rotate(data, "crm", "1h", ""), "rotated a token", "crm"),
    (lambda data: tokens.remove(data, "crm"), "removed a token", "crm"),
    (
        lambda data: customers.export_file(data, data / "people.csv", "", "", "", json=True),
        "exported customers",
        "csv",
    ),
    (brought, "imported calls", "queue_log"),
    (lambda data: import_history.forget(data, "queue_log", json=True), "forgot an import of calls", "queue_log"),
]


def test_what_commands_do_without_a_server_is_in_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def prepare() -> None:
        async with await Database.open(tmp_path / "switchroom.db"):
            pass

    async def read() -> list[tuple[str, str, str]]:
        async with await Database.open(tmp_path / "switchroom.db") as database:
            deeds = [deed.acted for deed in await AuditBook(JournalReads(database)).last(100)]
            return [(acted.who, acted.what, acted.about) for acted in reversed(deeds)]

    asyncio.run(prepare())
    write_note(tmp_path, SiteNote())
    for do, _, _ in DONE:
        do(tmp_path)
    assert "eve may log in" in capsys.readouterr().out
    assert asyncio.run(read()) == [("command line", what, about) for _, what, about in DONE]
