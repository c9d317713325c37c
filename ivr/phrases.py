"""What Switchroom itself says to callers and operators, in the languages it knows; a site may say it otherwise.

Owns the texts and the list of everything that must be rendered before the site can take calls.
"""

from __future__ import annotations

from collections.abc import Iterator

from config.phrase_names import MOST_POSITIONS
from config.schema import Site
from config.values import DEFAULT_LANGUAGE, Prompt
from ivr.phrases_by_phone import CLOSING_PHRASES, IN_BOTH, RECORDING_PHRASES
from ivr.phrases_inbox import INBOX_PHRASES
from ivr.speech.spoken import Spoken

#: So many departments can be chosen by their number.
MOST_NUMBERED = 99

#: By the names of `config.phrase_names`, and by language.
PHRASES: dict[str, dict[str, str]] = {
    "unknown_number": {
        "en": "The number you have dialled is not in use. Please check the number and call again.",
        "lt": "Jūsų surinktas numeris nenaudojamas. Patikrinkite numerį ir skambinkite dar kartą.",
        "ru": "Набранный вами номер не используется. Проверьте номер и перезвоните.",
    },
    "all_busy": {
        "en": "All our operators are busy. Please hold the line.",
        "lt": "Visi mūsų darbuotojai šiuo metu užimti. Palaukite.",
        "ru": "Все операторы заняты. Пожалуйста, оставайтесь на линии.",
    },
    "nobody_here": {
        "en": "We are sorry, nobody can take your call now. Please call again later.",
        "lt": "Atsiprašome, šiuo metu niekas negali atsiliepti. Skambinkite vėliau.",
        "ru": "К сожалению, сейчас никто не может ответить. Перезвоните позже.",
    },
    "no_answer": {
        "en": "The person you have called does not answer.",
        "lt": "Asmuo, kuriam skambinate, neatsiliepia.",
        "ru": "Абонент не отвечает.",
    },
    "position_many": {
        "en": "There are at least ten callers before you.",
        "lt": "Prieš jus laukia bent dešimt skambinančiųjų.",
        "ru": "Перед вами не меньше десяти звонков.",
    },
    "leave_message": {
        "en": "Please leave a message after the tone. To end it, press hash.",
        "lt": "Palikite žinutę po signalo. Baigę spauskite grotelių klavišą.",
        "ru": "Оставьте сообщение после сигнала. В конце нажмите решётку.",
    },
    "nobody_spoke": {
        "en": "We could not hear you. Please call again.",
        "lt": "Jūsų negirdėjome. Skambinkite dar kartą.",
        "ru": "Мы вас не услышали. Перезвоните, пожалуйста.",
    },
    "thank_you": {
        "en": "Thank you. Your message has been kept.",
        "lt": "Ačiū. Jūsų žinutė išsaugota.",
        "ru": "Спасибо. Ваше сообщение сохранено.",
    },
    "review_message": {
        "en": "To keep your message, press one or hang up. To listen to it, press two. To record again, press three.",
        "lt": "Išsaugoti žinutę – spauskite vieną arba padėkite ragelį. Perklausyti – du. Įrašyti iš naujo – tris.",
        "ru": "Чтобы сохранить сообщение, нажмите один или положите трубку. Прослушать – два. Записать заново – три.",
    },
    "message_too_short": {
        "en": "Your message is too short. Please speak after the tone.",
        "lt": "Jūsų žinutė per trumpa. Kalbėkite po signalo.",
        "ru": "Сообщение слишком короткое. Говорите после сигнала.",
    },
    "cannot_record": {
        "en": "We are sorry, we cannot record a message now.",
        "lt": "Atsiprašome, šiuo metu žinutės įrašyti negalime.",
        "ru": "К сожалению, сейчас записать сообщение нельзя.",
    },
    "start_fax": {
        "en": "Please start your fax machine now.",
        "lt": "Dabar paleiskite savo fakso aparatą.",
        "ru": "Включите факс, пожалуйста.",
    },
    "no_fax_machine": {
        "en": "We did not hear a fax machine.",
        "lt": "Fakso aparato neišgirdome.",
        "ru": "Мы не услышали факс.",
    },
    "logged_in": {"en": "You are logged in.", "lt": "Jūs prisijungėte.", "ru": "Вы вошли в систему."},
    "logged_out": {"en": "You are logged out.", "lt": "Jūs atsijungėte.", "ru": "Вы вышли из системы."},
    "paused": {"en": "You are paused.", "lt": "Jūsų darbas pristabdytas.", "ru": "Вы на паузе."},
    "unpaused": {"en": "You are ready for calls.", "lt": "Laukiate skambučių.", "ru": "Вы готовы к звонкам."},
    "not_possible": {
        "en": "That is not possible now.",
        "lt": "Dabar tai neįmanoma.",
        "ru": "Сейчас это невозможно.",
    },
    "unknown_code": {
        "en": "There is no such code.",
        "lt": "Tokio kodo nėra.",
        "ru": "Такого кода нет.",
    },
    "unknown_extension": {
        "en": "There is no such extension.",
        "lt": "Tokio vidinio numerio nėra.",
        "ru": "Такого внутреннего номера нет.",
    },
}

_ORDINALS = {
    "en": ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"],
    "lt": [
        "pirmas",
        "antras",
        "trečias",
        "ketvirtas",
        "penktas",
        "šeštas",
        "septintas",
        "aštuntas",
        "devintas",
        "dešimtas",
    ],
    "ru": [
        "первый",
        "второй",
        "третий",
        "четвёртый",
        "пятый",
        "шестой",
        "седьмой",
        "восьмой",
        "девятый",
        "десятый",
    ],
}
_POSITION = {"en": "You are {} in line.", "lt": "Jūs esate {} eilėje.", "ru": "Вы {} в очереди."}

