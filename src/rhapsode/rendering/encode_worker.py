"""What a child process of the pool does for a format that a project isn't stored in: encode stored speech."""

from rhapsode.audio.encode import encode_pause, encode_segment, from_flac, to_44100
from rhapsode.audio.encoding import SEGMENT_ENCODINGS, Encoding
from rhapsode.audio.grid import segment_frames
from rhapsode.audio.loudness import master
from rhapsode.audio.measurements import measured_bytes
from rhapsode.rendering.render_jobs import EncodeJob, EncodeRequest
from rhapsode.storage.packs import AudioMeta, ClosedPack, PackWriter, close_packs, read_segment


def encode(job: EncodeJob) -> ClosedPack:
    """Make the first segments of a job, at least one, and close the pack they are in.

    Raises: DataDamaged; EncodingFailed; StorageFull.
    """
    pack = PackWriter(job.blobs.temporary_directory(), job.workspace_id, "audio")
    try:
        for request in job.requests:
            pack.append(request.segment_key, *encode_one(job, request))
            if pack.is_due:
                break
        return close_packs([pack], job.blobs)[0]
    except BaseException:
        pack.abandon()
        raise


def encode_one(job: EncodeJob, request: EncodeRequest) -> tuple[bytes, AudioMeta]:
    """The bytes of one request of a job, and what is kept of them. Raises: as `encode` does, but for StorageFull."""
    encoding = SEGMENT_ENCODINGS[job.encoding]
    if request.speech_key is None:
        assert request.frame_count is not None
        return _pause(request.frame_count, encoding)
    return _speech(job, request, request.speech_key, encoding)


def _pause(frame_count: int, encoding: Encoding) -> tuple[bytes, AudioMeta]:
    if encoding.packets is None:
        return encode_pause(frame_count, encoding), AudioMeta(frame_count, encoding.name, None)
    # FFmpeg takes half a second to import, for which nobody waits who doesn't need it.
    from rhapsode.audio.packets import encode_silence

    silence = encode_silence(frame_count, encoding)
    meta = AudioMeta(frame_count, encoding.name, None, packet_sizes=silence.packed_sizes)
    return silence.content, meta


def _speech(
    job: EncodeJob, request: EncodeRequest, speech_key: bytes, encoding: Encoding
) -> tuple[bytes, AudioMeta]:
    samples = to_44100(*from_flac(read_segment(job.blobs, job.spoken[speech_key])))
    if request.mastering is not None:
        samples = master(samples, request.mastering)
    mastering = None if request.mastering is None else request.mastering.name
    if encoding.packets is None:
        # A project of this encoding may come to have it, and its reports with it.
        measured = measured_bytes(samples)
        content = encode_segment(samples, encoding)
        return content, AudioMeta(
            segment_frames(samples.size), encoding.name, speech_key, mastering, measured
        )
    from rhapsode.audio.packets import encode_packets

    packets = encode_packets(samples, encoding)
    return packets.content, AudioMeta(
        len(packets.sizes), encoding.name, speech_key, mastering, packet_sizes=packets.packed_sizes
    )
