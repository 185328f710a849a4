"""Every limit on an outside quantity, with its unit and where the number comes from.

Those that are `settable` can be set by whoever runs the server (docs/operations.md). The others are the original's,
belong to a format or to how something is computed, or are what no machine has more of.
"""

from rhapsode.studio.overrides import settable

MAX_DOCUMENT_BYTES = settable("MAX_DOCUMENT_BYTES", 256 * 2**20)
"""A document as uploaded or read. Illustrated EPUBs of 100 MB are common."""

MAX_ARCHIVE_BYTES = settable("MAX_ARCHIVE_BYTES", 1024 * 2**20)
"""What the entries of a zip-based document may inflate to, together."""

MAX_ARCHIVE_ENTRIES = settable("MAX_ARCHIVE_ENTRIES", 20_000)
"""Entries of a zip-based document; the largest real ones have some thousands."""

MAX_COMPRESSION_RATIO = settable("MAX_COMPRESSION_RATIO", 200)
"""Inflated to stored size of an entry over 1 MiB that is read; text rarely exceeds 20, a bomb has 1,000."""

MAX_TEXT_CHARACTERS = settable("MAX_TEXT_CHARACTERS", 20_000_000)
"""Characters of one document: five times the longest novels."""

MAX_CHAPTERS = settable("MAX_CHAPTERS", 2_000)
"""Chapters of one project (the original stops at 500)."""

MAX_BLOCKS = settable("MAX_BLOCKS", 20_000)
"""Blocks of one chapter as a client sends it (the original stops at 400; a long book in one file has 10,000)."""

MAX_EDITS = 1_000
"""Edits of one request: a page sends a few each second, and a pasted chapter has hundreds of paragraphs."""

DELETED_KEPT_MS = 24 * 3600 * 1000
"""For so long a deleted project or chapter can be restored: until the next day, when it is missed."""

MAX_NODES = settable("MAX_NODES", 1_000)
"""Nodes of one block as a client sends it."""

MAX_NODE_CHARACTERS = settable("MAX_NODE_CHARACTERS", 200_000)
"""Code points of one node as a client sends it (the original stops at 5,000; an import finds up to 15,000)."""

MAX_NAME_CHARACTERS = 500
"""Code points of a name, title or author. They stand in each file's tags and name."""

MAX_DESCRIPTION_CHARACTERS = 20_000
"""Code points of a project's description, which stands in the tags of its single file."""

MAX_VOICE_CACHE_BYTES = settable("MAX_VOICE_CACHE_BYTES", 16 * 2**30)
"""Copies of voices' files that a machine keeps where the store is elsewhere: fifty of the largest Piper voices and
several sizes of Kokoro are 8 GB."""

MAX_VOICE_FILE_BYTES = settable("MAX_VOICE_FILE_BYTES", 4 * 2**30)
"""One file of a voice. Those of Piper have 20 to 120 MB, that of Kokoro 326 MB, and some models 3 GB."""

MAX_VOICE_LIST_BYTES = 16 * 2**20
"""A list of voices that can be installed, of which Piper's has 400 KB, or what lies beside a model at an address."""

DOWNLOAD_SILENCE_S = settable("DOWNLOAD_SILENCE_S", 30)
"""Elapsed seconds in which nothing comes of a file of a voice until the connection is taken for dead."""

DOWNLOAD_WALL_S = settable("DOWNLOAD_WALL_S", 24 * 3600)
"""Elapsed seconds for one answer to such a request: 326 MB at 4 KB/s."""

MAX_SENT_VOICE_BYTES = settable("MAX_SENT_VOICE_BYTES", 2**30)
"""The files of a voice that is sent over the API, together; larger ones are installed with the command."""

MAX_VOICE_SAMPLES = 25
"""Recordings that one voice is made of (the original's limit)."""

MAX_OWN_VOICES = settable("MAX_OWN_VOICES", 300)
"""Voices that a workspace has made. All of them are read for each text, which takes 10 ms."""

MAX_VOICES_AT_ONCE = settable("MAX_VOICES_AT_ONCE", 200)
"""Voices that one request makes: some models have a thousand speakers, and Kokoro has 54."""

