"""Owns the sound as it is attached to a mail: one steady level, mp3 where ffmpeg is there, else WAV.

Must not know mails. Blocks and holds the whole sound: a worker process does it, with a deadline.
"""

from __future__ import annotations

import io
import math
import shutil
import subprocess
from pathlib import Path

from pydub import AudioSegment

from voicemail.sound.errors import NoSound
from voicemail.sound.model import SILENT_DBFS, MailSound, NotAttached, Sound
from voicemail.sound.speaking import measure
from voicemail.sound.telephone_wav import TelephoneWav, look

#: As loud as our prompts are, so that nobody reaches for the volume between two messages.
SPEECH_DBFS = -20.0
PEAK_DBFS = -1.0
#: Speech may be brought up from a whisper; noise as much as a loud room, or a silent line would roar.
MOST_GAIN_DB, MOST_GAIN_OF_NOISE_DB = 30.0, 20.0
#: Larger than any message, and what pydub makes of it still fits into the memory of a small machine.
LONGEST_SECONDS = 7_200.0
FFMPEG_DEADLINE = 60.0
#: 32 kbit/s at 16 kHz is MPEG-2, which players know better than the MPEG-2.5 of 8 kHz; constant, so known before.
_MP3_RATE, _MP3_BITS = 16_000, 32_000
_HEADERS = 4_096


def prepare(path: Path, most_bytes: int, ffmpeg_deadline: float = FFMPEG_DEADLINE) -> MailSound | NotAttached:
    """Make an attachment of at most `most_bytes` from a recorded file.

    Where ffmpeg fails or is late, it is killed and a WAV is made instead. Raises NoSound.
    """
    wav = look(path)
    ffmpeg = shutil.which("ffmpeg")
    mp3_size = int(wav.seconds * _MP3_BITS / 8) + _HEADERS
    wav_size = wav.samples * 2 + _HEADERS
    smallest = min(mp3_size, wav_size) if ffmpeg else wav_size
    if wav.seconds > LONGEST_SECONDS:
        return NotAttached(f"{_minutes(wav)} of sound are too long for a mail")
    if smallest > most_bytes:
        return NotAttached(f"{_minutes(wav)} of sound do not fit into {_size(most_bytes)}")
    segment = _levelled(wav, measure(path))
    remark = ""
    if ffmpeg is not None and mp3_size <= most_bytes:
        try:
            return MailSound(_mp3(ffmpeg, segment, ffmpeg_deadline), ".mp3", "audio/mpeg")
        except (OSError, subprocess.SubprocessError) as error:
            remark = f"ffmpeg failed: {_reason(error)}"
    if wav_size > most_bytes:
        return NotAttached(f"{_minutes(wav)} of sound do not fit into {_size(most_bytes)}; {remark}")
    return MailSound(_wav(segment), ".wav", "audio/wav", remark)


def gain_db(sound: Sound) -> float:
    """Return by how much a sound is to be raised, or lowered when negative.

    Its speech comes to `SPEECH_DBFS`, unless its peak would pass `PEAK_DBFS` or the gain its limit. What is louder
    than the speech, such as the key that ended the message, is then cut off at full scale.
    """
    if sound.loudness_dbfs <= SILENT_DBFS:
        return 0.0
    most = MOST_GAIN_DB if sound.speaks else MOST_GAIN_OF_NOISE_DB
    return min(SPEECH_DBFS - sound.loudness_dbfs, PEAK_DBFS - sound.peak_dbfs, most)


def _levelled(wav: TelephoneWav, sound: Sound) -> AudioSegment:
    samples = b"".join(block.astype("<i2", copy=False).tobytes() for block in wav.blocks())
    if not samples:
        raise NoSound("the file has lost its sound")
    return AudioSegment(samples, sample_width=2, frame_rate=wav.rate, channels=1).apply_gain(gain_db(sound))


def _wav(segment: AudioSegment) -> bytes:
    with io.BytesIO() as file:
        segment.export(file, format="wav")
        return file.getvalue()


def _mp3(ffmpeg: str, segment: AudioSegment, deadline: float) -> bytes:
    # Not pydub's export, which waits for ffmpeg without end. Through pipes, so that no file is ever left behind.
    done = subprocess.run(
        [
            *(ffmpeg, "-nostdin", "-hide_banner", "-loglevel", "error"),
            *("-f", "s16le", "-ar", str(segment.frame_rate), "-ac", "1", "-i", "pipe:0"),
            *("-map_metadata", "-1", "-codec:a", "libmp3lame", "-ar", str(_MP3_RATE), "-b:a", str(_MP3_BITS)),
            *("-write_xing", "0", "-f", "mp3", "pipe:1"),
        ],
        input=segment.raw_data,
        capture_output=True,
        timeout=deadline,
        check=True,
    )
    made: bytes = done.stdout
    if not made:
        raise subprocess.SubprocessError("it made nothing")
    return made


def _reason(error: OSError | subprocess.SubprocessError) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"not done in {error.timeout:g} s"
    if isinstance(error, subprocess.CalledProcessError):
        lines = error.stderr.decode(errors="replace").strip().splitlines()
        return lines[-1][:200] if lines else f"exit status {error.returncode}"
    return str(error)[:200]


def _minutes(wav: TelephoneWav) -> str:
    return f"{math.ceil(wav.seconds / 60)} minutes"


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"
