import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhapsode.audio.grid import pause_frames, segment_frames, stream_samples


@given(st.integers(0, 10**9))
def test_a_segment_takes_the_fewest_frames_that_hold_it(sample_count: int) -> None:
    """A segment fits its frames, and would not fit one frame less."""

    frames = segment_frames(sample_count)
    assert stream_samples(frames) >= sample_count
    assert frames == 1 or stream_samples(frames - 1) < sample_count


@given(st.integers(1, 10**6))
def test_filling_frames_is_the_inverse_of_counting_them(frames: int) -> None:
    """The samples that fill so many frames take exactly so many frames."""

    assert segment_frames(stream_samples(frames)) == frames


@pytest.mark.parametrize(("pause_ms", "frames"), [(0, 0), (13, 0), (14, 1), (26, 1), (300, 11), (1000, 38)])
def test_a_pause_takes_the_nearest_number_of_frames(pause_ms: int, frames: int) -> None:
    """A pause is rounded to the nearest frame of 26.1 ms."""

    assert pause_frames(pause_ms) == frames


def test_there_is_no_stream_without_frames() -> None:
    """Asking for the length of a file without a frame is a mistake."""

    with pytest.raises(ValueError, match="at least one frame"):
        stream_samples(0)
