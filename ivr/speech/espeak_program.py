"""Owns speech by the program espeak-ng of the system, for a machine without the package espeakng-loader."""

import io
import re
import shutil
import subprocess
import wave
from pathlib import Path

from ivr.speech.engine import Pcm
from ivr.speech.errors import EngineFailed, NoEngine
from ivr.speech.espeak import LONGEST_SECONDS, WORDS_A_MINUTE, choose_voice

PROGRAM = "espeak-ng"
DEADLINE = 30.0
_ABOUT = re.compile(r"text-to-speech: (?P<version>\S+)\s+Data at: (?P<data>.+)")
# "5  lt  --/M  Lithuanian  bat/lt  (ltu 5)": blanks within names are written as underscores.
_LISTED = re.compile(r"\s*(?P<priority>\d+)\s+(?P<tag>\S+)\s+\S+\s+\S+\s+(?P<file>\S+)(?P<others>.*)")
_OTHER = re.compile(r"\((?P<tag>\S+)\s+(?P<priority>\d+)\)")


def installed(program: str = PROGRAM) -> str | None:
    """Tell the version of the program on the path, or None. Runs it once, for some milliseconds."""
    if shutil.which(program) is None:
        return None
    return f"program-{_about(program)['version']}"


class EspeakProgram:
    """Speak with one run of the program for each text."""

    name = "espeak"

    def __init__(self, program: str = PROGRAM) -> None:
        version = installed(program)
        if version is None:
            raise NoEngine(f"install the program {PROGRAM}")
        self.version = version
        self._program = program
        self._data = Path(_about(program)["data"])
        self._voices = _voices(_run([program, "--voices"]).decode(errors="replace"))
        self.languages = frozenset(self._voices)

    def say(self, text: str, language: str, voice: str | None = None) -> Pcm:
        """Speak the text. Raises UnknownLanguage, UnknownVoice, EngineFailed."""
        name = choose_voice(self._voices, self._data, language, voice)
        # The text goes in by standard input: as an argument it could be taken for an option.
        command = [self._program, "-b", "1", "-v", name, "-s", str(WORDS_A_MINUTE), "--stdin", "--stdout"]
        sound = _run(command, text.encode())
        try:
            with wave.open(io.BytesIO(sound)) as reader:
                rate = reader.getframerate()
                # The header of a stream names a length nobody knew yet.
                samples = reader.readframes(LONGEST_SECONDS * rate)
        except (wave.Error, EOFError) as error:
            raise EngineFailed(f"{PROGRAM} gave no audio: {error or 'nothing at all'}") from error
        return Pcm(samples, rate)


def _about(program: str) -> dict[str, str]:
    answer = _run([program, "--version"]).decode(errors="replace")
    found = _ABOUT.search(answer)
    if found is None:
        raise EngineFailed(f"{PROGRAM} does not say its version: {answer[:80]!r}")
    return {"version": found["version"], "data": found["data"].strip()}


def _voices(listing: str) -> dict[str, str]:
    best: dict[str, tuple[int, str]] = {}
    for line in listing.splitlines():
        listed = _LISTED.fullmatch(line)
        if listed is None:
            continue  # the heading
        others = [(other["tag"], int(other["priority"])) for other in _OTHER.finditer(listed["others"])]
        for tag, priority in [(listed["tag"], int(listed["priority"])), *others]:
            language = tag.lower()
            if language not in best or priority < best[language][0]:
                best[language] = (priority, listed["file"])
    return {language: file for language, (_, file) in best.items()}


def _run(command: list[str], text: bytes = b"") -> bytes:
    try:
        done = subprocess.run(command, input=text, capture_output=True, timeout=DEADLINE, check=True)
    except subprocess.TimeoutExpired as error:
        raise EngineFailed(f"{PROGRAM} took longer than {DEADLINE:g} s") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()[-200:]
        raise EngineFailed(f"{PROGRAM} ended with {error.returncode}: {said}") from error
    except OSError as error:
        raise EngineFailed(f"{PROGRAM} does not run: {error}") from error
    return done.stdout
