"""Audio by a decoder that isn't ours."""

import io

import av
import av.logging


def decode(audio: bytes) -> tuple[int, list[str]]:
    """How many samples a file decodes to, and what the decoder had to complain about, which may be its end."""
    samples = 0
    level = av.logging.get_level()
    av.logging.set_level(av.logging.WARNING)
    try:
        with av.logging.Capture() as complaints, av.open(io.BytesIO(audio), mode="r") as container:
            for frame in container.decode(audio=0):
                samples += frame.samples
    except av.FFmpegError as error:
        return samples, [str(error)]
    finally:
        av.logging.set_level(level)
    return samples, [message for _, _, message in complaints]
