"""The map of a site: every branch of every kind is on it, in words, and where it is written."""

from __future__ import annotations

import pytest

from config.graph import EXTENSIONS, Graph, graph_of
from config.reading.source import read_source
from config.reading.tree import plain
from config.schema import Site
from config.ways import Stop

SITE = """
company: {name: Acme, country: LT, languages: [en, lt]}
numbers:
  "+370 5 200 0000": {menu: main, fax: letters, priority: 5, as: {customer: gold}}
  "+370 5 200 0001": {go: sales, language: lt}
hours:
  office: {open: ["mon-fri 09:00-18:00"]}
menus:
  main:
    say: Welcome.
    keys:
      1: {go: sales, as: {intent: buy}}
      2: {language: lt}
      3: main
      4: {go: {voicemail: sales}}
      5: back
      6: hangup
    direct_dial: true
    closed: {hours: office, go: night}
    silence: {tries: 1, go: number}
  number:
    say: Your number?
    collect: {name: contract, least: 4, most: 6, go: {fax: letters}}
    mistake: {tries: 3, go: repeat}
  night: {say: We are closed., go: hangup}
  attic: {say: Nobody comes here., go: main}
departments:
  sales:
    name: Sales
    hours: office
    closed: night
    overflow: {after: 2m, go: alice}
    full: {size: 3, go: night}
    nobody: {voicemail: sales}
    leave: {1: {voicemail: sales}, 2: repeat}
    mailbox: sales@acme.example
people:
  alice: {name: Alice Doe, phone: 101, departments: [sales], no_answer: {voicemail: alice}}
  bob: {name: Bob Roe, phone: 102, departments: [sales]}
mailboxes:
  alice: {mail: [alice@acme.example]}
faxboxes:
  letters: {deliver: [{mail: fax@acme.example}]}
"""

#: By place: label, note, and what it comes to.
BRANCHES = {
    "number +370 5 200 0000": [
        ("call", "customer: gold, priority 5", "main"),
        ("fax machine", "by its tone", "Fax box letters"),
    ],
    "number +370 5 200 0001": [("call", "in lt", "Sales")],
    "menu main": [
        ("closed", "outside office", "night"),
        ("1", "intent: buy", "Sales"),
        ("2", "in lt", "plays again"),
        ("3", "", "plays again"),
        ("4", "", "Mailbox sales"),
        ("5", "", "goes back"),
        ("6", "", "hangs up"),
        ("extension", "dialled directly", "By extension"),
        ("silence", "once", "number"),
        ("wrong key", "2 times", "hangs up"),
    ],
    "menu number": [
        ("entered", "contract, 4 to 6 digits", "Fax box letters"),
        ("silence", "2 times", "hangs up"),
        ("wrong key", "3 times", "plays again"),
    ],
    "menu night": [("then", "nothing to choose", "hangs up")],
    "menu attic": [("then", "nothing to choose", "main")],
    "department sales": [
        ("closed", "outside office", "night"),
        ("nobody", "is logged in", "Mailbox sales"),
        ("full", "3 wait already", "night"),
        ("overflow", "after 2 min", "Alice Doe"),
        ("1", "while waiting", "Mailbox sales"),
        ("2", "while waiting", "plays again"),
    ],
    "person alice": [("no answer", "", "Mailbox alice")],
    "extensions ": [("101", "Alice Doe", "Alice Doe"), ("102", "Bob Roe", "rings")],
}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    folder = tmp_path_factory.mktemp("site")
    (folder / "site.yaml").write_text(SITE)
    root = read_source(folder, {}).root
    return graph_of(Site.model_validate(plain(root)), root)


@pytest.mark.parametrize("place", BRANCHES)
def test_every_branch_of_a_place_is_on_the_map(drawn: Graph, place: str) -> None:
    [junction] = [junction for stop, junction in drawn.junctions.items() if str(stop) == place]
    assert [(branch.label, branch.note, branch.comes_to) for branch in junction.branches] == BRANCHES[place]


@pytest.mark.parametrize(
    ("place", "label", "there"),
    [
        ("number +370 5 200 0000", "call", "main, fax"),
        ("number +370 5 200 0000", "fax machine", "letters, priority"),
        ("menu main", "1", "sales, as"),
        ("menu main", "2", "{language: lt}"),
        ("menu main", "extension", "true"),
        ("menu main", "silence", "number}"),
        ("menu main", "wrong key", "main:"),  # nothing is written of it: the menu itself
        ("department sales", "2", "repeat}"),
        ("extensions ", "102", "102, departments"),
    ],
)
def test_a_branch_knows_where_it_is_written(drawn: Graph, place: str, label: str, there: str) -> None:
    [branch] = [one for one in drawn.branches if str(one.start) == place and one.label == label]
    assert branch.position is not None
    line = SITE.splitlines()[branch.position.line - 1]
    assert line[branch.position.column - 1 :].startswith(there)


def test_places_without_branches_are_there_once(drawn: Graph) -> None:
    ends = [stop for stop, junction in drawn.junctions.items() if not junction.branches]
    assert ends == [Stop("fax", "letters"), Stop("voicemail", "sales"), Stop("voicemail", "alice")]
    assert drawn.junctions[Stop("voicemail", "alice")].position is not None


def test_what_no_call_comes_to_is_told_apart(drawn: Graph) -> None:
    assert set(drawn.junctions) - drawn.reached == {Stop("menu", "attic")}


@pytest.mark.parametrize(
    ("depth", "found"),
    [
        (0, {"menu night"}),
        (None, {"menu night"}),
    ],
)
def test_a_part_of_it_ends_where_it_is_asked_to(drawn: Graph, depth: int | None, found: set[str]) -> None:
    assert {str(stop) for stop in drawn.within([Stop("menu", "night")], depth)} == found


def test_one_branch_far_is_what_a_place_leads_to(drawn: Graph) -> None:
    near = drawn.within([Stop("menu", "main")], 1)
    assert EXTENSIONS in near and Stop("menu", "number") in near
    assert Stop("voicemail", "alice") not in near


def test_what_leads_to_a_place_is_known(drawn: Graph) -> None:
    leading = {str(branch.start) for branch in drawn.into(Stop("menu", "night"))}
    assert leading == {"menu main", "department sales"}


def test_a_site_with_mistakes_is_drawn_as_far_as_it_goes() -> None:
    site = Site.model_validate(
        {"company": {"name": "A"}, "numbers": {"1": {"menu": "main"}}, "menus": {"main": {"keys": {"1": "nowhere"}}}}
    )
    main = graph_of(site).junctions[Stop("menu", "main")]
    assert (main.branches[0].end, main.branches[0].comes_to, main.position) == (None, "leads nowhere", None)