MAX_SAMPLE_FILES = settable("MAX_SAMPLE_FILES", 1_000)
"""Samples of voices that a machine keeps; each is an MP3 of some 100 KB."""

MAX_TRIAL_CHARACTERS = 1_000
"""Of the text that a voice is tried out with: a minute of speech."""

MAX_VOICE_LABELS = 20
"""Labels of one voice; the original speaks of four."""

MAX_ISBN_CHARACTERS = 32
"""Code points of an ISBN, hyphens included; the longest has 17."""

MAX_CONTENT_JSON_BYTES = settable("MAX_CONTENT_JSON_BYTES", 64 * 2**20)
"""The text of `from_content_json`, a field of a form that is held in memory; a long novel has 2 MB."""

MAX_COVER_BYTES = settable("MAX_COVER_BYTES", 2 * 2**20)
"""A cover image put into each chapter's tag; a larger one is left out and reported."""

MAX_COVER_PIXELS = 10_000
"""Width and height of a cover. Shops ask for 2,400 to 3,200; a decoder needs 400 MB for the largest square."""

MAX_SEGMENT_CHARACTERS = 2_000
"""Code points of one segment; longer nodes are split at sentences."""

MIN_ENGINE_CHARACTERS = 250
"""Code points that an engine has to take at once: a sentence of most books, and what voices are measured with."""

MAX_SPEAK_CHARACTERS = settable("MAX_SPEAK_CHARACTERS", 40_000)
"""Code points of one text-to-speech request, whatever model it names: the most that any model of the original takes.
With timestamps, it is the model's own limit (studio.models)."""

MAX_SPOKEN_CHARACTERS = settable("MAX_SPOKEN_CHARACTERS", 100_000)
"""What one text-to-speech request may come down to: code points of what is spoken for its text, where a digit or a
sign counts as the word that is said for it. Prose of the longest length has 42,000; it is two hours of sound."""

MAX_LIVE_MESSAGE_BYTES = 512 * 2**10
"""One message of a client that sends a text bit by bit: all that one connection takes, each character as JSON spells
it at the longest, twelve bytes."""

MAX_LIVE_SESSIONS = settable("MAX_LIVE_SESSIONS", 128)
"""WebSockets that may be open at once; each has a thread while it is spoken for, and waits without one."""

MAX_LIVE_SESSIONS_OF_WORKSPACE = settable("MAX_LIVE_SESSIONS_OF_WORKSPACE", 32)
"""Of them, those of one workspace (the original's plans have up to 15)."""

LIVE_KEY_WAIT_S = 10
"""Elapsed seconds in which a WebSocket that was opened without a key has to show one."""

LIVE_READ_WAIT_S = settable("LIVE_READ_WAIT_S", 300)
"""Elapsed seconds that a client may take to read one piece of audio. Pieces last about half a minute at most, and who
plays them reads each when the one before it has been heard."""

MAX_EVENT_STREAMS = settable("MAX_EVENT_STREAMS", 1_024)
"""Streams of events that may be open at once: a quarter of all connections. What the same project's tell is read
once."""

MAX_EVENT_STREAMS_OF_CALLER = settable("MAX_EVENT_STREAMS_OF_CALLER", 32)
"""Of them, those of one key, or of one user without one: so many open pages of each of some machines."""

EVENTS_COMMENT_S = 15
"""Elapsed seconds after which a stream without events has a comment: many proxies close what is silent for 30 or 60
(HTML Living Standard, section 9.2.7)."""

EVENTS_CHECK_S = 5
"""Elapsed seconds after which it is looked again whether whoever listens still may."""

EVENTS_MAX_S = 3_600
"""Elapsed seconds after which a stream of events ends; clients come back by themselves. Clean-up leaves alone what
was there when the oldest request began."""

EVENTS_RETRY_MS = 1_000
"""How soon clients are told to come back to a stream of events that has ended."""

WATCH_GAP_S = 0.25
"""Elapsed seconds between two looks at what is watched, however much is committed: each takes some milliseconds."""

WATCH_BUSY_S = 0.5
"""Elapsed seconds after which several servers on one database look at it again while something is being made."""

WATCH_IDLE_S = 0.75
"""The same while nothing is: an edit of somebody else is seen within a second."""

