"""Call records with all their parts as rows, calls that we placed, and the sums of each quarter of an hour.

What the records say is derived from the journal: they are made anew, from its beginning.
"""

import sqlalchemy as sa
from alembic import op

from ledger.tables import BigId, JsonValue, UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f("ix_reports_calls_offered_at"), table_name="reports_calls")
    op.drop_table("reports_calls")
    op.create_table(
        "reports_calls",
        sa.Column("call", sa.String(200), nullable=False),
        sa.Column("second", BigId, nullable=False),
        sa.Column("offered_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("ani", sa.Text(), nullable=False),
        sa.Column("ani_name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("path", JsonValue, nullable=False),
        sa.Column("keys", JsonValue, nullable=False),
        sa.Column("facts", JsonValue, nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(20)),
        sa.Column("abandoned_in", sa.String(20), nullable=False),
        sa.Column("hung_up_first", sa.String(20), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.Column("answered_at", UtcDateTime()),
        sa.Column("waited_ms", BigId),
        sa.Column("talked_ms", BigId),
        sa.Column("line_left", sa.String(12), nullable=False),
        sa.Column("line_department", sa.String(40), nullable=False),
        sa.Column("line_wait_ms", BigId),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("odd", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("unknown", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_reports_calls")),
    )
    op.create_index(op.f("ix_reports_calls_ani_second"), "reports_calls", ["ani", "second"])
    op.create_index(op.f("ix_reports_calls_second"), "reports_calls", ["second"])
    op.create_index(op.f("ix_reports_calls_source"), "reports_calls", ["source"])
    op.create_table(
        "reports_stays",
        sa.Column("call", sa.String(200), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("second", BigId, nullable=False),
        sa.Column("department", sa.String(40), nullable=False),
        sa.Column("joined_us", BigId, nullable=False),
        sa.Column("left", sa.String(12), nullable=False),
        sa.Column("waited_ms", BigId),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call", "n", name=op.f("pk_reports_stays")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_reports_stays_second_department_left_waited_ms"), "reports_stays", ["second", "department", "left", "waited_ms"])
    op.create_table(
        "reports_ringings",
        sa.Column("call", sa.String(200), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("second", BigId, nullable=False),
        sa.Column("agent", sa.String(40), nullable=False),
        sa.Column("department", sa.String(40), nullable=False),
        sa.Column("at_us", BigId, nullable=False),
        sa.Column("reply", sa.String(20), nullable=False),
        sa.Column("rang_ms", BigId),
        sa.PrimaryKeyConstraint("call", "n", name=op.f("pk_reports_ringings")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_reports_ringings_second_agent"), "reports_ringings", ["second", "agent"])
    op.create_table(
        "reports_talks",
        sa.Column("call", sa.String(200), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("second", BigId, nullable=False),
        sa.Column("agent", sa.String(40), nullable=False),
        sa.Column("department", sa.String(40), nullable=False),
        sa.Column("since_us", BigId, nullable=False),
        sa.Column("talked_ms", BigId),
        sa.Column("held_ms", BigId, nullable=False),
        sa.PrimaryKeyConstraint("call", "n", name=op.f("pk_reports_talks")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_reports_talks_second_agent"), "reports_talks", ["second", "agent"])
    op.create_table(
        "reports_steps",
        sa.Column("call", sa.String(200), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("second", BigId, nullable=False),
        sa.Column("menu", sa.String(40), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call", "n", name=op.f("pk_reports_steps")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_reports_steps_second_menu"), "reports_steps", ["second", "menu"])
    op.create_table(
        "reports_transfers",
        sa.Column("call", sa.String(200), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("second", BigId, nullable=False),
        sa.Column("agent", sa.String(40), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("at_us", BigId, nullable=False),
        sa.Column("how", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("call", "n", name=op.f("pk_reports_transfers")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_reports_transfers_second"), "reports_transfers", ["second"])
    op.create_table(
        "reports_outgoing",
        sa.Column("call", sa.String(200), nullable=False),
        sa.Column("second", BigId, nullable=False),
        sa.Column("began_us", BigId, nullable=False),
        sa.Column("person", sa.String(40), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("ended_us", BigId),
        sa.Column("talked_ms", BigId),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_reports_outgoing")),
    )
    op.create_index(op.f("ix_reports_outgoing_number_second"), "reports_outgoing", ["number", "second"])
    op.create_index(op.f("ix_reports_outgoing_second"), "reports_outgoing", ["second"])
    op.create_table(
        "reports_quarter_lines",
        sa.Column("bucket", BigId, nullable=False, autoincrement=False),
        sa.Column("department", sa.String(40), nullable=False),
        sa.Column("offered", BigId, nullable=False),
        sa.Column("answered", BigId, nullable=False),
        sa.Column("abandoned", BigId, nullable=False),
        sa.Column("short", BigId, nullable=False),
        sa.Column("voicemail", BigId, nullable=False),
        sa.Column("overflowed", BigId, nullable=False),
        sa.Column("failed", BigId, nullable=False),
        sa.Column("waiting", BigId, nullable=False),
        sa.Column("within", BigId, nullable=False),
        sa.Column("abandoned_within", BigId, nullable=False),
        sa.Column("waits", BigId, nullable=False),
        sa.Column("wait_ms", BigId, nullable=False),
        sa.Column("longest_ms", BigId, nullable=False),
        sa.Column("talks", BigId, nullable=False),
        sa.Column("talk_ms", BigId, nullable=False),
        sa.Column("hold_ms", BigId, nullable=False),
        sa.Column("unknown", BigId, nullable=False),
        sa.PrimaryKeyConstraint("bucket", "department", name=op.f("pk_reports_quarter_lines")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reports_quarter_calls",
        sa.Column("bucket", BigId, nullable=False, autoincrement=False),
        sa.Column("offered", BigId, nullable=False),
        sa.Column("answered", BigId, nullable=False),
        sa.Column("abandoned", BigId, nullable=False),
        sa.Column("abandoned_menu", BigId, nullable=False),
        sa.Column("abandoned_queue", BigId, nullable=False),
        sa.Column("voicemail", BigId, nullable=False),
        sa.Column("fax", BigId, nullable=False),
        sa.Column("closed", BigId, nullable=False),
        sa.Column("unserved", BigId, nullable=False),
        sa.Column("unknown_number", BigId, nullable=False),
        sa.Column("failed", BigId, nullable=False),
        sa.Column("in_progress", BigId, nullable=False),
        sa.Column("untold", BigId, nullable=False),
        sa.Column("estimated", BigId, nullable=False),
        sa.Column("no_lines", BigId, nullable=False),
        sa.Column("no_menus", BigId, nullable=False),
        sa.Column("waits", BigId, nullable=False),
        sa.Column("wait_ms", BigId, nullable=False),
        sa.Column("longest_ms", BigId, nullable=False),
        sa.Column("talks", BigId, nullable=False),
        sa.Column("talk_ms", BigId, nullable=False),
        sa.Column("hold_ms", BigId, nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_reports_quarter_calls")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reports_rollup",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports_rollup")),
    )
    op.execute("INSERT INTO reports_rollup (id, rules) VALUES (1, '')")
    _from_the_beginning()


def downgrade() -> None:
    op.drop_table("reports_rollup")
    op.drop_table("reports_quarter_calls")
    op.drop_table("reports_quarter_lines")
    op.drop_table("reports_outgoing")
    op.drop_table("reports_transfers")
    op.drop_table("reports_steps")
    op.drop_table("reports_talks")
    op.drop_table("reports_ringings")
    op.drop_table("reports_stays")
    op.drop_table("reports_calls")
    op.create_table(
        "reports_calls",
        sa.Column("call", sa.String(200), nullable=False),
        sa.Column("offered_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("ani", sa.Text(), nullable=False),
        sa.Column("ani_name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("path", JsonValue, nullable=False),
        sa.Column("keys", JsonValue, nullable=False),
        sa.Column("facts", JsonValue, nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(20)),
        sa.Column("abandoned_in", sa.Text(), nullable=False),
        sa.Column("hung_up_first", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.Column("answered_at", UtcDateTime()),
        sa.Column("waited", sa.Float(), nullable=False),
        sa.Column("talked", sa.Float(), nullable=False),
        sa.Column("stays", JsonValue, nullable=False),
        sa.Column("offers", JsonValue, nullable=False),
        sa.Column("talks", JsonValue, nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("odd", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_reports_calls")),
    )
    op.create_index(op.f("ix_reports_calls_offered_at"), "reports_calls", ["offered_at"])
    _from_the_beginning()


def _from_the_beginning() -> None:
    op.execute("DELETE FROM journal_readers WHERE name = 'reports'")
