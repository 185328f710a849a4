"""The Info frame: the silent first frame of an MP3 file that tells players its exact length.

Without it decoders trim nothing and guess the duration from the bit rate.
Source: "MP3 Info Tag rev 1" (gabriel.mp3-tech.org/mp3infotag.html), on top of the Xing header.
"""

from functools import cache

from rhapsode.audio.mp3_kind import HEADER_BYTES, Mp3Kind, Mp3Rates, mp3_kind

LAME_DELAY_SAMPLES = 576
"""What LAME puts before a sound, at any rate."""
LAME_PADDING_SAMPLES = 576
"""What LAME puts behind a sound at least; exactly this much where the sound fills MPEG-1 frames."""
_HAS_FRAMES_BYTES_TOC_QUALITY = 0xF
_HAS_BYTES = 0x2
_TOC_ENTRIES = 100
_XING_BYTES = 120
_LAME_BYTES = 36
_QUALITY_UNSAID = 0
_WRITER = b"LAME4.0  "
"""Nine bytes. Players believe the delays of writers they know; the segments are LAME's."""
_TAG_REVISION_AND_CBR = 0x01
_SOURCE_44100_MONO = 0x40
_MAX_U32 = 2**32 - 1


def info_frame(
    rates: Mp3Rates, *, frames: int, stream_bytes: int, padding_samples: int = LAME_PADDING_SAMPLES
) -> bytes:
    """The Info frame of an MP3 file whose joined segments have `frames` frames in `stream_bytes` bytes.

    Decoders then skip 1105 samples (576 and their own 529) and drop `padding_samples` less 529 at the end:
    47 on the grid, which leaves exactly (frames - 1) * 1152. It is one frame of the stream's bit rate or, where
    such a frame is too small, of the next higher that isn't; `frames` doesn't count it.
    Fields that would need the audio to be read (gain, peak, music CRC) are 0, which means unknown.
    """
    kind = mp3_kind(rates)
    frame = _roomy_frame(kind)
    # Players treat the size as a hint for seeking, so a file beyond 4 GiB (49 hours) says the most it can.
    total_bytes = min(frame.frame_bytes + stream_bytes, _MAX_U32)
    said = (
        _HAS_FRAMES_BYTES_TOC_QUALITY.to_bytes(4, "big"),
        frames.to_bytes(4, "big"),
        total_bytes.to_bytes(4, "big"),
        _table_of_contents(frame.frame_bytes, stream_bytes),
        _QUALITY_UNSAID.to_bytes(4, "big"),
        _lame_extension(kind.bitrate_kbps, padding_samples, total_bytes),
    )
    return _filled(frame, b"".join(said))


def open_info_frame(rates: Mp3Rates) -> bytes:
    """The same of a stream whose end nobody knows yet, as large as that of the finished file.

    FFmpeg, and so browsers with it, skips the 1105 samples at the beginning and guesses the length from the bit rate.
    That takes a size that isn't 0: without one it takes this frame for sound, and begins a frame late. mpg123 trims
    nothing without a number of frames, and plays as if there were no Info frame.
    """
    kind = mp3_kind(rates)
    said = (
        _HAS_BYTES.to_bytes(4, "big"),
        _MAX_U32.to_bytes(4, "big"),
        _lame_extension(kind.bitrate_kbps, 0, _MAX_U32),
    )
    return _filled(_roomy_frame(kind), b"".join(said))


def _roomy_frame(kind: Mp3Kind) -> Mp3Kind:
    # FFmpeg's writer does the same. To leave out the table instead would make a frame that fits, but some
    # players look for the delays at a fixed place behind it.
    return kind.with_room_for(
        HEADER_BYTES + kind.version.mono_side_information_bytes + _XING_BYTES + _LAME_BYTES
    )


def _filled(frame: Mp3Kind, said: bytes) -> bytes:
    content = frame.header + bytes(frame.version.mono_side_information_bytes) + b"Info" + said
    return (content + _crc16(content).to_bytes(2, "big")).ljust(frame.frame_bytes, b"\0")


def silent_frame(rates: Mp3Rates) -> bytes:
    """One frame of MP3 that holds no sound at all, for a file of nothing."""
    kind = mp3_kind(rates)
    return kind.header.ljust(kind.frame_bytes, b"\0")


def _table_of_contents(info_bytes: int, stream_bytes: int) -> bytes:
    """Entry i: where i percent of the playing time begin, in 256ths of the file. The bit rate is constant."""
    total_bytes = info_bytes + stream_bytes
    return bytes(
        (info_bytes + stream_bytes * percent // _TOC_ENTRIES) * 256 // total_bytes
        for percent in range(_TOC_ENTRIES)
    )


def _lame_extension(bitrate_kbps: int, padding_samples: int, total_bytes: int) -> bytes:
    lowpass, peak, gains, encoding_flags, gain_change, preset, music_crc = (
        0,
        bytes(4),
        bytes(4),
        0,
        0,
        bytes(2),
        bytes(2),
    )
    return b"".join(
        (
            _WRITER,
            bytes((_TAG_REVISION_AND_CBR, lowpass)),
            peak,
            gains,
            bytes((encoding_flags, bitrate_kbps)),
            (LAME_DELAY_SAMPLES << 12 | padding_samples).to_bytes(3, "big"),
            bytes((_SOURCE_44100_MONO, gain_change)),
            preset,
            total_bytes.to_bytes(4, "big"),
            music_crc,
        )
    )


@cache
def _crc16_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
        table.append(value)
    return tuple(table)


def _crc16(content: bytes) -> int:
    table, crc = _crc16_table(), 0
    for byte in content:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc
