"""The wait up to the first answer of a call, and what sums need for rules that leave out short abandons.

The columns are filled from what is stored, so that imported calls have them too. All sums are made anew on the first
start: the mark is cleared.
"""

import sqlalchemy as sa
from alembic import op

from ledger.tables import BigId

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_NEW = ("short_within", "abandoned_waits")
#: In a line that answered first; without any line; else a person was called first: the lines before, and the ringing.
_FIRST_ANSWER = """
    UPDATE reports_calls AS c SET answer_ms = CASE
        WHEN c.waited_ms IS NULL THEN NULL
        WHEN EXISTS (SELECT 1 FROM reports_stays s WHERE s.call = c.call AND s."left" = 'answered' AND s.joined_us <=
            coalesce((SELECT min(since_us) FROM reports_talks t WHERE t.call = c.call), s.joined_us))
            THEN c.line_wait_ms
        WHEN c.line_left = '' THEN c.waited_ms
        ELSE (SELECT rang_ms FROM reports_ringings r WHERE r.call = c.call AND r.reply = 'answered' ORDER BY n LIMIT 1)
            + coalesce((SELECT sum(waited_ms) FROM reports_stays s WHERE s.call = c.call AND s.joined_us <=
                (SELECT min(since_us) FROM reports_talks t WHERE t.call = c.call)), 0)
        END
    WHERE c.answered_by <> '' OR c.outcome = 'answered'
"""


def upgrade() -> None:
    op.add_column("reports_calls", sa.Column("answer_ms", BigId))
    for name in _NEW:
        op.add_column("reports_quarter_lines", sa.Column(name, BigId, nullable=False, server_default=sa.text("0")))
    op.execute(_FIRST_ANSWER)
    op.execute("UPDATE reports_rollup SET rules = ''")


def downgrade() -> None:
    for name in _NEW:
        op.drop_column("reports_quarter_lines", name)
    op.drop_column("reports_calls", "answer_ms")
    op.execute("UPDATE reports_rollup SET rules = ''")
