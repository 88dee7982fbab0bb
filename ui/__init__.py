"""Everything that is Qt."""

import builtins

import PySide6.QtCore  # noqa: F401 - which replaces the import that is put back here

# PySide reads the source text of every module that is imported after it, to see whether that wants its Python names
# spelled another way (`from __feature__ import …`), and keeps the texts. None of ours does, and it takes the window a
# tenth of its start and of its memory.
builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