WATCH_QUIET_S = 30
"""The same of a server that has its records to itself: what it commits it knows."""

HEAD_WAIT_S = 10
"""Elapsed seconds in which a client has to send a request's head, from its first byte or from the connection on; the
TLS handshake counts. Clients send it in one packet."""

MAX_HEAD_BYTES = 16 * 2**10
"""A request's line and headers together. Those of browsers with many cookies have 8 KB."""

MAX_HEADERS = 100
"""Headers of one request; browsers send some twenty, and proxies add ten."""

MAX_TARGET_BYTES = 8 * 2**10
"""Path and query of a request. A hundred ids of voices in a query, the most that is read, are 4 KB."""

BODY_SILENCE_S = 30
"""Elapsed seconds in which nothing comes of a body that is waited for, until its connection is closed."""

BODY_PACE_S = 60
"""Elapsed seconds over which it is looked how fast a body comes."""

MIN_BODY_BYTES = 6_000
"""What has to come of a body in such a time: 100 bytes a second, a tenth of the slowest mobile networks."""

BODY_LEFT_S = 30
"""Elapsed seconds in which a client that was answered may go on sending its body, which nobody reads."""

READ_WAIT_S = 300
"""Elapsed seconds in which a client takes nothing of an answer until it is let go, unless the operator says
otherwise. As in LIVE_READ_WAIT_S: players that are paused stop reading, and ask for the rest when it was longer."""

MAX_CONNECTIONS = 4_096
"""Connections at once, unless the operator says otherwise: the descriptors of each are one to three, and a download
holds a block of 256 KiB, so that all of them together have a gigabyte."""

MAX_CONNECTIONS_PER_ADDRESS = 512
"""Of them, those of one address, unless the operator says otherwise: an office behind one. Browsers open six each,
and the SDKs up to a hundred."""

MAX_RATE = 1_000_000
"""Requests a minute, or at once, that a key can be limited to: more than a server answers."""

MAX_RETRY_AFTER_S = 60
"""What a client is told at most to wait before it asks again; the official Python SDK waits no longer."""

MAX_RUNNING_REQUESTS = 1_000
"""Requests that ask for something, running or waiting for their turn, unless the operator says otherwise: each holds
its text and its connection, and the last of them waits for all others."""

FAILED_KEYS_PER_MINUTE = 60
"""Keys that open nothing which one address may show in a minute, unless the operator says otherwise: a program with a
key that was revoked, and somebody who mistypes one. No number of guesses finds a key; each is looked up, though."""

MAX_COUNTED_PARTIES = 10_000
"""Keys and addresses whose requests are counted; whoever has asked for nothing for longest is forgotten first."""

PARSER_MEMORY_BYTES = settable("PARSER_MEMORY_BYTES", 512 * 2**20, least=256 * 2**20)
"""Memory of the document parser's process beside the document itself. Real books take up to 50 MB, one of 18 million
characters 113 MB; more is taken by what is made to take it."""

PARSER_CPU_S = settable("PARSER_CPU_S", 120)
"""Processor seconds of the document parser's process for the largest documents."""

PARSER_LEAST_CPU_S = 20
"""The same for the smallest, which take a tenth of a second; a small file that takes long was made to."""

PARSER_BYTES_PER_CPU_S = 50_000
"""For so many bytes of a document it has a second more. The densest PDFs need one for 80,000."""

PARSER_WALL_S = settable("PARSER_WALL_S", 240)
"""Elapsed seconds of the document parser's process."""

SPEECH_WALL_S = settable("SPEECH_WALL_S", 120)
"""Elapsed seconds an engine may take for one segment."""

ENGINE_PATIENCE_S = 600
"""Elapsed seconds a conversion waits for an engine on another machine, or an object store, that is away, unless the
operator says more."""

DATABASE_CONNECT_S = 5
"""Elapsed seconds in which Postgres has to take a connection; one on the same continent takes some milliseconds."""

DATABASE_SILENCE_S = 10
"""Elapsed seconds after which each end of a connection to Postgres gives it up when the other acknowledges nothing.
Systems wait for a quarter of an hour; networks that find another way take some seconds."""

