"""How long a workspace keeps masters, and what is known of those that were dropped."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("workspaces", sa.Column("masters_days", sa.Integer(), nullable=True))
    for name in ("dropped_bytes", "dropped_crc32", "changed_at_ms"):
        op.add_column("segments", sa.Column(name, sa.BigInteger(), nullable=True))
