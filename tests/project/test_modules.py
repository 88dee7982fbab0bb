"""Each module is short, and its first line says what it is for."""

import ast

from tests.project.tree import PACKAGES, ROOT, modules, name

LONGEST = 500


def test_no_module_is_too_long_to_read() -> None:
    sources = [*modules(*PACKAGES, "tests", "packaging"), ROOT / "tasks.py"]
    lengths = {name(path): len(path.read_text("utf-8").splitlines()) for path in sources}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST} == {}


def test_every_module_says_what_it_is_for() -> None:
    sources = [*modules(*PACKAGES, "tests", "packaging"), ROOT / "tasks.py"]
    silent = [name(path) for path in sources if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]
    assert silent == []


def test_packaging_is_no_package() -> None:
    """As a package it would hide the library of that name from the tools that build us."""
    assert not (ROOT / "packaging" / "__init__.py").exists()
