"""The words by which menus announce their keys, by language: data, for `config.rules.announcements` to read with.

Knows no grammar. A language that is not here is not read at all: better no finding than a wrong one.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

STAR, HASH = "*", "#"


@dataclass(frozen=True)
class KeyWords:
    """What a language calls pressing, and each key; words are in small letters.

    `press` comes before the key; between the two may stand some of `between`, as in "press the key 2"; `also` are what
    joins two keys, as in "1 or 2"; `purpose` begins what a key is for, as in "2 for support".
    """

    press: frozenset[str]
    between: frozenset[str]
    keys: MappingProxyType[str, str]
    also: frozenset[str]
    purpose: frozenset[str]


def _words(press: str, between: str, also: str, purpose: str, digits: str, star: str, hash_: str) -> KeyWords:
    """Return the words of a language; `digits` are those of 0 to 9, other forms of one joined by a slash."""
    forms = {form: str(digit) for digit, word in enumerate(digits.split()) for form in word.split("/")}
    forms |= dict.fromkeys(star.split(), STAR) | dict.fromkeys(hash_.split(), HASH)
    keys = MappingProxyType(forms)
    return KeyWords(
        frozenset(press.split()), frozenset(between.split()), keys, frozenset(also.split()), frozenset(purpose.split())
    )


#: By language, without a region.
KEY_WORDS = MappingProxyType(
    {
        "en": _words(
            "press push hit dial touch pressing dialling dialing",
            "the key keys number digit button",
            "or and",
            "for to",
            "zero/oh one two three four five six seven eight nine",
            "star asterisk",
            "hash pound",
        ),
        "lt": _words(
            "spauskite paspauskite nuspauskite rinkite surinkite rinkitės spausti paspauskit spauskit paspaudę "
            "paspaudus",
            "klavišą mygtuką skaičių numerį skaitmenį nr.",
            "arba ir",
            "dėl norėdami jei jeigu",
            "nulį/nulis vienetą/vieną/vienas dvejetą/du trejetą/tris/trys ketvertą/keturis/keturi penketą/penkis/penki "
            "šešetą/šešis/šeši septynetą/septynis/septyni aštuonetą/aštuonis/aštuoni devynetą/devynis/devyni",
            "žvaigždutę žvaigždutė žvaigždutės",
            "groteles grotelę grotelės grotelių",
        ),
        "de": _words(
            "drücken wählen tippen betätigen drücke wähle",
            "sie die bitte taste ziffer zahl nummer den das",
            "oder und",
            "für um wenn bei ansonsten sonst",
            "null eins/eine zwei/zwo drei vier fünf sechs sieben acht neun",
            "stern sterntaste sternchen",
            "raute rautetaste rautentaste",
        ),
        "fr": _words(
            "appuyez tapez composez pressez faites",
            "sur la le touche chiffre numéro",
            "ou et",
            "pour si",
            "zéro un deux trois quatre cinq six sept huit neuf",
            "étoile l'étoile astérisque",
            "dièse",
        ),
        "es": _words(
            "oprima pulse presione marque oprime pulsa presiona marca",
            "la el tecla número dígito",
            "o y",
            "para si",
            "cero uno dos tres cuatro cinco seis siete ocho nueve",
            "asterisco estrella",
            "almohadilla numeral",
        ),
        "it": _words(
            "premere prema premi digitare digiti componga selezionare",
            "il la tasto numero cifra",
            "o oppure e",
            "per se",
            "zero uno due tre quattro cinque sei sette otto nove",
            "asterisco stella",
            "cancelletto",
        ),
        "pt": _words(
            "prima pressione digite marque tecle disque",
            "a o tecla número dígito",
            "ou e",
            "para se",
            "zero um dois três quatro cinco seis sete oito nove",
            "asterisco estrela",
            "cardinal sustenido jogo",
        ),
        "nl": _words(
            "toets druk kies drukt toetst kiest",
            "u op de het cijfer nummer toets",
            "of en",
            "voor om",
            "nul een/één twee drie vier vijf zes zeven acht negen",
            "ster sterretje",
            "hekje",
        ),
        "pl": _words(
            "naciśnij wciśnij wybierz nacisnąć wybrać proszę",
            "klawisz przycisk numer cyfrę nacisnąć wybrać",
            "lub i",
            "dla aby żeby jeśli",
            "zero jeden/jedynkę dwa/dwójkę trzy/trójkę cztery/czwórkę pięć/piątkę sześć/szóstkę siedem/siódemkę "
            "osiem/ósemkę dziewięć/dziewiątkę",
            "gwiazdkę gwiazdka",
            "krzyżyk hash kratkę",
        ),
        "ru": _words(
            "нажмите наберите нажать выберите нажимайте набирайте нажав набрав",
            "на клавишу кнопку цифру номер",
            "или и",
            "для чтобы если",
            "ноль один/единицу два/двойку три/тройку четыре/четвёрку/четверку пять/пятёрку/пятерку "
            "шесть/шестёрку/шестерку семь/семёрку/семерку восемь/восьмёрку/восьмерку девять/девятку",
            "звёздочку звездочку звёздочка звездочка",
            "решётку решетку",
        ),
        "uk": _words(
            "натисніть наберіть оберіть натискайте",
            "на клавішу кнопку цифру номер",
            "або і та",
            "для щоб якщо",
            "нуль один/одиницю два/двійку три/трійку чотири п'ять шість сім вісім дев'ять",
            "зірочку зірочка",
            "решітку решітка",
        ),
        "lv": _words(
            "nospiediet spiediet izvēlieties uzspiediet",
            "taustiņu ciparu numuru",
            "vai un",
            "lai par ja",
            "nulli/nulle vienu/viens divus/divi trīs četrus/četri piecus/pieci sešus/seši septiņus/septiņi "
            "astoņus/astoņi deviņus/deviņi",
            "zvaigznīti zvaigznīte",
            "restīti restīte",
        ),
        "et": _words(
            "vajutage vajuta valige vali",
            "klahvi numbrit nuppu",
            "või ja",
            "kui",
            "null/nulli üks/ühte kaks/kahte kolm/kolme neli/nelja viis/viit kuus/kuut seitse/seitset kaheksa/kaheksat "
            "üheksa/üheksat",
            "tärn tärni",
            "trellid trelle",
        ),
        "sv": _words(
            "tryck tryck slå välj knappa",
            "på in siffran knappen",
            "eller och",
            "för om",
            "noll ett/en två tre fyra fem sex sju åtta nio",
            "stjärna",
            "fyrkant",
        ),
    }
)
