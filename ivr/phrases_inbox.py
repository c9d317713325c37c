"""What is said to people who listen to their messages by phone. Texts only."""

from __future__ import annotations

INBOX_PHRASES: dict[str, dict[str, str]] = {
    "inbox_pin": {
        "en": "Please enter your PIN, then press hash.",
        "lt": "Įveskite PIN kodą ir spauskite grotelių klavišą.",
        "ru": "Введите пин-код и нажмите решётку.",
    },
    "inbox_pin_wrong": {"en": "That PIN is not right.", "lt": "PIN kodas neteisingas.", "ru": "Неверный пин-код."},
    "inbox_locked": {
        "en": "There were too many wrong PINs. Please try again later.",
        "lt": "Per daug neteisingų PIN kodų. Bandykite vėliau.",
        "ru": "Слишком много неверных пин-кодов. Попробуйте позже.",
    },
    "inbox_closed": {
        "en": "There is no mailbox that you can listen to by phone.",
        "lt": "Nėra pašto dėžutės, kurią galėtumėte klausyti telefonu.",
        "ru": "Нет почтового ящика, доступного по телефону.",
    },
    "inbox_none": {
        "en": "There are no messages.",
        "lt": "Žinučių nėra.",
        "ru": "Сообщений нет.",
    },
    "inbox_old": {
        "en": "There are no new messages. Here are those you have heard.",
        "lt": "Naujų žinučių nėra. Štai jau klausytos.",
        "ru": "Новых сообщений нет. Вот прослушанные.",
    },
    "inbox_many": {
        "en": "You have more than ten new messages.",
        "lt": "Turite daugiau kaip dešimt naujų žinučių.",
        "ru": "У вас больше десяти новых сообщений.",
    },
    "inbox_message": {"en": "Message.", "lt": "Žinutė.", "ru": "Сообщение."},
    "inbox_keys": {
        "en": "To hear it again press 1. For the next message press 2. To delete it press 3. To call back press 4. "
        "If it is done press 5.",
        "lt": "Norėdami klausyti dar kartą, spauskite 1. Kita žinutė – 2. Ištrinti – 3. Perskambinti – 4. "
        "Jei sutvarkyta – 5.",
        "ru": "Прослушать ещё раз — 1. Следующее сообщение — 2. Удалить — 3. Перезвонить — 4. Обработано — 5.",
    },
    "inbox_deleted": {"en": "Deleted.", "lt": "Ištrinta.", "ru": "Удалено."},
    "inbox_handled": {"en": "Done.", "lt": "Sutvarkyta.", "ru": "Обработано."},
    "inbox_end": {
        "en": "There are no more messages. Goodbye.",
        "lt": "Daugiau žinučių nėra. Viso gero.",
        "ru": "Больше сообщений нет. До свидания.",
    },
    "inbox_no_call": {
        "en": "This number cannot be called back.",
        "lt": "Šiuo numeriu perskambinti negalima.",
        "ru": "На этот номер перезвонить нельзя.",
    },
}

_COUNTED = {
    "en": ["one new message"]
    + [f"{n} new messages" for n in ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")],
    "lt": [
        "vieną naują žinutę",
        *(f"{n} naujas žinutes" for n in ("dvi", "tris", "keturias", "penkias", "šešias", "septynias", "aštuonias")),
        "devynias naujas žinutes",
        "dešimt naujų žinučių",
    ],
    "ru": [
        "одно новое сообщение",
        *(f"{n} новых сообщения" for n in ("два", "три", "четыре")),
        *(f"{n} новых сообщений" for n in ("пять", "шесть", "семь", "восемь", "девять", "десять")),
    ],
}
_YOU_HAVE = {"en": "You have {}.", "lt": "Turite {}.", "ru": "У вас {}."}

for _language, _counts in _COUNTED.items():
    for _number, _words in enumerate(_counts, start=1):
        INBOX_PHRASES.setdefault(f"inbox_{_number}", {})[_language] = _YOU_HAVE[_language].format(_words)
