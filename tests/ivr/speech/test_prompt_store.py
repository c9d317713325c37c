"""The store with real rendering processes: cached, bounded, and whole whoever is killed."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path

import pytest

from ivr.speech.choose import Installed
from ivr.speech.errors import NoEngine, UnreadableRecording
from ivr.speech.prompt_files import ALAW, NOTE, ULAW, WAV, read_note
from ivr.speech.spoken import Spoken
from ivr.speech.store import PromptStore
from ivr.speech.worker_pool import Answer, Job, run_all

ROOT = Path(__file__).resolve().parents[3]
HELLO = Spoken("Welcome to Acme. For invoices press one.", "en")


def store_in(folder: Path, **settings: object) -> PromptStore:
    return PromptStore(folder, **{"wanted_engine": "tones", **settings})  # type: ignore[arg-type]  # a test's table


def prompts(count: int, words: int = 8) -> list[Spoken]:
    return [Spoken(f"Prompt number {n} " + "and so on " * words, "en") for n in range(count)]


def children() -> list[int]:
    """The rendering processes that this test has started."""
    found = []
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread or a process has ended meanwhile
            for pid in (task / "children").read_text().split():
                if b"ivr.speech.worker" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(int(pid))
    return found


def whole_prompts(folder: Path) -> int:
    """Count the prompts that the folder says it has, each of which must be whole."""
    stems = [note.with_suffix("") for note in folder.glob(f"*{NOTE}")]
    assert all(read_note(stem) for stem in stems)
    return len(stems)


def run_python(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


RENDER = """
    import asyncio, sys
    from pathlib import Path
    from ivr.speech.spoken import Spoken
    from ivr.speech.store import PromptStore
    engine, count = sys.argv[2], int(sys.argv[3])
    items = [Spoken(f"Laukite, skyrius {n}. " + "Dėl sąskaitų spauskite vieną. " * 4, "lt") for n in range(count)]
    store = PromptStore(Path(sys.argv[1]), wanted_engine=engine)
    report = asyncio.run(store.render(items, lambda done, *_: print("done", done, flush=True)))
    print(report.rendered, report.reused, len(report.failed), flush=True)
