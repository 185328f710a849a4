"""Users and their sessions, workspaces that are disabled or deleted, and who is behind an entry of the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

IDENTIFIER = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    """Bring the tables forward."""
    for name in ("disabled_at_ms", "deleted_at_ms", "purged_at_ms"):
        op.add_column("workspaces", sa.Column(name, sa.BigInteger(), nullable=True))
    op.add_column("api_keys", sa.Column("user_id", IDENTIFIER, nullable=True))
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"], unique=False)
    op.add_column("audit_log", sa.Column("user_id", IDENTIFIER, nullable=True))
    op.add_column("audit_log", sa.Column("key_id", IDENTIFIER, nullable=True))
    op.add_column("audit_log", sa.Column("address", sa.String(length=64), nullable=True))
    op.add_column("audit_log", sa.Column("detail", sa.Text(), nullable=True))
    op.create_index("ix_audit_log_created_at_ms", "audit_log", ["created_at_ms"], unique=False)
    _create_users()
    _create_sessions()


def _create_users() -> None:
    op.create_table(
        "users",
        sa.Column("user_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("login", sa.String(length=320), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("identity_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_users_workspace_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_users")),
    )
    op.create_index("uq_users_login", "users", ["login"], unique=True)
    op.create_index("uq_users_identity_digest", "users", ["identity_digest"], unique=True)
    op.create_index("ix_users_workspace_id_user_id", "users", ["workspace_id", "user_id"], unique=False)


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("session_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("user_id", IDENTIFIER, nullable=True),
        sa.Column("key_id", IDENTIFIER, nullable=True),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_sessions_workspace_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.user_id"], name=op.f("fk_sessions_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["api_keys.key_id"], name=op.f("fk_sessions_key_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_sessions")),
    )
    op.create_index("uq_sessions_digest", "sessions", ["digest"], unique=True)
    op.create_index(
        "ix_sessions_workspace_id_session_id", "sessions", ["workspace_id", "session_id"], unique=False
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"], unique=False)
    op.create_index("ix_sessions_key_id", "sessions", ["key_id"], unique=False)
