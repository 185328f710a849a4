"""Every number that is counted where it happens. What is only looked at when somebody asks is in `api.metrics`.

Labels have few values, all of them ours: never an id, a name or a text. docs/operations.md lists all of it.
"""

from rhapsode.telemetry.counting import Counter, Gauge, Histogram

_REQUEST_BOUNDS_S = (0.01, 0.05, 0.1, 0.25, 1, 2.5, 10, 60, 300, 1800)
"""From what records answer to a book that is downloaded over a slow line."""

_LAG_BOUNDS_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)

REQUESTS = Counter(
    "rhapsode_requests", "Requests that were answered, to the last byte.", ("operation", "method", "status")
)
REQUEST_SECONDS = Histogram(
    "rhapsode_request_seconds",
    "Elapsed seconds from a request's first line to the last byte of its answer.",
    _REQUEST_BOUNDS_S,
    ("operation",),
)
REQUESTS_RUNNING = Gauge("rhapsode_requests_running", "Requests and WebSockets that are being answered now.")
DOWNLOADS_RUNNING = Gauge("rhapsode_downloads_running", "Stored audio and files that are being sent now.")
SENT_BYTES = Counter("rhapsode_sent_bytes", "Bytes of bodies that were sent.", ("operation",))
ERRORS = Counter(
    "rhapsode_errors",
    "Errors, by the code the client was told and the class behind it (empty where there is none).",
    ("code", "error"),
)
LOOP_LAG_SECONDS = Histogram(
    "rhapsode_event_loop_lag_seconds",
    "How late the event loop came to what was due, looked at twice a second.",
    _LAG_BOUNDS_S,
)
CONVERSIONS_ENDED = Counter(
    "rhapsode_conversions_ended",
    "Conversions that have ended.",
    ("state",),
    ("succeeded", "failed", "cancelled"),
)
SEGMENTS_WANTED = Counter("rhapsode_segments_wanted", "Segments that conversions and texts have asked for.")
SEGMENTS_FOUND = Counter("rhapsode_segments_found", "Of them, those that were stored already.")
SEGMENTS_MADE = Counter("rhapsode_segments_made", "Segments that were committed.", ("kind",))
SPOKEN_AUDIO_SECONDS = Counter(
    "rhapsode_spoken_audio_seconds", "Seconds of audio that engines have spoken.", ("engine",)
)
SPEAKING_SECONDS = Counter(
    "rhapsode_speaking_seconds", "Elapsed seconds that they have taken for it.", ("engine",)
)
SPOKEN_CHARACTERS = Counter(
    "rhapsode_spoken_characters", "Code points that engines have spoken.", ("engine",)
)
CHILDREN_DIED = Counter(
    "rhapsode_children_died",
    "Child processes that ended without an answer, or were ended because they gave none: a renderer, an engine's"
    " process, or one with limits (a parser or decoder).",
    ("kind",),
    ("renderer", "engine", "limited"),
)
CALLBACKS = Counter(
    "rhapsode_callbacks",
    "Attempts to tell another server: delivered, refused for good, to be repeated, or given up.",
    ("outcome",),
    ("delivered", "refused", "postponed", "given_up"),
)
CLEANUPS = Counter("rhapsode_cleanups", "Runs of clean-up.", ("outcome",), ("done", "failed"))
CLEANED_UP = Counter(
    "rhapsode_cleaned_up",
    "What clean-up has removed.",
    ("what",),
    ("segments", "packs", "chapters", "projects", "masters"),
)
CLEANED_UP_BYTES = Counter("rhapsode_cleaned_up_bytes", "Bytes of packs that clean-up has deleted.")

METRICS = tuple(m for m in list(globals().values()) if isinstance(m, Counter | Gauge | Histogram))
COUNTERS = {metric.name: metric for metric in METRICS if isinstance(metric, Counter)}
