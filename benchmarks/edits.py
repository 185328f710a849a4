"""What it takes to type in a long chapter, and to open it.

A chapter of 5,000 paragraphs is converted with `tone` by `rhapsode serve`, and then edited one paragraph at a time.
Each time is the median of several, and is compared with that of replacing the whole content with one paragraph
changed, as the contract has it, and with the same edit in a chapter of 50 paragraphs, all in the same run.

    python -m benchmarks.edits
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from benchmarks.server import convert, serving

PROJECTS = "/v1/studio/projects"
BLOCKS, FEW_BLOCKS = 5_000, 50
REPEATS = 15
TEXT = (
    "The boat came in at six, and nobody stood on the quay to see who it was that had been rowing all night."
)


class Chapter:
    """A chapter of so many paragraphs, converted."""

    def __init__(self, client: httpx.Client, block_count: int) -> None:
        blocks = [
            {"sub_type": "p", "nodes": [{"type": "tts_node", "text": f"{TEXT} {number}."}]}
            for number in range(block_count)
        ]
        form = {
            "name": "Edits",
            "default_title_voice_id": "tone_low",
            "default_paragraph_voice_id": "tone_low",
            "from_content_json": json.dumps([{"name": "One", "blocks": blocks}]),
        }
        made = client.post(PROJECTS, data=form).raise_for_status().json()
        self._client, self.path = client, f"{PROJECTS}/{made['project']['project_id']}"
        convert(client, self.path)
        (chapter,) = client.get(f"{self.path}/chapters").raise_for_status().json()["chapters"]
        self.chapter_path = f"{self.path}/chapters/{chapter['chapter_id']}"
        self.content_path = f"/rhapsode{self.chapter_path}/content"
        self._count = 0

    def read(self) -> list[dict[str, Any]]:
        """The blocks of the chapter."""
        return list(self._client.get(self.content_path).raise_for_status().json()["blocks"])

    def edit(self, *edits: dict[str, Any]) -> None:
        """Send edits, none of which may be a conflict."""
        answer = self._client.patch(self.content_path, json={"edits": edits}).raise_for_status().json()
        assert answer["conflicts"] == []

    def replace(self, blocks: list[dict[str, Any]]) -> None:
        """Replace the content, one paragraph of which is another, as the contract has it."""
        changed = {"sub_type": "p", "nodes": [{"type": "tts_node", "text": f"{TEXT} {time.time_ns()}."}]}
        sent = [changed, *blocks[1:]]
        self._client.post(self.chapter_path, json={"content": {"blocks": sent}}).raise_for_status()


def median_ms(work: Callable[[int], None]) -> float:
    """How long something takes that is done several times. work: takes how often it was done."""
    took_ms = []
    for index in range(REPEATS):
        began_s = time.perf_counter()
        work(index)
        took_ms.append((time.perf_counter() - began_s) * 1000)
    return statistics.median(took_ms)


def measure(client: httpx.Client, block_count: int) -> dict[str, float]:
    """Milliseconds by what is done."""
    chapter = Chapter(client, block_count)
    blocks = chapter.read()
    middle = blocks[len(blocks) // 2]["block_id"]

    def set_block(index: int) -> None:
        block = blocks[index]
        was = {"sub_type": block["sub_type"], "nodes": block["nodes"]}
        to = was | {"nodes": [{"text": f"{block['nodes'][0]['text']} And then."}]}
        chapter.edit({"op": "set", "block_id": block["block_id"], "was": was, "to": to})

    def insert_block(index: int) -> None:
        to = {"sub_type": "p", "nodes": [{"text": "It rained."}]}
        block_id = f"{time.time_ns() + index:020d}"
        chapter.edit({"op": "insert", "block_id": block_id, "after_block_id": middle, "to": to})

    def move_block(index: int) -> None:
        chapter.edit({"op": "move", "block_id": blocks[-1 - index]["block_id"], "after_block_id": None})

    return {
        "read all": median_ms(lambda _: [chapter.read()].clear()),
        "set": median_ms(set_block),
        "insert": median_ms(insert_block),
        "move": median_ms(move_block),
        "replace all": median_ms(lambda _: chapter.replace(blocks)),
    }


def main() -> None:
    """Print a line for each thing that is done."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter).parse_args()
    with (
        tempfile.TemporaryDirectory() as directory,
        serving(Path(directory) / "data") as server,
        server.client() as client,
    ):
        few, many = (measure(client, count) for count in (FEW_BLOCKS, BLOCKS))
    print(f"{'':<14}{FEW_BLOCKS:>9,} ms{BLOCKS:>9,} ms{'growth':>9}{'of replacing':>14}")
    for name, took_ms in many.items():
        print(
            f"{name:<14}{few[name]:>12.1f}{took_ms:>12.1f}{took_ms / few[name]:>9.1f}"
            f"{took_ms / many['replace all']:>14.3f}"
        )


if __name__ == "__main__":
    main()
