"""When it is serious: safety plans, words of one's own, a PIN, and what became of alerts.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_plan_line_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_line")),
    )
    op.create_index("ix_plan_line_person_id", "plan_line", ["person_id"], unique=False)

    op.add_column("person", sa.Column("words", sa.Text(), nullable=True))
    op.add_column("person", sa.Column("pin", sa.Text(), nullable=True))
    op.add_column(
        "person", sa.Column("pin_failures", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("person", sa.Column("pin_locked_until", sa.DateTime(timezone=True)))
    op.add_column("person", sa.Column("pin_open_until", sa.DateTime(timezone=True)))
    op.add_column(
        "person",
        sa.Column("plan_shared", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("person", sa.Column("withdrawal_since", sa.Date(), nullable=True))
    op.add_column("alert", sa.Column("reason", sa.String(length=60), nullable=True))
    op.add_column("alert", sa.Column("outcome", sa.String(length=20), nullable=True))
    op.create_index("ix_alert_opened_at", "alert", ["opened_at"], unique=False)
