"""All limits as a table for people, made of the code: `python -m tests.limits_table` prints it."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from rhapsode.settings import Settings
from rhapsode.studio import limits
from rhapsode.studio.overrides import SETTABLE

_UNITS = {
    "_BYTES": "bytes",
    "_S": "seconds",
    "_MS": "milliseconds",
    "_DAYS": "days",
    "_CHARACTERS": "code points",
    "_PIXELS": "pixels",
    "_RATIO": "times",
}


def limits_table() -> str:
    """A row for each limit, in the order of the code."""
    head = ["| limit | default | unit | can be set | what it limits |", "|---|---|---|---|---|"]
    return "\n".join([*head, *map(_row, _documented())]) + "\n"


def _documented() -> Iterator[tuple[str, str]]:
    """Names, and what is said of each below it."""
    tree = ast.parse(Path(limits.__file__).read_text("utf-8")).body
    for assigned, said in pairwise(tree):
        if isinstance(assigned, ast.Assign) and isinstance(assigned.targets[0], ast.Name):
            assert isinstance(said, ast.Expr), assigned.targets[0].id
            assert isinstance(said.value, ast.Constant)
            yield assigned.targets[0].id, " ".join(str(said.value.value).split())


def _row(documented: tuple[str, str]) -> str:
    name, said = documented
    value = SETTABLE[name].default if name in SETTABLE else getattr(limits, name)
    unit = _unit(name)
    return f"| `{name}` | {_shown(value, unit)} | {unit} | {_can_be_set(name)} | {said} |"


def _unit(name: str) -> str:
    """What is counted: bytes, where it is bytes per second."""
    counted = name.partition("_PER_")[0]
    return next((unit for suffix, unit in _UNITS.items() if counted.endswith(suffix)), "")


def _can_be_set(name: str) -> str:
    """The variable, where that is a setting of its own."""
    if name in SETTABLE:
        return "yes"
    return f"`RHAPSODE_{name}`" if name.lower() in Settings.model_fields else ""


def _shown(value: float, unit: str) -> str:
    if unit == "bytes" and value >= 2**20 and value % 2**20 == 0:
        return f"{value:,} ({value // 2**20:,} MiB)"
    return f"{value:,}"


if __name__ == "__main__":
    print(limits_table(), end="")
