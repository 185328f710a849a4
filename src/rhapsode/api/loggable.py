"""Paths as the log has them: who reads it need not hear what opens a player or a link."""

import re

from rhapsode.api.addresses import SHARED_PATH

# Wherever in the path: a proxy that is set up wrongly asks for "//player/..." or below a prefix that nobody knows.
_PLAYER_TOKEN = re.compile("(?<=/player/)(?!static/)[^/]+")
# Workspace, kind and id are named before it.
_LINK_TOKEN = re.compile(f"({SHARED_PATH}(?:/[^/]+){{3}})/[^/]+")


def loggable(path: str) -> str:
    """The same without tokens."""
    return _LINK_TOKEN.sub(r"\1/...", _PLAYER_TOKEN.sub("...", path))
