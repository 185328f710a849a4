"""Until when a key works, what it may do, and how often."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    for column in (
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("permissions", sa.Text(), nullable=True),
        sa.Column("requests_per_minute", sa.Integer(), nullable=True),
        sa.Column("concurrent_requests", sa.Integer(), nullable=True),
    ):
        op.add_column("api_keys", column)
