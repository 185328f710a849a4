"""How long a workspace keeps its history."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("workspaces", sa.Column("history_days", sa.Integer(), nullable=True))
