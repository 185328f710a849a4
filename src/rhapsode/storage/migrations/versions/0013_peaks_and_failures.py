"""What waveforms of older audio are drawn of, and which text a conversion failed at."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.add_column("segments", sa.Column("peaks", sa.LargeBinary(), nullable=True))
    op.add_column("conversions", sa.Column("error_source_key", sa.LargeBinary(32), nullable=True))