"""


async def test_renders_once_and_then_reuses(tmp_path: Path) -> None:
    items = [HELLO, Spoken("Sveiki ąčęėįšųūž", "lt"), Spoken("Здравствуйте", "ru")]
    seen: list[tuple[int, int]] = []
    store = PromptStore(tmp_path)
    assert store.missing(items) == items
    assert store.duration(HELLO) is None
    first = await store.render(items, lambda done, total, _: seen.append((done, total)))
    assert (first.rendered, first.reused, first.failed) == (3, 0, [])
    assert seen == [(1, 3), (2, 3), (3, 3)]
    again = PromptStore(tmp_path)
    assert again.missing(items) == []
    second = await again.render(items)
    assert (second.rendered, second.reused, second.failed) == (0, 3, [])
    assert not children()


async def test_the_files_are_what_asterisk_and_a_browser_play(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    await store.render([HELLO])
    stem = store.path_of(HELLO)
    assert stem.is_absolute()
    seconds = store.duration(HELLO)
    assert seconds is not None
    assert len(stem.with_suffix(ULAW).read_bytes()) == len(stem.with_suffix(ALAW).read_bytes()) == seconds * 8_000
    assert stem.with_suffix(WAV).read_bytes()[:4] == b"RIFF"
    assert store_in(tmp_path).duration(HELLO) == seconds
    note = read_note(stem)
    assert note is not None
    assert (note.text, note.engine) == (HELLO.text, "tones 1")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (Spoken("  Welcome to Acme.\nFor invoices press one. ", "EN"), True),
        (Spoken(HELLO.text, "en", ""), True),
        (Spoken(HELLO.text, "en-gb"), False),
        (Spoken(HELLO.text, "en", "f2"), False),
        (Spoken(HELLO.text.lower(), "en"), False),
    ],
    ids=["blanks and case of the tag", "no voice", "language", "voice", "case of the text"],
)
def test_what_sounds_the_same_has_the_same_file(tmp_path: Path, other: Spoken, same: bool) -> None:
    store = store_in(tmp_path)
    assert (store.path_of(HELLO) == store.path_of(other)) is same


def test_another_engine_or_version_has_other_files(tmp_path: Path) -> None:
    stems = {
        PromptStore(tmp_path, installed=Installed(versions)).path_of(HELLO)
        for versions in ({"espeak": "1"}, {"espeak": "2"}, {"hibari": "1"})
    }
    assert len(stems) == 3


async def test_a_text_that_fails_is_listed_and_the_others_are_rendered(tmp_path: Path) -> None:
    bad = {
        Spoken("", "lt"): "it is empty",
        Spoken("?!", "lt"): "no letter",
        Spoken("<b>Hi</b>", "lt"): "markup",
        Spoken("x" * 2_001, "lt"): "2000 is the most",
        Spoken("Hello", "xx"): "does not speak this language",
        Spoken("Hello", "lt", "nobody"): "does not have this voice",
    }
    store = PromptStore(tmp_path)
    report = await store.render([*bad, Spoken("Labas", "lt")])
    assert (report.rendered, report.reused) == (1, 0)
    reasons = dict(report.failed)
    assert set(reasons) == set(bad)
    for spoken, reason in bad.items():
        assert reason in reasons[spoken]


async def test_english_letters_that_hibari_cannot_say_are_no_silent_prompt(tmp_path: Path) -> None:
    report = await PromptStore(tmp_path, wanted_engine="hibari").render([Spoken("你好", "en")])
    assert [reason for _, reason in report.failed if "silent or too short" in reason]
    assert whole_prompts(tmp_path) == 0


async def test_without_an_engine_it_says_what_to_install(tmp_path: Path) -> None:
    store = PromptStore(tmp_path, installed=Installed({}))
    with pytest.raises(NoEngine, match="espeakng-loader"):
        store.path_of(HELLO)
    report = await store.render([HELLO])
    assert "espeakng-loader" in report.failed[0][1]


async def test_a_text_asked_for_twice_is_rendered_once(tmp_path: Path) -> None:
    report = await store_in(tmp_path).render([HELLO, HELLO, Spoken(HELLO.text + " ", "en")])
    assert (report.rendered, report.reused, report.failed) == (1, 0, [])


async def test_the_second_run_is_silent_and_quick(tmp_path: Path) -> None:
    items = prompts(60, words=1)
    await store_in(tmp_path).render(items)
    took = []
    for _ in range(3):  # the best of three, of our own time: the machine may be busy with something else
        started = time.process_time()
        report = await store_in(tmp_path).render(items)
        took.append(time.process_time() - started)
        assert report.reused == 60
    assert min(took) < 0.025


async def test_a_deadline_ends_the_process_and_names_the_text(tmp_path: Path) -> None:
    report = await store_in(tmp_path, deadline=0.001).render([HELLO])
    assert report.failed == [(HELLO, "it took longer than 0.001 s")]
    assert not children()


async def test_cancelling_leaves_no_process_and_whole_files(tmp_path: Path) -> None:
    items = prompts(20)
    store = store_in(tmp_path)
    begun = asyncio.Event()
    run = asyncio.create_task(store.render(items, lambda *_: begun.set()))
    await asyncio.wait_for(begun.wait(), 30)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert not children()
    assert (await store.render(items)).failed == []
    assert all(read_note(store.path_of(item)) for item in items)


async def test_killed_children_cost_their_own_text_only(tmp_path: Path) -> None:
    items = prompts(24)
    store = store_in(tmp_path, most_workers=2)
    kills = []

    def kill(done: int, _total: int, _spoken: Spoken) -> None:
        if done in (3, 8, 15):
            for victim in children()[:1]:
                os.kill(victim, signal.SIGKILL)
                kills.append(victim)

    report = await store.render(items, kill)
    assert kills
    assert len(report.failed) <= len(kills)
    assert report.rendered + len(report.failed) == 24
    assert whole_prompts(tmp_path) >= report.rendered
    again = await store.render(items)
    assert again.failed == []
    assert again.rendered == len(report.failed)
    assert all(read_note(store.path_of(item)) for item in items)


def test_the_whole_run_killed_leaves_whole_files(tmp_path: Path) -> None:
    run = run_python(RENDER, str(tmp_path), "espeak", "30")
    assert run.stdout is not None
    try:
        for _ in range(4):
            assert run.stdout.readline().startswith("done")
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait(timeout=20)
        run.stdout.close()
    survived = whole_prompts(tmp_path)
    assert survived >= 4
    again = run_python(RENDER, str(tmp_path), "espeak", "30")
    said, _ = again.communicate(timeout=60)
    rendered, reused, failed = map(int, said.splitlines()[-1].split())
    assert (reused, rendered + reused, failed) == (survived, 30, 0)


def test_two_processes_render_the_same_set_at_once(tmp_path: Path) -> None:
    runs = [run_python(RENDER, str(tmp_path), "espeak", "12") for _ in range(2)]
    for run in runs:
        said, _ = run.communicate(timeout=60)
        assert said.splitlines()[-1].endswith(" 0"), "no text failed"
    assert whole_prompts(tmp_path) == 12
    assert len(list(tmp_path.iterdir())) == 4 * 12


def test_who_only_asks_for_paths_loads_no_engine(tmp_path: Path) -> None:
    script = """
        import sys
        from pathlib import Path
        from ivr.speech.choose import choose
        from ivr.speech.spoken import Spoken
        from ivr.speech.store import PromptStore
        store = PromptStore(Path(sys.argv[1]))
        store.path_of(Spoken("Hello", "en")), store.duration(Spoken("Labas", "lt"))
        heavy = {"numpy", "soxr", "pydub", "audioop", "hibari", "onnxruntime", "espeakng_loader"}
        print(sorted(heavy & sys.modules.keys()))
    """
    said, _ = run_python(script, str(tmp_path)).communicate(timeout=30)
    assert said == "[]\n"


async def test_a_process_that_breaks_down_says_why_and_is_replaced(tmp_path: Path) -> None:
    answers: list[Answer] = []
    good: Job = {"recording": "/nowhere.wav", "folder": str(tmp_path)}
    jobs: list[Job] = [{"say": {}}, good]
    await run_all(jobs, lambda _, answer: answers.append(answer), deadline=30)
    assert "The rendering process ended before it answered" in answers[0]["refused"]
    assert "TypeError" in answers[0]["refused"]
    assert "No such file" in answers[1]["refused"]


async def test_a_process_that_does_not_start_fails_the_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    report = await store_in(tmp_path).render([HELLO])
    assert "No such file" in report.failed[0][1]


async def test_a_recording_becomes_a_prompt(tmp_path: Path) -> None:
    store = store_in(tmp_path / "prompts")
    await store.render([HELLO])
    own = tmp_path / "pasveikinimas.wav"
    own.write_bytes(store.path_of(HELLO).with_suffix(WAV).read_bytes())
    first = await store.import_recording(own)
    assert first == await store.import_recording(own)
    assert first.seconds == pytest.approx(store.duration(HELLO) or 0, abs=0.01)
    note = read_note(first.path)
    assert note is not None
    assert (note.text, note.engine) == ("pasveikinimas.wav", "recorded")


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "No such file"), (b"ID3", "not a WAV file"), ("silence", "silent or too short")],
    ids=["absent", "mp3", "silent"],
)
async def test_a_recording_that_will_not_do_is_refused(tmp_path: Path, content: bytes | str | None, says: str) -> None:
    own = tmp_path / "hello.wav"
    if isinstance(content, bytes):
        own.write_bytes(content)
    elif content is not None:
        header = (
            b"RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00@\x1f\x00\x00\x80>\x00\x00\x02\x00\x10\x00"
        )
        own.write_bytes(header + b"data" + (32_000).to_bytes(4, "little") + bytes(32_000))
    with pytest.raises(UnreadableRecording, match=rf"^This recording cannot be read: hello\.wav.*{says}"):
        await store_in(tmp_path / "prompts").import_recording(own)


async def test_notes_of_before_are_not_read_again_but_the_sound_must_be_there(tmp_path: Path) -> None:
    whole, cut = prompts(2)
    before = store_in(tmp_path)
    await before.render([whole, cut])
    known = {before.path_of(one): before.duration(one) or 0.0 for one in (whole, cut)}
    for stem in known:
        stem.with_suffix(NOTE).write_text("nobody reads this")
    sound = before.path_of(cut).with_suffix(ULAW)
    sound.write_bytes(sound.read_bytes()[:-1])

    now = store_in(tmp_path, known=known)

    assert now.missing([whole, cut]) == [cut]
    assert now.duration(whole) == known[before.path_of(whole)]
    assert now.duration(cut) is None
