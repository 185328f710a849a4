"""What the conformance suite of runners can't tell, because only one of them has a memory."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.conformance import runner_child
from tests.conformance.runner_child import WORKSPACE, FileSteps, Shape, dbos_runner
from tests.conftest import ROOT

from rhapsode.studio.ids import ConversionId

WAIT_S = 30
ONE = ConversionId("one")
BEFORE = f"""
import sys
from rhapsode.jobs import dbos_runner
dbos_runner._APPLICATION_VERSION = "0"
from {runner_child.__name__} import main
main(*sys.argv[1:])
"""


@pytest.mark.slow
def test_what_another_version_left_begins_anew(tmp_path: Path) -> None:
    """Its steps may have had another order, which nobody could go on with."""
    steps = FileSteps(tmp_path, {ONE: Shape((4,))})
    deadline = time.monotonic() + WAIT_S
    with subprocess.Popen([sys.executable, "-c", BEFORE, "dbos", str(tmp_path), ONE], cwd=ROOT) as child:
        while not steps.made(ONE):
            assert time.monotonic() < deadline, "it took too long"
            time.sleep(0.02)
        child.kill()
    assert steps.end(ONE) is None

    runner = dbos_runner(tmp_path)
    runner.start(steps, [(WORKSPACE, ONE)])
    while steps.end(ONE) is None:
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)
    runner.stop()
    assert steps.end(ONE) == "succeeded"
    assert steps.calls(ONE).count("list slices") == 2