DATABASE_LOCK_S = 30
"""Elapsed seconds a transaction waits for another one's lock: as long as for a connection. Who holds one and stands
still is put out sooner."""

OBJECT_STORE_CONNECT_S = 5
"""Elapsed seconds in which an object store has to take a connection."""

OBJECT_STORE_SILENCE_S = 15
"""Elapsed seconds after which a request to an object store is given up of which nothing more comes, and in which it
is begun again. So somebody who waits has an answer within twice that."""

OBJECT_STORE_PUT_S = 60
"""Elapsed seconds for a request that puts much, and in which it is begun again: the largest that isn't sent in parts
over 2.3 megabits a second, and a pack over half of that. One that a network has swallowed is sent anew after it."""

REPEATED_CONVERT_S = settable("REPEATED_CONVERT_S", 10, least=0)
"""Elapsed seconds since a conversion has ended well in which the same convert is taken for the same request, sent
again because its answer was lost: the official SDKs send it twice more, after about 1 s and 2 s, and the answers that
they don't get take time. 0 for never."""

MIN_FREE_BYTES = 256 * 2**20
"""What stays free on the disk of a data directory, unless the operator says otherwise: each of 16 processes may have
two packs open, and clean-up and deletion write before they free anything."""

MAX_BATCH_JOBS = 64
"""Books that one `rhapsode batch` has a server narrate at once: each costs it a thread that looks how far it is."""

MAX_OUTAGE_S = 3_600
"""Elapsed seconds that `rhapsode batch` waits for a server that isn't reached, until it gives up for this time."""

MAX_STRETCH_BYTES = settable("MAX_STRETCH_BYTES", 256 * 2**20)
"""Rows of a backup that are unpacked at once. Nearly all are 256 KiB; the longest row, a chapter of 20 million
characters of four bytes each, in base 64, is 102 MiB."""

MAX_PACK_BYTES = 8 * 2**20
"""A pack is closed when it has reached this size."""

MAX_PACK_SEGMENTS = 2000
"""Segments of a pack that clean-up writes: its index has about a megabyte, and for its commit nobody waits long."""

MAX_PACK_OPEN_S = 5.0
"""A pack is closed when it has been open this long: what a kill may cost a slow engine."""

BLOCK_BYTES = 256 * 2**10
"""Stored bytes are checked in blocks of this size."""

MAX_JSON_BODY_BYTES = settable("MAX_JSON_BODY_BYTES", 8 * 2**20)
"""A request's body that isn't a form. A chapter of 400,000 words is 3 MB of JSON."""

MAX_JSON_CONTAINERS = 200_000
"""Objects and arrays of a body. A parser that lets no other thread run makes as many in about 0.15 s; a chapter of
20,000 blocks with two nodes each has 80,000."""

MAX_CONTENT_JSON_CONTAINERS = 500_000
"""Objects and arrays in the text of `from_content_json`: 160,000 blocks, which are eight long novels."""

MAX_FORM_BODY_BYTES = MAX_DOCUMENT_BYTES + MAX_JSON_BODY_BYTES
"""A form with a document in it, and all that a client says of the document beside it."""

MAX_AUDIO_BYTES = settable("MAX_AUDIO_BYTES", 2**30)
"""An audio file to be aligned (the original says less than 1 GB): three hours of 24-bit stereo at 44.1 kHz are
2.9 GB, of MP3 at 320 kbit/s 430 MB."""

MAX_AUDIO_S = settable("MAX_AUDIO_S", 10 * 3600)
"""Seconds of audio that are aligned at once (the original's limit); ten hours take two minutes of a core, 1.3 GB."""

MAX_ALIGNED_CHARACTERS = settable("MAX_ALIGNED_CHARACTERS", 1_000_000)
"""Code points of a text to be aligned: what the fastest speakers say in ten hours."""

DECODER_MEMORY_BYTES = settable("DECODER_MEMORY_BYTES", 2 * 2**30, least=256 * 2**20)
"""Address space of the process that decodes a client's audio."""

DECODER_CPU_S = settable("DECODER_CPU_S", 300)
"""Processor seconds of that process; ten hours of AAC take 70."""

DECODER_WALL_S = settable("DECODER_WALL_S", 600)
"""Elapsed seconds of that process."""

