"""Owns choosing the one document of a mail: bytes in, bytes out. Blocks; a worker process does it, with limits.

An attached document is the fax. Without any, the plain text of the mail is, down to its signature ("-- "); else the
text stays with us: people write "please send this" there. A fax is one document, so several are refused. Pictures that
belong to the HTML, such as a logo, and signatures, visiting cards and invitations are no documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import Final, TypeAlias

from fax.by_mail.errors import Unfit
from fax.by_mail.header import decoded
from fax.documents.errors import NotSendable
from fax.documents.kind import HEAD, read_text, tell

MOST_PARTS: Final = 500
#: More than 200 pages of text.
_MOST_TEXT: Final = 4_000_000
_BESIDES: Final = frozenset(
    {
        "application/pgp-keys",
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/ics",
        "text/calendar",
        "text/directory",
        "text/vcard",
        "text/x-vcard",
    }
)
_SEALED: Final = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
_OUTLOOK: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_REFERENCE: Final = re.compile(r"""cid:([^"'\s>)]{1,250})""", re.IGNORECASE)
_SIGNATURE: Final = re.compile(r"^-- ?$", re.MULTILINE)
_SEND_PDF: Final = "Attach a PDF, a TIFF, PNG or JPEG picture, or a plain text."

Part: TypeAlias = "Message[str, str]"  # when it runs, the class takes no types


def document_of(mail: bytes) -> bytes:
    """Return the document of a mail, text as UTF-8. Raises Unfit."""
    try:
        leaves = list(_leaves(message_from_bytes(mail)))
        shown = _shown_in_html(leaves)
        documents = [leaf for leaf in leaves if _is_document(leaf, shown)]
        if len(documents) > 1:
            names = ", ".join(_name(document) for document in documents[:5])
            raise Unfit(
                f"The mail has {len(documents)} documents: {names}. A fax is made of one: "
                "put them together into one PDF, or send each in a mail of its own."
            )
        return _readable(documents[0]) if documents else _own_text(leaves)
    except RecursionError as error:
        raise Unfit(f"The mail is nested too deeply to be read. {_SEND_PDF}") from error
    except NotSendable as error:
        raise Unfit(error.why) from error


def _leaves(root: Part) -> Iterator[Part]:
    """Yield the parts that hold something, in their order; a mail within the mail is one of them."""
    waiting = [root]
    seen = 0
    while waiting:
        part = waiting.pop()
        seen += 1
        kind = part.get_content_type()
        if seen > MOST_PARTS:
            raise Unfit(f"The mail has more than {MOST_PARTS} parts.")
        if kind in _SEALED:
            raise Unfit("The mail is encrypted, and we have no key to it. Send it without encryption.")
        if kind in _OUTLOOK:
            raise Unfit(f"The attachment is in Outlook's own format (winmail.dat), which we do not read. {_SEND_PDF}")
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting.extend(reversed([child for child in part.get_payload() if isinstance(child, Message)]))
        else:
            yield part


def _shown_in_html(leaves: list[Part]) -> frozenset[str]:
    """Return the ids of the parts that the HTML of the mail shows in its midst."""
    pages = [_text(leaf) for leaf in leaves if leaf.get_content_type() == "text/html" and not _is_attached(leaf)]
    return frozenset(reference.lower() for page in pages for reference in _REFERENCE.findall(page))


def _is_document(part: Part, shown: frozenset[str]) -> bool:
    kind = part.get_content_type()
    if kind in _BESIDES:
        return False
    if kind in ("text/plain", "text/html"):  # some mail programs attach a text "inline", but with its name
        return _is_attached(part) or part.get_filename() is not None
    if part.get_content_maintype() == "image":
        own_id = str(part.get("Content-ID", "")).strip().strip("<>").lower()
        return not own_id or own_id not in shown
    return part.get_content_maintype() != "multipart"  # one without parts: half a mail


def _is_attached(part: Part) -> bool:
    return part.get_content_disposition() == "attachment"


def _readable(part: Part) -> bytes:
    """Return what an attachment holds, if it is of a kind that can be faxed. Raises NotSendable and Unfit."""
    if part.is_multipart():  # message/rfc822 and its like
        raise Unfit(f"The attachment is a mail itself, which cannot be faxed as it is. {_SEND_PDF}")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    if tell(content[:HEAD]) is not None:
        return content
    if len(content) > _MOST_TEXT:
        raise Unfit(f"The attachment is nothing that can be faxed, or a text too long for it. {_SEND_PDF}")
    text = _text(part) if part.get_content_charset() else read_text(content)
    return _as_text(text)


def _own_text(leaves: list[Part]) -> bytes:
    for leaf in leaves:
        if leaf.get_content_type() == "text/plain":
            text = _unflowed(leaf).replace("\r\n", "\n")
            signature = _SIGNATURE.search(text)
            text = text[: signature.start()] if signature else text
            if text.strip():
                return _as_text(text.rstrip())
    raise Unfit(f"There is no document attached to the mail, and no plain text in it. {_SEND_PDF}")


def _as_text(text: str) -> bytes:
    content = text.encode("utf-8", "replace")
    if len(content) > _MOST_TEXT:
        raise Unfit(f"The text of the mail is too long for a fax. {_SEND_PDF}")
    return read_text(content).encode()


def _unflowed(part: Part) -> str:
    """Return a text whose lines were broken for the way, with a blank at the end of each, as it was written."""
    text = _text(part)
    if str(part.get_param("format", "")).lower() != "flowed":
        return text
    gone = " " if str(part.get_param("delsp", "")).lower() == "yes" else ""
    lines: list[str] = []
    flows = False
    for line in text.replace("\r\n", "\n").split("\n"):
        line = line.removeprefix(" ")  # stuffed, so that it would not be taken for something else
        is_signature = line == "-- "
        if flows and not is_signature:
            lines[-1] = lines[-1].removesuffix(gone) + line
        else:
            lines.append(line)
        flows = line.endswith(" ") and not is_signature
    return "\n".join(lines)


def _text(part: Part) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    charset = part.get_content_charset() or "utf-8"
    try:
        return content.decode(charset, "replace")
    except (LookupError, ValueError):  # no charset of this name
        return content.decode("utf-8", "replace")


def _name(part: Part) -> str:
    name = decoded(str(part.get_filename() or "without a name"))
    return "".join(letter if letter.isprintable() else "?" for letter in name[:80])
