"""Layout: folders stay apart, modules stay small, hooks stay in plugins."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = {"suites", "fixtures", "reports"}
MODULES = [path for folder in sorted(FOLDERS) for path in sorted((ROOT / folder).rglob("*.py"))]
OTHERS = [
    path for folder in ("compose", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))
]
NO_NOUN = {"utils", "helpers", "common", "base"}
HOOKS = {"plugin.py", "hooks.py", "verdicts.py"}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the level and the name of each import that runs."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or ""
        yield from imports(node)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_module_imports_within_its_folder(path: Path) -> None:
    """A folder works under any name, because it never spells one."""
    depth = len(path.relative_to(ROOT).parts) - 1

    for level, module in imports(ast.parse(path.read_text(encoding="utf-8"))):
        assert level <= depth, f"{module} leaves the folder"
        assert level or module.split(".")[0] not in FOLDERS, f"{module} names a folder"


@pytest.mark.parametrize("path", MODULES + OTHERS, ids=name)
def test_module_is_small_and_named_for_what_it_holds(path: Path) -> None:
    """No module is longer than 250 lines or named for holding anything."""
    assert path.read_text(encoding="utf-8").count("\n") <= 250
    assert path.stem not in NO_NOUN


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_hooks_live_in_plugins(path: Path) -> None:
    """Pytest is known in one place of each folder."""
    if path.name in HOOKS:
        return
    hooks = [
        node.name
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("pytest_")
    ]

    assert hooks == []


@pytest.mark.parametrize("path", MODULES + OTHERS, ids=name)
def test_module_says_what_it_is_for(path: Path) -> None:
    """Every module begins with a docstring."""
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
