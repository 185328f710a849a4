"""The overlays of a book: each is a file of its own, and listed with the page that it overlays."""

from collections.abc import Sequence

from rhapsode.documents.readalong.contents import address_of
from rhapsode.documents.readalong.opf import NewItem, PackageDocument
from rhapsode.documents.readalong.smil import MEDIA_TYPE, Clip, smil_bytes
from rhapsode.documents.readalong.spoken import NewFile


def add_overlay(
    package: PackageDocument,
    *,
    page_id: str,
    page_path: str,
    path: str,
    package_path: str,
    clips: Sequence[Clip],
    audio_paths: Sequence[str],
) -> NewFile:
    """The overlay of a page, to be put at `path`, listed. All paths are from the root of the archive."""
    content = smil_bytes(
        address_of(page_path, seen_from=path), clips, [address_of(a, seen_from=path) for a in audio_paths]
    )
    package.add_item(
        NewItem(
            package.new_id(f"overlay-{page_id}"),
            address_of(path, seen_from=package_path),
            MEDIA_TYPE,
            overlaid=page_id,
            duration_ms=sum(clip.duration_ms for clip in clips),
        )
    )
    return NewFile(path, content)


def add_audio(package: PackageDocument, audio_paths: Sequence[str], *, package_path: str) -> None:
    """List the chapters' audio files."""
    for number, path in enumerate(audio_paths, start=1):
        href = address_of(path, seen_from=package_path)
        package.add_item(NewItem(package.new_id(f"audio-{number}"), href, "audio/mpeg"))


def numbered(number: int, count: int, extension: str) -> str:
    """A file's name that sorts in order: "007.mp3"."""
    return f"{str(number).zfill(max(2, len(str(count))))}.{extension}"
