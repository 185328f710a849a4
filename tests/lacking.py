"""What tests want that a machine may lack."""

import os
from typing import NoReturn

import pytest


def lack(what: str) -> NoReturn:
    """Skip the test, and in CI fail it. what: is lacking, such as "unzip is not installed"."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
