"""Exports, downloads of history that have an address, addresses that need no key, and the documents of projects."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

IDENTIFIER = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("workspaces", sa.Column("link_secret", sa.LargeBinary(length=32), nullable=True))
    op.add_column("projects", sa.Column("document_key", sa.LargeBinary(length=32), nullable=True))
    op.add_column("segments", sa.Column("packet_sizes", sa.LargeBinary(), nullable=True))
    _create_exports()
    _create_history_downloads()
    _create_deleted_files()
    op.create_table(
        "whole_files",
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("put_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_whole_files_workspace_id")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "digest", name=op.f("pk_whole_files")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_whole_files_workspace_id_used_at_ms", "whole_files", ["workspace_id", "used_at_ms"], unique=False
    )
    op.create_table(
        "link_revocations",
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("resource", sa.String(length=128), nullable=False),
        sa.Column("revoked_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_link_revocations_workspace_id")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "resource", name=op.f("pk_link_revocations")),
        sqlite_with_rowid=False,
    )


def _create_exports() -> None:
    op.create_table(
        "exports",
        sa.Column("export_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("export_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("project_id", IDENTIFIER, nullable=False),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("crc32", sa.BigInteger(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_exports_project_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_exports_workspace_id")
        ),
        sa.PrimaryKeyConstraint("export_id", name=op.f("pk_exports")),
    )
    op.create_index(
        "uq_exports_workspace_id_export_key", "exports", ["workspace_id", "export_key"], unique=True
    )
    op.create_index("ix_exports_project_id_workspace_id", "exports", ["project_id", "workspace_id"])
    op.create_index("ix_exports_workspace_id_used_at_ms", "exports", ["workspace_id", "used_at_ms"])


def _create_deleted_files() -> None:
    op.create_table(
        "deleted_files",
        sa.Column("owner_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("deleted_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_deleted_files_workspace_id")
        ),
        sa.PrimaryKeyConstraint("owner_id", name=op.f("pk_deleted_files")),
    )
    op.create_index(
        "ix_deleted_files_workspace_id_deleted_at_ms", "deleted_files", ["workspace_id", "deleted_at_ms"]
    )


def _create_history_downloads() -> None:
    op.create_table(
        "history_downloads",
        sa.Column("download_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("items", sa.LargeBinary(), nullable=False),
        sa.Column("output_format", sa.String(length=32), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_history_downloads_workspace_id")
        ),
        sa.PrimaryKeyConstraint("download_id", name=op.f("pk_history_downloads")),
    )
    op.create_index(
        "ix_history_downloads_workspace_id_used_at_ms", "history_downloads", ["workspace_id", "used_at_ms"]
    )
