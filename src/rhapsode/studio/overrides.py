"""Limits that whoever runs the server may set: RHAPSODE_LIMIT_ and the limit's name, in the unit that the name has.

They are read when `studio.limits` is imported. So whoever imports one has it for good, as a number, and each child
process has the same, because it has the environment of its parent.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from rhapsode.studio.errors import InvalidInput

PREFIX = "RHAPSODE_LIMIT_"
_MOST_TIMES = 1_000
"""So many times the default is what nobody can mean: a byte too many, or milliseconds for seconds."""


@dataclass(frozen=True, slots=True)
class Settable:
    """A limit that can be set: what it is unless it is, and from where to where it may go."""

    name: str
    default: int
    least: int
    most: int

    @property
    def variable(self) -> str:
        """The variable that sets it."""
        return PREFIX + self.name

    def is_valid(self, given: str) -> bool:
        """Whether it may be that."""
        return re.fullmatch("[0-9]{1,18}", given) is not None and self.least <= int(given) <= self.most


SETTABLE: dict[str, Settable] = {}
"""All of them, by name."""


def settable(name: str, default: int, *, least: int = 1, environment: Mapping[str, str] = os.environ) -> int:
    """The value of a limit: what is set, where it may be that, else the default; `check_limits` tells the rest."""
    limit = SETTABLE[name] = Settable(name, default, least, default * _MOST_TIMES)
    given = environment.get(limit.variable, "").strip()
    return int(given) if limit.is_valid(given) else default


def check_limits(environment: Mapping[str, str] = os.environ) -> None:
    """Refuse what was set and isn't heeded. Raises: InvalidInput, with a sentence for each variable."""
    given = {name: value.strip() for name, value in environment.items() if name.startswith(PREFIX)}
    problems = [problem for name, value in sorted(given.items()) if (problem := _problem(name, value))]
    if problems:
        raise InvalidInput(" ".join(problems))


def _problem(variable: str, given: str) -> str | None:
    limit = SETTABLE.get(variable.removeprefix(PREFIX))
    if limit is None:
        return f"{variable}: there is no such limit, or it can't be set; docs/operations.md has all of them."
    if given and not limit.is_valid(given):
        return f"{variable}: a whole number from {limit.least} to {limit.most} is needed."
    return None
