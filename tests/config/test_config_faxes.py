"""Fax boxes and faxes by mail in a site: whose a box is, what is said of mistakes, and what no finding may show."""

from __future__ import annotations

import json
import os
from pathlib import Path
from threading import Event

import pytest

from config.faxes import Again, FaxBox, FaxSettings, Receiver
from config.folders import Fault, fault_of, faults
from config.load import load_site
from config.reading.source import read_source
from config.reading.tree import plain
from config.schema import Site
from tests.config.config_sites import GOOD, MARK, load, marked_places, spoiled
from tests.config.fax_cases import HOOK, NO_MAILBOX, OWN, TONE, by_mail, faxboxes

#: A site with a fax box of every kind, and all that may be said of it.
FULL = spoiled(
    TONE,
    faxboxes(
        "sales: {}",
        "ann: {name: Ann's, deliver: [], number: 8 5 2000001, station: ACME, keep: 30d}",
        f"orders: {{departments: [sales], people: [bob], deliver: [boss@acme.example, {{folder: /tmp}}, "
        f"{{webhook: '{HOOK}', secret: hunter-hunter}}], confirm: [boss@acme.example]}}",
        fax="{at_once: 1, resolution: standard, busy: {tries: 2, after: 1m}, no_answer: {tries: 2, after: 1m}, "
        "failed: {tries: 2, after: 1m}, read: [eng, lit], by_mail: {server: mail.acme.example, port: 143, security: "
        "starttls, user: fax, password: hunter, folder: Faxes, every: 1m, ca_file: /etc/ca.pem, "
        "senders: {'@acme.example': sales, ann@acme.example: ann}}}",
    ),
    ("1: sales", "1: {fax: orders}"),
)


def test_a_site_with_everything_has_no_findings(tmp_path: Path) -> None:
    assert [str(finding) for finding in load(tmp_path, {"a.yaml": FULL}).findings] == []


# ---- whose a fax box is


@pytest.mark.parametrize(
    ("name", "shown", "delivered", "departments", "people", "number"),
    [
        pytest.param("sales", "sales", ["sales@acme.example"], ("sales",), (), "+370 5 200 0000", id="department"),
        pytest.param("ann", "Ann's", [], (), ("ann",), "8 5 2000001", id="person"),
        pytest.param(
            "orders", "orders", ["boss@acme.example", "/tmp", HOOK], ("sales",), ("bob",), "+370 5 200 0000",
            id="neither",
        ),
        pytest.param("bob", "bob", [], (), (), None, id="not-written"),
    ],
)  # fmt: skip
def test_a_fax_box_is_that_of_its_name(
    name: str,
    shown: str,
    delivered: list[str],
    departments: tuple[str, ...],
    people: tuple[str, ...],
    number: str | None,
    tmp_path: Path,
) -> None:
    site = load(tmp_path, {"a.yaml": FULL}).site
    assert site is not None
    box = site.faxbox(name)
    assert (box.name, [receiver.where for receiver in box.deliver]) == (shown, delivered)
    assert (box.departments, box.people, box.number) == (departments, people, number)


def test_a_box_has_the_number_that_leads_straight_there(tmp_path: Path) -> None:
    numbers = "{menu: main, fax: sales}\n  '+370 5 200 0009': {go: {fax: sales}}"
    site = load(tmp_path, {"a.yaml": spoiled(faxboxes("sales: {}", OWN), ("{menu: main}", numbers))}).site
    assert site is not None
    assert (site.faxbox("sales").number, site.faxbox("orders").number) == ("+370 5 200 0009", "+370 5 200 0000")


def test_a_department_may_be_delivered_nothing(tmp_path: Path) -> None:
    site = load(tmp_path, {"a.yaml": spoiled(faxboxes("sales: {deliver: []}"), TONE)}).site
    assert site is not None and site.faxbox("sales").deliver == ()


def test_faxes_survive_being_written_as_json(tmp_path: Path) -> None:
    site = load(tmp_path, {"a.yaml": FULL}).site
    assert site is not None
    again = Site.model_validate(json.loads(json.dumps(site.model_dump(mode="json", by_alias=True))))
    assert (again.faxboxes, again.fax, again.numbers) == (site.faxboxes, site.fax, site.numbers)


