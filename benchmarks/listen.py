"""How soon somebody hears a chapter in the middle of a novel that has just begun to convert.

A book is converted by `rhapsode serve` with espeak, some times; a moment after each has begun, a chapter of it is
listened to, another one each time because what was spoken is kept. The time to the first byte, and to a minute of
sound, is compared with that until a chapter's file exists when nobody listens, and with one slice rendered alone, in
the same run.

    python -m benchmarks.listen ../shared/corpus/epub/pride-and-prejudice.epub
"""

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.server import Server, serving

TRIES = 3
BEGUN_S = 2.0
OPENING_BYTES, MINUTE_BYTES = 5 * 16_000, 60 * 16_000
SLICE_CHARACTERS = 2_500
VOICE_ID = "21m00Tcm4TlvDq8ikWAM"
POLL_S = 0.05


@dataclass(frozen=True)
class Heard:
    """Seconds since it was asked for.

    first_byte_s: often of the pause at the beginning.    opening_s: until the first words are here.
    """

    first_byte_s: float
    opening_s: float
    minute_s: float


def upload(client: httpx.Client, book: Path) -> str:
    """The id of a project of the book."""
    with book.open("rb") as file:
        answer = client.post(
            "/v1/studio/projects", data={"name": book.stem}, files={"from_document": file}
        ).raise_for_status()
    return str(answer.json()["project"]["project_id"])


def begin(client: httpx.Client, book: Path, number: int) -> tuple[str, str]:
    """Begin to convert a new project of the book; its id, and that of a chapter so far behind its middle."""
    project_id = upload(client, book)
    chapters = client.get(f"/v1/studio/projects/{project_id}/chapters").raise_for_status().json()["chapters"]
    client.post(f"/v1/studio/projects/{project_id}/convert").raise_for_status()
    time.sleep(BEGUN_S)
    return project_id, chapters[len(chapters) // 2 + number]["chapter_id"]


def end(client: httpx.Client, project_id: str) -> None:
    """Delete a project, which ends its conversion; what runs of it has a moment to end."""
    client.delete(f"/v1/studio/projects/{project_id}").raise_for_status()
    time.sleep(BEGUN_S)


def listen(client: httpx.Client, project_id: str, chapter_id: str) -> Heard:
    """Listen to a chapter until a minute of it is here, or all of it."""
    path = f"/rhapsode/v1/studio/projects/{project_id}/chapters/{chapter_id}/stream"
    asked_at_s = time.perf_counter()
    first_byte_s, opening_s, byte_count = 0.0, 0.0, 0
    with client.stream("GET", path) as answer:
        answer.raise_for_status()
        for block in answer.iter_raw():
            first_byte_s = first_byte_s or time.perf_counter() - asked_at_s
            byte_count += len(block)
            if not opening_s and byte_count >= OPENING_BYTES:
                opening_s = time.perf_counter() - asked_at_s
            if byte_count >= MINUTE_BYTES:
                break
    return Heard(first_byte_s, opening_s, time.perf_counter() - asked_at_s)


def wait_for_file(client: httpx.Client, project_id: str, chapter_id: str) -> float:
    """Seconds until a chapter's file exists when nobody listens to it."""
    asked_at_s = time.perf_counter()
    path = f"/v1/studio/projects/{project_id}/chapters/{chapter_id}/snapshots"
    while not client.get(path).raise_for_status().json()["snapshots"]:
        time.sleep(POLL_S)
    return time.perf_counter() - asked_at_s


def render_slice(client: httpx.Client, number: int) -> float:
    """Seconds for one slice on an idle server: a chapter of as many characters, requested and finished."""
    text = f"Number {number}. " + "The tide came in, and nobody stood on the quay. " * (
        SLICE_CHARACTERS // 48
    )
    form = {
        "name": f"slice {number}",
        "default_title_voice_id": VOICE_ID,
        "default_paragraph_voice_id": VOICE_ID,
    }
    answer = client.post(
        "/v1/studio/projects", data=form, files={"from_document": ("slice.txt", text.encode(), "text/plain")}
    ).raise_for_status()
    project_id = answer.json()["project"]["project_id"]
    (chapter,) = client.get(f"/v1/studio/projects/{project_id}/chapters").json()["chapters"]
    client.post(f"/v1/studio/projects/{project_id}/convert").raise_for_status()
    return wait_for_file(client, project_id, chapter["chapter_id"])


def measure(server: Server, book: Path) -> None:
    """Print a line for each kind of waiting."""
    with server.client() as client:
        slice_s = min(render_slice(client, number) for number in range(TRIES))
        heard = []
        for number in range(TRIES):
            project_id, chapter_id = begin(client, book, number)
            heard.append(listen(client, project_id, chapter_id))
            end(client, project_id)
        project_id, chapter_id = begin(client, book, TRIES)
        file_s = wait_for_file(client, project_id, chapter_id)
        end(client, project_id)
    first_s = sorted(each.first_byte_s for each in heard)[TRIES // 2]
    opening_s = sorted(each.opening_s for each in heard)[TRIES // 2]
    minute_s = sorted(each.minute_s for each in heard)[TRIES // 2]
    print(f"{'until':<44}{'s':>8}{'to a slice':>12}")
    for name, took_s in (
        ("a slice is rendered alone", slice_s),
        ("the first byte of a chapter listened to", first_s),
        ("five seconds of it", opening_s),
        ("a minute of it", minute_s),
        ("its file, when nobody listens", file_s),
    ):
        print(f"{name:<44}{took_s:>8.2f}{took_s / slice_s:>12.2f}", flush=True)


def main() -> None:
    """Serve a book, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("book", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "data") as server:
        measure(server, arguments.book)


if __name__ == "__main__":
    main()
