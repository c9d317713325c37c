"""Owns listening by faster-whisper. The only file that knows the package; it is imported in a worker process only.

Must never let it download: the model's folder is complete, or it is not used.
"""

from importlib import metadata
from typing import Final

from faster_whisper import WhisperModel

from voicemail.transcription.g711 import Samples
from voicemail.transcription.model import EngineFailed, ModelChoice, Word

# Whisper was taught with subtitles, and writes "Thank you for watching" over silence. So it hears only what a voice
# detector lets through, and does not lean on its own last sentence, which is how one mistake becomes ten.
_LISTENING: Final = {"word_timestamps": True, "vad_filter": True, "condition_on_previous_text": False}


class WhisperRecogniser:
    """Understand speech with a Whisper model in CTranslate2's form, in 8-bit arithmetic."""

    def __init__(self, choice: ModelChoice) -> None:
        self.name = f"faster-whisper {metadata.version('faster-whisper')}"
        try:
            self._model = WhisperModel(
                str(choice.folder),
                device="cpu",
                compute_type="int8",
                cpu_threads=choice.threads,
                num_workers=1,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise EngineFailed(f"faster-whisper does not load {choice.folder}: {error}") from error
        self._language = choice.language if self._model.model.is_multilingual else "en"

    def transcribe(self, samples: Samples) -> list[Word]:
        """Understand samples. Raises EngineFailed."""
        try:
            segments, _ = self._model.transcribe(samples, language=self._language, **_LISTENING)
            return [
                Word(word.word.strip(), float(word.start), float(word.end), float(word.probability))
                for segment in segments
                for word in segment.words or ()
                if word.word.strip()
            ]
        except (RuntimeError, ValueError) as error:
            raise EngineFailed(f"faster-whisper: {error}") from error
