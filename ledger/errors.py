"""Owns every error the ledger raises. The class docstring is the message.

LedgerError
├── DatabaseError
│   ├── DatabaseUnavailable
│   ├── DatabaseBusy
│   ├── DatabaseTooNew
│   └── NoSuchDatabaseKind
├── JournalError
│   ├── EntryNotStorable
│   ├── JournalFull
│   ├── JournalClosed
│   ├── JournalLate
│   ├── NotStored
│   └── ReaderMoved
├── JobError
│   ├── JobNotStorable
│   ├── JobTimeout
│   └── NoSuchJob
├── NoSuchDelivery
└── SpoolError
    ├── NotOurName
    ├── NoSuchFile
    ├── FileTooLarge
    └── SpoolFull
"""


class LedgerError(Exception):
    """The ledger could not do what it was asked."""

    def __init__(self, detail: object = "") -> None:
        message = (type(self).__doc__ or "").strip().splitlines()[0]
        super().__init__(f"{message.removesuffix('.')}: {detail}" if str(detail) else message)


class DatabaseError(LedgerError):
    """The database could not do what it was asked."""


class DatabaseUnavailable(DatabaseError):
    """The database does not answer, or cannot store anything now."""


class DatabaseBusy(DatabaseError):
    """Others kept the database for too long, or got in the way; the same again may work."""


class DatabaseTooNew(DatabaseError):
    """The database was migrated by a newer version of this program; start that version."""


class NoSuchDatabaseKind(DatabaseError):
    """The database must be a file path, sqlite:///… or postgresql://…."""


class JournalError(LedgerError):
    """The journal could not do what it was asked."""


class EntryNotStorable(JournalError):
    """This entry can never be stored, whatever the state of the database."""


class JournalFull(JournalError):
    """Too many entries wait to be stored."""


class JournalClosed(JournalError):
    """The journal takes no more entries."""


class JournalLate(JournalError):
    """Entries still wait to be stored at the deadline."""


class NotStored(JournalError):
    """The entry is not on any disk."""


class ReaderMoved(JournalError):
    """Somebody else moved this reader's position meanwhile; nothing was written."""


class JobError(LedgerError):
    """The jobs could not do what they were asked."""


class JobNotStorable(JobError):
    """This job can never be stored."""


class JobTimeout(JobError):
    """The job took longer than it may."""


class NoSuchJob(JobError):
    """There is no job of this key."""


class NoSuchDelivery(LedgerError):
    """There is no delivery of this id that could be tried again."""


class SpoolError(LedgerError):
    """The spool could not do what it was asked."""


class NotOurName(SpoolError):
    """This is not a name the spool gives to files."""


class NoSuchFile(SpoolError):
    """The spool has no such file."""


class FileTooLarge(SpoolError):
    """The file is larger than the reader allows."""


class SpoolFull(SpoolError):
    """The disk, or what we may use of it, is full."""
