"""Owns the process that renders: one JSON line in, one prompt on disk, one JSON line out, until input ends.

Run as `python -m ivr.speech.worker`; worker_pool.py is the other end. Anything unforeseen ends the process,
and the other end says so.
"""

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from ivr.speech.choose import choose
from ivr.speech.errors import CannotStore, SilentSpeech, SpeechError, UnreadableRecording, UnspeakableText
from ivr.speech.prompt_files import FORMAT, RATE, Note, write_prompt
from ivr.speech.recording import read_recording
from ivr.speech.spoken import Spoken, objection
from ivr.speech.telephone import TelephoneAudio, to_telephone

LONGEST_LINE = 64_000
_POLITENESS = 10  # calls on the same machine go first


def main() -> None:
    """Answer each line of standard input on what was standard output."""
    # Native libraries print as they like: that must not land between our lines.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        os.nice(_POLITENESS)
        while line := sys.stdin.readline(LONGEST_LINE):
            answers.write(json.dumps(answer(json.loads(line))) + "\n")
            answers.flush()


def answer(job: dict[str, Any]) -> dict[str, Any]:  # Any: one line of JSON
    """Do one job: `say` a text to a stem, or bring a `recording` into a folder."""
    try:
        if "recording" in job:
            return _import(Path(job["recording"]), Path(job["folder"]))
        return _render(Spoken(**job["say"]), str(job["engine"]), Path(job["stem"]))
    except SpeechError as error:
        return {"refused": str(error), "detail": error.detail}


def _render(spoken: Spoken, engine: str, stem: Path) -> dict[str, Any]:
    reason = objection(spoken)
    if reason is not None:
        raise UnspeakableText(reason)
    spoken = spoken.normal()
    speech = choose(spoken.language, engine)
    audio = to_telephone(speech.say(spoken.text, spoken.language, spoken.voice))
    seconds = audio.samples / RATE
    by = f"{speech.name} {speech.version}"
    note = Note(spoken.text, spoken.language, spoken.voice, by, audio.samples, seconds)
    return _kept(stem, audio, note)


def _import(recording: Path, folder: Path) -> dict[str, Any]:
    sound = read_recording(recording)
    try:
        audio = to_telephone(sound)
    except SilentSpeech as error:
        raise UnreadableRecording(f"{recording.name} is silent or too short ({error.detail})") from error
    key = hashlib.sha256(f"recording {FORMAT} {sound.rate} ".encode() + sound.samples).hexdigest()[:32]
    stem = folder / key
    seconds = audio.samples / RATE
    note = Note(recording.name, "", None, "recorded", audio.samples, seconds)
    return _kept(stem, audio, note)


def _kept(stem: Path, audio: TelephoneAudio, note: Note) -> dict[str, Any]:
    try:
        kept = write_prompt(stem, wav=audio.wav, ulaw=audio.ulaw, alaw=audio.alaw, note=note)
    except OSError as error:
        raise CannotStore(error.strerror or type(error).__name__) from error
    return {"stem": str(stem), "seconds": kept.seconds}


if __name__ == "__main__":
    main()
