"""Finding Debian's mirror in apt's own lists, as real machines have them."""

import pytest

from pbx.apt_sources import choose_mirror

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

BOOKWORM_IMAGE = """\
Types: deb
# http://snapshot.debian.org/archive/debian/20250520T000000Z
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://deb.debian.org/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""

ONE_LINE = f"""\
# deb cdrom:[Debian GNU/Linux 12]/ bookworm main
deb-src http://ftp.lt.debian.org/debian/ bookworm main
deb [arch=amd64 signed-by={KEYRING}] https://ftp.lt.debian.org/debian/ bookworm main contrib
"""

FOLDED = """\
Enabled: yes
Types: deb deb-src
URIs:
 https://mirror.one.example/debian
 https://mirror.two.example/debian
Suites: trixie
Components: main
 contrib
"""

KEY_INSIDE = """\
Types: deb
URIs: https://mirror.example/debian
Suites: sid
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEY865UxYJKwYBBAHaRw8BAQdAd7Z0srwuhlB6JKFkcf4HU4SSS/xcRfwEQWzr
 -----END PGP PUBLIC KEY BLOCK-----
"""


def entry(uri: str, rest: str = "bookworm main") -> str:
    return f"deb {uri} {rest}\n"


@pytest.mark.parametrize(
    ("files", "mirror"),
    [
        pytest.param({"debian.sources": BOOKWORM_IMAGE}, "http://deb.debian.org/debian", id="container image"),
        pytest.param({"sources.list": ONE_LINE}, "https://ftp.lt.debian.org/debian", id="one line with options"),
        pytest.param({"a.sources": FOLDED}, "https://mirror.one.example/debian", id="folded fields"),
        pytest.param({"a.sources": KEY_INSIDE}, "https://mirror.example/debian", id="key inside the file"),
        pytest.param({"a.sources": BOOKWORM_IMAGE.replace("\n", "\r\n")}, "http://deb.debian.org/debian", id="crlf"),
        pytest.param({"a.sources": "Enabled: no\n" + BOOKWORM_IMAGE.split("\n\n")[0]}, None, id="switched off"),
        pytest.param({"debian.sources.disabled": BOOKWORM_IMAGE}, None, id="ending that apt ignores"),
        pytest.param(
            {"sources.list": entry("http://snapshot.debian.org/archive/debian")}, None, id="snapshot of a day"
        ),
        pytest.param({"sources.list": entry("http://archive.debian.org/debian")}, None, id="archive of old releases"),
        pytest.param(
            {"sources.list": entry("https://vendor.example/linux/debian", "bookworm stable")}, None, id="vendor"
        ),
        pytest.param(
            {"sources.list": entry("https://vendor.example/debian", "bookworm-pgdg main")}, None, id="vendor suite"
        ),
        pytest.param(
            {"a.list": "deb [signed-by=/etc/vendor.gpg] https://vendor.example/debian sid main"}, None, id="vendor key"
        ),
        pytest.param({"sources.list": entry("cdrom:[Debian]/debian")}, None, id="cdrom"),
        pytest.param({"sources.list": entry("file:/srv/debian")}, None, id="file"),
        pytest.param({"sources.list": entry("http://archive.ubuntu.com/ubuntu", "noble main")}, None, id="ubuntu"),
        pytest.param(
            {"sources.list": "# nothing\n", "b.list": entry("http://m.example/debian/ ".strip())},
            "http://m.example/debian",
            id="second file",
        ),
        pytest.param({}, None, id="no files"),
    ],
)
def test_the_mirror_is_found(files: dict[str, str], mirror: str | None) -> None:
    assert choose_mirror(files) == mirror
