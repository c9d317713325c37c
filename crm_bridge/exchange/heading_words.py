"""The words that head the columns of an address book, in English, Lithuanian, German and Russian. Owns nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from crm_bridge.exchange.plan import Field

#: Words separated by a bar; numbers, signs and accents are left out before a heading is looked for here.
WORDS: Mapping[Field, str] = {
    Field.KIND: "kind|type|customer type|contact type|tipas|kliento tipas|rūšis|typ|art|kundentyp|тип|тип клиента",
    Field.NAME: (
        "name|full name|display name|contact|contact name|customer|customer name|client|person|file as"
        "|vardas pavardė|vardas ir pavardė|pavardė vardas|klientas|kontaktas|kontaktinis asmuo|asmuo|pavadinimas"
        "|vollständiger name|ansprechpartner|kontakt|kunde|kundenname|vor und nachname|anzeigename"
        "|фио|имя и фамилия|фамилия имя|контакт|контактное лицо|клиент|полное имя|название|фамилия имя отчество"
    ),
    Field.FIRST_NAME: "first name|firstname|given name|forename|vardas|vorname|имя",
    Field.LAST_NAME: "last name|lastname|surname|family name|pavardė|nachname|familienname|zuname|фамилия",
    Field.ORGANISATION: (
        "organisation|organization|organisation name|organization name|company|company name|firm|employer|account"
        "|account name|business|įmonė|įmonės pavadinimas|organizacija|bendrovė|firma|firmenname|unternehmen"
        "|organisationsname|компания|организация|фирма|предприятие|название компании"
    ),
    Field.MAIL: (
        "email|e mail|mail|mails|emails|email address|e mail address|mail address|mail addresses|el paštas|elpaštas"
        "|el pašto adresas|paštas|mailadresse|e mail adresse|email adresse|почта|эл почта|электронная почта|имейл"
    ),
    Field.STREET: (
        "street|street address|address|address line|full address|postal address|adresas|gatvė|adresse|anschrift"
        "|straße|strasse|str|straße und hausnummer|адрес|улица|почтовый адрес"
    ),
    Field.POSTAL_CODE: (
        "postal code|postcode|post code|zip|zip code|pašto kodas|pašto indeksas|plz|postleitzahl|индекс|почтовый индекс"
    ),
    Field.CITY: "city|town|locality|miestas|vietovė|gyvenvietė|stadt|ort|wohnort|город|населенный пункт",
    Field.REGION: (
        "region|state|province|county|state province|apskritis|savivaldybė|rajonas|bundesland|kreis|область|регион"
        "|край|район"
    ),
    Field.COUNTRY: "country|country region|nation|šalis|valstybė|land|staat|страна|государство",
    Field.WEBSITE: (
        "website|web site|web|web page|webpage|homepage|url|www|svetainė|tinklalapis|interneto svetainė"
        "|interneto puslapis|webseite|internet|сайт|веб сайт|вебсайт"
    ),
    Field.LANGUAGE: "language|lang|preferred language|kalba|sprache|язык",
    Field.STATUS: "status|relationship status|lead status|būsena|statusas|stadium|статус|состояние",
    Field.OWNER: (
        "owner|account manager|account owner|contact owner|assigned to|responsible|vadybininkas|atsakingas"
        "|atsakingas asmuo|savininkas|betreuer|kundenbetreuer|zuständig|verantwortlich|менеджер|ответственный|владелец"
    ),
    Field.TAGS: (
        "tag|tags|labels|categories|category|group|groups|group membership|žyma|žymos|kategorija|kategorijos|grupė"
        "|grupės|schlagwort|schlagwörter|kategorie|kategorien|gruppe|gruppen|метка|метки|теги|категория|категории|группа"
    ),
    Field.NOTE: (
        "note|notes|comment|comments|remark|remarks|description|pastaba|pastabos|komentaras|komentarai|aprašymas"
        "|notiz|notizen|bemerkung|bemerkungen|kommentar|anmerkung|примечание|примечания|заметка|заметки|комментарий"
        "|описание"
    ),
}

PHONE = (
    "phone|phones|phone number|phone no|telephone|telephone number|tel|tel no|tel nr|number|telefonas|telefonai"
    "|telefono numeris|telefono nr|tel numeris|telefon|telefonnummer|rufnummer|fon|телефон|тел|телефоны|номер телефона"
    "|телефонный номер"
)
#: What phones of a column are called, and headings that say it in one word.
PHONE_LABELS: Mapping[str, str] = {
    "mobile": (
        "mobile|mobile phone|mobile number|cell|cell phone|cellphone|gsm|mobilus|mobilusis|mobilus telefonas|mob tel"
        "|mobilaus telefonas|mobilusis telefonas|mob|mobil|handy|mobiltelefon|mobilnummer|handynummer|mobilfunk"
        "|мобильный|мобильный телефон|моб|моб тел|моб телефон|сотовый|сотовый телефон"
    ),
    "work": (
        "business phone|work phone|office phone|company phone|company main phone|direct phone|darbo telefonas|darbo tel"
        "|biuro telefonas|telefon geschäftlich|geschäftlich|telefon büro|diensttelefon|telefon firma|рабочий"
        "|рабочий телефон|служебный телефон"
    ),
    "home": (
        "home phone|home|private phone|namų telefonas|namų tel|privatus telefonas|telefon privat|privat|privattelefon"
        "|домашний|домашний телефон"
    ),
    "fax": "fax|fax number|business fax|home fax|faksas|faks|faxnummer|telefax|факс",
    "other": "other phone|kitas telefonas|weiteres telefon|другой телефон",
}
#: Said before another word of the heading, and of no meaning to us ("Business City").
BESIDE = (
    "business",
    "work",
    "home",
    "primary",
    "main",
    "other",
    "contact",
    "customer",
    "client",
    "address",
    "darbo",
    "namų",
)

#: A heading that is the name of a medium says that the column holds handles.
MEDIA = (
    "whatsapp",
    "telegram",
    "viber",
    "signal",
    "skype",
    "xmpp",
    "jabber",
    "messenger",
    "instagram",
    "matrix",
    "sip",
)

KINDS: Mapping[str, str] = {
    "person": (
        "person|individual|private|contact|asmuo|fizinis|fizinis asmuo|privatus|privatperson|физлицо|физическое лицо"
    ),
    "organisation": (
        "organisation|organization|org|company|business|firm|legal|įmonė|juridinis|juridinis asmuo|organizacija|firma"
        "|unternehmen|организация|компания|фирма|юрлицо|юридическое лицо"
    ),
}

LANGUAGES: Mapping[str, str] = {
    "en": "english|anglų|anglų kalba|englisch|английский",
    "lt": "lithuanian|lietuvių|lietuvių kalba|litauisch|литовский",
    "de": "german|vokiečių|vokiečių kalba|deutsch|немецкий",
    "ru": "russian|rusų|rusų kalba|russisch|русский",
    "lv": "latvian|latvių|lettisch|латышский|latviešu",
    "et": "estonian|estų|estnisch|эстонский|eesti",
    "pl": "polish|lenkų|lenkų kalba|polnisch|польский|polski",
    "uk": "ukrainian|ukrainiečių|ukrainisch|украинский|українська",
    "fr": "french|prancūzų|französisch|французский|français",
    "es": "spanish|ispanų|spanisch|испанский|español",
}
