"""What a transcript costs, whether calls notice, how many a minute, and what the telephone does to the words.

Four things per engine that has a model here: processor of the whole pipeline beside the bare engine on the same decoded
sound; how late the event loop is while two processes listen; how many messages of 30 s a minute they manage; and the
word error rate of originals, of the same through G.711 by arithmetic, and of the same said by a real phone and recorded
by a real mailbox. Speech comes from packages: pytest-audioeval's recordings, the voices of hibari-tts and espeak-ng.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import soxr
import uvloop

from bench._mailbox import leave_messages
from bench._server import cost
from ivr.speech.choose import load
from ivr.speech.errors import SpeechError
from server.terminal import log_to
from voicemail.transcription.decoding import RATE, read_pieces
from voicemail.transcription.g711 import Samples, decode_ulaw, encode_ulaw
from voicemail.transcription.model import ModelChoice, NoModel
from voicemail.transcription.models import Models
from voicemail.transcription.wav import FLOAT, PCM, read_layout
from voicemail.transcription.workers import Transcribers

ROOT: Final = Path(__file__).resolve().parents[1]
LANGUAGES: Final = ("en", "ko")
MESSAGE_SECONDS: Final = 30
#: Messages through the pipeline and through the bare engine, in turns.
ROUNDS: Final = 4
#: How long two processes listen without a pause.
BUSY: Final = 60.0
DEADLINE: Final = 120.0
CPU_LIMIT, LAG_LIMIT_MS, A_MINUTE, POINTS = 1.10, 20.0, 6.0, 3.0
#: Whose words the telephone must leave alone: people's, and a voice made like theirs. espeak's is made of formants, of
#: which the telephone cuts off the upper ones: its rates are told, not judged.
JUDGED: Final = ("audioeval", "hibari")

ENGLISH: Final = (
    "Hello, this is Martha Green from the bakery on Station Road.",
    "I am calling about the invoice that you sent me last week.",
    "The amount on it is higher than what we agreed on the telephone.",
    "Could somebody from your department please call me back this afternoon?",
    "I am usually in the office until five, and after that you can reach me at home.",
    "The delivery arrived this morning, but two of the boxes were damaged.",
    "My neighbour told me that your company also repairs washing machines.",
    "Please send the new contract to my email address, and not by post.",
    "We would like to move our appointment from Tuesday to Friday morning.",
    "The printer on the second floor has stopped working again.",
    "I have been waiting for an answer for almost three weeks now.",
    "Thank you very much for your help, and have a nice day.",
)
KOREAN: Final = (
    "안녕하세요 저는 김민수입니다",
    "지난주에 받은 청구서 때문에 전화드렸습니다",
    "오늘 오후에 다시 전화해 주세요",
    "주문한 물건이 아직 오지 않았습니다",
    "화요일 약속을 금요일 아침으로 바꾸고 싶습니다",
    "도와주셔서 감사합니다 좋은 하루 보내세요",
)
_DIGITS: Final = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@dataclass(frozen=True)
class Spoken:
    """Sound at 16 kHz and the words in it."""

    voice: str
    samples: Samples
    reference: str


def word_error_rate(reference: str, transcript: str) -> float:
    """Return (replaced + left out + put in) ÷ words said; case, punctuation and how a digit is written do not count."""
    import jiwer

    return float(jiwer.wer(_plain(reference), _plain(transcript)))


def _plain(text: str) -> str:
    digits = re.sub(r"\d", lambda digit: f" {_DIGITS[int(digit[0])]} ", re.sub(r"\b10\b", "ten", text))
    return " ".join(re.findall(r"[\w']+", digits.lower()))


def through_g711(samples: Samples) -> Samples:
    """Send samples at 16 kHz through a telephone line of 8 kHz and µ-law, and return what arrives, at 16 kHz again."""
    line = decode_ulaw(encode_ulaw(soxr.resample(samples, RATE, 8_000, quality="HQ")))
    arrived: Samples = soxr.resample(line, 8_000, RATE, quality="HQ")
    return arrived


def spoken(language: str) -> Iterator[Spoken]:
    """Yield what there is to hear in a language on this machine."""
    spec = find_spec("pytest_audioeval")
    for place in (spec.submodule_search_locations if spec else None) or ():
        files = sorted(Path(place).glob(f"samples/audio/{language}/*.wav"))
        if files:
            sounds = [np.concatenate([piece.samples for piece in read_pieces(f, read_layout(f))]) for f in files]
            texts = [file.with_suffix(".txt").read_text() for file in files]
            yield Spoken("audioeval", _with_pauses(sounds), " ".join(texts))
    for voice in ("hibari", "espeak"):
        sentences = {"en": ENGLISH, "ko": KOREAN}[language]
        try:
            yield Spoken(voice, _said(voice, sentences, language), " ".join(sentences))
        except SpeechError:
            continue  # not installed, or not its language


def _said(voice: str, sentences: tuple[str, ...], language: str) -> Samples:
    sounds = []
    for sentence in sentences:
        pcm = load(voice).say(sentence, language)
        sounds.append(soxr.resample(np.frombuffer(pcm.samples, "<i2").astype(np.float32) / 32_768, pcm.rate, RATE))
    return _with_pauses(sounds)


def _with_pauses(sounds: list[Samples]) -> Samples:
    pause = np.zeros(RATE // 2, np.float32)
    return np.concatenate([part for sound in sounds for part in (pause, sound)] + [pause]).astype(np.float32)


def write_wav(path: Path, samples: Samples, rate: int, *, coding: int = FLOAT) -> Path:
    """Write a WAV file of 32-bit floats, or of 16 bits as Asterisk does."""
    body = samples.astype("<f4") if coding == FLOAT else (np.clip(samples, -1, 1) * 32_767).astype("<i2")
    size = body.itemsize
    form = struct.pack("<HHIIHH", coding, 1, rate, rate * size, size, size * 8)
    head = b"RIFF" + struct.pack("<I", 36 + body.nbytes) + b"WAVEfmt " + struct.pack("<I", 16) + form
    path.write_bytes(head + b"data" + struct.pack("<I", body.nbytes) + body.tobytes())
    return path


def message(path: Path, language: str) -> Path:
    """Write a message of 30 s as Asterisk records one: somebody talks almost without a pause."""
    best = max(spoken(language), key=lambda one: len(one.samples) * (one.voice != "audioeval"))
    long = np.tile(best.samples, -(-MESSAGE_SECONDS * RATE // len(best.samples)))[: MESSAGE_SECONDS * RATE]
    return write_wav(path, soxr.resample(long, RATE, 8_000, quality="HQ"), 8_000, coding=PCM)


# -- the bare engine, in a process of its own: nothing of ours but the sound that it is given ------------------------


def alone(engine: str, folder: str, language: str) -> None:
    """Answer each path of samples on standard input with the engine's own processor seconds and its text."""
    hear = {"vosk": _bare_vosk, "whisper": _bare_whisper}[engine](folder, language)
    for line in sys.stdin:
        samples = np.load(line.strip())
        before = time.process_time()
        text = hear(samples)
        print(json.dumps([time.process_time() - before, text]), flush=True)