for _language, _words in _ORDINALS.items():
    for _place, _word in enumerate(_words, start=1):
        PHRASES.setdefault(f"position_{_place}", {})[_language] = _POSITION[_language].format(_word)

#: Honest ranges of waiting, by their upper bound in seconds.
WAITS: tuple[tuple[float, str], ...] = ((60, "wait_1"), (180, "wait_3"), (300, "wait_5"), (600, "wait_10"))
PHRASES |= {
    "wait_1": {
        "en": "You will probably wait less than one minute.",
        "lt": "Tikriausiai lauksite trumpiau nei minutę.",
        "ru": "Вероятно, ждать меньше минуты.",
    },
    "wait_3": {
        "en": "You will probably wait between one and three minutes.",
        "lt": "Tikriausiai lauksite nuo vienos iki trijų minučių.",
        "ru": "Вероятно, ждать от одной до трёх минут.",
    },
    "wait_5": {
        "en": "You will probably wait between three and five minutes.",
        "lt": "Tikriausiai lauksite nuo trijų iki penkių minučių.",
        "ru": "Вероятно, ждать от трёх до пяти минут.",
    },
    "wait_10": {
        "en": "You will probably wait between five and ten minutes.",
        "lt": "Tikriausiai lauksite nuo penkių iki dešimties minučių.",
        "ru": "Вероятно, ждать от пяти до десяти минут.",
    },
    "wait_long": {
        "en": "You will probably wait more than ten minutes.",
        "lt": "Tikriausiai lauksite ilgiau nei dešimt minučių.",
        "ru": "Вероятно, ждать больше десяти минут.",
    },
}
PHRASES |= INBOX_PHRASES | CLOSING_PHRASES | RECORDING_PHRASES


def spoken(site: Site, prompt: Prompt, language: str) -> Spoken:
    """Return the prompt in this language, or in the site's first where it has no text in this one."""
    found, text = prompt.text(language, site.company.language)
    voices = site.voices.get(found)
    return Spoken(text, found, voices.voice if voices else None)


def phrase(site: Site, name: str, language: str) -> Spoken:
    """Return one of our own phrases, as the site words it or as we do; in English where we know no better.

    A language that the company does not speak, which an operator may have, is answered in its first: nothing else
    was rendered.

    Raises:
        KeyError: there is no phrase of that name.
    """
    language = rendered_language(site, language)
    theirs = site.phrases.get(name)
    reworded = {} if theirs is None else theirs.texts
    if DEFAULT_LANGUAGE in reworded:
        reworded = {site.company.language: reworded[DEFAULT_LANGUAGE]}
    prompt = Prompt(texts={**PHRASES[name], **reworded})
    if language not in prompt.texts and site.company.language not in prompt.texts and "en" in prompt.texts:
        language = "en"
    return spoken(site, prompt, language)


def position(site: Site, place: int, language: str) -> Spoken:
    """Say the place in line, 1 being the next to be served."""
    return phrase(site, f"position_{place}" if place <= MOST_POSITIONS else "position_many", language)


def wait(site: Site, seconds: float, language: str) -> Spoken:
    """Say the wait to be expected as a range."""
    name = next((name for bound, name in WAITS if seconds < bound), "wait_long")
    return phrase(site, name, language)


def everything(site: Site) -> list[Spoken]:
    """List all that may be spoken on this site, once each, in a stable order."""
    found = [spoken(site, prompt, language) for prompt in _prompts(site) for language in site.company.languages]
    found += [phrase(site, name, language) for name in said_here(site) for language in site.company.languages]
    for language in site.company.languages if site.by_phone.closing else ():
        found += [numbered(site, number, name, language) for number, name in department_numbers(site).items()]
    return list(dict.fromkeys(found))


def rendered_language(site: Site, language: str) -> str:
    """Return the language in which an operator who speaks this one is answered: nothing else was rendered."""
    return language if language in site.company.languages else site.company.language


def department_numbers(site: Site) -> dict[int, str]:
    """Return by which number each department is chosen on a phone, in the order of the site."""
    return dict(enumerate(list(site.departments)[:MOST_NUMBERED], start=1))


def numbered(site: Site, number: int, department: str, language: str) -> Spoken:
    """Name a department and the number by which it is chosen."""
    voices = site.voices.get(language)
    title = site.departments[department].name or department.replace("-", " ").replace("_", " ")
    return Spoken(f"{title}: {number}.", language, voices.voice if voices else None)


def digits(site: Site, number: str, language: str) -> list[Spoken]:
    """Read a number digit by digit."""
    return [phrase(site, f"digit_{digit}", language) for digit in number]


def said_here(site: Site) -> list[str]:
    """Return our own phrases that can be heard on this site: those of dialogues that are switched off cannot."""
    off = set[str]()
    if site.by_phone.closing is None:
        off |= CLOSING_PHRASES.keys()
    if site.by_phone.recording is None:
        off |= RECORDING_PHRASES.keys() - (IN_BOTH if site.by_phone.closing else frozenset())
    return [name for name in PHRASES if name not in off]


def _prompts(site: Site) -> Iterator[Prompt]:
    for menu in site.menus.values():
        faults = (menu.say, menu.silence.say, menu.mistake.say, menu.closed.say if menu.closed else None)
        yield from (prompt for prompt in faults if prompt is not None)
        yield from (choice.say for choice in menu.keys.values() if choice.say is not None)
    for mailbox in site.mailboxes.values():
        greetings = (mailbox.greeting.say, mailbox.closed.say if mailbox.closed else None)
        yield from (greeting for greeting in greetings if greeting is not None)
