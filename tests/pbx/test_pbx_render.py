"""The configuration as text and as files."""

import re
import resource
import stat
from pathlib import Path

import pytest

from pbx import render as rendering
from pbx.errors import BadPlan
from pbx.installation import Installation
from pbx.plan import Phone
from pbx.render import TEMPLATES, layout, render, render_for_foreign, write, write_whole
from tests.pbx.pbx_fakes import make_plan

ASTERISK = Installation(
    "22.10.1", (22, 10, 1), ("/usr/sbin/asterisk",), Path("/m"), Path("/d"), Path("/d/moh"), "found"
)
FOLDER = Path("/var/lib/switchroom/pbx")
SECRETS = ("secret-of-alice", "secret-of-desk", "secret-of-ami", "secret-of-originate", "token-of-agi")


def sections(text: str) -> list[tuple[str, list[str]]]:
    """Read a conf file as Asterisk does: sections in their order, comments gone."""
    found: list[tuple[str, list[str]]] = []
    for raw in text.splitlines():
        line = raw.partition(";")[0].strip()
        if heading := re.match(r"\[([^]]+)\](\(.*\))?$", line):
            found.append((heading[1], []))
        elif line:
            found[-1][1].append(line)
    return found


def test_every_phone_gets_endpoint_auth_and_aor() -> None:
    text = render(make_plan(), ASTERISK, FOLDER)["pjsip.conf"]
    endpoint, auth, aor = [lines for name, lines in sections(text) if name == "front-desk"]
    assert 'callerid="Jonė Žukaitė" <102>' in endpoint
    assert "language=lt" in endpoint
    assert "password=secret-of-desk" in auth
    assert "mailboxes=front-desk@switchroom" in endpoint
    assert aor == []  # all of it is in the template
    assert dict(sections(text))["global"][2] == "endpoint_identifier_order=auth_username,username,ip"


@pytest.mark.parametrize(
    ("hard", "asked"),
    [(4096, 4096), (1_048_576, 16_384), (resource.RLIM_INFINITY, 16_384)],
    ids=["a low limit", "a high one", "none"],
)
def test_asterisk_may_open_more_files_than_a_program_begins_with(
    monkeypatch: pytest.MonkeyPatch, hard: int, asked: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, hard))  # 1,024 are used up by a hundred calls
    text = render(make_plan(), ASTERISK, FOLDER)["asterisk.conf"]
    assert f"maxfiles = {asked}" in dict(sections(text))["options"]


def test_the_dialplan_is_the_same_text_for_everybody() -> None:
    plain = make_plan()
    other = make_plan(phones=(Phone("zoe", "999", "another-secret", "Zoe"),), agi_port=1, emergency_phones=("zoe",))
    mine, theirs = (render(plan, ASTERISK, FOLDER)["switchroom.conf"] for plan in (plain, other))
    assert mine == theirs == (TEMPLATES / "switchroom.conf").read_text()


def test_what_differs_is_in_the_globals() -> None:
    plan = make_plan(
        emergency_phones=("alice", "front-desk"), attendant_command=Path("/opt/attendant"), attendants_at_once=7
    )
    text = render(plan, ASTERISK, FOLDER)["switchroom-globals.conf"]
    assert [line for line in text.splitlines() if not line.startswith(";")] == [
        "SWITCHROOM_AGI=127.0.0.1:4573",
        "SWITCHROOM_TOKEN=token-of-agi",
        "SWITCHROOM_ATTENDANT=/opt/attendant",
        "SWITCHROOM_ATTENDANTS=7",
        "SWITCHROOM_EMERGENCY=PJSIP/alice&PJSIP/front-desk",
        "SWITCHROOM_PHONE_101=alice",
        "SWITCHROOM_PHONE_102=front-desk",
    ]


def test_ami_users_have_no_right_too_many() -> None:
    users = dict(sections(render(make_plan(), ASTERISK, FOLDER)["switchroom-manager.conf"]))
    assert "write=call,reporting" in users["switchroom"]
    assert "read=system,call,agent,user,reporting,dtmf,security" in users["switchroom"]
    assert {"read=", "write=originate"} <= set(users["switchroom-originate"])
    assert all("permit=127.0.0.1/255.255.255.255" in lines for lines in users.values())


def test_ipv6_addresses_are_bracketed_where_a_port_follows() -> None:
    plan = make_plan(bind_address="::1", trunk_address="2001:db8::2", agi_host="::1")
    files = render(plan, ASTERISK, FOLDER)
    assert "bind=[::1]:5060" in files["pjsip.conf"]
    assert "contact=sip:[2001:db8::2]:5060" in files["pjsip.conf"]
    assert "match=2001:db8::2\n" in files["pjsip.conf"]
    assert "SWITCHROOM_AGI=[::1]:4573" in files["switchroom-globals.conf"]


def test_a_foreign_asterisk_gets_three_files_without_phones_secrets() -> None:
    files = render_for_foreign(make_plan())
    assert sorted(files) == ["switchroom-globals.conf", "switchroom-manager.conf", "switchroom.conf"]
    assert not any("secret-of-alice" in text for text in files.values())


@pytest.mark.parametrize("folder", [Path("/a;b"), Path("/a[b]"), Path("/a\nb")])
def test_paths_that_asterisk_would_misread_are_refused(folder: Path) -> None:
    with pytest.raises(BadPlan):
        render(make_plan(), ASTERISK, folder)


def test_files_are_closed_to_others_and_whole(tmp_path: Path) -> None:
    places = write(render(make_plan(), ASTERISK, tmp_path / "pbx"), tmp_path / "pbx")
    assert stat.S_IMODE(places.folder.stat().st_mode) == 0o700
    with_secrets = [file for file in places.folder.glob("*.conf") if any(word in file.read_text() for word in SECRETS)]
    assert sorted(file.name for file in with_secrets) == [
        "pjsip.conf", "switchroom-globals.conf", "switchroom-manager.conf",
    ]  # fmt: skip
    assert {stat.S_IMODE(file.stat().st_mode) for file in places.folder.glob("*.conf")} == {0o600}
    assert not list(places.folder.glob(".*"))


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_whole(tmp_path / "a.conf", "old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "a.conf", "new")
    assert [file.name for file in tmp_path.iterdir()] == ["a.conf"]
    assert (tmp_path / "a.conf").read_text() == "old"


def test_a_deep_folder_keeps_its_socket_within_what_linux_allows() -> None:
    deep = Path("/tmp") / ("d" * 120)
    assert len(str(layout(deep).control_socket)) <= 107
    assert layout(deep) == layout(deep)
    assert layout(deep).run != layout(deep.with_name("e" * 120)).run
    assert layout(Path("/short")).run == Path("/short/run")


def test_every_template_is_used() -> None:
    used = {*rendering._SOURCES.values(), "switchroom.conf"}
    assert used == {file.name for file in TEMPLATES.iterdir()}
