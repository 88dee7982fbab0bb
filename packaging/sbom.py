"""Writes what is installed, as CycloneDX 1.6: `sbom.py [--lock FILE] [--name NAME] [FILE]`.

Standard library only, so that the image of the server makes its own. The same locks make the same file, byte for byte.
The hashes of each package's files are in the lock; a purl names the version that they belong to.
"""

import argparse
import json
import sys
import uuid
from pathlib import Path
from typing import Any

from locks import ROOT, Locked, locked, version_of_program

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:agent-desktop:sbom")
_WHERE = "agent-desktop:only-where"
"""The property that says for which systems a package is installed."""


def bill(name: str, version: str, packages: list[Locked]) -> dict[str, Any]:
    """The bill of materials of one program, which needs all of these packages."""
    root = f"{name}@{version}"
    components = [_component(package) for package in sorted(set(packages))]
    references = [component["bom-ref"] for component in components]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, json.dumps([root, components]))}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": name,
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components,
        "dependencies": [{"ref": root, "dependsOn": references}],
        # All packages are here; which of them needs which other is not said.
        "compositions": [{"aggregate": "complete", "assemblies": [root]}],
    }


def _component(package: Locked) -> dict[str, Any]:
    purl = f"pkg:pypi/{package.name}@{package.version}"
    component = {
        "type": "library",
        "bom-ref": purl,
        "name": package.name,
        "version": package.version,
        "purl": purl,
    }
    if not package.where:
        return component
    return {**component, "properties": [{"name": _WHERE, "value": package.where}]}


def main(arguments: list[str]) -> int:
    """Write the file."""
    parser = argparse.ArgumentParser(
        prog="tasks.py sbom", description="Write what is installed as CycloneDX."
    )
    parser.add_argument("file", nargs="?", type=Path, default=Path("build") / "sbom.cdx.json", metavar="FILE")
    parser.add_argument("--lock", type=Path, default=ROOT / "requirements" / "app.lock", metavar="LOCK")
    parser.add_argument("--name", default="agent-desktop")
    options = parser.parse_args(arguments)
    packages = locked(options.lock)
    made = bill(options.name, version_of_program(), packages)
    options.file.parent.mkdir(parents=True, exist_ok=True)
    options.file.write_text(json.dumps(made, indent=2) + "\n", "utf-8")
    print(f"{options.file}: {len(made['components'])} packages of {options.lock.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
