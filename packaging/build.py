"""Builds the program as people install it, for the system that this runs on: `build.py`, by `python tasks.py package`.

PyInstaller works in an environment of its own, which has nothing but what the program needs. What was built is started
once before it is packed. Nothing is signed here.
"""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

from locks import ROOT, version_of_program

FOLDER = ROOT / "build" / "package"
ENVIRONMENT = FOLDER / "environment"
DIST = ROOT / "dist"
NAME = "agent-desktop"
LOCKS = ("app.lock", "package.lock")
_PROGRAMS = ENVIRONMENT / ("Scripts" if sys.platform == "win32" else "bin")
_ENDING = ".exe" if sys.platform == "win32" else ""


def main(arguments: list[str]) -> int:
    """Build, try and pack; the exit code."""
    if arguments:
        print("package takes no arguments.", file=sys.stderr)
        return 2
    try:
        make_environment()
        build()
        list_packages()
        try_it(DIST / NAME / f"{NAME}{_ENDING}")
    except subprocess.CalledProcessError as error:
        print(
            f"The program could not be built: {Path(error.cmd[0]).name} failed, see above.", file=sys.stderr
        )
        return 1
    print(f"Built: {packed()}")
    return 0


def make_environment() -> None:
    """A fresh environment with the locked packages, from wheels alone."""
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    venv.create(ENVIRONMENT, with_pip=True)
    python = str(_PROGRAMS / f"python{_ENDING}")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for lock in LOCKS:
        locked = ["--require-hashes", "--only-binary", ":all:", "-r", str(ROOT / "requirements" / lock)]
        subprocess.run([*install, *locked], check=True)
    # For what the program says of itself; its modules are taken from the checkout.
    subprocess.run([*install, "--no-deps", "--no-build-isolation", "-e", str(ROOT)], check=True)


def build() -> None:
    """Have PyInstaller collect everything into a folder."""
    command = [str(_PROGRAMS / f"pyinstaller{_ENDING}"), "--noconfirm", "--log-level", "WARN"]
    command += ["--distpath", str(DIST), "--workpath", str(FOLDER / "work")]
    subprocess.run([*command, str(ROOT / "packaging" / f"{NAME}.spec")], check=True)


def list_packages() -> None:
    """Put beside the program what it is made of, as CycloneDX."""
    app = DIST / "Agent Desktop.app" / "Contents" / "Resources"
    target = (app if sys.platform == "darwin" else DIST / NAME) / "sbom.cdx.json"
    subprocess.run([sys.executable, str(ROOT / "packaging" / "sbom.py"), str(target)], check=True)


def try_it(program: Path) -> None:
    """Start what was built: it looks at itself, with a profile that it has to make."""
    subprocess.run([str(program), "doctor", "--temp-profile"], check=True)


def packed() -> Path:
    """One file to hand on."""
    name = DIST / f"{NAME}-{version_of_program()}-{sys.platform}"
    if (
        sys.platform == "darwin"
    ):  # the links in an application are part of it, and not every archive keeps them
        target = name.with_name(f"{name.name}.zip")
        subprocess.run(
            ["/usr/bin/ditto", "-c", "-k", "--keepParent", str(DIST / "Agent Desktop.app"), str(target)],
            check=True,
        )
        return target
    return Path(shutil.make_archive(str(name), "zip" if sys.platform == "win32" else "gztar", DIST, NAME))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
