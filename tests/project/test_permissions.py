"""Who may do what is decided in one place: nothing else compares roles."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project.tree import PACKAGES, modules, name

DECIDES = ("agent_desktop/domain/access.py", "agent_desktop/domain/permissions.py")


def _is_role(node: ast.expr) -> bool:
    """Whether an expression is somebody's role, or one of the roles by name."""
    if isinstance(node, ast.Attribute):
        owner = node.value.id if isinstance(node.value, ast.Name) else ""
        if owner == "options":
            return False  # a word of the command line
        if node.attr in ("role", "custom_role_id") or owner == "Role":
            return True
        return node.attr == "value" and _is_role(node.value)
    if isinstance(node, ast.Tuple | ast.Set | ast.List):
        return any(map(_is_role, node.elts))
    return False


def comparisons(tree: ast.AST) -> Iterator[int]:
    """The lines in which a role is compared with something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            nothing = any(isinstance(side, ast.Constant) and side.value is None for side in sides)
            if any(map(_is_role, sides)) and not nothing:
                yield node.lineno
        elif isinstance(node, ast.Match) and _is_role(node.subject):
            yield node.lineno


def test_no_role_is_compared_elsewhere() -> None:
    found = {
        f"{name(path)}:{line}"
        for path in modules(*PACKAGES)
        if name(path) not in DECIDES
        for line in comparisons(ast.parse(path.read_text("utf-8")))
    }
    assert found == set()


@pytest.mark.parametrize(
    "line",
    [
        "if user.role is Role.ADMIN: pass",
        "if user.role in LEADERS: pass",
        "if session.role == 'admin': pass",
        "if user.role.value == 'admin': pass",
        "leads = role in (Role.SUPERVISOR, Role.ADMIN)",
        "if user.custom_role_id == NIGHT_SHIFT: pass",
        "match user.role:\n    case Role.ADMIN: pass",
    ],
)
def test_a_comparison_is_found(line: str) -> None:
    assert list(comparisons(ast.parse(line))) == [1]


def test_the_modules_that_decide_are_there() -> None:
    assert all(Path(path).name in {file.name for file in modules(*PACKAGES)} for path in DECIDES)
