"""What is said to who closes the line, or speaks recordings, by phone, and to callers of a closed line. Texts only."""

from __future__ import annotations

CLOSING_PHRASES: dict[str, dict[str, str]] = {
    # Who finds the line closed by hand hears this, unless other words were chosen.
    "closed_emergency": {
        "en": "We are sorry: because of an emergency nobody can take your call now. Please call again later.",
        "lt": "Atsiprašome: dėl nenumatytų aplinkybių šiuo metu atsiliepti negalime. Skambinkite vėliau.",
        "ru": "К сожалению, из-за непредвиденных обстоятельств мы сейчас не можем ответить. Перезвоните позже.",
    },
    "closing_line": {"en": "The whole line.", "lt": "Visa linija.", "ru": "Вся линия."},
    "closing_is_closed": {"en": "It is closed.", "lt": "Dabar uždaryta.", "ru": "Сейчас закрыто."},
    "closing_is_open": {"en": "It is not closed.", "lt": "Dabar neuždaryta.", "ru": "Сейчас не закрыто."},
    "closing_keys": {
        "en": "To close it for an hour, press 1. Until closing time, press 2. Until the next opening, press 3. "
        "Until another time, press 4. To choose what callers hear, press 5. "
        "To choose what to close, press 0. To open it again, press 9.",
        "lt": "Uždaryti valandai – spauskite 1. Iki darbo pabaigos – 2. Iki kito darbo laiko pradžios – 3. "
        "Iki kito laiko – 4. Pasirinkti, ką girdi skambinantieji, – 5. "
        "Pasirinkti, ką uždaryti, – 0. Vėl atidaryti – 9.",
        "ru": "Закрыть на час — 1. До конца рабочего времени — 2. До следующего открытия — 3. "
        "До другого времени — 4. Выбрать, что услышат звонящие, — 5. "
        "Выбрать, что закрыть, — 0. Открыть снова — 9.",
    },
    "closing_what": {
        "en": "For the whole line press 0. For a department press its number, then hash.",
        "lt": "Visa linija – spauskite 0. Skyrius – jo numerį ir groteles.",
        "ru": "Вся линия — 0. Отдел — его номер и решётка.",
    },
    "closing_hour": {"en": "Closed for an hour.", "lt": "Uždaryta valandai.", "ru": "Закрыто на час."},
    "closing_until_end": {
        "en": "Closed until closing time.",
        "lt": "Uždaryta iki darbo pabaigos.",
        "ru": "Закрыто до конца рабочего времени.",
    },
    "closing_until_next": {
        "en": "Closed until the next opening.",
        "lt": "Uždaryta iki kito darbo laiko pradžios.",
        "ru": "Закрыто до следующего открытия.",
    },
    "closing_opened": {"en": "It is open again.", "lt": "Vėl atidaryta.", "ru": "Снова открыто."},
    # A time is keyed in, read back, and counts once that was confirmed.
    "closing_when": {
        "en": "Enter the time until which it stays closed: hours and minutes, four digits. "
        "For another day enter eight: day, month, hours, minutes. Then press hash.",
        "lt": "Įveskite laiką, iki kurio bus uždaryta: valandas ir minutes, keturis skaitmenis. "
        "Kitai dienai – aštuonis: dieną, mėnesį, valandas, minutes. Tada spauskite groteles.",
        "ru": "Введите время, до которого закрыть: часы и минуты, четыре цифры. "
        "Для другого дня — восемь: день, месяц, часы, минуты. Затем решётка.",
    },
    "closing_bad_time": {
        "en": "There is no such time within the next 31 days.",
        "lt": "Per artimiausią 31 dieną tokio laiko nėra.",
        "ru": "В ближайший 31 день такого времени нет.",
    },
    "closing_today": {"en": "Until today.", "lt": "Iki šiandien.", "ru": "До сегодня."},
    "closing_tomorrow": {"en": "Until tomorrow.", "lt": "Iki rytojaus.", "ru": "До завтра."},
    "closing_day": {"en": "Until the day.", "lt": "Iki dienos.", "ru": "До числа."},
    "closing_month": {"en": "Of the month.", "lt": "Mėnuo.", "ru": "Месяц."},
    "closing_at": {"en": "At the time.", "lt": "Laikas.", "ru": "Время."},
    "closing_confirm": {
        "en": "To close it until then, press 1. To enter another time, press 2.",
        "lt": "Uždaryti iki to laiko – spauskite 1. Įvesti kitą laiką – 2.",
        "ru": "Закрыть до этого времени — 1. Ввести другое время — 2.",
    },
    "closing_done": {"en": "Now it is closed.", "lt": "Uždaryta.", "ru": "Теперь закрыто."},
    "closing_not_done": {"en": "Nothing was changed.", "lt": "Niekas nepakeista.", "ru": "Ничего не изменено."},
    "closing_message_keys": {
        "en": "For callers to hear this, press 1. For the next message, press 2. To speak one yourself, press 3.",
        "lt": "Kad skambinantieji girdėtų šitai – spauskite 1. Kita žinutė – 2. Įkalbėti savo – 3.",
        "ru": "Чтобы звонящие услышали это — 1. Следующее сообщение — 2. Записать своё — 3.",
    },
    "closing_message_kept": {
        "en": "Callers hear that once you close.",
        "lt": "Skambinantieji tai girdės, kai uždarysite.",
        "ru": "Звонящие услышат это, когда вы закроете.",
    },
}

