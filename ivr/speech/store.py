"""Owns the prompts of a site: which file a text has, what is missing, and having it rendered.

Loads no engine: rendering happens in other processes. Must not know menus.
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ivr.speech.choose import Installed, find_installed
from ivr.speech.errors import NoEngine, UnreadableRecording, UnspeakableText
from ivr.speech.prompt_files import FORMAT, RATE, has_sound, read_note, sweep
from ivr.speech.spoken import Spoken, objection
from ivr.speech.worker_pool import Answer, Job, run_all

DEADLINE = 60.0  # seconds for one text; 2,000 characters take about 5, and starting a process 1

_MOST_REMEMBERED = 50_000  # paths of prompts: publishing asks for each of a large site five times

# How many have a prompt or failed to get one, of how many that can have one, and the last of them.
Progress = Callable[[int, int, Spoken], None]


@dataclass(frozen=True, slots=True)
class RenderReport:
    """What a run did: counts, and each text that has no prompt with the reason for the admin."""

    rendered: int
    reused: int
    failed: list[tuple[Spoken, str]]


@dataclass(frozen=True, slots=True)
class Recording:
    """A site's own recording, ready to play: the path is without suffix."""

    path: Path
    seconds: float


class PromptStore:
    """Keep one folder of rendered prompts; the same text is rendered once, whoever asks."""

    def __init__(
        self,
        folder: Path,
        *,
        wanted_engine: str | None = None,
        installed: Installed | None = None,
        deadline: float = DEADLINE,
        most_workers: int | None = None,
        known: Mapping[Path, float] | None = None,
    ) -> None:
        """`known` is how many seconds prompts last whose notes were read before: those are not read again."""
        self._folder = folder.absolute()  # Asterisk plays by absolute path
        self._wanted = wanted_engine
        self._installed = installed or find_installed()
        self._deadline = deadline
        self._most_workers = most_workers
        self._seconds: dict[Path, float] = {}
        self._known = known or {}
        self._paths: dict[Spoken, Path] = {}

    def path_of(self, spoken: Spoken) -> Path:
        """Name the prompt's files, without suffix. Pure: the files need not be there.

        Raises NoEngine when nothing installed could render it.
        """
        if (known := self._paths.get(spoken)) is not None:
            return known
        asked, spoken = spoken, spoken.normal()
        engine = self._installed.pick(spoken.language, self._wanted)
        parts = (FORMAT, engine.name, engine.version, spoken.language, spoken.voice, spoken.text)
        path = self._folder / hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
        if len(self._paths) < _MOST_REMEMBERED:
            self._paths[asked] = path
        return path

    def duration(self, spoken: Spoken) -> float | None:
        """Tell how many seconds a prompt lasts; None when it is not rendered.

        Answers from memory after `missing` or `render`; before that it reads one small file, once.
        """
        stem = self.path_of(spoken)
        if stem not in self._seconds:
            self._look(stem)
        return self._seconds.get(stem)

    def missing(self, items: Iterable[Spoken]) -> list[Spoken]:
        """List those without a whole prompt on disk, each once. Reads the disk: not for the event loop."""
        return list(self._missing(items).values())

    async def render(self, items: Iterable[Spoken], progress: Progress | None = None) -> RenderReport:
        """Render what is missing and report on all. Never raises for a text: it is listed as failed.

        Leaves each prompt whole or absent, also when cancelled or killed.
        """
        # Of a large site this takes part of a second, which calls in progress do not have.
        failed, count, todo = await asyncio.to_thread(self._sorted_out, items)
        rendered = 0
        finished = count - len(todo)

        def done(job: Job, answer: Answer) -> None:
            nonlocal rendered, finished
            stem = Path(job["stem"])
            finished += 1
            if "refused" in answer:
                failed.append((todo[stem], answer["refused"]))
            else:
                rendered += 1
                self._seconds[stem] = answer["seconds"]
            if progress is not None:
                progress(finished, count, todo[stem])

        if todo:
            await asyncio.to_thread(sweep, self._folder)
            jobs = [self._job(stem, item) for stem, item in todo.items()]
            await run_all(jobs, done, deadline=self._deadline, most_workers=self._most_workers)
        return RenderReport(rendered, count - len(todo), failed)

    async def import_recording(self, path: Path) -> Recording:
        """Bring a site's own WAV file into telephone form; the same recording is kept once.

        Raises UnreadableRecording, saying what is wrong with the file.
        """
        answers: list[Answer] = []
        job = {"recording": str(path), "folder": str(self._folder)}
        await run_all([job], lambda _, answer: answers.append(answer), deadline=self._deadline)
        (answer,) = answers
        if "refused" in answer:
            raise UnreadableRecording(answer.get("detail") or answer["refused"])
        stem = Path(answer["stem"])
        self._seconds[stem] = answer["seconds"]
        return Recording(stem, answer["seconds"])

    def _sorted_out(self, items: Iterable[Spoken]) -> tuple[list[tuple[Spoken, str]], int, dict[Path, Spoken]]:
        """Return what cannot be spoken and why, how many prompts the others are, and which of those are not there."""
        wanted = list(dict.fromkeys(items))
        failed = [(item, reason) for item in wanted if (reason := self._objection(item)) is not None]
        refused = {item for item, _ in failed}
        fit = [item for item in wanted if item not in refused]
        return failed, len({self.path_of(item) for item in fit}), self._missing(fit)

    def _missing(self, items: Iterable[Spoken]) -> dict[Path, Spoken]:
        stems = {self.path_of(item): item for item in items}
        return {stem: item for stem, item in stems.items() if not self._look(stem)}

    def _look(self, stem: Path) -> bool:
        seconds = self._known.get(stem)
        if seconds is not None and has_sound(stem, round(seconds * RATE)):
            self._seconds[stem] = seconds
            return True
        note = read_note(stem)
        if note is None:
            self._seconds.pop(stem, None)
            return False
        self._seconds[stem] = note.seconds
        return True

    def _objection(self, spoken: Spoken) -> str | None:
        reason = objection(spoken)
        if reason is not None:
            return str(UnspeakableText(reason))
        try:
            self.path_of(spoken)
        except NoEngine as error:
            return str(error)
        return None

    def _job(self, stem: Path, spoken: Spoken) -> Job:
        said = {"text": spoken.text, "language": spoken.language, "voice": spoken.voice}
        engine = self._installed.pick(spoken.language, self._wanted).name
        return {"say": said, "engine": engine, "stem": str(stem)}
