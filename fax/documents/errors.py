"""Owns what can go wrong with a document that is to be faxed. Each text is for the person who sends.

DocumentError
├── NotSendable      the document cannot be sent as it is; trying again changes nothing
│   ├── UnknownKind  it is of a kind that we do not read
│   ├── Locked       it needs a password
│   ├── Damaged      it says that it is one of our kinds, but cannot be read
│   ├── TooLarge     it is longer, larger or harder to draw than the limits allow
│   └── NoPages      it holds nothing to send
├── NoRoom           the disk did not take the pages: worth another try when there is room again
└── DocumentLost     the process that worked on it hung or died; another try may do
"""


class DocumentError(Exception):
    """A document cannot be prepared."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class NotSendable(DocumentError):
    """The document cannot be sent as it is; trying again changes nothing."""


class UnknownKind(NotSendable):
    """The document is of a kind that we do not read."""


class Locked(NotSendable):
    """The document needs a password."""


class Damaged(NotSendable):
    """The document says that it is of one of our kinds, but cannot be read."""


class TooLarge(NotSendable):
    """The document is longer, larger or harder to draw than the limits allow."""


class NoPages(NotSendable):
    """The document holds nothing to send."""


class NoRoom(DocumentError):
    """The disk did not take the pages; nothing of them is left there."""


class DocumentLost(DocumentError):
    """The process that worked on the document hung or died; another try may do."""


#: By name, for the pipe between the worker and us.
REFUSALS: dict[str, type[DocumentError]] = {
    refusal.__name__: refusal for refusal in (UnknownKind, Locked, Damaged, TooLarge, NoPages, NoRoom)
}