RECORDING_PHRASES: dict[str, dict[str, str]] = {
    "recording_which": {
        "en": "Enter the number of the recording, then hash.",
        "lt": "Įveskite įrašo numerį ir groteles.",
        "ru": "Введите номер записи и решётку.",
    },
    "recording_unknown": {
        "en": "There is no recording of that number.",
        "lt": "Tokio numerio įrašo nėra.",
        "ru": "Записи с таким номером нет.",
    },
    "recording_speak": {
        "en": "Speak after the tone. To end, press hash.",
        "lt": "Kalbėkite po signalo. Baigę spauskite groteles.",
        "ru": "Говорите после сигнала. В конце нажмите решётку.",
    },
    "recording_keys": {
        "en": "To keep it, press 1. To record again, press 2. To hear it again, press 3.",
        "lt": "Išsaugoti – spauskite 1. Įrašyti iš naujo – 2. Perklausyti – 3.",
        "ru": "Сохранить — 1. Записать заново — 2. Прослушать ещё раз — 3.",
    },
    "recording_kept": {
        "en": "Kept in the draft. Callers hear it once the draft is published.",
        "lt": "Išsaugota juodraštyje. Skambinantieji girdės paskelbus.",
        "ru": "Сохранено в черновике. Звонящие услышат после публикации.",
    },
    "recording_meanwhile": {
        "en": "Somebody else has recorded it meanwhile. This is what it is now.",
        "lt": "Tuo metu jį įrašė kitas žmogus. Dabar jis skamba taip.",
        "ru": "Тем временем её записал кто-то другой. Теперь она звучит так.",
    },
    "recording_bad": {
        "en": "It cannot be used: it is too short, or nothing is heard.",
        "lt": "Įrašas netinka: jis per trumpas arba nieko negirdėti.",
        "ru": "Запись не подходит: она слишком короткая или в ней ничего не слышно.",
    },
}

#: Numbers are spoken back digit by digit: ten sounds a language, however many recordings and times there are.
_DIGITS = {
    "en": "Zero One Two Three Four Five Six Seven Eight Nine",
    "lt": "Nulis Vienas Du Trys Keturi Penki Šeši Septyni Aštuoni Devyni",
    "ru": "Ноль Один Два Три Четыре Пять Шесть Семь Восемь Девять",
}
for _digit in range(10):
    RECORDING_PHRASES[f"digit_{_digit}"] = {
        language: f"{words.split()[_digit]}." for language, words in _DIGITS.items()
    }

#: Said in both dialogues: numbers are read back, and who closes may speak what callers hear.
IN_BOTH = frozenset({"recording_speak", "recording_bad", *(f"digit_{_digit}" for _digit in range(10))})
