"""A whole import is taken back, and whoever was touched since stays; what others were given goes as well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from crm_bridge.exchange.limits import Limits
from crm_bridge.importing_model import Counts, Import, Rule, State
from crm_bridge.model import Details, NotPossible
from crm_bridge.writing import Cabinet
from tests.crm_bridge.crm_house import JONAS, ONA, House
from tests.crm_bridge.importing_house import NO_WISHES, ImportHouse

TEXT = "Name,Phone,Company\nOna,8 600 00001,Acme\nJonas,8 600 00002,\nRasa,,\n"
Touch = Callable[[House, str], Awaitable[object]]


@pytest.fixture
def importing(house: House, tmp_path: Path) -> ImportHouse:
    return ImportHouse(house, tmp_path)


async def change(house: House, id_: str) -> None:
    file = await house.files.get(id_)
    await house.files.change(id_, file.version, replace(file.details, language="lt"), "ann")


async def merge(house: House, id_: str) -> None:
    await house.merging.merge((await house.add("Ona Ona")).id, id_, "ann")


async def employ(house: House, id_: str) -> None:
    company = (await house.files.get(id_)).details.organisation
    await house.add("Petras", organisation=company)


TOUCHED: tuple[tuple[str, Touch, list[str]], ...] = (
    ("nobody", lambda house, id_: house.files.get(id_), []),
    ("a note", lambda house, id_: house.matters.add_note(id_, "rings back", "ann"), ["Acme", "Ona"]),
    ("a change", change, ["Acme", "Ona"]),
    ("merged", merge, ["Acme", "Ona Ona"]),
    ("a colleague", employ, ["Acme", "Petras"]),
)


@pytest.mark.parametrize(("touch", "stay"), [one[1:] for one in TOUCHED], ids=[one[0] for one in TOUCHED])
async def test_who_was_touched_stays(importing: ImportHouse, touch: Touch, stay: list[str]) -> None:
    house = importing.house
    done = await importing.run(TEXT)
    (ona,) = await house.customers.search("ona")
    await touch(house, ona.id)
    undone = await importing.undo(done.id)
    assert await importing.names() == stay
    assert (undone.state, undone.undone_by, undone.share) == (State.UNDONE, "adm", 1.0)
    ours = [name for name in stay if name not in ("Petras", "Ona Ona")]
    assert undone.counts.removed + undone.counts.kept == 4 and undone.counts.kept >= len(ours)
    assert await house.customers.search("rasa") == []
    assert (await importing.run(TEXT)).counts.known == (1 if "Ona" in stay or "Ona Ona" in stay else 0)


async def test_what_was_given_is_taken_away_again(importing: ImportHouse) -> None:
    house = importing.house
    ona, jonas = await house.add("Ona", ONA), await house.add("Jonas", JONAS)
    text = f"Name,Phone,E-mail,Telegram\nOna,{ONA};8 600 00003,o@acme.example,@o\nJonas,{JONAS},j@acme.example,\n"
    done = await importing.run(text, Rule.JOIN)
    assert done.counts == Counts(joined=2)
    await house.matters.add_note(jonas.id, "rings back", "ann")
    undone = await importing.undo(done.id)
    assert (undone.counts.removed, undone.counts.kept) == (1, 1)
    details: Details = (await house.files.get(ona.id)).details
    assert ([p.number for p in details.phones], details.mails, details.handles) == ([ONA], (), ())
    assert await house.customers.search("600 00003") == []
    assert [m.address for m in (await house.files.get(jonas.id)).details.mails] == ["j@acme.example"]


async def test_what_goes_is_told(importing: ImportHouse) -> None:
    done = await importing.run("Name\nOna\n")
    await importing.undo(done.id)
    assert sorted(change for _, change in (await importing.house.told()).changes) == ["imported", "removed"]


async def test_an_undo_that_was_broken_off_goes_on(importing: ImportHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crm_bridge.importing_undo.AT_ONCE", 2)
    done = await importing.run("Name\n" + "".join(f"Nr {n}\n" for n in range(7)))
    (kept, *_) = await importing.house.customers.search("nr")
    await importing.house.matters.add_note(kept.id, "stays", "ann")
    from crm_bridge.importing_undo import Undoing
    from crm_bridge.model import Kind

    await importing.imports.undo(done.id, "adm")
    broken_off = Undoing(importing.house.cabinet, await importing.imports.get(done.id))
    assert await broken_off.some(Kind.PERSON) and await broken_off.some(Kind.PERSON)
    await importing.work()
    undone = await importing.imports.get(done.id)
    assert (undone.counts.removed, undone.counts.kept) == (6, 1)
    assert await importing.names() == [kept.name]
    with pytest.raises(NotPossible):
        await importing.imports.undo(done.id, "adm")


async def test_what_rows_far_behind_gave_comes_again_as_well(
    importing: ImportHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm_bridge.importing_undo.AT_ONCE", 2)
    text = f"Kind,Name,Company,Phone,E-mail\nperson,Ona,Acme,{ONA},o@acme.example\n"
    text += f"person,Rasa,,,\nperson,Ieva,,,\nperson,Ona,,{JONAS},o@acme.example\norganisation,Acme,,8 5 200 0000,\n"
    first = await importing.run(text, Rule.JOIN)
    undone = await importing.undo(first.id)
    assert (undone.counts.removed, undone.counts.kept, await importing.names()) == (5, 0, [])
    again = await importing.run(text, Rule.JOIN)
    assert again.counts == first.counts == Counts(added=4, joined=1)
    (ona,) = await importing.house.customers.search("ona")
    assert ona.numbers == (ONA, JONAS)


async def test_contacts_that_came_along_leave_again(importing: ImportHouse) -> None:
    house = importing.house
    ona = await house.add("Ona", mails=["o@acme.example"])
    await house.calls(("c1", JONAS), ("c2", "+37060000009"))
    await house.files.assign("c2", ona.id, "ann")
    done = await importing.run(f"Name,Phone,E-mail\nOna,{JONAS};8 600 00009,o@acme.example\n", Rule.JOIN)
    assert set(await house.contacts(ona.id)) == {"c1", "c2"}
    await importing.undo(done.id)
    assert await house.contacts(ona.id) == ["c2"], "what somebody gave by hand stays"
    nameless = (await house.customers.match(JONAS)).nameless
    assert nameless is not None and await house.contacts(nameless.id) == ["c1"]


async def test_what_was_given_to_one_merged_since_stays_and_is_counted(importing: ImportHouse) -> None:
    house = importing.house
    ona, twin = await house.add("Ona", ONA), await house.add("Twin", mails=["t@acme.example"])
    done = await importing.run(f"Name,Phone,E-mail\nTwin,{JONAS},t@acme.example\n", Rule.JOIN)
    await house.merging.merge(ona.id, twin.id, "ann")
    undone = await importing.undo(done.id)
    assert (undone.counts.removed, undone.counts.kept) == (0, 1)


async def test_an_import_that_ends_does_not_end_its_undo(importing: ImportHouse) -> None:
    draft = await importing.draft("Name\nOna\nJonas\n")
    await importing.imports.begin(draft.id, NO_WISHES, Rule.SKIP)
    real = importing.imports._bring

    async def cancelled_at_its_end(cabinet: Cabinet, one: Import, path: Path, limits: Limits) -> None:
        await real(cabinet, one, path, limits)
        await importing.imports.cancel(draft.id)
        await importing.imports.undo(draft.id, "adm")

    importing.imports._bring = cancelled_at_its_end
    await importing.work()
    undone = await importing.imports.get(draft.id)
    assert (undone.state, undone.counts.removed, await importing.names()) == (State.UNDONE, 2, [])


async def test_numbers_that_called_are_unknown_again(importing: ImportHouse) -> None:
    house = importing.house
    await house.calls(("c1", ONA))
    done = await importing.run(TEXT)
    await house.calls(("c2", JONAS))
    await importing.undo(done.id)
    for number, contact in ((ONA, "c1"), (JONAS, "c2")):
        nameless = (await house.customers.match(number)).nameless
        assert nameless is not None
        assert await house.contacts(nameless.id) == [contact]