def test_faxes_may_be_left_to_their_defaults() -> None:
    box, settings = FaxBox(), FaxSettings()
    assert (box.deliver, box.number, box.station, box.confirm, box.keep) == ((), None, None, (), 365)
    assert (settings.at_once, settings.resolution, settings.read, settings.by_mail) == (2, "fine", ("eng",), None)
    assert (settings.busy, settings.no_answer, settings.failed) == (
        Again(tries=5, after=180), Again(tries=3, after=600), Again(tries=3, after=300),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "channel"),
    [("a@acme.example", "mail"), ({"folder": "/tmp"}, "folder"), ({"webhook": HOOK}, "webhook")],
    ids=["mail", "folder", "webhook"],
)
def test_a_receiver_says_how_things_go_there(written: object, channel: str) -> None:
    assert Receiver.model_validate(written).channel == channel


# ---- plain words


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        pytest.param(
            [faxboxes("sales: {deliver: [§{folder: /tmp, mail: a@acme.example}]}")],
            "E205 error: write exactly one of `mail:`, `folder:` and `webhook:`",
            id="two-ways",
        ),
        pytest.param(
            [faxboxes("sales: {deliver: [§{folder: /tmp, secret: hunter-hunter}]}")],
            "E205 error: `secret:` belongs to a web-hook (delete it, or add `webhook:`)",
            id="secret-of-a-folder",
        ),
        pytest.param(
            [faxboxes("sales: {deliver: [§7]}")],
            "E203 error: a mail address, or such as `{folder: /srv/faxes}`, is expected here, not a number",
            id="receiver",
        ),
        pytest.param(
            [faxboxes("sales: {deliver: [{webhook: §crm}]}")],
            "E204 error: 'crm' does not have the form needed (write an address such as "
            "https://crm.acme.example/faxes)",
            id="web-hook",
        ),
        pytest.param(
            [faxboxes(f"sales: {{deliver: [{{webhook: '{HOOK}', secret: §hunter}}]}}")],
            "E204 error: this is too short (at least 8 characters)",
            id="secret",
        ),
        pytest.param(
            [faxboxes("sales: {station: §Ačiū}")],
            "E204 error: 'Ačiū' does not have the form needed (write up to 20 letters, digits, + and spaces)",
            id="station",
        ),
        pytest.param(
            [faxboxes(fax="{read: [§lt]}")],
            "E204 error: 'lt' does not have the form needed (write the name of a language as tesseract has it, "
            "such as eng or lit)",
            id="language-to-read",
        ),
        pytest.param(
            [faxboxes("orders: {people: [bob]}"), ("1: sales", "1: §orders")],
            "E301 error: no menu, department or person 'orders' ('orders' is a fax box: write `{fax: orders}`)",
            id="fax-box-as-a-destination",
        ),
        pytest.param(
            [faxboxes("sales: {number: §me}")], "E306 error: 'me' is no telephone number "
            "(write it with its country code, such as +370 5 200 0000)",
            id="number",
        ),
        pytest.param(
            [faxboxes(), ("1: sales", "1: {fax: §sails}")],
            "E319 error: no fax box 'sails' (did you mean sales?)",
            id="misspelt",
        ),
        pytest.param(
            [faxboxes(), ("{menu: main}", "{menu: main, fax: §ann}")],
            "E319 error: no fax box 'ann' (add `faxboxes: {ann: {}}`, or name another)",
            id="person-without-box",
        ),
        pytest.param(
            [faxboxes(fax=by_mail(senders="ann@acme.example: §zoo"))],
            "E319 error: no fax box 'zoo' (add it to `faxboxes:`, or name another)",
            id="sender-for-an-unknown-box",
        ),
        pytest.param(
            [faxboxes("§sails: {}")],
            "E324 error: fax box 'sails' belongs to nobody "
            "(did you mean sales? else say who reads it: add `departments:` or `people:`)",
            id="nobody's",
        ),
        pytest.param(
            [faxboxes(fax=by_mail(senders="§acme.example: sales"))],
            "E325 error: 'acme.example' is neither an address nor a domain "
            "(write such as bob@acme.example, or \"@acme.example\" for everybody there)",
            id="sender",
        ),
        pytest.param(
            [faxboxes("sales: {deliver: [{webhook: §'http:///token'}]}")],
            "E326 error: this address names no machine, or a port that there cannot be "
            "(write such as https://crm.acme.example/faxes)",
            id="no-machine",
        ),
        pytest.param(
            [NO_MAILBOX, TONE, faxboxes("§sales: {}")],
            "W420 warning: nobody gets the faxes of 'sales': they are on the pages only "
            "(add `mailbox:` to department sales, or `deliver:` here; or `deliver: []` if that is meant)",
            id="department-without-address",
        ),
        pytest.param(
            [faxboxes("§ann: {}"), ("1: sales", "1: {fax: ann}")],
            "W420 warning: nobody gets the faxes of 'ann': they are on the pages only "
            "(add `deliver:`; or `deliver: []` if that is meant)",
            id="person-without-address",
        ),
        pytest.param(
            [faxboxes("sales: {deliver: [{§webhook: 'http://crm.acme.example'}]}")],
            "W421 warning: this web-hook is sent the faxes where everybody on the way can read them (write https://…)",
            id="in-the-open",
        ),
        pytest.param(
            [faxboxes(), ("{menu: main}", "{go: {fax: sales}, §fax: sales}")],
            "W422 warning: every call to this number is a fax for 'sales': no tone is listened for (delete `fax:`)",
            id="useless-tone",
        ),
        pytest.param(
            [faxboxes("sales: {deliver: [{folder: §/no/such}]}")],
            "W423 warning: there is no folder '/no/such' (make it, mount its share, or name another)",
            id="no-folder",
        ),
        pytest.param(
            [faxboxes("sales: {deliver: [a@acme.example, §a@acme.example]}")],
            "W424 warning: fax box 'sales' delivers there already (delete one of them)",
            id="twice",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_plain_words(edits: list[tuple[str, str]], words: str, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"site.yaml": spoiled(*edits)}
    findings = load(tmp_path, files).findings
    assert f"{tmp_path}/{marked_places(files)[0]}: {words}" in [str(finding) for finding in findings]


@pytest.mark.parametrize(
    "edits",
    [
        pytest.param([NO_MAILBOX, faxboxes("sales: {}", "ann: {}")], id="a-box-for-sending-only"),
        pytest.param([TONE, faxboxes()], id="a-box-that-only-a-tone-leads-to"),
        pytest.param([TONE, ("\nmail: {", "\nfaxbox: {sales: {}}\nmail: {")], id="a-misspelt-section"),
    ],
)
def test_what_is_meant_has_no_findings_of_faxes(edits: list[tuple[str, str]], tmp_path: Path) -> None:
    findings = load(tmp_path, {"a.yaml": spoiled(*edits)}).findings
    assert {finding.rule for finding in findings} <= {"E201"}


@pytest.mark.parametrize("entry", ["sales: {keep: long}", "sales: {deliver: boss@acme.example}", "sales: 4711"])
def test_a_bad_fax_box_is_told_once_and_hides_nothing(entry: str, tmp_path: Path) -> None:
    text = spoiled(TONE, faxboxes(entry, "ghost: {}"))
    assert sorted(finding.rule for finding in load(tmp_path, {"a.yaml": text}).findings)[1:] == ["E324"]


@pytest.mark.parametrize("section", ["faxboxes", "fax"])
def test_a_bad_section_has_no_consequences(section: str, tmp_path: Path) -> None:
    text = FULL.replace(f"\n{section}:", f"\n{section}: []\n{section[:-1]}_:", 1)
    findings = {finding.rule for finding in load(tmp_path, {"a.yaml": text}).findings}
    assert findings <= {"E201", "E203"} | ({"E319"} if section == "faxboxes" else set())


@pytest.mark.parametrize("wrong", [[], [[]], {"": {}}, {"no": {"such": "thing"}}, -1, "\n", None], ids=repr)
def test_a_wrong_value_anywhere_is_found_there(wrong: object, tmp_path: Path) -> None:
    (tmp_path / "full.yaml").write_text(FULL)
    content = plain(read_source(tmp_path / "full.yaml", {}).root)
    file = tmp_path / "site.yaml"
    for section in ("faxboxes", "fax"):
        for path in _paths(content[section], (section,)):
            site = parent = json.loads(json.dumps(content))
            for step in path[:-1]:
                parent = parent[step]
            parent[path[-1]] = MARK
            before, after = json.dumps(site, ensure_ascii=False).split(f'"{MARK}"')
            file.write_text(before + json.dumps(wrong) + after)
            loaded = load_site(file)
            if loaded.site is None:
                key = len(json.dumps(path[-1])) + 2 if isinstance(path[-1], str) else 0
                there = range(len(before) - key + 1, len(before) + len(json.dumps(wrong)) + 1)
                # What is left out may be missed by its parent (E20x) or by those who need it (E319).
                assert any(f.position.column in there or f.rule in ("E205", "E319") for f in loaded.findings), path


def _paths(node: object, path: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    children = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    return [path, *(deeper for step, child in children for deeper in _paths(child, (*path, step)))]


# ---- secrets


@pytest.mark.parametrize(
    "written",
    [
        "secret: hunter", "secret: [hunter]", "secret: {hunter: 1}", "secret: *hunter", "secret: !hunter x",
        "secret:hunter", "secret: 'hunter", "secret: '${ENV:HOOK}'",
    ],
)  # fmt: skip
def test_no_finding_shows_the_secret_of_a_web_hook(written: str, tmp_path: Path) -> None:
    text = spoiled(faxboxes(f"sales: {{deliver: [{{webhook: '{HOOK}', {written}}}]}}"))
    _shows_nothing_of("hunter", text, {"HOOK": "hunter"}, tmp_path)


@pytest.mark.parametrize("url", ["http://crm/hunter", "https:///hunter", "https://crm:0/hunter", "${ENV:HOOK}"])
def test_no_finding_of_a_rule_shows_the_address_of_a_web_hook(url: str, tmp_path: Path) -> None:
    one = f"{{webhook: '{url}'}}"
    _shows_nothing_of(
        "hunter", spoiled(faxboxes(f"sales: {{deliver: [{one}, {one}]}}")), {"HOOK": "ftp:hunter"}, tmp_path
    )


@pytest.mark.parametrize("password", ["hunter", "[hunter]", "'${ENV:FAX}'"])
def test_no_finding_shows_the_password_of_the_mailbox(password: str, tmp_path: Path) -> None:
    fax = by_mail(more=", security: none").replace("hunter", password)
    _shows_nothing_of("hunter", spoiled(faxboxes(fax=fax)), {"FAX": "hunter"}, tmp_path)


def _shows_nothing_of(secret: str, text: str, env: dict[str, str], folder: Path) -> None:
    findings = load(folder, {"a.yaml": text}, env).findings
    assert findings
    for finding in findings:
        assert secret not in f"{finding.message} {finding.mend}"


def test_no_secret_is_in_what_a_part_shows_of_itself(tmp_path: Path) -> None:
    site = load(tmp_path, {"a.yaml": FULL}).site
    assert site is not None
    assert "hunter" not in repr(site)


# ---- folders


def test_a_single_file_is_not_asked_for_folders(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(spoiled(faxboxes("sales: {deliver: [{folder: /no/such}]}")))
    assert [finding.rule for finding in load_site(tmp_path).findings] == ["W423"]
    assert load_site(tmp_path / "site.yaml").findings == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_into_is_a_fault(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert fault_of(str(tmp_path)) == Fault(
        f"nothing can be written into '{tmp_path}'", "let the server's user write there"
    )


def test_a_folder_that_does_not_answer_keeps_nobody_waiting() -> None:
    answers, asked = Event(), []

    def look(folder: str) -> Fault | None:
        asked.append(folder)
        if folder == "/share":
            answers.wait(60)
        return Fault("bad", "mend it") if folder == "/bad" else None

    found = faults(["/bad", "/good", "/bad", "/share", "/behind"], look=look, patience=0.05)
    answers.set()
    assert found == {
        "/bad": Fault("bad", "mend it"),
        "/share": Fault("the folder '/share' does not answer", "look at its share"),
    }
    assert asked[:3] == ["/bad", "/good", "/share"]


def test_a_site_without_fax_boxes_is_as_it_was(tmp_path: Path) -> None:
    site = load(tmp_path, {"a.yaml": GOOD}).site
    assert site is not None
    assert (site.faxboxes, site.fax) == ({}, FaxSettings())
