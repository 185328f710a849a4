"""How a child process may end without an answer."""

from rhapsode.studio.errors import RhapsodeError


class ChildDied(RhapsodeError):
    """The child process ended without an answer."""


class ChildTookTooLong(ChildDied):
    """The child process used up its processor or wall-clock time."""


class ChildRanOutOfMemory(ChildDied):
    """The child process asked for more memory than it may have."""


class ChildFailed(ChildDied):
    """What was called in the child raised what nobody means to be raised; where is in the message, as frames."""
