"""API keys, history, what projects say of themselves, and conversions of single chapters."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

IDENTIFIER = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("projects", sa.Column("details", sa.Text(), server_default="{}", nullable=False))
    op.add_column("conversions", sa.Column("chapter_id", IDENTIFIER, nullable=True))
    op.create_table(
        "api_keys",
        sa.Column("key_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hint", sa.String(length=8), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_api_keys_workspace_id")
        ),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_keys")),
    )
    op.create_index("uq_api_keys_digest", "api_keys", ["digest"], unique=True)
    op.create_index("ix_api_keys_workspace_id_key_id", "api_keys", ["workspace_id", "key_id"], unique=False)
    op.create_table(
        "history_items",
        sa.Column("history_item_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("request_id", IDENTIFIER, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("voice_id", IDENTIFIER, nullable=False),
        sa.Column("voice_name", sa.Text(), nullable=False),
        sa.Column("voice_category", sa.String(length=16), nullable=False),
        sa.Column("model_id", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("output_format", sa.String(length=32), nullable=False),
        sa.Column("character_count", sa.Integer(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_history_items_workspace_id")
        ),
        sa.PrimaryKeyConstraint("history_item_id", name=op.f("pk_history_items")),
    )
    op.create_index(
        "ix_history_items_workspace_id_history_item_id",
        "history_items",
        ["workspace_id", "history_item_id"],
        unique=False,
    )
    op.create_table(
        "history_files",
        sa.Column("history_item_id", IDENTIFIER, nullable=False),
        sa.Column("output_format", sa.String(length=32), nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("frame_count", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("crc32", sa.BigInteger(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["history_item_id"],
            ["history_items.history_item_id"],
            name=op.f("fk_history_files_history_item_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_history_files_workspace_id")
        ),
        sa.PrimaryKeyConstraint("history_item_id", "output_format", name=op.f("pk_history_files")),
        sqlite_with_rowid=False,
    )
