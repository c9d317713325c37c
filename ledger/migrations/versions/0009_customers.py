"""Customers as people keep them: several numbers, notes, matters, activities, steps, merges, and the index of words.

A number may belong to several customers now; what is there is taken along.
"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

from ledger.tables import BigId, JsonValue, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NUMBERS = "CREATE TABLE crm_numbers_before AS SELECT number, customer FROM crm_numbers"
_INTERACTIONS = "CREATE TABLE crm_interactions_before AS SELECT * FROM crm_interactions"


def upgrade() -> None:
    op.execute(_NUMBERS)
    op.execute(_INTERACTIONS)
    op.drop_table("crm_numbers")
    op.drop_table("crm_interactions")
    _customers()
    _ways_to_reach()
    _work()
    _interactions()
    _merging()
    _words()
    op.execute(
        "INSERT INTO crm_numbers (customer, number, written, label, place) "
        "SELECT customer, number, number, '', 0 FROM crm_numbers_before"
    )
    # A call's number was not kept until now: that of its customer is the one it came from.
    op.execute(
        "INSERT INTO crm_interactions (id, call, customer, number, medium, direction, started, ended, outcome, result,"
        ' department, answered_by, waited, talked, "left", facts) '
        "SELECT call, call, customer, coalesce((SELECT min(number) FROM crm_numbers_before AS n"
        " WHERE n.customer = i.customer), ''), medium, 'in', started, ended, outcome, '', department, answered_by,"
        " waited, talked, '', facts FROM crm_interactions_before AS i"
    )
    _found_as_before()
    op.drop_table("crm_numbers_before")
    op.drop_table("crm_interactions_before")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _found_as_before() -> None:
    """Write the words by which those are found who are there already: number, beginnings of its parts, and name."""
    connection = op.get_bind()
    rows = connection.execute(
        sa.text(
            "SELECT c.id, c.name, n.number FROM crm_customers AS c LEFT JOIN crm_numbers_before AS n"
            " ON n.customer = c.id ORDER BY c.id"
        )
    ).all()
    found: dict[str, tuple[str, list[str]]] = {}
    for id_, name, number in rows:
        _, parts = found.setdefault(id_, (_plain(name), []))
        digits = (number or "").lstrip("+")
        parts += [digits[n : n + 6] for n in range(len(digits) - 2)]
    for begin in range(0, len(found), 1000):
        some = list(found.items())[begin : begin + 1000]
        words = [
            {"id": id_, "words": " ".join(dict.fromkeys([*re.findall(r"[^\W_]+", name), *parts])), "key": name}
            for id_, (name, parts) in some
        ]
        connection.execute(sa.text("INSERT INTO crm_words (customer, words) VALUES (:id, :words)"), words)
        connection.execute(sa.text("UPDATE crm_customers SET name_key = :key WHERE id = :id"), words)


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return " ".join("".join(p for p in parts if not unicodedata.category(p).startswith("M")).casefold().split())


def _customers() -> None:
    text, nothing = sa.Text(), sa.text("''")
    with op.batch_alter_table("crm_customers") as batch:
        batch.add_column(sa.Column("name_key", text, nullable=False, server_default=nothing))
        batch.add_column(sa.Column("kind", sa.String(12), nullable=False, server_default=sa.text("'person'")))
        batch.add_column(sa.Column("organisation", sa.String(64)))
        for name in ("address", "website"):
            batch.add_column(sa.Column(name, text, nullable=False, server_default=nothing))
        for name, length in (("language", 10), ("status", 40), ("owner", 80)):
            batch.add_column(sa.Column(name, sa.String(length), nullable=False, server_default=nothing))
        for name, empty in (("insiders", "[]"), ("tags", "[]"), ("fields", "{}")):
            batch.add_column(sa.Column(name, JsonValue, nullable=False, server_default=sa.text(f"'{empty}'")))
        batch.add_column(sa.Column("made_by_us", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default=sa.text("1")))
        batch.add_column(sa.Column("changed_at", UtcDateTime()))
        batch.add_column(sa.Column("merged_into", sa.String(64)))
        for name, then in (("organisation", "SET NULL"), ("merged_into", "CASCADE")):
            key = op.f(f"fk_crm_customers_{name}_crm_customers")
            batch.create_foreign_key(key, "crm_customers", [name], ["id"], ondelete=then)
    op.execute("UPDATE crm_customers SET changed_at = since, made_by_us = (name = '')")
    with op.batch_alter_table("crm_customers") as batch:
        batch.alter_column("changed_at", existing_type=UtcDateTime(), nullable=False)
        columns = ("name_key", "kind", "address", "website", "language", "status", "owner")
        for name in (*columns, "insiders", "tags", "fields", "made_by_us", "version"):
            batch.alter_column(name, server_default=None)
    _indexes("crm_customers", ["organisation", "name_key"], ["name_key"])
    few = sa.text("merged_into IS NOT NULL")
    name = op.f("ix_crm_customers_merged_into")
    op.create_index(name, "crm_customers", ["merged_into"], sqlite_where=few, postgresql_where=few)


def _of_customer(table: str, column: str = "customer") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_crm_customers")
    return sa.ForeignKeyConstraint([column], ["crm_customers.id"], name=name, ondelete="CASCADE")


def _indexes(table: str, *columns: list[str]) -> None:
    for some in columns:
        op.create_index(op.f(f"ix_{table}_{'_'.join(some)}"), table, some)


def _id(name: str = "customer") -> sa.Column[str]:
    return sa.Column(name, sa.String(64), nullable=False)


def _texts(**lengths: int) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(length), nullable=False) for name, length in lengths.items()]


def _table(
    name: str, *columns: sa.schema.SchemaItem, key: tuple[str, ...], of: tuple[str, ...] = ("customer",)
) -> None:
    keys = [_of_customer(name, column) for column in of]
    op.create_table(name, *columns, *keys, sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")))


def _ways_to_reach() -> None:
    _table(
        "crm_numbers",
        _id(),
        *_texts(number=20, written=60, label=40),
        sa.Column("place", sa.Integer(), nullable=False),
        key=("customer", "number"),
    )
    _indexes("crm_numbers", ["number"])
    _table(
        "crm_mails",
        _id(),
        *_texts(address=254, label=40),
        sa.Column("place", sa.Integer(), nullable=False),
        key=("customer", "address"),
    )
    _indexes("crm_mails", ["address"])
    _table(
        "crm_handles",
        _id(),
        *_texts(service=40, handle=200),
        sa.Column("place", sa.Integer(), nullable=False),
        key=("customer", "service", "handle"),
    )
    _indexes("crm_handles", ["service", "handle"])
    _table(
        "crm_relations",
        _id(),
        _id("other"),
        sa.Column("role", sa.String(80), nullable=False),
        key=("customer", "other", "role"),
        of=("customer", "other"),
    )
    _indexes("crm_relations", ["other"])


def _work() -> None:
    _table(
        "crm_notes",
        _id("id"),
        _id(),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        *_texts(interaction=200, disposition=80),
        key=("id",),
    )
    _indexes("crm_notes", ["customer", "at"], ["interaction"])
    _table(
        "crm_matters",
        _id("id"),
        _id(),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("amount", BigId, autoincrement=False, nullable=False),
        *_texts(currency=3, stage=40, whose=80),
        sa.Column("expected", sa.Date()),
        sa.Column("closed", sa.Date()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        key=("id",),
    )
    _indexes("crm_matters", ["customer"], ["stage", "expected"])
    _table(
        "crm_activities",
        _id("id"),
        _id(),
        sa.Column("matter", sa.String(64)),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("due", UtcDateTime(), nullable=False),
        sa.Column("whose", sa.String(80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("done_at", UtcDateTime()),
        sa.Column("done_by", sa.String(80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["matter"], ["crm_matters.id"], name=op.f("fk_crm_activities_matter_crm_matters"), ondelete="SET NULL"
        ),
        key=("id",),
    )
    _indexes("crm_activities", ["customer"], ["matter"], ["whose", "done_at", "due"])
    _table(
        "crm_steps",
        sa.Column("seq", BigId, autoincrement=True, nullable=False),
        _id(),
        sa.Column("at", UtcDateTime(), nullable=False),
        *_texts(what=40, by=80, about=200),
        sa.Column("changes", JsonValue, nullable=False),
        key=("seq",),
    )
    _indexes("crm_steps", ["customer", "at"])
    _table(
        "crm_looks",
        _id(),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("hour", UtcDateTime(), nullable=False),
        key=("customer", "by", "hour"),
    )
    _indexes("crm_looks", ["hour"])


def _of_interactions() -> list[sa.schema.SchemaItem]:
    """Return what interactions have before and after."""
    return [
        sa.Column("customer", sa.String(64)),
        sa.Column("medium", sa.String(20), nullable=False),
        sa.Column("started", UtcDateTime(), nullable=False),
        sa.Column("ended", UtcDateTime()),
        sa.Column("outcome", sa.String(20)),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.Column("waited", sa.Float(), nullable=False),
        sa.Column("talked", sa.Float(), nullable=False),
        sa.Column("facts", JsonValue, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"],
            ["crm_customers.id"],
            name=op.f("fk_crm_interactions_customer_crm_customers"),
            ondelete="SET NULL",
        ),
    ]


def _interactions() -> None:
    op.create_table(
        "crm_interactions",
        *_texts(id=200, call=200, number=20, direction=3, result=80, left=64),
        *_of_interactions(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_interactions")),
    )
    _indexes("crm_interactions", ["customer", "started"], ["number", "started"])
    _table(
        "crm_assigned",
        sa.Column("interaction", sa.String(200), nullable=False),
        _id(),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        key=("interaction",),
    )
    _indexes("crm_assigned", ["customer"])


def _merging() -> None:
    _table(
        "crm_merges",
        _id("id"),
        _id("kept"),
        _id("gone"),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("filled", JsonValue, nullable=False),
        key=("id",),
        of=("kept", "gone"),
    )
    _indexes("crm_merges", ["kept"], ["gone"], ["at"])
    op.create_table(
        "crm_moved",
        _id("merge"),
        *_texts(kind=20, key=400),
        sa.ForeignKeyConstraint(
            ["merge"], ["crm_merges.id"], name=op.f("fk_crm_moved_merge_crm_merges"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merge", "kind", "key", name=op.f("pk_crm_moved")),
    )
    _table(
        "crm_distinct",
        _id("one"),
        _id("other"),
        key=("one", "other"),
        of=("one", "other"),
    )
    _indexes("crm_distinct", ["other"])


def _words() -> None:
    op.create_table(
        "crm_words",
        sa.Column("seq", BigId, autoincrement=True, nullable=False),
        _id(),
        sa.Column("words", sa.Text(), nullable=False),
        _of_customer("crm_words"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_crm_words")),
        sa.UniqueConstraint("customer", name=op.f("uq_crm_words_customer")),
    )
    if not _sqlite():
        # The words are plain already: no parser has a say in what a word is.
        array = "string_to_array(words, ' ')"
        op.execute(f"CREATE INDEX crm_words_fulltext ON crm_words USING gin (array_to_tsvector({array}))")
        return
    # What is no ASCII is a part of a word to this tokenizer: words are what we say, and never several.
    # Without positions and sizes, which nobody asks for, the index is a third as large; the beginnings of words up to
    # five letters have lists of their own, so that one letter of a million customers costs no more than a whole name.
    op.execute(
        "CREATE VIRTUAL TABLE crm_words_fulltext USING fts5 (words, content = 'crm_words', content_rowid = 'seq',"
        " detail = none, columnsize = 0, prefix = '1 2 3 4 5', tokenize = 'ascii')"
    )
    # Merged less often than by itself: imports take a tenth less time, and searches hardly more.
    for setting, value in (("automerge", 16), ("crisismerge", 64)):
        op.execute(f"INSERT INTO crm_words_fulltext (crm_words_fulltext, rank) VALUES ('{setting}', {value})")
    gone = "INSERT INTO crm_words_fulltext (crm_words_fulltext, rowid, words) VALUES ('delete', old.seq, old.words);"
    come = "INSERT INTO crm_words_fulltext (rowid, words) VALUES (new.seq, new.words);"
    op.execute(f"CREATE TRIGGER crm_words_come AFTER INSERT ON crm_words BEGIN {come} END")
    op.execute(f"CREATE TRIGGER crm_words_gone AFTER DELETE ON crm_words BEGIN {gone} END")
    op.execute(f"CREATE TRIGGER crm_words_changed AFTER UPDATE ON crm_words BEGIN {gone} {come} END")


def downgrade() -> None:
    # One customer for a number, as it was: the one that sorts first.
    op.execute(
        "CREATE TABLE crm_numbers_before AS SELECT number, min(customer) AS customer FROM crm_numbers GROUP BY number"
    )
    op.execute(_INTERACTIONS)
    if _sqlite():
        op.execute("DROP TABLE crm_words_fulltext")
    for table in (
        "words", "distinct", "moved", "merges", "assigned", "interactions", "looks", "steps", "activities", "matters",
        "notes", "relations", "handles", "mails", "numbers",
    ):  # fmt: skip
        op.drop_table(f"crm_{table}")
    _customers_before()
    _tables_before()
    op.execute("INSERT INTO crm_numbers (number, customer) SELECT number, customer FROM crm_numbers_before")
    op.execute(
        "INSERT INTO crm_interactions (call, customer, medium, started, ended, outcome, department, answered_by, waited,"
        " talked, facts) SELECT id, customer, medium, started, ended, outcome, department, answered_by, waited, talked,"
        " facts FROM crm_interactions_before WHERE direction = 'in'"
    )
    op.drop_table("crm_numbers_before")
    op.drop_table("crm_interactions_before")


def _customers_before() -> None:
    for columns in ("organisation_name_key", "name_key", "merged_into"):
        op.drop_index(op.f(f"ix_crm_customers_{columns}"), "crm_customers")
    with op.batch_alter_table("crm_customers") as batch:
        for name in ("organisation", "merged_into"):
            batch.drop_constraint(op.f(f"fk_crm_customers_{name}_crm_customers"), type_="foreignkey")
        for name in (
            "name_key", "kind", "organisation", "address", "website", "language", "status", "owner", "insiders",
            "tags", "fields", "made_by_us", "version", "changed_at", "merged_into",
        ):  # fmt: skip
            batch.drop_column(name)


def _tables_before() -> None:
    op.create_table(
        "crm_numbers",
        sa.Column("number", sa.String(20), nullable=False),
        _id(),
        _of_customer("crm_numbers"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_crm_numbers")),
    )
    _indexes("crm_numbers", ["customer"])
    op.create_table(
        "crm_interactions",
        *_texts(call=200),
        *_of_interactions(),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_crm_interactions")),
    )
    _indexes("crm_interactions", ["customer", "started"])
