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

MAX_BLOCKS = 20_000
"""Blocks of one chapter as a client sends it (the original stops at 400; a long book in one file has 10,000)."""

MAX_NODES = 1_000
"""Nodes of one block as a client sends it."""

MAX_NODE_CHARACTERS = 200_000
"""Code points of one node as a client sends it (the original stops at 5,000; an import finds up to 15,000)."""

MAX_NAME_CHARACTERS = 500
"""Code points of a name, title or author. They stand in each file's tags and name."""

MAX_DESCRIPTION_CHARACTERS = 20_000
"""Code points of a project's description, which stands in the tags of its single file."""

MAX_ISBN_CHARACTERS = 32
"""Code points of an ISBN, hyphens included; the longest has 17."""

MAX_CONTENT_JSON_BYTES = 64 * 2**20
"""The text of `from_content_json`, a field of a form that is held in memory; a long novel has 2 MB."""

MAX_COVER_BYTES = 2 * 2**20
"""A cover image put into each chapter's tag; a larger one is left out and reported."""

MAX_SEGMENT_CHARACTERS = 2_000
"""Code points of one segment; longer nodes are split at sentences (DESIGN: Bytes)."""

MAX_SPEAK_CHARACTERS = 40_000
"""Code points of one text-to-speech request. The original's models take from 10,000 (multilingual v2) to 40,000
(flash and turbo v2.5), whatever name a client uses here."""

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

MAX_JSON_BODY_BYTES = 8 * 2**20
"""A request's body that isn't a form. A chapter of 400,000 words is 3 MB of JSON."""

MAX_JSON_CONTAINERS = 200_000
"""Objects and arrays of a body. A parser that lets no other thread run makes as many in about 0.15 s; a chapter of
20,000 blocks with two nodes each has 80,000."""

MAX_CONTENT_JSON_CONTAINERS = 500_000
"""Objects and arrays in the text of `from_content_json`: 160,000 blocks, which are eight long novels."""

MAX_FORM_BODY_BYTES = MAX_DOCUMENT_BYTES + MAX_JSON_BODY_BYTES
"""A form with a document in it, and all that a client says of the document beside it."""

MAX_HISTORY_PAGE = 1_000
"""Items of one page of history (the original's limit)."""

MAX_DOWNLOADED_ITEMS = 10_000
"""Ids of one download of history items."""

MAX_FORM_FIELDS = 1_000
"""Fields of one form. The longest that an SDK sends has some thirty, and each genre is a field of its own."""

MAX_GENRES = 100
"""Genres of one project; books in shops have up to ten."""

MAX_VOICE_PAGE = 100
"""Voices of one page of the list (the original's limit)."""

MAX_VOICE_IDS = 100
"""Voices that one list may be asked for by their ids (the original's limit)."""

MAX_LOCATORS = 3
"""Pronunciation dictionaries that one request of speech may name (the original's limit)."""
