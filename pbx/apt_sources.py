"""Owns reading apt's own lists of sources, pure text in, mirror out; knows no file and starts no program."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

_ONE_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^\]]*)\]\s*)?(?P<uri>\S+)\s+(?P<suite>\S+)(?P<components>.*)$")
# A suite of Debian itself: a code name or a class. Third parties add their own ending (bookworm-pgdg).
_SUITE = re.compile(
    r"(sid|unstable|testing|stable|oldstable|bullseye|bookworm|trixie|forky|duke)(-updates|-backports)?$"
)


@dataclass(frozen=True)
class Source:
    """One enabled source of binary packages, as apt would read it."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str = ""


def parse_one_line(text: str) -> Iterator[Source]:
    """Yield the sources of a `.list` file: `deb [options] uri suite component…`."""
    for raw in text.splitlines():
        found = _ONE_LINE.match(raw.partition("#")[0].strip())
        if found is None:
            continue
        signed_by = re.search(r"signed-by=(\S+)", found["options"] or "")
        yield Source(
            uri=found["uri"],
            suites=(found["suite"],),
            components=tuple(found["components"].split()),
            signed_by=signed_by[1] if signed_by else "",
        )


def parse_deb822(text: str) -> Iterator[Source]:
    """Yield the sources of a `.sources` file: paragraphs of `Field: value`, one per URI."""
    for paragraph in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")):
        fields: dict[str, str] = {}
        name = ""
        for line in paragraph.splitlines():
            if line.startswith("#"):
                continue
            if line[:1] in (" ", "\t"):
                fields[name] = f"{fields.get(name, '')} {line.strip()}"
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        enabled = fields.get("enabled", "yes").lower() not in ("no", "false")
        if not enabled or "deb" not in fields.get("types", "").split():
            continue
        for uri in fields.get("uris", "").split():
            yield Source(
                uri,
                tuple(fields.get("suites", "").split()),
                tuple(fields.get("components", "").split()),
                fields.get("signed-by", ""),
            )


def is_debian_mirror(source: Source) -> bool:
    """Tell whether a source is a full, current mirror of Debian's archive, and nobody else's."""
    address = urlsplit(source.uri)
    host = address.hostname or ""
    if address.scheme not in ("http", "https") or address.path.rstrip("/").rpartition("/")[2] != "debian":
        return False
    if host.startswith(("snapshot.", "archive.")):
        return False  # frozen in time: neither has today's sid
    if source.signed_by and "debian-archive" not in source.signed_by and "BEGIN PGP" not in source.signed_by:
        return False
    return "main" in source.components and any(_SUITE.match(suite) for suite in source.suites)


def choose_mirror(files: dict[str, str]) -> str | None:
    """Return the first Debian mirror in apt's files (name to text, in apt's order), or None."""
    for name, text in files.items():
        if name.endswith(".sources"):
            sources = parse_deb822(text)
        elif name.endswith(".list"):
            sources = parse_one_line(text)
        else:
            continue  # apt ignores every other ending too, such as .disabled
        for source in sources:
            if is_debian_mirror(source):
                return source.uri.rstrip("/")
    return None
