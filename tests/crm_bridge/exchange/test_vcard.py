"""Cards as telephones, mail programs and the standards write them."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from crm_bridge.exchange.model import Address, Kind, NewCustomer, NewHandle, NewPhone
from crm_bridge.exchange.rows import Refused, Row

from .house import customers, file, names, refused, rows


def card(*lines: str, version: str = "4.0") -> str:
    return "\r\n".join(("BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""))


def one(tmp_path: Path, text: str, encoding: str = "utf-8") -> NewCustomer:
    return customers(file(tmp_path, text, encoding))[0]


#: RFC 6350, 8.1.
RFC_6350 = card(
    "FN:Simon Perreault",
    "N:Perreault;Simon;;;ing. jr,M.Sc.",
    "BDAY:--0203",
    "GENDER:M",
    "LANG;PREF=1:fr",
    "LANG;PREF=2:en",
    "ORG;TYPE=work:Viagenie",
    "ADR;TYPE=work:;Suite D2-630;2875 Laurier;",
    " Quebec;QC;G1V 2M2;Canada",
    'TEL;VALUE=uri;TYPE="work,voice";PREF=1:tel:+1-418-656-9254;ext=102',
    'TEL;VALUE=uri;TYPE="work,cell,voice,video,text":tel:+1-418-262-6501',
    "EMAIL;TYPE=work:simon.perreault@viagenie.ca",
    "GEO;TYPE=work:geo:46.772673,-71.282945",
    "KEY;TYPE=work;VALUE=uri:http://www.viagenie.ca/simon.perreault/simon.asc",
    "TZ:-0500",
    "URL;TYPE=home:http://nomis80.org",
)
#: RFC 2426, 7.
RFC_2426 = (
    "BEGIN:vCard\r\nVERSION:3.0\r\nFN:Frank Dawson\r\nORG:Lotus Development Corporation\r\n"
    "ADR;TYPE=WORK,POSTAL,PARCEL:;;6544 Battleford Drive\r\n ;Raleigh;NC;27613-3502;U.S.A.\r\n"
    "TEL;TYPE=VOICE,MSG,WORK:+1-919-676-9515\r\nTEL;TYPE=FAX,WORK:+1-919-676-9564\r\n"
    "EMAIL;TYPE=INTERNET,PREF:Frank_Dawson@Lotus.com\r\nEMAIL;TYPE=INTERNET:fdawson@earthlink.net\r\n"
    "URL:http://home.earthlink.net/~fdawson\r\nEND:vCard\r\n\r\n\r\n"
    "BEGIN:vCard\r\nVERSION:3.0\r\nFN:Tim Howes\r\nORG:Netscape Communications Corp.\r\n"
    "ADR;TYPE=WORK:;;501 E. Middlefield Rd.;Mountain View;\r\n CA; 94043;U.S.A.\r\n"
    "TEL;TYPE=VOICE,MSG,WORK:+1-415-937-3419\r\nTEL;TYPE=FAX,WORK:+1-415-528-4164\r\n"
    "EMAIL;TYPE=INTERNET:howes@netscape.com\r\nEND:vCard\r\n"
)


def test_the_example_of_rfc_6350(tmp_path: Path) -> None:
    assert one(tmp_path, RFC_6350) == NewCustomer(
        name="Simon Perreault",
        organisation="Viagenie",
        phones=(NewPhone("+14186569254", "work"), NewPhone("+14182626501", "mobile")),
        mails=("simon.perreault@viagenie.ca",),
        address=Address("2875 Laurier\nSuite D2-630", "G1V 2M2", "Quebec", "QC", "Canada"),
        website="http://nomis80.org",
        language="fr",
    )


def test_the_examples_of_rfc_2426(tmp_path: Path) -> None:
    frank, tim = customers(file(tmp_path, RFC_2426))
    assert frank == NewCustomer(
        name="Frank Dawson",
        organisation="Lotus Development Corporation",
        phones=(NewPhone("+19196769515", "work"), NewPhone("+19196769564", "fax")),
        mails=("Frank_Dawson@lotus.com", "fdawson@earthlink.net"),
        address=Address("6544 Battleford Drive", "27613-3502", "Raleigh", "NC", "U.S.A."),
        website="http://home.earthlink.net/~fdawson",
    )
    assert (tim.name, tim.address.postal_code) == ("Tim Howes", "94043")


ANDROID = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\n"
    "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C5=BDemaitien=C4=97;Ona;;;\r\n"
    "FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4F=6E=61=20=C5=BD=65=6D=\r\n=61=69=74=69=65=6E=C4=97\r\n"
    "TEL;CELL;PREF:8 600 00001\r\nTEL;WORK;VOICE:(8-5) 200 0000\r\nTEL;X-Mano:+37060000002\r\n"
    "EMAIL;INTERNET;HOME:ona@acme.example\r\n"
    "ADR;HOME;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;;Gedimino=20pr.=0D=0A1\\;2;Vilnius;;01103;\r\n"
    "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:first=0D=0A=\r\n  second = =C4=85\r\n"
    "PHOTO;ENCODING=BASE64;JPEG:\r\n /9j/4AAQSkZJRg\r\nABAQ=\r\n\r\nEND:VCARD\r\n"
)


def test_a_card_of_2_1_as_telephones_write_it(tmp_path: Path) -> None:
    assert one(tmp_path, ANDROID) == NewCustomer(
        name="Ona Žemaitienė",
        phones=(NewPhone("+37060000001", "mobile"), NewPhone("+37052000000", "work"), NewPhone("+37060000002")),
        mails=("ona@acme.example",),
        address=Address("Gedimino pr.\n1;2", "01103", "Vilnius"),
        note="first\n  second = ą",
    )


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        pytest.param(card("FN;CHARSET=windows-1257:Žydrūnė", version="2.1"), "cp1257", id="a charset is said"),
        pytest.param(card("FN:Žydrūnė Šiukštaitė", version="2.1"), "cp1257", id="none is said"),
        pytest.param(card("FN;CHARSET=windows-1257:Žydrūnė", version="2.1"), "utf-8", id="a wrong one is said"),
        pytest.param(card("FN;CHARSET=klingon;ENCODING=QUOTED-PRINTABLE:=C5=BDydr=C5=ABn=C4=97", version="2.1"),
                     "utf-8", id="an unknown one is said"),
        pytest.param(card("FN;ENCODING=QUOTED-PRINTABLE:=DEydr=FBn=EB", version="2.1"), "utf-8",
                     id="quoted, none said"),
        pytest.param(card("FN;QUOTED-PRINTABLE;CHARSET=windows-1257:=DEydr=FBn=EB", version="2.1"), "utf-16",
                     id="quoted in utf-16"),
        pytest.param(card("FN:Žydrūnė", version="3.0"), "utf-16", id="utf-16"),
        pytest.param(card("FN:Žydrūnė", version="3.0"), "utf-8-sig", id="utf-8 with a mark"),
    ],
)  # fmt: skip
def test_charsets(tmp_path: Path, text: str, encoding: str) -> None:
    assert one(tmp_path, text, encoding).name.split()[0] == "Žydrūnė"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(["item1.TEL:+37060000001", "item1.X-ABLabel:_$!<Mobile>!$_"],
                     NewCustomer(phones=(NewPhone("+37060000001", "mobile"),)), id="a label of Apple's"),
        pytest.param(["ITEM1.TEL;TYPE=pref:+37060000001", "ITEM1.X-ABLabel:Sodyba"],
                     NewCustomer(phones=(NewPhone("+37060000001", "Sodyba"),)), id="a label of one's own"),
        pytest.param(["FN:Acme\\, Inc.", "ORG:Acme\\, Inc.;Sales"],
                     NewCustomer(kind=Kind.ORGANISATION, name="Acme, Inc."), id="an organisation"),
        pytest.param(["KIND:org", "FN:Acme"], NewCustomer(kind=Kind.ORGANISATION, name="Acme"), id="said to be one"),
        pytest.param(["FN:Acme", "X-ABShowAs:COMPANY"], NewCustomer(kind=Kind.ORGANISATION, name="Acme"),
                     id="by Apple"),
        pytest.param(["N:Onaitė;Ona;Marija;Dr.;"], NewCustomer(name="Dr. Ona Marija Onaitė"), id="a name in parts"),
        pytest.param(["FN:", "N:Onaitė;Ona;;;"], NewCustomer(name="Ona Onaitė"), id="an empty name"),
        pytest.param(["FN:Ona", "NOTE:a\\nb\\,c\\;d\\\\e", "NOTE:f"], NewCustomer(name="Ona", note="a\nb,c;d\\e\nf"),
                     id="escapes"),
        pytest.param(["FN:Ona", "CATEGORIES:vip,a\\,b, ,VIP"], NewCustomer(name="Ona", tags=("vip", "a,b", "VIP")),
                     id="categories"),
        pytest.param(["FN:Ona", "IMPP;X-SERVICE-TYPE=Skype:skype:ona.o", "X-JABBER:ona@a.example",
                      "IMPP:telegram:%40ona"],
                     NewCustomer(name="Ona", handles=(NewHandle("skype", "ona.o"), NewHandle("jabber", "ona@a.example"),
                                                      NewHandle("telegram", "@ona"))), id="handles"),
        pytest.param(["FN:O", " na", "\t  Onaitė"], NewCustomer(name="Ona Onaitė"), id="folded"),
        pytest.param(['FN;X-A="b:c;d":Ona'], NewCustomer(name="Ona"), id="a colon in quotes"),
        pytest.param(['FN;X-A="b:Ona'], NewCustomer(name="Ona"), id="a quote that is not closed"),
        pytest.param(["fn:Ona", "tel;type=Cell:+37060000001"],
                     NewCustomer(name="Ona", phones=(NewPhone("+37060000001", "mobile"),)), id="small letters"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_properties(tmp_path: Path, lines: list[str], expected: NewCustomer, version: str) -> None:
    assert one(tmp_path, card(*lines, version=version)) == expected


def test_a_card_of_2_1_keeps_the_blank_where_it_is_folded(tmp_path: Path) -> None:
    assert one(tmp_path, card("FN:Ona", " Onaitė", "NOTE:a\\nb", version="2.1")).name == "Ona Onaitė"
    assert one(tmp_path, card("FN:Ona", "NOTE:a\\nb", version="2.1")).note == "a\\nb"


def test_an_agent_within_a_card_is_not_its_owner(tmp_path: Path) -> None:
    agent = ["AGENT:", *card("FN:Agent", "TEL:+37060000009", version="2.1").strip().split("\r\n")]
    found = rows(file(tmp_path, card("FN:Ona", *agent, "TEL:+37060000001", version="2.1")))
    assert [row.customer for row in found if isinstance(row, Row)] == [
        NewCustomer(name="Ona", phones=(NewPhone("+37060000001"),))
    ]


def test_a_photograph_of_megabytes_is_passed_over(tmp_path: Path) -> None:
    photograph = base64.encodebytes(bytes(3_000_000)).decode().replace("\n", "\r\n ").rstrip(" ").rstrip()
    row = rows(file(tmp_path, card("FN:Ona", f"PHOTO;ENCODING=b:{photograph}", "NOTE:x", version="3.0")))[0]
    assert isinstance(row, Row)
    assert row.customer == NewCustomer(name="Ona", note="x") and len(row.cells[0]) < 100


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        pytest.param("BEGIN:VCARD\r\nFN:Lost\r\n", "another card begins before its END:VCARD", id="no end"),
        pytest.param(card("TEL:12"), "it has no name", id="nobody"),
        pytest.param(card("KIND:group", "FN:Friends"), "it is a group of contacts", id="a group"),
        pytest.param(card("FN:a\0b"), "it holds control characters", id="NUL"),
        pytest.param(card("FN:" + "x" * 200_000), "it is longer than a card may be", id="too long a line"),
        pytest.param(card("FN:x", "NOTE:" + "\r\n x" * 129_000), "it is longer than a card may be",
                     id="too much folded"),
        pytest.param(card("FN:Ona", *["TEL:+37060000001"] * 501), "it is longer than a card may be",
                     id="too many lines"),
        pytest.param(card("FN:Ona", *[f"TEL:+370600000{number}" for number in range(10, 80)]),
                     "it has more than 50 telephone numbers", id="too many numbers"),
    ],
)  # fmt: skip
def test_a_broken_card_is_refused_and_those_around_it_are_read(tmp_path: Path, broken: str, why: str) -> None:
    found = rows(file(tmp_path, card("FN:Before") + broken + card("FN:After")))
    assert names(found) == ["Before", "After"]
    number, said = refused(found)[0]
    assert (number, why in said) == (2, True), said


def test_a_file_that_ends_within_a_card(tmp_path: Path) -> None:
    found = rows(file(tmp_path, card("FN:Before") + "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Lo"))
    assert (names(found), refused(found)) == (["Before"], [(2, "the file ends before its END:VCARD")])


def test_what_is_left_out_is_warned_of(tmp_path: Path) -> None:
    row = rows(file(tmp_path, card("FN:Ona", "ADR:;;a;;;;", "ADR:;;b;;;;", "what is this", "TEL:x")))[0]
    assert not isinstance(row, Refused)
    assert row.customer.address == Address("a")
    assert row.warnings == (
        "another address was left out", "“x” is no telephone number", "a line that is no property was left out",
    )  # fmt: skip
