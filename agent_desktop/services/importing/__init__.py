"""Brings in what companies have: mail, conversations, customers, articles and canned responses, from files."""

from agent_desktop.services.importing.importer import Importer
from agent_desktop.services.importing.report import ImportReport, ItemKind, Progress, SkippedItem
from agent_desktop.services.importing.sources import Plan, Source, SourceKind, plan

__all__ = [
    "ImportReport",
    "Importer",
    "ItemKind",
    "Plan",
    "Progress",
    "SkippedItem",
    "Source",
    "SourceKind",
    "plan",
]
