"""What a server asks of the system for itself."""

import subprocess
import sys

import pytest

_COUNT = """
import ctypes, sys, threading
from rhapsode.cli.process_limits import share_heap
if sys.argv[1] == "share":
    share_heap()
barrier = threading.Barrier(9)
def work():
    bytes(50_000)
    barrier.wait()
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads:
    thread.start()
barrier.wait()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
libc.malloc_info(0, ctypes.c_void_p(libc.fopen(b"/dev/stdout", b"w")))
libc.fflush(None)
"""


def count_heaps(how: str) -> int:
    """How many heaps eight threads have in a process that begins so."""
    told = subprocess.run([sys.executable, "-c", _COUNT, how], capture_output=True, text=True, check=True)
    return told.stdout.count("<heap nr=")


@pytest.mark.skipif(sys.platform != "linux", reason="there is no glibc")
def test_threads_share_heaps() -> None:
    """However many they are; by themselves they would have more."""
    assert 1 <= count_heaps("share") <= 2
    assert count_heaps("leave") >= 3


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_as_many_files_as_may_be() -> None:
    """What a shell leaves at 1,024 is raised to the most that it allows."""
    program = (
        "import resource; from rhapsode.cli.process_limits import allow_many_files\n"
        "most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, most)); allow_many_files()\n"
        "assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, most)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_no_more_clients_than_there_are_files_for() -> None:
    """Each may need three, and the server has some of its own; one is let in whatever the limit is."""
    program = (
        "import resource; from rhapsode.cli.process_limits import most_clients\n"
        "most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (1024, most))\n"
        "assert most_clients(4096) == 256 and most_clients(100) == 100\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (200, most))\n"
        "assert most_clients(4096) == 1"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
