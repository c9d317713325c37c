"""A file becomes customers: what a row brings, what is refused, who is there already, and nobody twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_bridge.exchange.errors import NotReadable
from crm_bridge.exchange.plan import Field, Wishes
from crm_bridge.importing import MOST_DRAFTS
from crm_bridge.importing_model import Counts, Fated, NoSuchImport, Rule, State
from crm_bridge.model import Kind, NotPossible
from tests.crm_bridge.crm_house import JONAS, ONA, House
from tests.crm_bridge.exchange.house import XLSX
from tests.crm_bridge.importing_house import NO_WISHES, ImportHouse

WHOLE = (
    "Name,Phone,E-mail,Company,Status,Telegram,Street,City,Note,Contract number,seats,until,Tags\n"
    "Ona Žemaitė,8 600 00001,Ona@Acme.example,UAB Acme,Customer,@ona,Gatvė 1,Vilnius,=1+1,K-7,12,2026-12-24,vip;new\n"
    "Jonas,+370 600 00002,,uab  ACME,foe,,,,,,many,soon,\n"
)


@pytest.fixture
def importing(house: House, tmp_path: Path) -> ImportHouse:
    return ImportHouse(house, tmp_path)


async def test_a_row_brings_all_that_it_says(importing: ImportHouse) -> None:
    house = importing.house
    await house.calls(("c1", ONA))
    done = await importing.run(WHOLE)
    assert (done.state, done.counts) == (State.DONE, Counts(added=2, warned=1, companies=1))
    assert (done.share, done.file, done.mark.row, done.mark.read) == (1.0, "", 3, 2)
    ona = (await house.customers.search("zemaite"))[0]
    file = await house.files.get(ona.id)
    details = file.details
    assert (file.company, details.status, details.tags) == ("UAB Acme", "customer", ("vip", "new"))
    assert (details.mails[0].address, details.address) == ("ona@acme.example", "Gatvė 1\nVilnius")
    assert details.handles[0].handle == "@ona" and details.phones[0].written == "8 600 00001"
    assert dict(details.fields) == {"contract": "K-7", "seats": 12, "until": "2026-12-24"}
    history = await house.history(ona.id)
    assert await house.contacts(ona.id) == ["c1"]  # what had called before is hers
    assert [e.step.what for e in history if e.step] == ["imported"]
    assert [n["text"] for n in (await house.privacy.export(ona.id))["notes"]] == ["=1+1"]
    (acme,) = await house.customers.search("uab acme", limit=1)
    assert acme.kind is Kind.ORGANISATION
    assert {c.name for c in await house.customers.search("acme")} == {"UAB Acme", "Ona Žemaitė", "Jonas"}
    (warned,) = await importing.imports.told(done.id, taken=True)
    assert warned.row.number == 3
    for word in ("“foe” is none of the site's statuses", "seats is a number", "until is a date"):
        assert word in warned.row.why
    assert sorted(change for _, change in (await house.told()).changes) == ["imported"] * 3


async def test_what_is_refused_stops_nobody(importing: ImportHouse) -> None:
    done = await importing.run("Name,Phone\nOna,1\n,x\n" + "a" * 300 + ",\n=cmd|x,\nRasa\0,\nPetras,8 600 00001\n")
    assert done.counts == Counts(added=3, refused=3, warned=1)
    assert await importing.names() == ["=cmd|x", "Ona", "Petras"]
    assert [row for row, _ in await importing.refused(done.id)] == [3, 4, 6]


RULES = (
    (Rule.SKIP, Counts(added=2, known=2), {"Ona": [ONA], "Ona Kita": [ONA], "Rasa": []}, 0),
    (Rule.JOIN, Counts(added=2, joined=1, known=1), {"Ona": [ONA, JONAS], "Ona Kita": [ONA], "Rasa": []}, 1),
    (Rule.ADD, Counts(added=4), {"Ona": [ONA], "Ona Kita": [ONA], "Rasa": []}, 0),
)


@pytest.mark.parametrize(("rule", "counts", "numbers", "mails"), RULES, ids=[rule[0].value for rule in RULES])
async def test_who_is_there_already(
    importing: ImportHouse, rule: Rule, counts: Counts, numbers: dict[str, list[str]], mails: int
) -> None:
    """The same number and the same name is certain, also in another order; another name of the number is another."""
    house = importing.house
    ona = await house.add("Ona", ONA)
    text = f"Name,Phone,E-mail\nona,{ONA};{JONAS},Ona@acme.example\nOna Kita,{ONA},\n"
    text += "Rasa,,r@acme.example\nRASA,,r@acme.example\n"
    done = await importing.run(text, rule)
    assert done.counts == counts
    found = {
        file.details.name: [p.number for p in file.details.phones] for file in reversed(await house.files.list_all())
    }
    assert {name: found[name] for name in numbers} == numbers
    file = await house.files.get(ona.id)
    assert len(file.details.mails) == mails and file.version == 1 + mails
    if rule is Rule.JOIN:
        assert [s.what for s in await house.files.steps(ona.id)] == ["imported", "added"]
        assert [c.id for c in await house.customers.search("600 00002")] == [ona.id]


async def test_several_are_said_and_never_guessed(importing: ImportHouse) -> None:
    await importing.house.add("Ona", ONA)
    await importing.house.add("Ona", ONA)
    done = await importing.run(f"Name,Phone\nOna,{ONA}\n", Rule.JOIN)
    assert done.counts == Counts(refused=1)
    assert await importing.refused(done.id) == [(2, "it may be each of 2 customers who are there: say by hand which")]


async def test_an_organisation_is_found_or_made_once(importing: ImportHouse) -> None:
    house = importing.house
    there = await house.company("Beta")
    await house.company("Twice")
    await house.company("twice")
    text = (
        "Kind,Name,Organisation,Phone\nperson,Ona,BETA,\nperson,Jonas,Gama,\nperson,Rasa,gama,\nperson,Petras,Twice,\n"
    )
    done = await importing.run(text + "organisation,Gama,,8 5 200 0000\n")
    assert done.counts == Counts(added=5, warned=1, companies=0)
    files = {file.details.name: file for file in await house.files.list_all()}
    assert files["Ona"].details.organisation == there.id
    gama = files["Gama"]
    assert files["Jonas"].details.organisation == files["Rasa"].details.organisation == gama.id
    assert [phone.number for phone in gama.details.phones] == ["+37052000000"]
    assert files["Petras"].details.organisation is None
    undone = await importing.undo(done.id)
    assert (undone.counts.removed, undone.counts.kept) == (5, 0)
    assert await importing.names() == ["Beta", "Twice", "twice"]


@pytest.mark.parametrize("rule", Rule)
async def test_the_same_file_brings_nobody_twice(importing: ImportHouse, rule: Rule) -> None:
    text = "Name,Company\n" + "".join(f"Nr {n},Acme\n" for n in range(9))
    assert (await importing.run(text, rule)).counts == Counts(added=9, companies=1)
    assert (await importing.run(text, rule)).counts == Counts(known=9)
    assert len(await importing.names()) == 10


async def test_the_preview_says_what_comes(importing: ImportHouse) -> None:
    ona = await importing.house.add("Ona", ONA)
    text = f"Who;Phone;Company\nOna;{ONA};\nRasa;8 600 00003;Beta\nRasa;8 600 00003;Beta\n;x;\n"
    draft = await importing.draft(text)
    wishes = Wishes(meanings={0: (Field.NAME, "")})
    shown = await importing.imports.show(draft.id, wishes, Rule.SKIP)
    assert [(f.fated, f.called, f.company_is_new) for f in shown.fates] == [
        (Fated.SKIP, "Ona", False),
        (Fated.NEW, "", True),
        (Fated.SKIP, "Rasa", False),
        (Fated.REFUSE, "", False),
    ]
    assert shown.fates[0].customer == ona.id and shown.own["contract"] == "Contract number"
    joined = await importing.imports.show(draft.id, wishes, Rule.JOIN)
    assert [f.fated for f in joined.fates] == [Fated.JOIN, Fated.NEW, Fated.JOIN, Fated.REFUSE]
    await importing.imports.begin(draft.id, wishes, Rule.SKIP)
    await importing.work()
    done = await importing.imports.get(draft.id)
    assert done.counts == Counts(added=1, known=2, refused=1, companies=1)
    again = await importing.draft(text)
    shown = await importing.imports.show(again.id, wishes, Rule.ADD)
    assert "earlier import" in shown.fates[1].why


async def test_a_file_that_changed_meanwhile_is_not_taken(importing: ImportHouse) -> None:
    draft = await importing.draft("Name\nOna\n")
    path = importing.imports.files.path_of(draft.file)
    path.write_text("Name\nJonas\n")
    with pytest.raises(Exception, match="another one than the one that was looked at"):
        await importing.imports.begin(draft.id, NO_WISHES, Rule.SKIP)
    path.write_text("Name\nOna\n")
    await importing.imports.begin(draft.id, NO_WISHES, Rule.SKIP)
    path.write_text("Name\nJonas\n")
    await importing.work()
    failed = await importing.imports.get(draft.id)
    assert (failed.state, failed.counts) == (State.FAILED, Counts())
    assert "another one" in failed.why and not path.exists()


async def test_a_file_that_is_none_leaves_nothing(importing: ImportHouse) -> None:
    with pytest.raises(NotReadable, match="workbook"):
        await importing.draft(XLSX)
    assert not list(importing.imports.files.path_of("x").parent.iterdir())


async def test_begun_once_cancelled_and_discarded(importing: ImportHouse) -> None:
    imports = importing.imports
    draft = await importing.draft("Name\nOna\n")
    await imports.begin(draft.id, NO_WISHES, Rule.SKIP)
    with pytest.raises(NotPossible, match="begun already"):
        await imports.begin(draft.id, NO_WISHES, Rule.SKIP)
    assert (await imports.cancel(draft.id)).state is State.CANCELLED
    await importing.work()
    assert (await imports.get(draft.id)).counts == Counts() and await importing.names() == []
    with pytest.raises(NotPossible, match="not under way"):
        await imports.cancel(draft.id)
    other = await importing.draft("Name\nOna\n")
    await imports.cancel(other.id)
    with pytest.raises(NoSuchImport):
        await imports.get(other.id)
    assert [one.id for one in await imports.list_newest()] == [draft.id]


async def test_old_drafts_and_what_refused_rows_said_go(importing: ImportHouse) -> None:
    done = await importing.run("Name\nOna\n,\n" + "x" * 300 + "\n")
    await importing.draft("Name\nJonas\n")
    imports = importing.imports
    importing.house.clock.advance(60 * 60 * 25)
    assert await imports.forget_old() == 1
    assert await importing.refused(done.id) != []
    importing.house.clock.advance(60 * 60 * 24 * 31)
    assert await imports.forget_old() == 1
    assert await importing.refused(done.id) == [] and (await imports.get(done.id)).counts.refused == 1


async def test_files_that_wait_have_a_bound(importing: ImportHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm_bridge.importing.MOST_DRAFTS", 1)
    assert MOST_DRAFTS > 1
    await importing.draft("Name\nOna\n")
    with pytest.raises(NotPossible, match="too many"):
        await importing.draft("Name\nOna\n")
