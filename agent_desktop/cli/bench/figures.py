"""All figures, in the order in which they are measured."""

from agent_desktop.cli.bench import (
    apply_operation,
    delta,
    fanout,
    first_sync,
    first_sync_vs_pouch,
    growth,
    gui_stall,
    inbox_page,
    mail_ingest,
    open_conversation,
    push,
    rss,
    scroll_frame,
    search,
    start,
    view_counts,
)
from agent_desktop.cli.bench.figure import Figure

FIGURES: tuple[Figure, ...] = (
    start.FIGURE,
    rss.FIGURE,
    inbox_page.FIGURE,
    view_counts.FIGURE,
    open_conversation.FIGURE,
    search.FIGURE,
    apply_operation.FIGURE,
    growth.FIGURE,
    delta.FIGURE,
    scroll_frame.FIGURE,
    gui_stall.FIGURE,
    first_sync.FIGURE,
    first_sync_vs_pouch.FIGURE,
    push.FIGURE,
    fanout.FIGURE,
    mail_ingest.FIGURE,
)
