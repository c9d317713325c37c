"""Owns what can go wrong with speech. The text of each error is meant for an admin.

SpeechError
├── NoEngine              nothing installed can say it
├── UnknownLanguage       the engine does not speak this language
├── UnknownVoice          the engine has no such voice on this machine
├── UnspeakableText       the text itself cannot become a prompt
├── SilentSpeech          the engine ran, but there is nothing to hear
├── EngineFailed          the engine broke down
├── UnreadableRecording   the site's own file is not audio we read
├── CannotStore           it was spoken, and the disk did not take it
└── WorkerLost            the process that was rendering is gone
"""


class SpeechError(Exception):
    """Speech failed."""

    def __init__(self, detail: str = "") -> None:
        self.detail = detail
        meaning = (type(self).__doc__ or "").strip().rstrip(".")
        super().__init__(f"{meaning}: {detail}" if detail else f"{meaning}.")


class NoEngine(SpeechError):
    """No speech engine is installed for this."""


class UnknownLanguage(SpeechError):
    """The speech engine does not speak this language."""


class UnknownVoice(SpeechError):
    """The speech engine does not have this voice."""


class UnspeakableText(SpeechError):
    """This text cannot be spoken."""


class SilentSpeech(SpeechError):
    """The result is silent or too short to be heard."""


class EngineFailed(SpeechError):
    """The speech engine broke down."""


class UnreadableRecording(SpeechError):
    """This recording cannot be read."""


class CannotStore(SpeechError):
    """What was spoken cannot be stored: make room on the disk and publish again."""


class WorkerLost(SpeechError):
    """The rendering process ended before it answered."""
