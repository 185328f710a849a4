"""What no engine speaks, refused in the same words by all that look for it."""

from rhapsode.studio.errors import TextRefused


def check_length(text: str, *, engine: str, max_characters: int) -> None:
    """Raises: TextRefused, when there are more code points than the engine speaks at once."""
    if len(text) > max_characters:
        msg = f"{engine} speaks {max_characters} characters at once, not {len(text)}"
        raise TextRefused(msg)


def check_whole_characters(text: str) -> None:
    """Raises: TextRefused, when there is half of a surrogate pair, which no process or server can be sent."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        msg = f"character {error.start} of the text is half of a surrogate pair"
        raise TextRefused(msg) from error
