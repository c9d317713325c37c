"""A database of very many customers, how long it takes to take them in, and how long to find one among them.

Owns the yardstick for `crm_bridge.matching` and `crm_bridge.search`; the import itself is measured in `_importing`.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Final

import sqlalchemy as sa
import uvloop

from bench._importing import imported
from config.customers import CustomerSettings
from crm_bridge.bulk import Added, add_many
from crm_bridge.model import Details, Kind, Mail, Phone
from crm_bridge.service import Customers
from crm_bridge.store_customers import columns_of
from crm_bridge.tables import customers as customers_
from crm_bridge.tables import mails, numbers, words
from crm_bridge.words import plain, words_of
from crm_bridge.writing import Cabinet
from ledger.clock import SystemClock
from ledger.database import Database
from ledger.ids import new_id
from ledger.jobs import Jobs

CUSTOMERS: Final = 1_000_000
COMPANIES: Final = 20_000
#: So many of them are taken in by the importer, when all others are there.
IMPORTED: Final = 50_000
LOOK_UPS: Final = 2_000
SEARCHES: Final = 200
#: The goals: milliseconds of the 95th percentile, and rows a second.
LOOK_UP_MS, SEARCH_MS, ROWS_A_SECOND = 5.0, 100.0, 5_000.0
_COUNTRY: Final = "LT"
_PIECE: Final = 20_000
_SYLLABLES: Final = (
    "ba", "ka", "lo", "mi", "ra", "sta", "vi", "tė", "gi", "no", "pe", "tra", "jo", "na", "du", "žė", "ri", "as", "au",
    "ma", "be", "ni", "ju", "gai",
)  # fmt: skip


async def customers(folder: Path, count: int = CUSTOMERS) -> dict[str, float]:
    """Build a database of so many customers, and measure; the figures say whether each goal was met."""
    async with await Database.open(folder / "customers.db") as database:
        cabinet = Cabinet(database, Jobs(database), CustomerSettings, SystemClock(), _COUNTRY)
        town = _Town(random.Random(1))
        built = await _build(cabinet, town, count, folder)
        asked = Customers(database, _COUNTRY)
        look_up = await _measure(LOOK_UPS, lambda: asked.match(town.some_number()))
        search = [await _measure(SEARCHES, partial(_type, asked, town, letters)) for letters in range(1, 9)]
        digits = [await _measure(SEARCHES, partial(_key_in, asked, town, many)) for many in range(3, 9)]
    worst = max(p95 for _, p95 in (*search, *digits))
    figures = {
        "customers": float(count),
        **built,
        "look_up_p50_ms": look_up[0],
        "look_up_p95_ms": look_up[1],
        "search_p50_ms": sorted(p50 for p50, _ in (*search, *digits))[len(search + digits) // 2],
        **{f"search_{n}_letters_p95_ms": p95 for n, (_, p95) in enumerate(search, 1)},
        **{f"search_{n}_digits_p95_ms": p95 for n, (_, p95) in enumerate(digits, 3)},
        "search_worst_p95_ms": worst,
    }
    ok = look_up[1] <= LOOK_UP_MS and worst <= SEARCH_MS and built["import_rows_a_second"] >= ROWS_A_SECOND
    return figures | {"customers_ok": float(ok)}


async def _type(asked: Customers, town: _Town, letters: int) -> None:
    await asked.search(town.some_typing(letters))


async def _key_in(asked: Customers, town: _Town, digits: int) -> None:
    await asked.search(town.some_digits(digits))


class _Town:
    """Names, companies and numbers as they are among people: some often, most seldom."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._first = [self._word(2, 3) for _ in range(2_000)]
        self._last = [f"{self._word(2, 4)}s" for _ in range(40_000)]
        self._kept: list[Details] = []
        self._number = 0

    def details(self, companies: list[str]) -> Details:
        """Make somebody up; every number once."""
        self._number += 1
        # Spread over the numbers that there are, so that neighbours come at different times.
        number = f"+3706{self._number * 7_368_787 % 10_000_000:07d}"
        name = f"{self._often(self._first)} {self._often(self._last)}"
        some = Details(
            name,
            phones=(Phone("", number, "mobile"),),
            mails=(Mail(f"{self._number}@{plain(self._often(self._last))}.example"),) if self._number % 2 else (),
            organisation=self._chance.choice(companies) if companies and self._number % 3 == 0 else None,
            status="customer",
        )
        if self._number % 199 == 0:
            self._kept.append(some)
        return some

    def company(self) -> Details:
        """Make a company up."""
        self._number += 1
        number = f"+3705{self._number * 7_368_787 % 10_000_000:07d}"
        return Details(f"UAB {self._word(2, 4)} {self._word(2, 3)}", Kind.ORGANISATION, phones=(Phone("", number),))

    def some_number(self) -> str:
        """Return the number of somebody who is there, or, one time in five, of nobody."""
        if self._chance.random() < 0.2:
            return f"+3704{self._chance.randrange(10_000_000):07d}"
        return self._chance.choice(self._kept).phones[0].written

    def some_typing(self, letters: int) -> str:
        """Return the beginning of a name, or of both its words, as somebody types it."""
        first, last = self._chance.choice(self._kept).name.split()
        return self._chance.choice((first[:letters], f"{first} {last[:letters]}", f"{last} {first[:letters]}"))

    def some_digits(self, many: int) -> str:
        """Return some digits out of the middle of a number."""
        number = self._chance.choice(self._kept).phones[0].written.lstrip("+")
        begin = self._chance.randrange(len(number) - many + 1)
        return number[begin : begin + many]

    def _often(self, words: list[str]) -> str:
        return words[int(len(words) * self._chance.random() ** 3)]

    def _word(self, least: int, most: int) -> str:
        return "".join(self._chance.choice(_SYLLABLES) for _ in range(self._chance.randint(least, most))).capitalize()


