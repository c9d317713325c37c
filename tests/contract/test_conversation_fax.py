"""The Conversation port's promises about faxes, kept alike by all media: what came, whose fault, when."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.agi.fax_file import complete_pages
from ivr.conversation import NO_MACHINE_AFTER, NOTHING, ONE_A_CALL, CallerGone, Conversation, FaxTaken, Heard
from tests.contract.conversation_cases import BYE, GONE, Act, Case, case, check, doing, keys, listen, say
from tests.contract.conversations import Medium, Scene

#: A machine that sends two pages, ten seconds each.
TWO = FaxTaken("", 2, ok=True, station="+370 5 233", rate=14_400, resolution=(204, 196), ecm=True)
DATA = replace(TWO, pages=40, rate=9_600, resolution=(204, 98), t38=True)
STUBBORN = replace(TWO, pages=1, ok=False)
VOICE = FaxTaken("", ecm=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the fax goes; a comma and a quotation mark in it belong to the name."""
    folder = tmp_path / 'a "fax", here'
    folder.mkdir()
    return folder / "in.tif"


async def fax_of(caller: Conversation, path: str) -> FaxTaken:
    """Take a fax; the words of why are each medium's own, as is the path."""
    came = await caller.take_fax(path, station="+370 5 211 0000")
    assert came.path == path
    assert came.ok is not bool(came.why)
    return replace(came, path="", why="")


def machine(fax: FaxTaken, *, hangs_up_at: float | None = None) -> Scene:
    return Scene(fax=fax, hangs_up_at=hangs_up_at)


async def take(caller: Conversation) -> FaxTaken:
    """Stand in the tables for a fax into the test's own file."""
    raise AssertionError


def into(file: Path, case: Case) -> Case:
    """Let the case's faxes be taken into a file."""
    acts: list[Act] = [(lambda caller: fax_of(caller, str(file))) if act is take else act for act in case.acts]
    return replace(case, acts=tuple(acts))


@pytest.mark.parametrize(
    "case",
    [
        case("two pages", machine(TWO), [take], [(TWO, 20.0)]),
        case("forty pages as data", machine(DATA), [take], [(DATA, 400.0)]),
        case("the call goes on", machine(TWO), [take, listen(5)], [(TWO, 20.0), (NOTHING, 25.0)]),
        case("after a prompt", machine(TWO), [say(BYE), take], [(NOTHING, 1.125), (TWO, 21.125)], played=(BYE,)),
        case(
            "it hangs up of itself",
            machine(replace(TWO, gone=True)),
            [take, listen(5)],
            [(replace(TWO, gone=True), 20.0), (GONE, 20.0)],
        ),
        case(
            "the other side gives up",
            machine(replace(STUBBORN, why="Retries")),
            [take, listen(1)],
            [(STUBBORN, 10.0), (NOTHING, 11.0)],
        ),
        case(
            "broken off in the second page",
            machine(TWO, hangs_up_at=15.0),
            [take, listen(1)],
            [(replace(TWO, pages=1, ok=False, gone=True), 15.0), (GONE, 15.0)],
        ),
        case(
            "broken off in the first page",
            machine(TWO, hangs_up_at=3.0),
            [take],
            [(replace(TWO, pages=0, ok=False, gone=True), 3.0)],
        ),
        case(
            "a voice, which is there again afterwards",
            keys((3.0, "1"), (NO_MACHINE_AFTER + 2.0, "2")),
            [take, listen(5)],
            [(VOICE, NO_MACHINE_AFTER), (Heard("2"), NO_MACHINE_AFTER + 2.0)],
        ),
        case("a voice that hangs up", keys(hangs_up_at=4.0), [take], [(replace(VOICE, gone=True), 4.0)]),
        case(
            "nobody is there any more",
            machine(TWO, hangs_up_at=1.0),
            [listen(2), take],
            [(GONE, 1.0), (GONE, 1.0)],
        ),
        case(
            "one fax a call",
            machine(TWO),
            [take, take, listen(1)],
            [(TWO, 20.0), (FaxTaken(""), 20.0), (NOTHING, 21.0)],
        ),
        case(
            "one attempt a call",
            keys(),
            [take, take],
            [(VOICE, NO_MACHINE_AFTER), (FaxTaken(""), NO_MACHINE_AFTER)],
        ),
    ],
)
async def test_faxes(medium: Medium, file: Path, case: Case) -> None:
    await check(medium, into(file, case))


async def test_a_second_fax_does_not_touch_the_first(telephone: Medium, file: Path) -> None:
    async def work(caller: Conversation) -> list[FaxTaken]:
        return [await caller.take_fax(str(file.with_name(name)), station="") for name in ("1.tif", "2.tif")]

    first, second = (await telephone(machine(TWO), work)).result
    assert (first.pages, complete_pages(Path(first.path))) == (2, 2)
    assert second == FaxTaken(str(file.with_name("2.tif")), why=ONE_A_CALL)
    assert [path.name for path in file.parent.iterdir()] == ["1.tif"]


@pytest.mark.parametrize(
    ("scene", "pages"),
    [
        pytest.param(machine(TWO), 2, id="whole"),
        pytest.param(machine(TWO, hangs_up_at=15.0), 1, id="broken off: the complete pages"),
        pytest.param(keys(), 0, id="a voice: nothing"),
    ],
)
async def test_what_lies_where_it_is_said_to(telephone: Medium, file: Path, scene: Scene, pages: int) -> None:
    came = await telephone(scene, doing([lambda caller: caller.take_fax(str(file), station="x")]))
    fax = came.result[0][0]
    assert isinstance(fax, FaxTaken)
    there = [path.name for path in file.parent.iterdir()]
    assert (fax.pages, complete_pages(file), there) == (pages, pages, [file.name] * (pages > 0))


async def test_what_nobody_wants_is_discarded_like_a_recording(telephone: Medium, file: Path) -> None:
    async def work(caller: Conversation) -> None:
        await caller.discard((await caller.take_fax(str(file), station="x")).path)

    await telephone(machine(TWO), work)
    assert list(file.parent.iterdir()) == []


async def test_without_room_the_machine_is_not_answered(
    telephone: Medium, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.agi.fax_file.ROOM", 10**18)

    async def work(caller: Conversation) -> tuple[FaxTaken, Heard]:
        return await caller.take_fax(str(file), station="x"), await caller.play([BYE])

    came = await telephone(machine(TWO), work)
    assert came.result == (FaxTaken(str(file), why="no room on the disk"), NOTHING)
    assert came.elapsed == 1.125


async def test_hanging_up_ourselves_ends_it_too(medium: Medium, file: Path) -> None:
    async def work(caller: Conversation) -> bool:
        await caller.hangup()
        try:
            await caller.take_fax(str(file), station="x")
        except CallerGone:
            return True
        return False

    assert (await medium(machine(TWO), work)).result
