"""The samples of a speaking child's answers: in a file without a name that the adapter shares with it.

Through the pipes of the child, its reader and the fork that speaks, a minute of speech would go in forty rounds each.
Only where there is fork: elsewhere a child can't be given an open file.
"""

import os
import tempfile


class SamplesFile:
    """One end's view of the file. To be closed by whoever made it with `create`."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._size_bytes = 0

    @classmethod
    def create(cls) -> "SamplesFile":
        """In memory, where the system has such files."""
        if hasattr(os, "memfd_create"):
            return cls(os.memfd_create("rhapsode-samples"))
        with tempfile.TemporaryFile() as file:
            return cls(os.dup(file.fileno()))

    def append(self, content: bytes) -> None:
        """Put samples behind those that this object has put there, the first at the beginning. Raises: OSError."""
        view = memoryview(content)
        while view:
            written = os.pwrite(self.descriptor, view, self._size_bytes)
            self._size_bytes += written
            view = view[written:]

    def read(self, size_bytes: int) -> bytes:
        """As many bytes from the beginning, or fewer where there are no more."""
        return os.pread(self.descriptor, size_bytes, 0)

    def close(self) -> None:
        """Give it back; the other end keeps its own."""
        os.close(self.descriptor)
