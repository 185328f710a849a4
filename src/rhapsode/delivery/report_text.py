"""A mastering report as plain text, for people: the same bytes whenever it is made."""

from collections.abc import Iterator, Sequence

from rhapsode.audio.encoding import SAMPLE_RATE_HZ
from rhapsode.audio.levels import Levels
from rhapsode.audio.standards import Verdict
from rhapsode.delivery.reports import ChapterReport, ProjectReport

_HEADINGS = ("Length", "RMS", "Peak", "True peak", "Noise floor", "LUFS", "Range", "Clipped", "Head", "Tail")
_UNITS = ("h:mm:ss", "dB", "dB", "dB", "dB", "", "LU", "samples", "s", "s")


def chapter_report_text(report: ChapterReport) -> str:
    """The report of a chapter, in lines that end with a line feed."""
    return _text(report.name, [report], [("", report.levels)], report.acx, report.ebu_r128)


def project_report_text(report: ProjectReport) -> str:
    """The report of a project, in lines that end with a line feed."""
    rows = [
        (f"{number}. {chapter.name}", chapter.levels) for number, chapter in enumerate(report.chapters, 1)
    ]
    rows.append(("Together", report.levels))
    return _text(report.name, report.chapters, rows, report.acx, report.ebu_r128)


def _text(
    name: str,
    chapters: Sequence[ChapterReport],
    rows: Sequence[tuple[str, Levels]],
    acx: Verdict,
    r128: Verdict,
) -> str:
    lines = [
        f"Mastering report: {name}",
        "",
        *_table(rows),
        "",
        *_verdict("ACX", acx),
        *_verdict("EBU R 128", r128),
    ]
    flawed = [*_flaws(chapters)]
    if flawed:
        lines += ["", "Listen to these passages:", *flawed]
    return "".join(f"{line}\n" for line in lines)


def _table(rows: Sequence[tuple[str, Levels]]) -> Iterator[str]:
    table = [("", *_HEADINGS), ("", *_UNITS), *((name, *_cells(levels)) for name, levels in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for first, *cells in table:
        line = "  ".join(
            [first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(cells, widths[1:], strict=True))]
        )
        yield line.strip() if not widths[0] else line.rstrip()


def _cells(levels: Levels) -> tuple[str, ...]:
    decibels = (levels.rms_db, levels.sample_peak_db, levels.true_peak_db, levels.noise_floor_db)
    return (
        _length(levels.duration_samples),
        *(f"{each:.1f}" for each in decibels),
        _number(levels.integrated_lufs, 1),
        _number(levels.loudness_range_lu, 1),
        f"{levels.clipped_samples:,}",
        _seconds(levels.leading_samples),
        _seconds(levels.trailing_samples),
    )


def _length(samples: int) -> str:
    minutes, seconds = divmod(round(samples / SAMPLE_RATE_HZ), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _seconds(samples: int | None) -> str:
    return _number(None if samples is None else samples / SAMPLE_RATE_HZ, 2)


def _verdict(standard: str, verdict: Verdict) -> Iterator[str]:
    words = {True: "passes", False: "doesn't pass", None: "isn't known"}
    yield f"{standard}: {words[verdict.passed]}{':' if verdict.reasons else '.'}"
    yield from (f"  {reason}" for reason in verdict.reasons)


def _flaws(chapters: Sequence[ChapterReport]) -> Iterator[str]:
    for chapter in chapters:
        for passage in chapter.flaws:
            yield f"  {chapter.name}, block {passage.block_id}: {', '.join(passage.flaws)}: {passage.text}"