async def _build(cabinet: Cabinet, town: _Town, count: int, folder: Path) -> dict[str, float]:
    """Fill the database: most of it by plain SQL, the rest by the importer, which so meets a full house."""
    began = perf_counter()
    made = [town.company() for _ in range(COMPANIES)]
    names = [one.name for one in made]
    companies = [
        one.customer async for some in add_many(cabinet, made, "bench") for one in some if isinstance(one, Added)
    ]
    await _fill(cabinet.db, town, companies, count - COMPANIES - IMPORTED)
    filled = perf_counter()
    people = ((town.details([]), names[n % len(names)] if n % 3 == 0 else "") for n in range(IMPORTED))
    figures = await imported(cabinet, folder, people, IMPORTED)
    return {"build_seconds": filled - began, **figures}


async def _fill(database: Database, town: _Town, companies: list[str], count: int) -> None:
    """Write so many customers, and their index of words once in the end."""

    def without_index(connection: sa.Connection) -> list[str]:
        named = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
        for name, _ in named:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return [sql for _, sql in named]

    def with_index(connection: sa.Connection) -> None:
        connection.exec_driver_sql("INSERT INTO crm_words_fulltext (crm_words_fulltext) VALUES ('rebuild')")
        for sql in triggers:
            connection.exec_driver_sql(sql)

    triggers = await database.write_at_once(without_index)
    for begin in range(0, count, _PIECE):
        await database.write_at_once(partial(_write, town, companies, min(_PIECE, count - begin)))
        print(f"{begin + _PIECE:,} customers", file=sys.stderr, flush=True)
    await database.write_at_once(with_index)


def _write(town: _Town, companies: list[str], count: int, connection: sa.Connection) -> None:
    now = datetime.now(UTC)
    rows: dict[sa.Table, list[dict[str, object]]] = {customers_: [], numbers: [], mails: [], words: []}
    for _ in range(count):
        some, id_ = town.details(companies), new_id()
        (phone,) = some.phones
        common = {"since": now, "changed_at": now, "made_by_us": False, "version": 1, "merged_into": None}
        rows[customers_].append({"id": id_, **common, **columns_of(some)})
        theirs = {"customer": id_, "place": 0, "label": ""}
        rows[numbers].append({**theirs, "number": phone.written, "written": phone.written})
        rows[mails] += [{**theirs, "address": mail.address} for mail in some.mails]
        rows[words].append({"customer": id_, "words": words_of((some.name, *_addresses(some)), [phone.written])})
    for table, some_rows in rows.items():
        connection.execute(sa.insert(table), some_rows)


def _addresses(some: Details) -> list[str]:
    return [mail.address for mail in some.mails]


async def _measure(times: int, look: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Return median and 95th percentile in milliseconds."""
    taken: list[float] = []
    for _ in range(times):
        began = perf_counter()
        await look()
        taken.append((perf_counter() - began) * 1000)
    taken.sort()
    return taken[len(taken) // 2], taken[int(len(taken) * 0.95)]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as there:
        measured = uvloop.run(customers(Path(there), int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS))
    print(json.dumps({name: round(value, 3) for name, value in measured.items()}))
