"""What waveforms of older audio are drawn of."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("segments", sa.Column("peaks", sa.LargeBinary(), nullable=True))