def _bare_vosk(folder: str, _language: str) -> Any:  # Any: the package has no types
    import ctypes

    from vosk import KaldiRecognizer, Model, SetLogLevel

    SetLogLevel(-1)
    model = Model(folder)

    def hear(samples: Samples) -> str:
        ctypes.CDLL(None).srand(1)  # its noise is random otherwise, and so are its words
        recogniser, pcm = KaldiRecognizer(model, RATE), (samples * 32_767).astype("<i2")
        recogniser.SetWords(True)
        results = [
            recogniser.Result()
            for at in range(0, len(pcm), RATE // 4)
            if recogniser.AcceptWaveform(pcm[at : at + RATE // 4].tobytes())
        ]
        texts = [json.loads(result)["text"] for result in [*results, recogniser.FinalResult()]]
        return " ".join(word for text in texts for word in text.split() if word[0] + word[-1] not in ("<>", "[]"))

    return hear


def _bare_whisper(folder: str, language: str) -> Any:  # Any: the package has no types
    from faster_whisper import WhisperModel

    model = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)
    told = {"language": language, "word_timestamps": True, "vad_filter": True, "condition_on_previous_text": False}
    return lambda samples: " ".join(s.text.strip() for s in model.transcribe(samples, **told)[0])


@contextmanager
def _alone(choice: ModelChoice) -> Iterator[subprocess.Popen[str]]:
    arguments = ("alone", choice.engine, str(choice.folder), choice.language)
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "bench.speech", *arguments],
        cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},  # as our processes have it
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _ask(process: subprocess.Popen[str], path: Path) -> tuple[float, str]:
    requests, answers = process.stdin, process.stdout
    assert requests is not None and answers is not None
    requests.write(f"{path}\n")
    requests.flush()
    seconds, text = json.loads(answers.readline())
    return seconds, text


# -- the measurements ------------------------------------------------------------------------------------------------


async def overhead(choices: Models, language: str, wav: Path) -> dict[str, float]:
    """Compare processor seconds of the whole pipeline (both processes) and of the bare engine, for one message.

    The best round of each counts: others on the machine only add.
    """
    samples = wav.with_suffix(".npy")
    np.save(samples, np.concatenate([piece.samples for piece in read_pieces(wav, read_layout(wav))]))
    ours: list[float] = []
    bare: list[float] = []
    same = True
    with _alone(choices.choose(language)) as process:
        async with Transcribers(choices, at_once=1) as ears:
            await ears.transcribe(wav, language)  # both have their model now
            await asyncio.to_thread(_ask, process, samples)
            (pid,) = ears.pids
            for _ in range(ROUNDS):
                before = cost(pid).cpu + time.process_time()
                heard = await ears.transcribe(wav, language)
                ours.append(cost(pid).cpu + time.process_time() - before)
                seconds, text = await asyncio.to_thread(_ask, process, samples)
                bare.append(seconds)
                same = same and text == heard.text
    return {
        "message_cpu_s": min(ours),
        "bare_cpu_s": min(bare),
        "cpu_ratio": min(ours) / min(bare),
        "same_text": float(same),
    }


