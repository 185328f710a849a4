"""By what it is noticed that a chapter's content has changed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

IDENTIFIER = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("chapters", sa.Column("content_id", IDENTIFIER, nullable=True))
