"""How often something is tried that leans on chance, or that is swept from one end to the other."""

import os


def rounds(few: int, many: int) -> int:
    """few: in every run of the tests.    many: where RHAPSODE_TEST_FULL is set, which takes long."""
    return many if os.environ.get("RHAPSODE_TEST_FULL") else few