MAX_HISTORY_PAGE = 1_000
"""Items of one page of history (the original's limit)."""

MAX_SEARCHED_ITEMS = 2_000
"""Items that one page of history looks through in vain, where no index finds what is searched: about 6 ms."""

MAX_SEARCH_S = 0.008
"""Processor seconds that one page of history searches the index. Most searches of a million items need 1 to 5 ms."""

MAX_SEARCHED_CHARACTERS = 2_000_000
"""Code points of their texts: a chapter's has 30,000, and a page must not read a library."""

MAX_DOWNLOADED_ITEMS = settable("MAX_DOWNLOADED_ITEMS", 10_000)
"""Ids of one download of history items."""

MAX_FORM_FIELDS = 1_000
"""Fields of one form. The longest that an SDK sends has some thirty, and each genre is a field of its own."""

MAX_GENRES = 100
"""Genres of one project; books in shops have up to ten."""

MAX_VOICE_SETTINGS = 200
"""Voices that one project has settings for; the largest casts of audio dramas have as many."""

QUICK_CREATION_S = 5.0
"""How long a client waits for a document to be fetched and read, before it is told to poll."""

MAX_VOICE_PAGE = 100
"""Voices of one page of the list (the original's limit)."""

MAX_VOICE_IDS = 100
"""Voices that one list may be asked for by their ids (the original's limit)."""

MAX_URL_CHARACTERS = 2_000
"""Of an address that a client names; browsers and servers stop at about as many."""

MAX_FETCHED_BYTES = settable("MAX_FETCHED_BYTES", 20 * 2**20)
"""What is fetched from an address, both as it is sent and decoded. A long article has 5 MB with all its scripts."""

MAX_REDIRECTS = 5
"""Of one address that is fetched; a shortened one has two or three."""

FETCH_WALL_S = settable("FETCH_WALL_S", 30)
"""Elapsed seconds of fetching one address, redirections included."""

POST_WALL_S = settable("POST_WALL_S", 15)
"""Elapsed seconds of telling an address something."""

MAX_WEBHOOKS = settable("MAX_WEBHOOKS", 50)
"""Webhooks of one workspace. Each of them is told of every conversion."""

MAX_REQUEST_HEADERS = 20
"""Headers that a webhook has of its own."""

MAX_REQUEST_HEADER_CHARACTERS = 1_000
"""Name and value of one of them together; a token has some hundred."""

MAX_DIALOGUE_LINES = settable("MAX_DIALOGUE_LINES", 1_000)
"""Lines of one dialogue: each is spoken by itself, however short."""

MAX_DIALOGUE_VOICES = 10
"""Voices of one dialogue (the original's limit)."""

MAX_LOCATORS = 3
"""Pronunciation dictionaries that one request of speech may name (the original's limit)."""

MAX_DICTIONARY_PAGE = 100
"""Pronunciation dictionaries of one page of the list (the original's limit)."""

MAX_PROJECT_PAGE = 100
"""Projects of one page of the list that is ours: each is a few lines of JSON, and a shelf shows fewer."""

MAX_SNAPSHOT_PAGE = 100
"""Snapshots of one page of the lists with their sizes, which are ours: each may have a hundred chapters."""

MAX_USAGE_DAYS = 366
"""Days that are told of what was spoken: a year, so that it can be seen beside the one before."""

MAX_RULES = settable("MAX_RULES", 20_000)
"""Rules of one pronunciation dictionary; the original takes 5,000 at least. They are compared with every text."""

MAX_REPLACED_CHARACTERS = 200
"""Code points of what a rule replaces: a name or a phrase. Each place of a text is compared with as many lengths."""

MAX_REPLACEMENT_CHARACTERS = 500
"""Code points of a rule's alias or phonemes: they are spoken in one segment with what surrounds them."""

MAX_PROJECT_LOCATORS = settable("MAX_PROJECT_LOCATORS", 20)
"""Pronunciation dictionaries of one project."""

MAX_LEXICON_BYTES = settable("MAX_LEXICON_BYTES", 8 * 2**20)
"""A lexicon as uploaded; one of 20,000 words has 3 MB."""

