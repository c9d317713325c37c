"""Owns what can go wrong with the paper of a fax. The text of each error is meant for an operator.

PaperError
├── NotAFax         the file holds no page that we could read
├── TooLarge        the file, a page or all pages together are larger than what we open
│   └── TooManyPages
├── NoSuchPage      the fax has fewer pages
├── PdfNotWritten   the disk did not take the PDF: worth another try when there is room again
└── PaperLost       the process that looked at it hung or died, or a program that it needs does
"""


class PaperError(Exception):
    """The paper of a fax cannot be looked at."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


class NotAFax(PaperError):
    """The file holds no page that we could read."""


class TooLarge(PaperError):
    """The file, a page or all pages together are larger than what we open."""


class TooManyPages(TooLarge):
    """The file says that it has more pages than what we open."""


class NoSuchPage(PaperError):
    """The fax has fewer pages."""


class PdfNotWritten(PaperError):
    """The disk did not take the PDF; nothing of it is left there."""


class PaperLost(PaperError):
    """The process that looked at the paper hung or died; the file may hold a fax all the same."""


#: How a process names its error to the one that started it.
BY_NAME: dict[str, type[PaperError]] = {
    kind.__name__: kind for kind in (NotAFax, TooLarge, TooManyPages, NoSuchPage, PdfNotWritten, PaperLost)
}
