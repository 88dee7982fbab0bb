"""What an import or export says while it runs and when it is done. Free of Qt."""

from collections import Counter

from agent_desktop.services.exporting import ExportProgress, ExportReport
from agent_desktop.services.importing import ImportReport, ItemKind, Progress
from agent_desktop.services.importing.report import WORDS
from ui.icon_names import IconName
from ui.models.row_look import RowLook, Run, one_line
from ui.tokens import ColorRole

MOST_LISTED = 500
"""How many of the things that were left out are listed."""
_MINUTE = 60


def counted(counts: Counter[ItemKind]) -> str:
    """What and how many: "3 articles, 1 canned response"."""
    parts = [f"{counts[kind]:,} {words[counts[kind] != 1]}" for kind, words in WORDS.items() if counts[kind]]
    return ", ".join(parts) or "nothing"


def import_progress(progress: Progress) -> tuple[str, float]:
    """How far an import is, in words and as a share of the whole."""
    words = f"{progress.stage} {one_line(progress.source)}: {progress.added:,} added"
    if progress.already_there:
        words += f", {progress.already_there:,} already there"
    if progress.skipped:
        words += f", {progress.skipped:,} left out"
    if progress.remaining_seconds is not None:
        words += f", {_duration(progress.remaining_seconds)} left"
    return words, progress.done_bytes / max(1, progress.total_bytes)


def export_progress(progress: ExportProgress) -> tuple[str, float]:
    """How far an export is, in words and as a share of the whole."""
    return f"{progress.done:,} of {progress.total:,} written", progress.done / max(1, progress.total)


def import_result(report: ImportReport) -> str:
    """What an import has done."""
    sentences = ["Stopped before the end. What was added stays." if report.cancelled else ""]
    sentences.append(f"Added: {counted(report.added)}.")
    if report.already_there:
        sentences.append(f"Already there: {counted(report.already_there)}.")
    if report.skipped_count:
        sentences.append(f"Left out: {report.skipped_count:,}, with the reasons below.")
    return " ".join(sentence for sentence in sentences if sentence)


def export_result(report: ExportReport) -> str:
    """What an export has written."""
    if report.cancelled:
        return "Stopped before the end. Nothing was written."
    words = f"{report.written.total():,} entries were written to {report.path}."
    if report.missing_files:
        words += f" {report.missing_files:,} attached files are not on this device and are missing."
    return words


def skipped_looks(report: ImportReport) -> tuple[RowLook, ...]:
    """What was left out: where it stands and why."""
    rows = []
    for number, item in enumerate(report.skipped[:MOST_LISTED]):
        place = ", ".join(part for part in (one_line(item.source), item.position) if part)
        rows.append(
            RowLook(
                key=number,
                title=(Run(place),),
                sentence=f"{place}: {item.sentence}",
                icon=IconName.INFO,
                lines=((Run(one_line(item.sentence), ColorRole.TEXT_2),),),
            )
        )
    return tuple(rows)


def _duration(seconds: float) -> str:
    minutes = int(seconds) // _MINUTE
    return f"about {minutes} min" if minutes else f"{int(seconds)} s"
