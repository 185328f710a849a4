"""Ogg Opus as a stream: libsndfile encodes, and what is random in its pages is written anew.

Source: RFC 7845.
"""

import numpy as np
import soundfile

from rhapsode.audio.encode import Samples
from rhapsode.audio.ogg import seal_page, take_pages

OPUS_RATE_HZ = 48_000
_SERIAL = int.from_bytes(b"rhps", "little")
"""libsndfile draws a serial number; it need only differ among streams within one file, and ours has one."""

# libsndfile's compression level goes from 256 kbit/s at 0 to 6 kbit/s at 1.
_MOST_BPS = 256_000
_LEAST_BPS = 6000


class OpusEncoder:
    """A `StreamEncoder` of samples at 48 kHz: a page of bytes for each second.

    The bit rate is variable, and `bitrate_kbps` what it is aimed at.
    """

    def __init__(self, bitrate_kbps: int) -> None:
        self._written = _Written()
        self._file = soundfile.SoundFile(
            self._written,
            "w",
            samplerate=OPUS_RATE_HZ,
            channels=1,
            format="OGG",
            subtype="OPUS",
            compression_level=(_MOST_BPS - 1000 * bitrate_kbps) / (_MOST_BPS - _LEAST_BPS),
        )
        self._is_empty = True

    def encode(self, samples: Samples) -> bytes:
        """Take mono int16, shape (n,), and give the bytes that are ready."""
        self._is_empty = self._is_empty and not samples.size
        self._file.write(samples)
        return self._take()

    def finish(self) -> bytes:
        """The last page or two.

        No decoder opens a file without a packet, so the file of an empty sound has one whose only sample is
        cut off.
        """
        if not self._is_empty:
            self._file.close()
            return self._take()
        head = self.encode(np.zeros(1, np.int16))
        self._file.close()
        return head + self._take(shorter_by_samples=1)

    def _take(self, *, shorter_by_samples: int = 0) -> bytes:
        pages = take_pages(self._written.content)
        return b"".join(
            seal_page(page, serial=_SERIAL, shorter_by_samples=shorter_by_samples) for page in pages
        )


class _Written:
    """The file that libsndfile writes to, from its start to its end; taken away from as it grows."""

    def __init__(self) -> None:
        self.content = bytearray()
        self._size_bytes = 0

    def write(self, content: bytes) -> int:
        self.content += content
        self._size_bytes += len(content)
        return len(content)

    def seek(self, _offset: int, _whence: int = 0) -> int:
        """Stay: libsndfile seeks only to find out how long the file is, before it writes."""
        return self._size_bytes

    def tell(self) -> int:
        return self._size_bytes
