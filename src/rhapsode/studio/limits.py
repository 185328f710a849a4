"""Every limit on an outside quantity, with its unit and where the number comes from."""

MAX_DOCUMENT_BYTES = 256 * 2**20
"""A document as uploaded or read. Illustrated EPUBs of 100 MB are common."""

MAX_ARCHIVE_BYTES = 1024 * 2**20
"""What the entries of a zip-based document may inflate to, together."""

MAX_ARCHIVE_ENTRIES = 20_000
"""Entries of a zip-based document; the largest real ones have some thousands."""

MAX_COMPRESSION_RATIO = 200
"""Inflated to stored size of one entry over 1 MiB; text rarely exceeds 20, a bomb has 1,000."""

MAX_TEXT_CHARACTERS = 20_000_000
"""Characters of one document: five times the longest novels."""

MAX_CHAPTERS = 2_000
"""Chapters of one project (the original stops at 500)."""

MAX_COVER_BYTES = 2 * 2**20
"""A cover image put into each chapter's tag; a larger one is left out and reported."""

MAX_SEGMENT_CHARACTERS = 2_000
"""Code points of one segment; longer nodes are split at sentences (DESIGN: Bytes)."""

PARSER_MEMORY_BYTES = 2 * 2**30
"""Address space of the document parser's process."""

PARSER_CPU_S = 120
"""Processor seconds of the document parser's process."""

PARSER_WALL_S = 240
"""Elapsed seconds of the document parser's process."""

SPEECH_WALL_S = 120
"""Elapsed seconds an engine may take for one segment."""

MAX_PACK_BYTES = 8 * 2**20
"""A pack is closed when it has reached this size."""

MAX_PACK_OPEN_S = 5.0
"""A pack is closed when it has been open this long: what a kill may cost a slow engine."""

BLOCK_BYTES = 256 * 2**10
"""Stored bytes are checked in blocks of this size."""
