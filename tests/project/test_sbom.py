"""The bill of materials: valid, the same each time, and of what is installed."""

import json
import re
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs

from tests.project.test_lock import pins
from tests.project.tree import ROOT

SCHEMAS = files("cyclonedx.schema") / "_res"


def schema(file: str) -> Any:
    """A schema as the standard publishes it."""
    return json.loads((SCHEMAS / file).read_text("utf-8"))


CYCLONEDX = jsonschema_rs.validator_for(
    schema("bom-1.6.SNAPSHOT.schema.json"), retriever=lambda address: schema(address.rpartition("/")[2])
)


def made(place: Path) -> Any:
    command = [sys.executable, str(ROOT / "tasks.py"), "sbom", str(place)]
    subprocess.run(command, check=True, capture_output=True)
    return json.loads(place.read_text("utf-8"))


def named(bill: Any) -> set[tuple[str, str]]:
    return {(component["name"], component["version"]) for component in bill["components"]}


def test_it_is_valid_whole_and_the_same_each_time(tmp_path: Path) -> None:
    bill = made(tmp_path / "first.json")
    assert [error.message for error in CYCLONEDX.iter_errors(bill)] == []
    assert named(bill) == pins("app.lock")
    assert bill["dependencies"][0]["dependsOn"] == [component["bom-ref"] for component in bill["components"]]
    where = {
        component["name"]: component["properties"][0]["value"]
        for component in bill["components"]
        if "properties" in component
    }
    assert "win32" in where["tzdata"]
    assert made(tmp_path / "second.json") == bill


def test_what_is_not_valid_is_noticed(tmp_path: Path) -> None:
    bill = made(tmp_path / "bill.json")
    del bill["components"][0]["name"]
    assert not CYCLONEDX.is_valid(bill)


def test_the_image_of_the_server_holds_one_of_its_own(tmp_path: Path) -> None:
    """The command of the image, with nothing but what the image has by then."""
    image = (ROOT / "packaging" / "server" / "Dockerfile").read_text()
    for names, target in re.findall(r"^COPY (.+) (\S+)$", image, re.MULTILINE):
        for name in names.split():
            if (ROOT / name).is_file():
                folder = tmp_path / target
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, folder)
    command = re.search(r"python (packaging/sbom\.py .*) (/usr/share/\S+)", image)
    assert command is not None
    subprocess.run(
        [sys.executable, *command[1].split(), "bill.json"], cwd=tmp_path, check=True, capture_output=True
    )
    bill = json.loads((tmp_path / "bill.json").read_text("utf-8"))
    assert CYCLONEDX.is_valid(bill)
    assert bill["metadata"]["component"]["name"] == "agent-desktop-server"
    assert named(bill) == pins("server.lock")


def test_the_program_that_people_install_holds_one(tmp_path: Path) -> None:
    script = "import build, pathlib, sys; build.DIST = pathlib.Path(sys.argv[1]); build.list_packages()"
    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=ROOT / "packaging",
        check=True,
        capture_output=True,
    )
    (bill,) = tmp_path.rglob("sbom.cdx.json")
    names = {component["name"] for component in json.loads(bill.read_text("utf-8"))["components"]}
    assert "pyside6-essentials" in {name.lower() for name in names}
