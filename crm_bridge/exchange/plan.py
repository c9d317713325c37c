"""How a file is read: its kind, encoding, delimiter, and what each column means. Guessed by us, changed by a person.

Values only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any


class FileKind(StrEnum):
    """What the file is."""

    CSV = "csv"
    VCARD = "vcard"


class Field(StrEnum):
    """What a column means. `PHONE`, `HANDLE` and `OWN` say by the column's label which."""

    IGNORE = "ignore"
    KIND = "kind"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    ORGANISATION = "organisation"
    PHONE = "phone"
    MAIL = "mail"
    HANDLE = "handle"
    STREET = "street"
    POSTAL_CODE = "postal_code"
    CITY = "city"
    REGION = "region"
    COUNTRY = "country"
    WEBSITE = "website"
    LANGUAGE = "language"
    STATUS = "status"
    OWNER = "owner"
    TAGS = "tags"
    NOTE = "note"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file. `label` is what phones of this column are called, the medium, or the own field's name."""

    heading: str
    field: Field = Field.IGNORE
    label: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """How one file is read. `digest` tells the file again; `country` is where numbers without a prefix are from.

    `ours` says that our own export wrote the file, so that several values in a cell are separated in one way only.
    """

    kind: FileKind
    digest: str
    country: str
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    header: bool = True
    columns: tuple[Column, ...] = ()
    ours: bool = False

    def mean(self, changes: Mapping[int, tuple[Field, str]]) -> Plan:
        """Return the plan with the meaning of columns, by index from 0, changed: a field and a label each."""
        columns = list(self.columns)
        for index, (meaning, label) in changes.items():
            columns[index] = replace(columns[index], field=meaning, label=label)
        return replace(self, columns=tuple(columns))

    def reads_as(self, other: Plan) -> bool:
        """Say whether two plans of the same file read the same of every row, as far as people can change that."""
        return self._read() == other._read()

    def _read(self) -> tuple[object, ...]:
        means = tuple((column.field, column.label) for column in self.columns)
        return self.kind, self.country, self.encoding, self.delimiter, self.header, means

    @property
    def headings(self) -> tuple[str, ...]:
        """Return what the columns are called; a file of cards has one."""
        return tuple(column.heading for column in self.columns) if self.kind is FileKind.CSV else ("vCard",)

    def as_dict(self) -> dict[str, Any]:  # Any: JSON
        """Return it as values of JSON; `plan_of` reads them."""
        return asdict(self)


def plan_of(said: Mapping[str, Any]) -> Plan:  # Any: JSON
    """Return the plan that `as_dict` wrote. Raises KeyError, TypeError or ValueError for anything else."""
    columns = tuple(Column(str(one["heading"]), Field(one["field"]), str(one["label"])) for one in said["columns"])
    return Plan(**{**said, "kind": FileKind(said["kind"]), "columns": columns})


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person wants read otherwise than we guessed; None leaves it to us."""

    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    meanings: Mapping[int, tuple[Field, str]] = field(default_factory=dict)
