"""Where commands print: results to standard output, progress and errors to standard error."""

from rich.console import Console

results = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def in_words(duration_s: float) -> str:
    """A duration as h:mm:ss, or m:ss under an hour."""
    minutes, seconds = divmod(round(duration_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def in_megabytes(size_bytes: float) -> str:
    """A size in MB of a million bytes, with one decimal under 100."""
    megabytes = size_bytes / 1e6
    return f"{megabytes:,.0f} MB" if megabytes >= 100 else f"{megabytes:.1f} MB"
