"""Voices that are files, and who has read projects before there were any."""

import json
from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

IDENTIFIER = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "voices",
        sa.Column("voice_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("engine", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("removed_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_voices_workspace_id")
        ),
        sa.PrimaryKeyConstraint("voice_id", name=op.f("pk_voices")),
    )
    op.create_index("ix_voices_workspace_id", "voices", ["workspace_id"])
    op.create_index("ix_voices_is_shared", "voices", ["is_shared"])
    op.create_table(
        "voice_files",
        sa.Column("voice_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["voice_id"], ["voices.voice_id"], name=op.f("fk_voice_files_voice_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_voice_files_workspace_id")
        ),
        sa.PrimaryKeyConstraint("voice_id", "role", name=op.f("pk_voice_files")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_voice_files_digest", "voice_files", ["digest"])
    op.create_table(
        "voice_blobs",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("wanted_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_voice_blobs_workspace_id")
        ),
        sa.PrimaryKeyConstraint("digest", "workspace_id", name=op.f("pk_voice_blobs")),
        sqlite_with_rowid=False,
    )
    _create_cast_tables()
    _remember_readers()


def _create_cast_tables() -> None:
    op.create_table(
        "cast_characters",
        sa.Column("character_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("project_id", IDENTIFIER, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("voice_id", IDENTIFIER, nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_cast_characters_workspace_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["projects.project_id"],
            name=op.f("fk_cast_characters_project_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("character_id", name=op.f("pk_cast_characters")),
    )
    op.create_index("ix_cast_characters_project_id", "cast_characters", ["project_id"])
    op.create_table(
        "cast_lines",
        sa.Column("node_id", IDENTIFIER, nullable=False),
        sa.Column("workspace_id", IDENTIFIER, nullable=False),
        sa.Column("project_id", IDENTIFIER, nullable=False),
        sa.Column("character_id", IDENTIFIER, nullable=True),
        sa.Column("rule", sa.String(length=16), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"], name=op.f("fk_cast_lines_workspace_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_cast_lines_project_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["character_id"],
            ["cast_characters.character_id"],
            name=op.f("fk_cast_lines_character_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_cast_lines")),
    )
    op.create_index("ix_cast_lines_project_id", "cast_lines", ["project_id"])
    op.create_index("ix_cast_lines_character_id", "cast_lines", ["character_id"])


# Who has answered the ids of premade voices so far, by reader.
_READERS = {
    "espeak_alder": "pNInz6obpgDQGcFmaJgB CwhRBWXzGAHq8TQ4Fs17 29vD33N1CtxCmqQRPOHJ SOYHLrjzK2X1ezoPC6cr",
    "espeak_ash": "ErXwobaYiN019PkySvjV yoZ06aMxZJJ28mfd3POQ bIHbv24MWmeRgasZH58o GBv7mTt0atIp3Br8iCZE",
    "espeak_birch": "9BWtsMINqrJLrRacOk9x XrExE9yKIg1WjnnlVkGX oWAxZDx7w5VEj9dCyTzz z9fAnlkpzviPz146aGWa",
    "espeak_cedar": "nPczCjzI2devNBz1zQrb N2lVS1w4EtoT3dr4eOWO 2EiwWnXFnvU5JabPnv8n g5CIjZEefAph4nQFvHAz",
    "espeak_cypress": "zcAOhNBS3c14rBihAFp1",
    "espeak_elm": "TxGEqnHWrfWFTfGW9XjX TX3LPaxmHKxFdv7VOQHJ 5Q0t7uMcjvnagumLfvZi",
    "espeak_hazel": "21m00Tcm4TlvDq8ikWAM MF3mGyEYCl7XYWbV9V6O cgSgspJ2msm6clMCkdW9 piTKgcLEGmPE4e6mEKli",
    "espeak_hickory": "VR6AewLTigWG4xSOukaG iP95p4xoKVk53GoZ742B ODq5zmih8GrVes37Dizd",
    "espeak_holly": "Xb7hH8MSUJpSbSDYk0k2 pFZP5JQG7iQjIQuC4Bku ThT5KcBeYPX3keUQqHPh",
    "espeak_juniper": "AZnzlk1XvdvUeBnXmlld XB0fDUnXU5powFXDhCwa jsCqWAovK2LkecY7zXl4",
    "espeak_maple": "SAz9YHcvj6GT2YYXdXww jBpfuIE2acCO8z3wKNLl pMsXgVXv3BLzUgSXRplE",
    "espeak_oak": "cjVigY5qzO86Huf0OWal pqHfZKP75CvOlQylNhV4 flq6f7yk4E4fJM5XTYuZ t0jbNlBVZ17f02VDIeMI",
    "espeak_rowan": "JBFqnCBsd6RMkjVDRZzb onwK4e9ZLuTAKqWW03F9 IKne3meq5aSn9XLyUdCD CYw3kZ02Hs0563khs1Fj "
    "Zlb1dXrM653N07WRdFW3 bVMeCyTHy58xNoL34h3p",
    "espeak_willow": "EXAVITQu4vr4xnSDxMaL FGY2WhTYpPnrIDTdsKH5 LcfcDJNUP1GQjkzn1xUU zrHiDhphv9ZnVXBqCLjz",
    "espeak_yew": "D38z5RcWu1voky8WS1ja Yko7PKHZNXotIFUBG7I9 ZQe5CZNOzWyzPSCn5a3c",
}
_READER_OF = {premade_id: reader for reader, ids in _READERS.items() for premade_id in ids.split()}
_SPOKEN = """
    SELECT DISTINCT p.project_id, p.language, b.language,
        COALESCE(n.voice_id, CASE b.kind WHEN 'heading' THEN p.default_title_voice_id
            ELSE p.default_paragraph_voice_id END)
    FROM projects p
    JOIN chapters c ON c.project_id = p.project_id
    JOIN blocks b ON b.chapter_id = c.chapter_id
    JOIN nodes n ON n.block_id = b.block_id
    JOIN takes t ON t.node_id = n.node_id
    UNION SELECT p.project_id, p.language, NULL, p.default_paragraph_voice_id FROM projects p
    WHERE EXISTS (SELECT 1 FROM chapters c JOIN blocks b ON b.chapter_id = c.chapter_id
        JOIN nodes n ON n.block_id = b.block_id JOIN takes t ON t.node_id = n.node_id
        WHERE c.project_id = p.project_id)
"""


def _remember_readers() -> None:
    """Let projects that were spoken go on with who has read them for premade voices, whatever is installed now."""
    connection = op.get_bind()
    readers: dict[str, dict[str, str]] = defaultdict(dict)
    for project_id, language, marked, voice_id in connection.execute(sa.text(_SPOKEN)):
        for tag in {language, marked or language} if voice_id in _READER_OF else ():
            primary = tag.replace("_", "-").partition("-")[0].lower()
            readers[project_id][f"{voice_id}/{primary}"] = _READER_OF[voice_id]
    projects = sa.table("projects", sa.column("project_id"), sa.column("details"))
    for project_id, found in readers.items():
        of_it = projects.c.project_id == project_id
        details = json.loads(connection.execute(sa.select(projects.c.details).where(of_it)).scalar_one())
        kept = json.dumps(details | {"readers": found})
        connection.execute(projects.update().where(of_it).values(details=kept))
