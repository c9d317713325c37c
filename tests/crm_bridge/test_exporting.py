"""Customers go out as they are, in bounded memory, and come in again as they were; who asked is written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_bridge import exporting
from crm_bridge.exporting import FORMS, Exports, Wanted
from crm_bridge.model import CustomerFile, Details, Handle, Phone
from tests.crm_bridge.crm_house import JONAS, ONA, House
from tests.crm_bridge.importing_house import ImportHouse


async def written(house: House, **wanted: str) -> bytes:
    return b"".join([piece async for piece in Exports(house.cabinet).write(Wanted(**wanted), "sue")])


def contact(file: CustomerFile) -> tuple[object, ...]:
    d = file.details
    phones = [(phone.number, phone.label) for phone in d.phones]
    return (d.name, d.kind, file.company, phones, d.mails, d.handles, d.address, d.website, d.status, d.tags, d.fields)


@pytest.mark.parametrize("form", FORMS)
async def test_what_goes_out_comes_in_as_it_was(
    house: House, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    acme = await house.company("UAB „Acme; ir Ko“", JONAS, website="acme.example")
    ona = await house.files.add(
        Details(
            "=Ona, Žemaitė",
            phones=(Phone("", ONA, "mobile"), Phone("", "+37060000009")),
            handles=(Handle("telegram", "@ona"),),
            address="Gatvė 1\nVilnius",
            status="lead",
            tags=("vip", "a b"),
            fields={"contract": "K-7", "seats": 12, "until": "2026-12-24", "size": "small"},
            organisation=acme.id,
        ),
        "ann",
    )
    await house.matters.add_note(ona.id, "pirma\neilutė", "ann")
    await house.matters.add_note(ona.id, "antra", "ann")
    before = sorted(map(repr, map(contact, await house.files.list_all())))
    content = await written(house, form=form)
    for file in await house.files.list_all():
        await house.privacy.erase(file.id, "ann")
    done = await ImportHouse(house, tmp_path).run(content)
    files = await house.files.list_all()
    assert (done.counts.refused, done.counts.warned, len(files)) == (0, 0, 2)
    assert sorted(map(repr, map(contact, files))) == before
    (again,) = [file for file in files if file.details.phones and file.details.phones[0].number == ONA]
    (note,) = (await house.privacy.export(again.id))["notes"]
    assert note["text"] == "pirma\neilutė\n\nantra"


async def test_only_some_and_who_asked(house: House) -> None:
    await house.add("Ona", status="lead", tags=("vip",))
    await house.add("Jonas", status="customer", tags=("vip", "vips"))
    await house.add("Rasa", status="lead", tags=("vips",))
    for wanted, names in (({"status": "lead"}, ["Ona", "Rasa"]), ({"tag": "vip"}, ["Ona", "Jonas"])):
        content = (await written(house, **wanted)).decode()
        assert [name for name in ("Ona", "Jonas", "Rasa") if f'"{name}"' in content] == names
    broken_off = Exports(house.cabinet).write(Wanted("vcard"), "max")
    await anext(broken_off)
    await broken_off.aclose()  # type: ignore[attr-defined]  # an async generator, typed as what callers need
    log = await Exports(house.cabinet).list_newest()
    asked = sorted((one.by, one.form, one.count or 0) for one in log)
    assert asked == [("max", "vcard", 0), ("sue", "csv", 2), ("sue", "csv", 2)]
