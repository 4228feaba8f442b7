"""The packaging files agree with the disk, with each other and with the house rules."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOP_LEVEL = ("drivers", "fixtures", "harness", "protocols")
PINNED = re.compile(r"^([a-z0-9.-]+)==([^ ]+)(?: ;[^\\]*)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")
LOCKS = ("requirements.lock", "requirements-dev.lock")


@pytest.fixture(scope="module")
def project() -> dict[str, object]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


def table(parent: object, *keys: str) -> dict[str, object]:
    for key in keys:
        assert isinstance(parent, dict)
        parent = parent[key]
    assert isinstance(parent, dict)
    return parent


def strings(parent: dict[str, object], key: str) -> list[str]:
    value = parent[key]
    assert isinstance(value, list)
    assert all(isinstance(item, str) for item in value)
    return value


def normal(requirement: str) -> str:
    """Return the index's spelling of the name at the front of a requirement."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name is not None, requirement
    return re.sub(r"[-_.]+", "-", name.group()).lower()


def pins(lock: str) -> dict[str, str]:
    lines = (ROOT / lock).read_text("ascii").splitlines()
    found = [match for line in lines if (match := PINNED.match(line))]
    versions = {str(match[1]): str(match[2]) for match in found}
    assert len(versions) == len(found), f"{lock} names a library twice"
    return versions


def test_the_package_list_names_every_package_on_the_disk(
    project: dict[str, object],
) -> None:
    listed = strings(table(project, "tool", "setuptools"), "packages")
    on_disk = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for top in TOP_LEVEL
        for path in (ROOT / top).rglob("*.py")
    }
    assert sorted(listed) == sorted(on_disk)


@pytest.mark.parametrize("top", [*TOP_LEVEL, "test_plans"])
def test_every_folder_with_code_is_a_package(top: str) -> None:
    bare = [
        str(folder.relative_to(ROOT))
        for folder in sorted({path.parent for path in (ROOT / top).rglob("*.py")})
        if not (folder / "__init__.py").is_file()
    ]
    assert bare == []


@pytest.mark.parametrize("top", TOP_LEVEL)
def test_every_top_level_package_is_marked_as_typed(top: str) -> None:
    assert (ROOT / top / "py.typed").is_file()


def test_the_tests_are_no_packages() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


@pytest.mark.parametrize("name", [*TOP_LEVEL, "test_plans"])
def test_no_foreign_distribution_provides_our_names(name: str) -> None:
    owners = set(importlib.metadata.packages_distributions().get(name, []))
    assert owners <= {"dosebench"}


@pytest.mark.parametrize("name", [*TOP_LEVEL, "test_plans"])
def test_our_names_are_imported_from_this_checkout(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert [Path(found) for found in spec.submodule_search_locations or ()] == [
        ROOT / name
    ]


def test_the_console_script_names_an_existing_module(
    project: dict[str, object],
) -> None:
    script = table(project, "project", "scripts")["dosebench"]
    assert isinstance(script, str)
    module, _, function = script.partition(":")
    source = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    assert f"\ndef {function}(" in source.read_text("utf-8")


def test_the_project_cannot_be_uploaded_by_mistake(project: dict[str, object]) -> None:
    classifiers = strings(table(project, "project"), "classifiers")
    assert "Private :: Do Not Upload" in classifiers


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_pinned_versions_with_hashes_and_nothing_else(lock: str) -> None:
    lines = (ROOT / lock).read_text("ascii").splitlines()
    strange = [
        line
        for line in lines
        if not (line.lstrip().startswith("#") or PINNED.match(line) or HASH.match(line))
    ]
    assert strange == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_version_in_a_lock_has_a_hash(lock: str) -> None:
    lines = (ROOT / lock).read_text("ascii").splitlines()
    following = [
        after
        for line, after in zip(lines, [*lines[1:], ""], strict=True)
        if PINNED.match(line)
    ]
    assert following
    assert all(HASH.match(line) for line in following)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host_and_no_path(lock: str) -> None:
    text = (ROOT / lock).read_text("ascii")
    assert re.findall(r"\S*(?:://|file:|index-url|find-links|/\w+/\w+)\S*", text) == []


def test_the_development_lock_contains_the_runtime_lock() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


def test_the_locks_cover_what_the_project_asks_for(project: dict[str, object]) -> None:
    extras = table(project, "project", "optional-dependencies")
    runtime = [
        *strings(table(project, "project"), "dependencies"),
        *strings(extras, "build"),
    ]
    development = [*runtime, *strings(extras, "dev")]
    assert {normal(name) for name in runtime} <= pins("requirements.lock").keys()
    assert {normal(name) for name in development} <= pins(
        "requirements-dev.lock"
    ).keys()


def test_oracles_do_not_ship() -> None:
    oracles = {"fastcrc", "gtc", "iapws"}
    assert oracles.isdisjoint(pins("requirements.lock"))
    assert oracles <= pins("requirements-dev.lock").keys()
