"""Rules about languages: callers hear every text in the language they chose. Knows no voices and no audio."""

from __future__ import annotations

from collections.abc import Iterator

from config.findings import Finding, quoted
from config.languages import is_spoken
from config.mailboxes import EVERY_LANGUAGE
from config.reading.tree import Step
from config.rules.scope import Scope
from config.schema import Site
from config.values import DEFAULT_LANGUAGE, Prompt

#: Longer than this nobody listens, seconds.
LONGEST_PROMPT = 60
#: So many signs a voice speaks in that time.
LONGEST_TEXT = 15 * LONGEST_PROMPT


def prompts(site: Site) -> Iterator[tuple[tuple[Step, ...], Prompt]]:
    """Yield every text a caller may hear, with its path."""
    for name, menu in site.menus.items():
        parts: list[tuple[tuple[Step, ...], Prompt | None]] = [
            (("say",), menu.say),
            (("closed", "say"), menu.closed.say if menu.closed is not None else None),
            (("silence", "say"), menu.silence.say),
            (("mistake", "say"), menu.mistake.say),
        ]
        parts += [(("keys", key, "say"), choice.say) for key, choice in menu.keys.items()]
        for path, prompt in parts:
            if prompt is not None:
                yield ("menus", name, *path), prompt
    for name, mailbox in site.mailboxes.items():
        closed = mailbox.closed.say if mailbox.closed is not None else None
        for key, greeting in (("greeting", mailbox.greeting.say), ("closed", closed)):
            if greeting is not None:
                yield ("mailboxes", name, key, "say"), greeting
    for name, prompt in site.phrases.items():
        yield ("phrases", name), prompt


def missing_texts(scope: Scope) -> Iterator[Finding]:
    """W402: every text is written in every language of the company."""
    company = scope.site.company
    for path, prompt in prompts(scope.site):
        texts = {company.language if lang == DEFAULT_LANGUAGE else lang for lang in prompt.texts}
        missing = [language for language in company.languages if language not in texts and is_spoken(language)]
        if missing:
            mend = f"write {{{', '.join(f'{language}: …' for language in company.languages)}}}"
            yield from scope.finding_at_key("W402", path, f"the text is missing in {', '.join(missing)}", mend)


def unheard_texts(scope: Scope) -> Iterator[Finding]:
    """W443, W444: every text has words in it, and no caller must listen to it for long."""
    for path, prompt in prompts(scope.site):
        for language, text in prompt.texts.items():
            place = (*path, "texts", language)
            if not any(map(str.isalnum, text)):
                message = "there is no word in this text, so callers hear nothing"
                yield from scope.finding("W443", place, message, "write what they should hear, or delete it")
            elif len(text) > LONGEST_TEXT:
                message = f"to speak this takes more than {LONGEST_PROMPT} s: callers do not listen so long"
                yield from scope.finding("W444", place, message, "shorten it, or divide it among several menus")


def voiceless_languages(scope: Scope) -> Iterator[Finding]:
    """E317: every language has a voice; the other rules leave those without one to this."""
    mend = "write a code such as en, lt or de"
    values: list[tuple[tuple[Step, ...], str | None]] = [
        (("company", "languages", index), language) for index, language in enumerate(scope.site.company.languages)
    ]
    values += _switches(scope.site)
    values += [(("people", name, "language"), person.language) for name, person in scope.site.people.items()]
    for path, language in values:
        if language is not None and not is_spoken(language):
            yield from scope.finding("E317", path, f"no voice speaks {quoted(language)}", mend)
    for path, language in _language_keys(scope.site):
        # A text without a language has our own sign for it, which nobody wrote.
        if not is_spoken(language) and scope.is_written(*path):
            yield from scope.finding_at_key("E317", path, f"no voice speaks {quoted(language)}", mend)


def _switches(site: Site) -> list[tuple[tuple[Step, ...], str | None]]:
    """Return every place that may switch a caller's language, with the language."""
    used: list[tuple[tuple[Step, ...], str | None]] = [
        (("numbers", number, "language"), entry.language) for number, entry in site.numbers.items()
    ]
    used += [
        (("menus", name, "keys", key, "language"), choice.language)
        for name, menu in site.menus.items()
        for key, choice in menu.keys.items()
    ]
    return used


def _language_keys(site: Site) -> list[tuple[tuple[Step, ...], str]]:
    """Return every key that is a language: of texts, of voices, of speech models."""
    keys: list[tuple[tuple[Step, ...], str]] = [
        ((*path, language), language) for path, prompt in prompts(site) for language in prompt.texts
    ]
    keys += [(("voices", language), language) for language in site.voices]
    for engine, models in (("vosk", site.speech.vosk), ("whisper", site.speech.whisper)):
        keys += [(("speech", engine, language), language) for language in models if language != EVERY_LANGUAGE]
    return keys


def unspoken_languages(scope: Scope) -> Iterator[Finding]:
    """E312: callers are switched only to languages that the company speaks."""
    for path, language in _switches(scope.site):
        if language is not None and language not in scope.site.company.languages and is_spoken(language):
            message = f"the company does not speak {quoted(language)}"
            yield from scope.finding("E312", path, message, _add(scope, language))


def useless_languages(scope: Scope) -> Iterator[Finding]:
    """W410: texts, voices, speech models and people have languages that callers can be led to."""
    languages = scope.site.company.languages
    for path, language in _language_keys(scope.site):
        if language not in languages and is_spoken(language):
            message = f"the company does not speak {quoted(language)}"
            yield from scope.finding_at_key("W410", path, message, _add(scope, language))
    for name, person in scope.site.people.items():
        if person.language is not None and person.language not in languages and is_spoken(person.language):
            message = f"the company does not speak {quoted(person.language)}"
            path = ("people", name, "language")
            yield from scope.finding("W410", path, message, _add(scope, person.language))


def _add(scope: Scope, language: str) -> str:
    spoken = ", ".join(scope.site.company.languages)
    return f"use {spoken}, or add {language} to the company's `languages:`"