MAX_EXPORT_WAIT_S = settable("MAX_EXPORT_WAIT_S", 55)
"""How long a request waits for an export that is being made: less than the minute after which proxies give up."""

MAX_PODCAST_SOURCES = settable("MAX_PODCAST_SOURCES", 50)
"""Texts and addresses that one podcast is made of."""

MAX_PODCAST_CHARACTERS = settable("MAX_PODCAST_CHARACTERS", 500_000)
"""Code points of all sources of a podcast together: a long novel. A language model is asked 42 times for its gist."""

MAX_HIGHLIGHTS = 50
"""Highlights of one podcast; each is a sentence that has to come up in a few minutes."""

MAX_CHAT_ANSWER_CHARACTERS = 200_000
"""What is read of one answer of a language model; the longest script has 10,000."""

CHAT_SILENCE_S = settable("CHAT_SILENCE_S", 300)
"""Elapsed seconds in which a language model may say nothing. On a processor it reads 50 words in a second."""

CHAT_WALL_S = settable("CHAT_WALL_S", 1_800)
"""Elapsed seconds of one answer of a language model."""

EXTRACTION_MEMORY_BYTES = settable("EXTRACTION_MEMORY_BYTES", 2 * 2**30, least=256 * 2**20)
"""Address space of the process that takes a bulletin out of its sources."""

EXTRACTION_CPU_S = settable("EXTRACTION_CPU_S", 120)
"""Processor seconds of that process; 500,000 characters take 10."""

EXTRACTION_WALL_S = settable("EXTRACTION_WALL_S", 240)
"""Elapsed seconds of that process."""

MAX_LOGIN_CHARACTERS = 320
"""Of an e-mail address: 64 before the @ and 255 behind it (RFC 5321, section 4.5.3.1)."""

SESSION_IDLE_MS = 7 * 24 * 3600 * 1000
"""A session of a browser that nobody has used for so long ends: who works once a week stays signed in."""

SESSION_MAX_MS = 30 * 24 * 3600 * 1000
"""A session ends so long after it began, however much it is used (OWASP ASVS 5, 7.3.2, asks for such an end)."""

SESSION_TOUCH_MS = 10 * 60 * 1000
"""A session's last use is written down no more often: pages ask many times in a second."""

MAX_SESSIONS_PER_OWNER = 50
"""Sessions of one user or key at once; a new one ends the oldest. Nobody has so many browsers."""

SIGN_IN_LINK_S = 600
"""Elapsed seconds in which a link that signs a browser in has to be opened: time to carry it to another machine."""

MAX_SIGN_IN_LINKS = 16
"""Such links at once, in a server; a new one ends the oldest. Each is compared with what a browser shows."""

SIGN_IN_WALL_S = 600
"""Elapsed seconds in which somebody who was sent to the identity provider has to be back."""

OIDC_WALL_S = 15
"""Elapsed seconds of one answer of the identity provider."""

MAX_OIDC_ANSWER_BYTES = 2**20
"""What is read of one answer of the identity provider; sets of keys have some kilobytes."""

OIDC_CLOCK_SKEW_S = 60
"""By how much the clocks of the identity provider and of this machine may differ."""

OIDC_METADATA_S = 3600
"""How long what an identity provider says of itself is believed; its keys are asked for again when one is missing."""

OIDC_AWAY_S = 10
"""How long an identity provider that didn't answer as it should isn't asked again; people try again about as soon."""

MAX_TAKES_ANEW = 16
"""Takes of one text by one voice whose speech was dropped, after which no further one is made: so many retention
periods after which its voice said it otherwise are decades."""

RESTORED_S = 1200
"""Seconds of dropped speech that are spoken again while a client waits: most chapters. More is made as an export."""

MAX_RETENTION_DAYS = 36_500
"""Days that a workspace may be told to keep something, a hundred years: beside that there is for ever."""

AUDIT_DAYS = 365
"""Days that entries of the audit log are kept, unless RHAPSODE_AUDIT_DAYS says otherwise."""

AUDIT_EDITING_MS = 10 * 60 * 1000
"""Milliseconds in which somebody's edits of a chapter are one entry of the audit log: pages save at each pause."""

MAX_AUDIT_ENTRIES = 10_000
"""Entries of the audit log in one answer, the newest."""
