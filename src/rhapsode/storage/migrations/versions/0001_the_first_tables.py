"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

IDENTIFIER = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "workspaces",
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_workspaces")),
    )
    op.create_table(
        "audit_log",
        sa.Column("entry_id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("object_id", IDENTIFIER, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_audit_log_workspace_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_log")),
    )
    op.create_index(
        "ix_audit_log_workspace_id_created_at_ms",
        "audit_log",
        ["workspace_id", "created_at_ms"],
        unique=False,
    )
    op.create_table(
        "chapter_snapshots",
        sa.Column("chapter_snapshot_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("project_id", IDENTIFIER, nullable=False),
        sa.Column("chapter_id", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("encoding", sa.String(length=32), nullable=False),
        sa.Column("frame_count", sa.BigInteger(), nullable=False),
        sa.Column("plan_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("stream_bytes", sa.BigInteger(), nullable=False),
        sa.Column("file_size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("file_crc32", sa.BigInteger(), nullable=False),
        sa.Column("cover_offset", sa.BigInteger(), nullable=True),
        sa.Column("cover_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_chapter_snapshots_workspace_id")
        ),
        sa.PrimaryKeyConstraint("chapter_snapshot_id", name=op.f("pk_chapter_snapshots")),
    )
    op.create_index(
        "ix_chapter_snapshots_chapter_id_chapter_snapshot_id",
        "chapter_snapshots",
        ["chapter_id", "chapter_snapshot_id"],
        unique=False,
    )
    op.create_index("ix_chapter_snapshots_project_id", "chapter_snapshots", ["project_id"], unique=False)
    op.create_table(
        "packs",
        sa.Column("pack_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("payload_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("retired_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_packs_workspace_id")
        ),
        sa.PrimaryKeyConstraint("pack_id", name=op.f("pk_packs")),
    )
    op.create_index("ix_packs_workspace_id_kind", "packs", ["workspace_id", "kind"], unique=False)
    op.create_table(
        "project_snapshots",
        sa.Column("project_snapshot_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("project_id", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("encoding", sa.String(length=32), nullable=False),
        sa.Column("frame_count", sa.BigInteger(), nullable=False),
        sa.Column("cover_offset", sa.BigInteger(), nullable=True),
        sa.Column("cover_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_project_snapshots_workspace_id")
        ),
        sa.PrimaryKeyConstraint("project_snapshot_id", name=op.f("pk_project_snapshots")),
    )
    op.create_index(
        "ix_project_snapshots_project_id_project_snapshot_id",
        "project_snapshots",
        ["project_id", "project_snapshot_id"],
        unique=False,
    )
    op.create_table(
        "projects",
        sa.Column("project_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("isbn_number", sa.String(length=32), nullable=True),
        sa.Column("quality_preset", sa.String(length=32), nullable=False),
        sa.Column("default_title_voice_id", IDENTIFIER, nullable=False),
        sa.Column("default_paragraph_voice_id", IDENTIFIER, nullable=False),
        sa.Column("cover_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_projects_workspace_id")
        ),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_projects")),
    )
    op.create_index(
        "ix_projects_workspace_id_project_id", "projects", ["workspace_id", "project_id"], unique=False
    )
    op.create_index(
        "uq_projects_workspace_id_origin",
        "projects",
        ["workspace_id", "origin"],
        unique=True,
        sqlite_where=sa.text("deleted_at_ms IS NULL"),
        postgresql_where=sa.text("deleted_at_ms IS NULL"),
    )
    op.create_table(
        "usage_ledger",
        sa.Column("entry_id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("conversion_id", IDENTIFIER, nullable=False),
        sa.Column("segment_count", sa.Integer(), nullable=False),
        sa.Column("character_count", sa.BigInteger(), nullable=False),
        sa.Column("sample_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_usage_ledger_workspace_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_usage_ledger")),
    )
    op.create_index(
        "ix_usage_ledger_conversion_id_workspace_id",
        "usage_ledger",
        ["conversion_id", "workspace_id"],
        unique=False,
    )
    op.create_index(
        "ix_usage_ledger_workspace_id_created_at_ms",
        "usage_ledger",
        ["workspace_id", "created_at_ms"],
        unique=False,
    )
    op.create_table(
        "chapters",
        sa.Column("chapter_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("project_id", IDENTIFIER, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("matter", sa.String(length=8), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("narrated", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_chapters_project_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_chapters_workspace_id")
        ),
        sa.PrimaryKeyConstraint("chapter_id", name=op.f("pk_chapters")),
    )
    op.create_index("ix_chapters_project_id_ordinal", "chapters", ["project_id", "ordinal"], unique=False)
    op.create_index(
        "ix_chapters_deleted",
        "chapters",
        ["workspace_id", "deleted_at_ms"],
        unique=False,
        sqlite_where=sa.text("deleted_at_ms IS NOT NULL"),
        postgresql_where=sa.text("deleted_at_ms IS NOT NULL"),
    )
    op.create_table(
        "conversions",
        sa.Column("conversion_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("project_id", IDENTIFIER, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("plan_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("project_snapshot_id", IDENTIFIER, nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("finished_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("plan", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.project_id"],
            name=op.f("fk_conversions_project_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_conversions_workspace_id")
        ),
        sa.PrimaryKeyConstraint("conversion_id", name=op.f("pk_conversions")),
    )
    op.create_index(
        "ix_conversions_project_id_conversion_id",
        "conversions",
        ["project_id", "conversion_id"],
        unique=False,
    )
    op.create_index(
        "ix_conversions_unfinished",
        "conversions",
        ["workspace_id", "conversion_id"],
        unique=False,
        sqlite_where=sa.text("finished_at_ms IS NULL"),
        postgresql_where=sa.text("finished_at_ms IS NULL"),
    )
    op.create_table(
        "project_snapshot_chapters",
        sa.Column("project_snapshot_id", IDENTIFIER, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("chapter_snapshot_id", IDENTIFIER, nullable=False),
        sa.ForeignKeyConstraint(
            ["chapter_snapshot_id"],
            ["chapter_snapshots.chapter_snapshot_id"],
            name=op.f("fk_project_snapshot_chapters_chapter_snapshot_id"),
        ),
        sa.ForeignKeyConstraint(
            ["project_snapshot_id"],
            ["project_snapshots.project_snapshot_id"],
            name=op.f("fk_project_snapshot_chapters_project_snapshot_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.workspace_id"],
            name=op.f("fk_project_snapshot_chapters_workspace_id"),
        ),
        sa.PrimaryKeyConstraint("project_snapshot_id", "ordinal", name=op.f("pk_project_snapshot_chapters")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_project_snapshot_chapters_chapter_snapshot_id",
        "project_snapshot_chapters",
        ["chapter_snapshot_id"],
        unique=False,
    )
    op.create_table(
        "segments",
        sa.Column("segment_id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("pack_id", IDENTIFIER, nullable=True),
        sa.Column("offset_bytes", sa.BigInteger(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("crc32", sa.BigInteger(), nullable=True),
        sa.Column("block_crcs", sa.LargeBinary(), nullable=True),
        sa.Column("sample_rate_hz", sa.Integer(), nullable=True),
        sa.Column("sample_count", sa.BigInteger(), nullable=True),
        sa.Column("alignment", sa.LargeBinary(), nullable=True),
        sa.Column("frame_count", sa.BigInteger(), nullable=True),
        sa.Column("encoding", sa.String(length=32), nullable=True),
        sa.Column("speech_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("media_type", sa.String(length=64), nullable=True),
        sa.Column("used_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pack_id"], ["packs.pack_id"], name=op.f("fk_segments_pack_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_segments_workspace_id")
        ),
        sa.PrimaryKeyConstraint("segment_id", name=op.f("pk_segments")),
    )
    op.create_index("ix_segments_pack_id_workspace_id", "segments", ["pack_id", "workspace_id"], unique=False)
    op.create_index(
        "ix_segments_workspace_id_speech_key", "segments", ["workspace_id", "speech_key"], unique=False
    )
    op.create_index("uq_segments_workspace_id_key", "segments", ["workspace_id", "key"], unique=True)
    op.create_table(
        "blocks",
        sa.Column("block_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("chapter_id", IDENTIFIER, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("sub_type", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column("narrated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["chapter_id"], ["chapters.chapter_id"], name=op.f("fk_blocks_chapter_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_blocks_workspace_id")
        ),
        sa.PrimaryKeyConstraint("block_id", name=op.f("pk_blocks")),
    )
    op.create_index("ix_blocks_chapter_id_ordinal", "blocks", ["chapter_id", "ordinal"], unique=False)
    op.create_table(
        "conversion_chapters",
        sa.Column("conversion_id", IDENTIFIER, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("chapter_id", IDENTIFIER, nullable=False),
        sa.Column("plan_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("chapter_snapshot_id", IDENTIFIER, nullable=True),
        sa.Column("plan", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversion_id"],
            ["conversions.conversion_id"],
            name=op.f("fk_conversion_chapters_conversion_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_conversion_chapters_workspace_id")
        ),
        sa.PrimaryKeyConstraint("conversion_id", "ordinal", name=op.f("pk_conversion_chapters")),
    )
    op.create_table(
        "conversion_slices",
        sa.Column("conversion_id", IDENTIFIER, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("chapter_ordinal", sa.Integer(), nullable=False),
        sa.Column("requests", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversion_id"],
            ["conversions.conversion_id"],
            name=op.f("fk_conversion_slices_conversion_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_conversion_slices_workspace_id")
        ),
        sa.PrimaryKeyConstraint("conversion_id", "ordinal", name=op.f("pk_conversion_slices")),
    )
    op.create_table(
        "segment_references",
        sa.Column("owner_id", IDENTIFIER, nullable=False),
        sa.Column("segment_id", SERIAL, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.segment_id"], name=op.f("fk_segment_references_segment_id")
        ),
        sa.PrimaryKeyConstraint("owner_id", "segment_id", name=op.f("pk_segment_references")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_segment_references_segment_id", "segment_references", ["segment_id"], unique=False)
    op.create_table(
        "nodes",
        sa.Column("node_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("block_id", IDENTIFIER, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("voice_id", IDENTIFIER, nullable=True),
        sa.Column("current_take_id", IDENTIFIER, nullable=True),
        sa.ForeignKeyConstraint(
            ["block_id"], ["blocks.block_id"], name=op.f("fk_nodes_block_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_nodes_workspace_id")
        ),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_nodes")),
    )
    op.create_index("ix_nodes_block_id_ordinal", "nodes", ["block_id", "ordinal"], unique=False)
    op.create_table(
        "takes",
        sa.Column("take_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("node_id", IDENTIFIER, nullable=False),
        sa.Column("source_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["node_id"], ["nodes.node_id"], name=op.f("fk_takes_node_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_takes_workspace_id")
        ),
        sa.PrimaryKeyConstraint("take_id", name=op.f("pk_takes")),
    )
    op.create_index("ix_takes_node_id_source_key", "takes", ["node_id", "source_key"], unique=False)
