"""Owns what we do in a mailbox: look what is there, fetch a mail, put it away. Blocks; visit.py is for the event loop.

What lies in the folder is what is still to do: a mail that is done with is moved below "Switchroom", or, where the
server lets us move nothing, marked with a keyword. Must not know what a mail says.
"""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from config.faxes import FaxByMail
from fax.by_mail.errors import MailboxAway, MailboxWrong, MailStuck
from fax.by_mail.imap_line import Line, LoginError, Wire
from fax.by_mail.model import Drawer, Found
from ledger.mail_errors import tidy

FOLDER: Final = "Switchroom"
DONE: Final = "$SwitchroomDone"
#: Of one wait for the network; of a whole step the visit has the deadline.
_SOCKET_SECONDS: Final = 30.0
#: A whole mail in one answer would hold up everybody else while it is copied.
PIECE: Final = 1 << 20
#: RFC 5530: said of a login that may well do later.
_LATER: Final = ("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "CONTACTADMIN")


class Mailbox:
    """One conversation with a mailbox, by one thread; only `cut` may be called by another."""

    def __init__(self, settings: FaxByMail) -> None:
        self._settings = settings
        self._wire = Wire()
        self._opened: Line | None = None
        self._drawers: dict[Drawer, str] = {}
        self._marks = False

    def open(self) -> int:
        """Connect, log in, enter the folder; return its UIDVALIDITY. Raises MailboxAway and MailboxWrong."""
        with self._speaking("connecting"):
            self._opened = Line(self._settings, self._wire, _SOCKET_SECONDS)
        with self._speaking("logging in"):
            self._line.enter()
        with self._speaking("opening the folder"):
            try:
                entered: dict[bytes, Any] = self._line.select_folder(self._settings.folder)
            except imaplib.IMAP4.readonly as error:
                raise MailboxWrong("the folder can only be read: mails could not be put away") from error
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                raise MailboxWrong(self._tidy(f"the folder cannot be opened: {error}")) from error
        may_keep = entered.get(b"PERMANENTFLAGS", ())
        self._marks = b"\\*" in may_keep or DONE.encode() in may_keep
        with self._speaking("looking for our folders"):
            self._drawers = self._find_drawers()
        if b"READ-WRITE" not in entered or not (self._drawers or self._marks):
            raise MailboxWrong("mails there can neither be moved nor marked: each would be a fax again and again")
        return int(entered.get(b"UIDVALIDITY", 0))

    def waiting(self) -> list[int]:
        """Return the UIDs of the mails that are still to do, the oldest first."""
        with self._speaking("looking for mails"):
            # A server without keywords may take no question about one.
            marked = f" UNKEYWORD {DONE}" if self._marks else ""
            return sorted(int(uid) for uid in self._line.search(f"UNDELETED{marked}"))

    def find(self, uid: int, header_bytes: int) -> Found | None:
        """Return the size and the header of a mail, without marking it as read; None when it is gone."""
        with self._speaking("reading a header", one_mail=True):
            self._line.allow(header_bytes)
            section = f"BODY.PEEK[HEADER]<0.{header_bytes + 1}>"
            said: dict[bytes, Any] = self._line.fetch([uid], ["RFC822.SIZE", section]).get(uid, {})
            header = said.get(b"BODY[HEADER]<0>")
            return Found(int(said[b"RFC822.SIZE"]), header) if isinstance(header, bytes) else None

    def fetch(self, uid: int, into: Path, mail_bytes: int) -> int:
        """Write a mail to a new file; return its length, 0 when it is gone.

        Of one longer than `mail_bytes`, whatever the server had said of its size, no more than one byte more is
        fetched, and that is the length.
        """
        length = 0
        with into.open("xb") as file:
            while length <= mail_bytes:
                piece = self._piece(uid, length, min(PIECE, mail_bytes + 1 - length))
                file.write(piece)
                length += len(piece)
                if len(piece) < PIECE:
                    break
        return length

    def _piece(self, uid: int, begin: int, size: int) -> bytes:
        with self._speaking("fetching a mail", one_mail=True):
            self._line.allow(size)
            said: dict[bytes, Any] = self._line.fetch([uid], [f"BODY.PEEK[]<{begin}.{size}>"]).get(uid, {})
        name = b"BODY[]<%d>" % begin
        if begin and name not in said:  # half a mail is none
            raise MailStuck("it was gone before all of it was fetched")
        return (said.get(name) or b"")[:size]

    def put_away(self, uid: int, drawer: Drawer) -> None:
        """Move a mail out of the folder, or mark it, so that nobody looks at it again. Raises MailStuck."""
        with self._speaking("putting a mail away", one_mail=True):
            if drawer is Drawer.SENT:  # those refused stay unread, for somebody to see
                self._line.add_flags([uid], ["\\Seen"], silent=True)
            if drawer in self._drawers:
                try:
                    self._move(uid, self._drawers[drawer])
                    return
                except imaplib.IMAP4.abort:
                    raise
                except imaplib.IMAP4.error:
                    if not self._marks:
                        raise
            self._line.add_flags([uid], [DONE], silent=True)

    def close(self) -> None:
        """Take leave, or just go."""
        if self._opened is not None:
            opened, self._opened = self._opened, None
            try:
                opened.logout()
            except (imaplib.IMAP4.error, OSError, ValueError):
                with suppress(OSError, ValueError):
                    opened.shutdown()

    def cut(self) -> None:
        """End the connection at once; whoever waits for it gets MailboxAway."""
        self._wire.cut()

    @property
    def _line(self) -> Line:
        assert self._opened is not None, "open() first"
        return self._opened

    def _find_drawers(self) -> dict[Drawer, str]:
        """Return our folders, made if they were not there; empty when the server does not let us make them."""
        prefix: str = ""
        between: Any = "/"  # Any: bytes of one answer, text of the other
        if self._line.has_capability("NAMESPACE") and (own := self._line.namespace().personal):
            prefix, between = own[0][0], own[0][1]
        elif listed := self._line.list_folders("", ""):
            between = listed[0][1]
        between = between.decode() if isinstance(between, bytes) else between
        drawers = {drawer: f"{prefix}{FOLDER}{between or '-'}{drawer}" for drawer in Drawer}
        for folder in drawers.values():
            if not self._line.folder_exists(folder):
                try:
                    self._line.create_folder(folder)
                    self._line.subscribe_folder(folder)  # else mail programs do not show it
                except imaplib.IMAP4.abort:
                    raise
                except imaplib.IMAP4.error:
                    if not self._line.folder_exists(folder):
                        return {}
        return drawers

    def _move(self, uid: int, folder: str) -> None:
        if self._line.has_capability("MOVE"):
            self._line.move([uid], folder)
            return
        self._line.copy([uid], folder)
        self._line.delete_messages([uid], silent=True)
        if self._line.has_capability("UIDPLUS"):
            self._line.uid_expunge([uid])  # without it we would sweep away what others have deleted as well

    @contextmanager
    def _speaking(self, doing: str, *, one_mail: bool = False) -> Iterator[None]:
        """Turn what the library raises into our own errors; with `one_mail`, a mere "no" is about that one."""
        if self._opened is not None:
            self._opened.allow(0)
        try:
            yield
        except LoginError as error:
            said = self._tidy(f"while {doing} the server said: {error}")
            if any(f"[{word}]" in said.upper() for word in _LATER):
                raise MailboxAway(said) from error
            raise MailboxWrong(f"the server does not let us in with this user and password: {said}") from error
        except ssl.SSLCertVerificationError as error:
            raise MailboxWrong(self._tidy(f"the certificate of the server is not trusted: {error}")) from error
        except FileNotFoundError as error:
            raise MailboxWrong("the file of certificates to trust is not there") from error
        except TimeoutError as error:
            raise MailboxAway(f"while {doing}: nothing came in time") from error
        except OSError as error:
            raise MailboxAway(self._tidy(f"while {doing}: {error.strerror or error}")) from error
        except imaplib.IMAP4.abort as error:
            said = str(error).partition(": b")[0]  # behind that the library quotes what may be somebody's letter
            raise MailboxAway(self._tidy(f"while {doing} the connection broke off: {said}")) from error
        except imaplib.IMAP4.error as error:
            kind = MailStuck if one_mail else MailboxAway
            raise kind(self._tidy(f"while {doing} the server said: {error}")) from error
        except (ValueError, LookupError, TypeError, AttributeError) as error:  # what the library does not expect
            raise MailboxAway(f"while {doing} the server did not speak IMAP") from error

    def _tidy(self, text: str) -> str:
        return tidy(text, (self._settings.password,))
