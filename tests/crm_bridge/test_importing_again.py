"""The same file again, its columns mended: a row is certainly whom it brought, and gives what it says now."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_bridge.exchange.bring_in import bring_in
from crm_bridge.exchange.plan import Field, Wishes
from crm_bridge.exchange.receiver import Became
from crm_bridge.importing_model import Counts, Fated, Rule
from crm_bridge.importing_trial import Trial
from tests.crm_bridge.crm_house import ONA, House
from tests.crm_bridge.exchange import here
from tests.crm_bridge.importing_house import FEW, ImportHouse

TEXT = f"Name,Nr,Note\nOna,{ONA},allergic to nuts\nJonas,,\n"
MENDED = Wishes(meanings={1: (Field.PHONE, "")})


@pytest.fixture
def importing(house: House, tmp_path: Path) -> ImportHouse:
    return ImportHouse(house, tmp_path)


async def test_a_row_read_otherwise_gives_what_it_says_now(importing: ImportHouse) -> None:
    house = importing.house
    await importing.run(TEXT, wishes=Wishes(meanings={1: (Field.IGNORE, "")}))
    again = await importing.run(TEXT, Rule.JOIN, wishes=MENDED)
    assert again.counts == Counts(joined=1, known=1, warned=1)
    assert [one.row.why for one in await importing.imports.told(again.id, taken=True)] == [
        "left out, for the customer was there already: note"
    ]
    (ona,) = await house.customers.search("ona")
    assert ona.numbers == (ONA,)
    assert (await importing.run(TEXT, Rule.JOIN, wishes=MENDED)).counts == Counts(known=2)
    undone = await importing.undo(again.id)
    assert (undone.counts.removed, undone.counts.kept) == (1, 0)
    (ona,) = await house.customers.search("ona")
    assert ona.numbers == ()


@pytest.mark.parametrize(
    ("rule", "wishes", "fated", "why"),
    [
        pytest.param(Rule.SKIP, MENDED, Fated.SKIP, "read otherwise: “Add what is new” gives", id="left as they are"),
        pytest.param(Rule.ADD, MENDED, Fated.SKIP, "read otherwise: “Add what is new” gives", id="nobody comes twice"),
        pytest.param(Rule.JOIN, MENDED, Fated.JOIN, "read otherwise", id="given what is new"),
        pytest.param(Rule.JOIN, Wishes(), Fated.SKIP, "an earlier import of this file brought it", id="read the same"),
    ],
)
async def test_what_comes_is_what_was_shown(
    importing: ImportHouse, rule: Rule, wishes: Wishes, fated: Fated, why: str
) -> None:
    house = importing.house
    await importing.run(TEXT)
    draft = await importing.draft(TEXT)
    shown = await importing.imports.show(draft.id, wishes, rule)
    assert shown.fates[0].fated is fated and why in shown.fates[0].why
    trial = Trial(house.db, house.cabinet.settings(), house.cabinet.country, shown.plan, rule)
    tried = await bring_in(importing.imports.files.path_of(draft.file), shown.plan, trial, limits=FEW, reader=here)
    done = await importing.imports.begin(draft.id, wishes, rule)
    await importing.work()
    counts = (await importing.imports.get(done.id)).counts
    assert (counts.added, counts.joined) == (0, fated is Fated.JOIN)
    assert tried.progress.became[Became.MERGED] == counts.joined


async def test_who_was_forgotten_does_not_come_again(importing: ImportHouse) -> None:
    house = importing.house
    await importing.run(TEXT)
    (ona,) = await house.customers.search("ona")
    await house.privacy.erase(ona.id, "dpo")
    assert (await importing.run(TEXT, Rule.JOIN, wishes=MENDED)).counts == Counts(known=2)
    assert await importing.names() == ["Jonas"]
