"""The tables. docs/storage.md says what each is for; migrations/ brings a database to this shape.

All times are Unix milliseconds. Identifiers are compared byte by byte, so that their order is time order.
"""

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    event,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

REVISION = "0013"
"""The newest migration, which makes a database what follows here."""

IDENTIFIER = String(64).with_variant(String(64, collation="C"), "postgresql")
# SQLite gives a rowid only to a column of this very type.
SERIAL = BigInteger().with_variant(Integer(), "sqlite")


def _workspace() -> Column[str]:
    return Column("workspace_id", IDENTIFIER, ForeignKey("workspaces.workspace_id"), nullable=False)


workspaces = Table(
    "workspaces",
    metadata,
    Column("workspace_id", IDENTIFIER, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    # What the addresses that need no key are signed with; null until the first of them is told.
    Column("link_secret", LargeBinary(32)),
    # How long single texts stay in the history: 0 for not at all, null for ever.
    Column("history_days", Integer),
    # Nothing opens it and nothing of it is begun as long as this is set.
    Column("disabled_at_ms", BigInteger),
    # From then on it is as if it weren't there. The row stays when all else is gone, without its name, so that what
    # was still being written into it is known to be nobody's.
    Column("deleted_at_ms", BigInteger),
    Column("purged_at_ms", BigInteger),
    # How long speech that nothing is made of any more keeps its sound: null for ever.
    Column("masters_days", Integer),
)

users = Table(
    "users",
    metadata,
    Column("user_id", IDENTIFIER, primary_key=True),
    _workspace(),
    # An e-mail address or another name to sign in by, folded: one user of the whole installation has it.
    Column("login", String(320), nullable=False),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    # SHA-256 of the issuer and the subject that an identity provider knows the user by; null for none so far.
    Column("identity_digest", LargeBinary(32)),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("disabled_at_ms", BigInteger),
    Index("uq_users_login", "login", unique=True),
    Index("uq_users_identity_digest", "identity_digest", unique=True),
    Index("ix_users_workspace_id_user_id", "workspace_id", "user_id"),
)

projects = Table(
    "projects",
    metadata,
    Column("project_id", IDENTIFIER, primary_key=True),
    _workspace(),
    Column("name", Text, nullable=False),
    Column("title", Text),
    Column("author", Text),
    Column("description", Text),
    Column("language", String(35), nullable=False),
    Column("isbn_number", String(32)),
    Column("quality_preset", String(32), nullable=False),
    Column("default_title_voice_id", IDENTIFIER, nullable=False),
    Column("default_paragraph_voice_id", IDENTIFIER, nullable=False),
    Column("cover_key", LargeBinary(32)),
    Column("origin", Text),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("deleted_at_ms", BigInteger),
    # What a project says of itself and nothing is looked up by, as JSON.
    Column("details", Text, nullable=False, server_default="{}"),
    # The segment that holds the file the project was made of, where it is kept: an EPUB is read along.
    Column("document_key", LargeBinary(32)),
    Index("ix_projects_workspace_id_project_id", "workspace_id", "project_id"),
    Index(
        "uq_projects_workspace_id_origin",
        "workspace_id",
        "origin",
        unique=True,
        sqlite_where=text("deleted_at_ms IS NULL"),
        postgresql_where=text("deleted_at_ms IS NULL"),
    ),
)

chapters = Table(
    "chapters",
    metadata,
    Column("chapter_id", IDENTIFIER, primary_key=True),
    _workspace(),
    Column("project_id", IDENTIFIER, ForeignKey("projects.project_id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("matter", String(8), nullable=False),
    Column("role", String(64), nullable=False),
    Column("narrated", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("deleted_at_ms", BigInteger),
    # Narrated, but left out of the project's audio and archive.
    Column("muted", Boolean, nullable=False, server_default=text("false")),
    # Another one whenever its blocks, their nodes or current takes change; null as long as they haven't since this
    # column came.
    Column("content_id", IDENTIFIER),
    Index("ix_chapters_project_id_ordinal", "project_id", "ordinal"),
    Index(
        "ix_chapters_deleted",
        "workspace_id",
        "deleted_at_ms",
        sqlite_where=text("deleted_at_ms IS NOT NULL"),
        postgresql_where=text("deleted_at_ms IS NOT NULL"),
    ),
)

blocks = Table(
    "blocks",
    metadata,
    Column("block_id", IDENTIFIER, primary_key=True),
    _workspace(),
    Column("chapter_id", IDENTIFIER, ForeignKey("chapters.chapter_id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("sub_type", String(8), nullable=False),
    Column("language", String(35)),
    Column("narrated", Boolean, nullable=False),
    # Its audio stays what it is, and its text can't be changed.
    Column("locked", Boolean, nullable=False, server_default=text("false")),
    Index("ix_blocks_chapter_id_ordinal", "chapter_id", "ordinal"),
)

nodes = Table(
    "nodes",
    metadata,
    Column("node_id", IDENTIFIER, primary_key=True),
    _workspace(),
    Column("block_id", IDENTIFIER, ForeignKey("blocks.block_id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("voice_id", IDENTIFIER),
    # Without a foreign key, because takes point at nodes and one of the two has to be written first.
    Column("current_take_id", IDENTIFIER),
    Index("ix_nodes_block_id_ordinal", "block_id", "ordinal"),
)

takes = Table(
    "takes",
    metadata,
    Column("take_id", IDENTIFIER, primary_key=True),
    _workspace(),
    Column("node_id", IDENTIFIER, ForeignKey("nodes.node_id", ondelete="CASCADE"), nullable=False),
    Column("source_key", LargeBinary(32), nullable=False),
    Column("parts", Text, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    # What it was made of; null for takes that are older than this column.
    Column("source", Text),
    Index("ix_takes_node_id_source_key", "node_id", "source_key"),
)

packs = Table(
    "packs",
    metadata,
    Column("pack_id", IDENTIFIER, primary_key=True),
    _workspace(),
    Column("kind", String(8), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    # Of its segments alone: what clean-up compares with those that are alive.
    Column("payload_bytes", BigInteger, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("retired_at_ms", BigInteger),
    Index("ix_packs_workspace_id_kind", "workspace_id", "kind"),
)

segments = Table(
    "segments",
    metadata,
    Column("segment_id", SERIAL, primary_key=True, autoincrement=True),
    _workspace(),
    Column("key", LargeBinary(32), nullable=False),
    Column("kind", String(8), nullable=False),
    # All that follows is null while the segment is only wanted: see docs/storage.md, References.
    Column("pack_id", IDENTIFIER, ForeignKey("packs.pack_id")),
    Column("offset_bytes", BigInteger),
    Column("size_bytes", BigInteger),
    Column("crc32", BigInteger),
    Column("block_crcs", LargeBinary),
    Column("sample_rate_hz", Integer),
    Column("sample_count", BigInteger),
    Column("alignment", LargeBinary),
    Column("frame_count", BigInteger),
    Column("encoding", String(32)),
    Column("speech_key", LargeBinary(32)),
    Column("media_type", String(64)),
    Column("used_at_ms", BigInteger, nullable=False),
    # How the speech was mastered before it was encoded; null where it was left as it is.
    Column("mastering", String(64)),
    # Of audio: how loud it is, frame by frame; null for audio that is older than this column.
    Column("measurements", LargeBinary),
    # Of speech: what seems wrong with it, the names of flaws with commas between them; null for nothing.
    Column("flaws", String(128)),
    # Of audio whose frames don't say how long they are: the bytes of each, as 16-bit numbers.
    Column("packet_sizes", LargeBinary),
    # Of speech whose sound was dropped: the size and the CRC-32 of what it had. What is in its pack has no bytes.
    Column("dropped_bytes", BigInteger),
    Column("dropped_crc32", BigInteger),
    # When its voice, asked to say dropped speech again, was heard to say it otherwise.
    Column("changed_at_ms", BigInteger),
    # Of audio that was made before peaks came with the measurements: made of it when they were first asked for.
    Column("peaks", LargeBinary),
    Index("uq_segments_workspace_id_key", "workspace_id", "key", unique=True),
    # With the workspace, which every query names: SQLite would take an index that begins with it instead.
    Index("ix_segments_pack_id_workspace_id", "pack_id", "workspace_id"),
    Index("ix_segments_workspace_id_speech_key", "workspace_id", "speech_key"),
)

segment_references = Table(
    "segment_references",
    metadata,
    # Without a workspace of its own, being so many: it is that of the segment.
    # A conversion, a take, a chapter snapshot, or a project or its snapshot (for the cover).
    Column("owner_id", IDENTIFIER, primary_key=True),
    Column("segment_id", SERIAL, ForeignKey("segments.segment_id"), primary_key=True, autoincrement=False),
    Index("ix_segment_references_segment_id", "segment_id"),
    sqlite_with_rowid=False,
)

conversions = Table(
    "conversions",
    metadata,
    Column("conversion_id", IDENTIFIER, primary_key=True),
    _workspace(),
    Column("project_id", IDENTIFIER, ForeignKey("projects.project_id", ondelete="CASCADE"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("plan_digest", LargeBinary(32), nullable=False),
    Column("error", Text),
    Column("project_snapshot_id", IDENTIFIER),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("finished_at_ms", BigInteger),
    Column("plan", LargeBinary, nullable=False),
    # Null for a conversion of the whole project.
    Column("chapter_id", IDENTIFIER),
    # The API key that has paid for it, and how many characters; null where no key is asked for.
    # Without a foreign key, which SQLite can't add to a table that is there.
    Column("key_id", IDENTIFIER),
    Column("paid_character_count", BigInteger),
    # Of the text that it failed at, as a take of it would have it; null where it failed at none.
    Column("error_source_key", LargeBinary(32)),
    Index("ix_conversions_project_id_conversion_id", "project_id", "conversion_id"),
    Index(
        "ix_conversions_unfinished",
        "workspace_id",
        "conversion_id",
        sqlite_where=text("finished_at_ms IS NULL"),
        postgresql_where=text("finished_at_ms IS NULL"),
    ),
)

# Bytes that may be long are the last columns of their tables: SQLite reads a row from its beginning and walks
# through all that stands before the column it is asked for.

conversion_chapters = Table(
    "conversion_chapters",
    metadata,
    Column(
        "conversion_id",
        IDENTIFIER,
        ForeignKey("conversions.conversion_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    _workspace(),
    Column("chapter_id", IDENTIFIER, nullable=False),
    Column("plan_digest", LargeBinary(32), nullable=False),
    Column("chapter_snapshot_id", IDENTIFIER),
    # Null where the chapter's latest snapshot already is what the plan asks for.
    Column("plan", LargeBinary),
)

conversion_slices = Table(
    "conversion_slices",
    metadata,
    Column(
        "conversion_id",
        IDENTIFIER,
        ForeignKey("conversions.conversion_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    _workspace(),
    Column("chapter_ordinal", Integer, nullable=False),
    Column("requests", LargeBinary, nullable=False),
)

chapter_snapshots = Table(
    "chapter_snapshots",
    metadata,
    Column("chapter_snapshot_id", IDENTIFIER, primary_key=True),
    _workspace(),
    # Without foreign keys: a snapshot outlives the chapter it was made of.
    Column("project_id", IDENTIFIER, nullable=False),
    Column("chapter_id", IDENTIFIER, nullable=False),
    Column("name", Text, nullable=False),
    Column("encoding", String(32), nullable=False),
    Column("frame_count", BigInteger, nullable=False),
    Column("plan_digest", LargeBinary(32), nullable=False),
    Column("stream_bytes", BigInteger, nullable=False),
    Column("file_size_bytes", BigInteger, nullable=False),
    Column("file_crc32", BigInteger, nullable=False),
    # Where in the head the cover's bytes belong, which are a segment of their own; null without a cover.
    Column("cover_offset", BigInteger),
    Column("cover_key", LargeBinary(32)),
    Column("digest", LargeBinary(32), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Index("ix_chapter_snapshots_chapter_id_chapter_snapshot_id", "chapter_id", "chapter_snapshot_id"),
    Index("ix_chapter_snapshots_project_id", "project_id"),
)

project_snapshots = Table(
    "project_snapshots",
    metadata,
    Column("project_snapshot_id", IDENTIFIER, primary_key=True),
    _workspace(),
    Column("project_id", IDENTIFIER, nullable=False),
    Column("name", Text, nullable=False),
    Column("encoding", String(32), nullable=False),
    Column("frame_count", BigInteger, nullable=False),
    Column("cover_offset", BigInteger),
    Column("cover_key", LargeBinary(32)),
    Column("digest", LargeBinary(32), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Index("ix_project_snapshots_project_id_project_snapshot_id", "project_id", "project_snapshot_id"),
)

project_snapshot_chapters = Table(
    "project_snapshot_chapters",
    metadata,
    Column(
        "project_snapshot_id",
        IDENTIFIER,
        ForeignKey("project_snapshots.project_snapshot_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    _workspace(),
    Column(
        "chapter_snapshot_id",
        IDENTIFIER,
        ForeignKey("chapter_snapshots.chapter_snapshot_id"),
        nullable=False,
    ),
    Index("ix_project_snapshot_chapters_chapter_snapshot_id", "chapter_snapshot_id"),
    sqlite_with_rowid=False,
)

usage_ledger = Table(
    "usage_ledger",
    metadata,
    Column("entry_id", SERIAL, primary_key=True, autoincrement=True),
    _workspace(),
    Column("kind", String(16), nullable=False),
    Column("conversion_id", IDENTIFIER, nullable=False),
    Column("segment_count", Integer, nullable=False),
    Column("character_count", BigInteger, nullable=False),
    Column("sample_count", BigInteger, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Index("ix_usage_ledger_workspace_id_created_at_ms", "workspace_id", "created_at_ms"),
    Index("ix_usage_ledger_conversion_id_workspace_id", "conversion_id", "workspace_id"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("entry_id", SERIAL, primary_key=True, autoincrement=True),
    _workspace(),
    Column("actor", Text, nullable=False),
    Column("action", String(64), nullable=False),
    Column("object_id", IDENTIFIER, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    # Without foreign keys: an entry outlives whom it names.
    Column("user_id", IDENTIFIER),
    Column("key_id", IDENTIFIER),
    # The network address that a request came from; null for a command.
    Column("address", String(64)),
    Column("detail", Text),
    Index("ix_audit_log_workspace_id_created_at_ms", "workspace_id", "created_at_ms"),
    Index("ix_audit_log_created_at_ms", "created_at_ms"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", IDENTIFIER, primary_key=True),
    _workspace(),
    Column("name", Text, nullable=False),
    # SHA-256 of the key, which is random and long, and which nobody can be shown again.
    Column("digest", LargeBinary(32), nullable=False),
    # Its last characters, by which a person tells keys apart.
    Column("hint", String(8), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("revoked_at_ms", BigInteger),
    # Characters that may be spoken with it in a month; null for as many as its owner likes.
    Column("character_limit", BigInteger),
    # From then on it opens nothing; null for never.
    Column("expires_at_ms", BigInteger),
    # What it may do, as a JSON list; null for everything.
    Column("permissions", Text),
    # Null for what the server allows each key.
    Column("requests_per_minute", Integer),
    Column("concurrent_requests", Integer),
    # Whose role it has; null for a key of the workspace itself, which may do all that is done there.
    # Without a foreign key, which SQLite can't add to a table that is there.
    Column("user_id", IDENTIFIER),
    Index("uq_api_keys_digest", "digest", unique=True),
    Index("ix_api_keys_workspace_id_key_id", "workspace_id", "key_id"),
    Index("ix_api_keys_user_id", "user_id"),
)

sessions = Table(
    "sessions",
    metadata,
    # A browser that is signed in: as a user, or with a key that is nobody's.
    Column("session_id", IDENTIFIER, primary_key=True),
    _workspace(),
    Column("user_id", IDENTIFIER, ForeignKey("users.user_id", ondelete="CASCADE")),
    Column("key_id", IDENTIFIER, ForeignKey("api_keys.key_id", ondelete="CASCADE")),
    # SHA-256 of what the browser shows, which is random and long.
    Column("digest", LargeBinary(32), nullable=False),
    # How it was begun: "key", "oidc" or "link".
    Column("method", String(16), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("used_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Index("uq_sessions_digest", "digest", unique=True),
    Index("ix_sessions_workspace_id_session_id", "workspace_id", "session_id"),
    Index("ix_sessions_user_id", "user_id"),
    Index("ix_sessions_key_id", "key_id"),
)

history_items = Table(
    "history_items",
    metadata,
    Column("history_item_id", IDENTIFIER, primary_key=True),
    _workspace(),
    Column("request_id", IDENTIFIER, nullable=False),
    Column("source", String(16), nullable=False),
    Column("voice_id", IDENTIFIER, nullable=False),
    Column("voice_name", Text, nullable=False),
    Column("voice_category", String(16), nullable=False),
    Column("model_id", String(64), nullable=False),
    Column("language", String(35), nullable=False),
    # As JSON.
    Column("settings", Text, nullable=False),
    Column("output_format", String(32), nullable=False),
    Column("character_count", Integer, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    # What was said by whom, as JSON, for an item of several voices.
    Column("dialogue", Text),
    # The chapter as it was converted, whose file is the item's; null for an item with a file of its own.
    # Without a foreign key, which SQLite can't add to a table that is there.
    Column("chapter_snapshot_id", IDENTIFIER),
    Index("ix_history_items_workspace_id_history_item_id", "workspace_id", "history_item_id"),
    Index("ix_history_items_chapter_snapshot_id", "chapter_snapshot_id"),
    Index("ix_history_items_workspace_id_created_at_ms", "workspace_id", "created_at_ms"),
)

history_shelves = Table(
    "history_shelves",
    metadata,
    # Where the index of texts has a workspace's items from one moment to another: the first digits of their numbers.
    Column("shelf", SERIAL, primary_key=True, autoincrement=True),
    _workspace(),
    Column("first_ms", BigInteger, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
    Column("document_count", Integer, nullable=False),
    Index("uq_history_shelves_workspace_id_first_ms", "workspace_id", "first_ms", unique=True),
)

# On SQLite alone, and no table to Alembic: see storage/history_index.py.
HISTORY_TEXTS = (
    "CREATE VIRTUAL TABLE history_texts USING fts5"
    "(text, scope, content='', columnsize=0, tokenize='trigram case_sensitive 1')"
)
event.listen(
    history_items,
    "after_create",
    DDL(HISTORY_TEXTS).execute_if(dialect="sqlite"),  # type: ignore[no-untyped-call]
)

history_files = Table(
    "history_files",
    metadata,
    Column(
        "history_item_id",
        IDENTIFIER,
        ForeignKey("history_items.history_item_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    # That of the item itself, or of a copy in another format, made when somebody asked for it.
    Column("output_format", String(32), primary_key=True),
    _workspace(),
    Column("frame_count", BigInteger, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("crc32", BigInteger, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("document", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

deleted_files = Table(
    "deleted_files",
    metadata,
    # Files of items that were deleted, for downloads that had begun: by who refers to their segments.
    Column("owner_id", IDENTIFIER, primary_key=True),
    _workspace(),
    Column("deleted_at_ms", BigInteger, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Index("ix_deleted_files_workspace_id_deleted_at_ms", "workspace_id", "deleted_at_ms"),
)

pronunciation_dictionaries = Table(
    "pronunciation_dictionaries",
    metadata,
    Column("dictionary_id", IDENTIFIER, primary_key=True),
    _workspace(),
    Column("name", Text, nullable=False),
    Column("description", Text),
    # Who else may use it, as its maker said; kept and told, for a workspace has one user.
    Column("workspace_access", String(16)),
    Column("latest_version_id", IDENTIFIER, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("archived_at_ms", BigInteger),
    Index("ix_pronunciation_dictionaries_workspace_id_dictionary_id", "workspace_id", "dictionary_id"),
    Index(
        "ix_pronunciation_dictionaries_workspace_id_name_dictionary_id",
        "workspace_id",
        "name",
        "dictionary_id",
    ),
)

pronunciation_dictionary_versions = Table(
    "pronunciation_dictionary_versions",
    metadata,
    Column("version_id", IDENTIFIER, primary_key=True),
    _workspace(),
    Column(
        "dictionary_id",
        IDENTIFIER,
        ForeignKey("pronunciation_dictionaries.dictionary_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("rule_count", Integer, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    # All rules in their order, as zlib-compressed JSON.
    Column("rules", LargeBinary, nullable=False),
    Index("ix_pronunciation_dictionary_versions_dictionary_id", "dictionary_id"),
)

voice_edits = Table(
    "voice_edits",
    metadata,
    # What a workspace has made of a voice; null leaves what the engine says.
    _workspace(),
    Column("voice_id", IDENTIFIER, nullable=False),
    Column("name", Text),
    Column("description", Text),
    Column("labels", Text),
    Column("settings", Text),
    Column("deleted_at_ms", BigInteger),
    PrimaryKeyConstraint("workspace_id", "voice_id"),
    sqlite_with_rowid=False,
)

voice_levels = Table(
    "voice_levels",
    metadata,
    # How loud a voice is, measured once, so that its gain never changes.
    _workspace(),
    Column("level_key", LargeBinary(32), nullable=False),
    Column("rms_db", Float, nullable=False),
    Column("peak_db", Float, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace_id", "level_key"),
    sqlite_with_rowid=False,
)

voice_paces = Table(
    "voice_paces",
    metadata,
    # How fast a voice speaks, over all that it has said: for noticing what is far too short or long for its text.
    _workspace(),
    Column("level_key", LargeBinary(32), nullable=False),
    Column("part_count", BigInteger, nullable=False),
    # Of the natural logarithms of seconds for each character, and of their squares.
    Column("log_sum", Float, nullable=False),
    Column("log_square_sum", Float, nullable=False),
    PrimaryKeyConstraint("workspace_id", "level_key"),
    sqlite_with_rowid=False,
)

key_usage = Table(
    "key_usage",
    metadata,
    Column("key_id", IDENTIFIER, ForeignKey("api_keys.key_id", ondelete="CASCADE"), nullable=False),
    # As in "2026-03", in UTC.
    Column("month", String(7), nullable=False),
    _workspace(),
    Column("character_count", BigInteger, nullable=False),
    PrimaryKeyConstraint("key_id", "month"),
    sqlite_with_rowid=False,
)

creations = Table(
    "creations",
    metadata,
    # A project whose content is still being made: fetched, imported, or written.
    Column("project_id", IDENTIFIER, ForeignKey("projects.project_id", ondelete="CASCADE"), primary_key=True),
    _workspace(),
    Column("kind", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    Column("progress", Float, nullable=False),
    Column("error", Text),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("finished_at_ms", BigInteger),
    # What was asked for, as JSON.
    Column("request", Text, nullable=False),
    # The document that was sent; null where there is none, and when it is finished.
    Column("document", LargeBinary),
    Index(
        "ix_creations_unfinished",
        "workspace_id",
        "project_id",
        sqlite_where=text("finished_at_ms IS NULL"),
        postgresql_where=text("finished_at_ms IS NULL"),
    ),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("webhook_id", IDENTIFIER, primary_key=True),
    _workspace(),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("request_headers", Text, nullable=False, server_default="{}"),
    Column("events", Text),
    Column("retry_enabled", Boolean, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("auto_disabled", Boolean, nullable=False),
    Column("last_failure_code", Integer),
    Column("last_failure_at_ms", BigInteger),
    Column("created_at_ms", BigInteger, nullable=False),
    Index("ix_webhooks_workspace_id_webhook_id", "workspace_id", "webhook_id"),
)

callbacks = Table(
    "callbacks",
    metadata,
    # The outbox: committed together with what it tells of.
    Column("callback_id", IDENTIFIER, primary_key=True),
    _workspace(),
    # Null for the address that a project was created with.
    Column("webhook_id", IDENTIFIER, ForeignKey("webhooks.webhook_id", ondelete="CASCADE")),
    Column("url", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("attempt_count", Integer, nullable=False),
    Column("next_attempt_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
    # "delivered", "given_up" or "refused" once it has ended.
    Column("outcome", String(16)),
    Column("last_status", Integer),
    Column("created_at_ms", BigInteger, nullable=False),
    Index(
        "ix_callbacks_due",
        "next_attempt_at_ms",
        sqlite_where=text("ended_at_ms IS NULL"),
        postgresql_where=text("ended_at_ms IS NULL"),
    ),
    Index("ix_callbacks_webhook_id", "webhook_id"),
)

players = Table(
    "players",
    metadata,
    # The Audio Native player of a project.
    Column("project_id", IDENTIFIER, ForeignKey("projects.project_id", ondelete="CASCADE"), primary_key=True),
    _workspace(),
    # What its page is asked for with: opens this project's latest audio and nothing else.
    Column("token", String(64), nullable=False),
    Column("source_url", Text),
    Column("settings", Text, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Index("uq_players_token", "token", unique=True),
    Index("ix_players_workspace_id_source_url", "workspace_id", "source_url"),
)

exports = Table(
    "exports",
    metadata,
    # A snapshot as a file of another format: made once, and kept for as long as somebody asks for it.
    Column("export_id", IDENTIFIER, primary_key=True),
    _workspace(),
    # The digest of all that decides its bytes: snapshots that say the same share an export.
    Column("export_key", LargeBinary(32), nullable=False),
    Column("project_id", IDENTIFIER, ForeignKey("projects.project_id", ondelete="CASCADE"), nullable=False),
    Column("format", String(16), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("crc32", BigInteger, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("used_at_ms", BigInteger, nullable=False),
    # Which segments it is made of, in order.
    Column("document", LargeBinary, nullable=False),
    Index("uq_exports_workspace_id_export_key", "workspace_id", "export_key", unique=True),
    # With the workspace, as above.
    Index("ix_exports_project_id_workspace_id", "project_id", "workspace_id"),
    Index("ix_exports_workspace_id_used_at_ms", "workspace_id", "used_at_ms"),
)

history_downloads = Table(
    "history_downloads",
    metadata,
    # Which items a download has, so that it can be asked for again, and gone on with, by its address.
    Column("download_id", IDENTIFIER, primary_key=True),
    _workspace(),
    # The ids in their order, as compressed JSON.
    Column("items", LargeBinary, nullable=False),
    Column("output_format", String(32)),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("used_at_ms", BigInteger, nullable=False),
    Index("ix_history_downloads_workspace_id_used_at_ms", "workspace_id", "used_at_ms"),
)

link_revocations = Table(
    "link_revocations",
    metadata,
    # How often the addresses of something that need no key were revoked: it is part of what is signed.
    _workspace(),
    Column("resource", String(128), nullable=False),
    Column("revoked_count", Integer, nullable=False),
    PrimaryKeyConstraint("workspace_id", "resource"),
    sqlite_with_rowid=False,
)

whole_files = Table(
    "whole_files",
    metadata,
    # A download that an object store has as one blob too, where clients are sent to fetch it from there.
    _workspace(),
    Column("digest", LargeBinary(32), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("used_at_ms", BigInteger, nullable=False),
    # When the store had all of it; null until then.
    Column("put_at_ms", BigInteger),
    PrimaryKeyConstraint("workspace_id", "digest"),
    Index("ix_whole_files_workspace_id_used_at_ms", "workspace_id", "used_at_ms"),
    sqlite_with_rowid=False,
)

voices = Table(
    "voices",
    metadata,
    # Voices that are files. What comes with an engine is nowhere but in the engine.
    Column("voice_id", IDENTIFIER, primary_key=True),
    _workspace(),
    # Whether all workspaces have it, as those that the operator installs.
    Column("is_shared", Boolean, nullable=False),
    Column("engine", String(32), nullable=False),
    Column("name", Text, nullable=False),
    # What `rhapsode voices install` is told to install it; empty where it isn't from there.
    Column("origin", Text, nullable=False),
    # All else of studio.voice.Voice, as JSON.
    Column("document", Text, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("changed_at_ms", BigInteger, nullable=False),
    # Null while it is installed. The row of one that was removed stays, so that it can be named.
    Column("removed_at_ms", BigInteger, nullable=True),
    Index("ix_voices_workspace_id", "workspace_id"),
    Index("ix_voices_is_shared", "is_shared"),
)

voice_files = Table(
    "voice_files",
    metadata,
    # What voices are made of; several may be made of one file. It goes when the last of them does.
    Column("voice_id", IDENTIFIER, ForeignKey("voices.voice_id", ondelete="CASCADE"), nullable=False),
    _workspace(),
    # What the file is to the engine, such as "model".
    Column("role", String(32), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    PrimaryKeyConstraint("voice_id", "role"),
    Index("ix_voice_files_digest", "digest"),
    sqlite_with_rowid=False,
)

voice_blobs = Table(
    "voice_blobs",
    metadata,
    # A file of voices that the store has, or will have in a moment: so clean-up finds what a kill has left.
    Column("digest", LargeBinary(32), nullable=False),
    _workspace(),
    Column("size_bytes", BigInteger, nullable=False),
    Column("wanted_at_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("digest", "workspace_id"),
    sqlite_with_rowid=False,
)

cast_characters = Table(
    "cast_characters",
    metadata,
    # Who speaks in a project. The narrator is none of them.
    Column("character_id", IDENTIFIER, primary_key=True),
    _workspace(),
    Column("project_id", IDENTIFIER, ForeignKey("projects.project_id", ondelete="CASCADE"), nullable=False),
    # Who speaks most comes first.
    Column("ordinal", Integer, nullable=False),
    Column("name", Text, nullable=False),
    # Null where the narrator speaks for them.
    Column("voice_id", IDENTIFIER),
    # All else of studio.cast.Character, as JSON.
    Column("document", Text, nullable=False),
    Index("ix_cast_characters_project_id", "project_id"),
)

cast_lines = Table(
    "cast_lines",
    metadata,
    # A node that is a quotation. It is no foreign key, because a node that is edited is written anew; one whose node
    # is gone says nothing, and goes when the cast is next made.
    Column("node_id", IDENTIFIER, primary_key=True),
    _workspace(),
    Column("project_id", IDENTIFIER, ForeignKey("projects.project_id", ondelete="CASCADE"), nullable=False),
    # Null where nobody knows who speaks, so that the narrator does.
    Column("character_id", IDENTIFIER, ForeignKey("cast_characters.character_id", ondelete="CASCADE")),
    Column("rule", String(16), nullable=False),
    Column("confidence", Float, nullable=False),
    Index("ix_cast_lines_project_id", "project_id"),
    Index("ix_cast_lines_character_id", "character_id"),
)

# What belongs to no workspace: who works on the records. On SQLite one process does, and nothing is here.

installation = Table(
    "installation",
    metadata,
    # One row, which nobody changes: what the store of blobs says it belongs to.
    Column("installation_id", IDENTIFIER, primary_key=True),
    Column("created_at_ms", BigInteger, nullable=False),
)

members = Table(
    "members",
    metadata,
    # A server or worker that runs, or was killed a moment ago.
    Column("member_id", IDENTIFIER, primary_key=True),
    Column("kind", String(16), nullable=False),
    # What it is called where it runs, for people.
    Column("name", Text, nullable=False),
    Column("version", String(64), nullable=False),
    # Names of the engines that it speaks with, as JSON.
    Column("engines", Text, nullable=False),
    Column("started_at_ms", BigInteger, nullable=False),
    # When it last said that it lives.
    Column("seen_at_ms", BigInteger, nullable=False),
    # When the download began that it has sent for the longest; null where it sends none.
    Column("oldest_download_at_ms", BigInteger),
)

leases = Table(
    "leases",
    metadata,
    # Work that only one member does at a time. It ends with the member.
    Column("name", String(128), primary_key=True),
    Column("member_id", IDENTIFIER, ForeignKey("members.member_id", ondelete="CASCADE"), nullable=False),
    Index("ix_leases_member_id", "member_id"),
)
