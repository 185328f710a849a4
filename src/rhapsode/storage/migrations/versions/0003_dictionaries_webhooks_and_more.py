"""Dictionaries, edited voices, quotas, slow imports, callbacks, players, muted chapters and mastering."""

import sqlalchemy as sa
from alembic import op

from rhapsode.storage.history_index import fill_index
from rhapsode.storage.records import Transaction
from rhapsode.storage.schema import HISTORY_TEXTS

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

IDENTIFIER = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "pronunciation_dictionaries",
        sa.Column("dictionary_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("workspace_access", sa.String(length=16), nullable=True),
        sa.Column("latest_version_id", IDENTIFIER, nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("archived_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.workspace_id"],
            name=op.f("fk_pronunciation_dictionaries_workspace_id"),
        ),
        sa.PrimaryKeyConstraint("dictionary_id", name=op.f("pk_pronunciation_dictionaries")),
    )
    op.create_index(
        "ix_pronunciation_dictionaries_workspace_id_dictionary_id",
        "pronunciation_dictionaries",
        ["workspace_id", "dictionary_id"],
        unique=False,
    )
    op.create_index(
        "ix_pronunciation_dictionaries_workspace_id_name_dictionary_id",
        "pronunciation_dictionaries",
        ["workspace_id", "name", "dictionary_id"],
        unique=False,
    )
    op.create_table(
        "voice_edits",
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("voice_id", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("labels", sa.Text(), nullable=True),
        sa.Column("settings", sa.Text(), nullable=True),
        sa.Column("deleted_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_voice_edits_workspace_id")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "voice_id", name=op.f("pk_voice_edits")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "voice_levels",
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("level_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("rms_db", sa.Float(), nullable=False),
        sa.Column("peak_db", sa.Float(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_voice_levels_workspace_id")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "level_key", name=op.f("pk_voice_levels")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "webhooks",
        sa.Column("webhook_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("request_headers", sa.Text(), server_default="{}", nullable=False),
        sa.Column("events", sa.Text(), nullable=True),
        sa.Column("retry_enabled", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("auto_disabled", sa.Boolean(), nullable=False),
        sa.Column("last_failure_code", sa.Integer(), nullable=True),
        sa.Column("last_failure_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_webhooks_workspace_id")
        ),
        sa.PrimaryKeyConstraint("webhook_id", name=op.f("pk_webhooks")),
    )
    op.create_index(
        "ix_webhooks_workspace_id_webhook_id", "webhooks", ["workspace_id", "webhook_id"], unique=False
    )
    op.create_table(
        "callbacks",
        sa.Column("callback_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("webhook_id", IDENTIFIER, nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.webhook_id"], name=op.f("fk_callbacks_webhook_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_callbacks_workspace_id")
        ),
        sa.PrimaryKeyConstraint("callback_id", name=op.f("pk_callbacks")),
    )
    op.create_index(
        "ix_callbacks_due",
        "callbacks",
        ["next_attempt_at_ms"],
        unique=False,
        sqlite_where=sa.text("ended_at_ms IS NULL"),
        postgresql_where=sa.text("ended_at_ms IS NULL"),
    )
    op.create_index("ix_callbacks_webhook_id", "callbacks", ["webhook_id"], unique=False)
    op.create_table(
        "creations",
        sa.Column("project_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("finished_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_creations_project_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_creations_workspace_id")
        ),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_creations")),
    )
    op.create_index(
        "ix_creations_unfinished",
        "creations",
        ["workspace_id", "project_id"],
        unique=False,
        sqlite_where=sa.text("finished_at_ms IS NULL"),
        postgresql_where=sa.text("finished_at_ms IS NULL"),
    )
    op.create_table(
        "key_usage",
        sa.Column("key_id", IDENTIFIER, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("character_count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["api_keys.key_id"], name=op.f("fk_key_usage_key_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_key_usage_workspace_id")
        ),
        sa.PrimaryKeyConstraint("key_id", "month", name=op.f("pk_key_usage")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "players",
        sa.Column("project_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("source_url", sa.Text(), nullable=True),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_players_project_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_players_workspace_id")
        ),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_players")),
    )
    op.create_index(
        "ix_players_workspace_id_source_url", "players", ["workspace_id", "source_url"], unique=False
    )
    op.create_index("uq_players_token", "players", ["token"], unique=True)
    op.create_table(
        "pronunciation_dictionary_versions",
        sa.Column("version_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("dictionary_id", IDENTIFIER, nullable=False),
        sa.Column("rule_count", sa.Integer(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("rules", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dictionary_id"],
            ["pronunciation_dictionaries.dictionary_id"],
            name=op.f("fk_pronunciation_dictionary_versions_dictionary_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.workspace_id"],
            name=op.f("fk_pronunciation_dictionary_versions_workspace_id"),
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_pronunciation_dictionary_versions")),
    )
    op.create_index(
        "ix_pronunciation_dictionary_versions_dictionary_id",
        "pronunciation_dictionary_versions",
        ["dictionary_id"],
        unique=False,
    )
    op.add_column("api_keys", sa.Column("character_limit", sa.BigInteger(), nullable=True))
    op.add_column("conversions", sa.Column("key_id", IDENTIFIER, nullable=True))
    op.add_column("conversions", sa.Column("paid_character_count", sa.BigInteger(), nullable=True))
    op.add_column(
        "chapters", sa.Column("muted", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column("history_items", sa.Column("dialogue", sa.Text(), nullable=True))
    op.add_column("history_items", sa.Column("chapter_snapshot_id", IDENTIFIER, nullable=True))
    op.create_index(
        "ix_history_items_chapter_snapshot_id", "history_items", ["chapter_snapshot_id"], unique=False
    )
    op.create_index(
        "ix_history_items_workspace_id_created_at_ms",
        "history_items",
        ["workspace_id", "created_at_ms"],
        unique=False,
    )
    op.create_table(
        "history_shelves",
        sa.Column(
            "shelf", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("document_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_history_shelves_workspace_id")
        ),
        sa.PrimaryKeyConstraint("shelf", name=op.f("pk_history_shelves")),
    )
    op.create_index(
        "uq_history_shelves_workspace_id_first_ms",
        "history_shelves",
        ["workspace_id", "first_ms"],
        unique=True,
    )
    op.add_column("segments", sa.Column("mastering", sa.String(length=64), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        _index_texts(op.get_bind())


def _index_texts(connection: sa.Connection) -> None:
    op.execute(HISTORY_TEXTS)
    for workspace_id in connection.execute(sa.text("SELECT workspace_id FROM workspaces")).scalars().all():
        fill_index(Transaction(connection, workspace_id, now_ms=0))
