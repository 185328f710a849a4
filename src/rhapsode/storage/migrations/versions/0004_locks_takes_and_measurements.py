"""Locked blocks, what takes were made of, how loud audio is, and what seems wrong with speech."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

IDENTIFIER = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column(
        "blocks", sa.Column("locked", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("takes", sa.Column("source", sa.Text(), nullable=True))
    op.add_column("segments", sa.Column("measurements", sa.LargeBinary(), nullable=True))
    op.add_column("segments", sa.Column("flaws", sa.String(length=128), nullable=True))
    op.create_table(
        "voice_paces",
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("level_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("part_count", sa.BigInteger(), nullable=False),
        sa.Column("log_sum", sa.Float(), nullable=False),
        sa.Column("log_square_sum", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_voice_paces_workspace_id")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "level_key", name=op.f("pk_voice_paces")),
        sqlite_with_rowid=False,
    )