async def busy(choices: Models, language: str, wav: Path) -> dict[str, float]:
    """Keep two processes listening for a while; return messages a minute, and how late this event loop is.

    At nice 10 they get what others on the machine leave them, so it is told how many cores that was.
    """
    done = 0

    async def listen(until: float) -> None:
        nonlocal done
        while time.monotonic() < until:
            await ears.transcribe(wav, language)
            done += 1

    async with Transcribers(choices, at_once=2) as ears:
        await asyncio.gather(*(ears.transcribe(wav, language) for _ in range(2)))
        async with lag() as waits:
            began, before = time.monotonic(), sum(cost(pid).cpu for pid in ears.pids)
            await asyncio.gather(*(listen(began + BUSY) for _ in range(2)))
            took, used = time.monotonic() - began, sum(cost(pid).cpu for pid in ears.pids) - before
        memory = sum(cost(pid).rss for pid in ears.pids)
    waits.sort()
    return {
        "messages_a_minute": done / took * 60,
        "cores_got": used / took,
        "lag_p50_ms": waits[len(waits) // 2],
        "lag_p99_ms": waits[int(len(waits) * 0.99)],
        "two_processes_mb": memory,
    }


@asynccontextmanager
async def lag() -> AsyncIterator[list[float]]:
    """Knock at a door of this event loop while the block runs; the list is filled when it is left."""
    waits: list[float] = []

    async def turn_away(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(turn_away, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench._lag", host, str(port),
            cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            yield waits
            async with asyncio.timeout(DEADLINE):
                said, _ = await process.communicate(b"enough")
            waits.extend(json.loads(said))
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


@dataclass(frozen=True)
class Rates:
    """Word error rates of the same words: the original, through G.711 by arithmetic, and left in a real mailbox."""

    original: float
    g711: float
    phone: float

    @property
    def points(self) -> float:
        """How many points of a hundred the phone adds."""
        return (self.phone - self.original) * 100


async def errors(choices: Models, language: str, folder: Path) -> dict[str, Rates]:
    """Return the word error rates of each voice."""
    voices = list(spoken(language))
    # The phone takes shortcuts in changing rates, which is no part of a telephone line: it gets what it will send.
    said = [
        write_wav(folder / f"{one.voice}.wav", soxr.resample(one.samples, RATE, 8_000, quality="HQ"), 8_000, coding=PCM)
        for one in voices
    ]
    recorded = await leave_messages(said, folder / "data")
    found = {}
    async with Transcribers(choices, at_once=1) as ears:
        for one, phone in zip(voices, recorded, strict=True):
            original = write_wav(folder / "original.wav", one.samples, RATE)
            line = write_wav(folder / "line.wav", through_g711(one.samples), RATE)
            heard = [(await ears.transcribe(path, language)).text for path in (original, line, phone)]
            found[one.voice] = Rates(*(word_error_rate(one.reference, text) for text in heard))
    return found


async def measure() -> dict[str, float]:
    """Measure every language that has a model here; `ok` is whether all goals are met, and there was any."""
    figures: dict[str, float] = {}
    met = []
    choices = Models()
    for language in LANGUAGES:
        try:
            choice = choices.choose(language)
        except NoModel:
            continue
        with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as name:
            wav = message(Path(name) / "message.wav", language)
            found = await overhead(choices, language, wav) | await busy(choices, language, wav)
            rates = await errors(choices, language, Path(name))
        judged = [rates[voice] for voice in JUDGED if voice in rates]
        met += [
            found["cpu_ratio"] <= CPU_LIMIT and found["same_text"] == 1.0,
            found["lag_p99_ms"] <= LAG_LIMIT_MS,
            found["messages_a_minute"] >= A_MINUTE,
            all(rate.points <= POINTS for rate in judged),
        ]
        for voice, rate in rates.items():
            found |= {f"wer_{voice}_{way}": value for way, value in asdict(rate).items()}
        if judged:
            found["phone_wer_points"] = max(rate.points for rate in judged)
        figures |= {f"{language}_{choice.engine}_{what}": value for what, value in found.items()}
    return figures | {"ok": float(bool(met) and all(met))}


def run() -> dict[str, float]:
    """Measure; takes seven to eight minutes."""
    log_to(level="warning")
    return uvloop.run(measure())


if __name__ == "__main__":
    if sys.argv[1:2] == ["alone"]:
        alone(*sys.argv[2:])
    else:
        print(json.dumps({name: round(value, 3) for name, value in run().items()}))
