"""What the emergency attendant is told of the site: all that callers need, and no secret."""

from __future__ import annotations

from pathlib import Path

from config.schema import Site
from ivr.attendant import snapshot
from ivr.prompt_book import PromptBook

SITE = Site.model_validate(
    {
        "company": {"name": "Acme"},
        "numbers": {"+370 5 200 0009": {"go": {"fax": "billing"}}},
        "departments": {"billing": {}},
        "mailboxes": {"billing": {"pin": "471147"}},
        "faxboxes": {"billing": {"deliver": [{"webhook": "https://x.example/tok123", "secret": "hush-hush-1"}]}},
        "fax": {
            "by_mail": {
                "server": "imap.example", "user": "fax", "password": "hush-hush-2", "senders": {"@a.lt": "billing"},
            }
        },
        "mail": {"server": "m.example", "sender": "s@a.example", "user": "s", "password": "hush-hush-3"},
        "database": "postgresql://u:hush-hush-4@db.example/x",
    }
)  # fmt: skip


def test_the_snapshot_holds_no_secret_and_still_takes_faxes(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    snapshot.write(path, snapshot.Snapshot(SITE, PromptBook({}, {}, tmp_path), tmp_path))
    written = path.read_text()
    assert [word for word in ("hush-hush", "471147", "tok123") if word in written] == []
    assert "billing" in snapshot.read(path).site.faxboxes
