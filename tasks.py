"""Sets up the project and runs its tasks with nothing but the standard library: `python tasks.py demo`."""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMP = VENV / "installed.txt"
LOCKS = {"app": ROOT / "requirements" / "app.lock", "dev": ROOT / "requirements" / "dev.lock"}
INSTALLER_LOCK = ROOT / "requirements" / "installer.lock"
PACKAGE_LOCK = ROOT / "requirements" / "package.lock"
SERVER_LOCK = ROOT / "requirements" / "server.lock"
SOURCES = ("agent_desktop", "sync", "ui", "resources")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACOS_FLOOR = "14.0"
WHEEL_PLATFORMS = ("x86_64-pc-windows-msvc", "aarch64-apple-darwin", "x86_64-manylinux_2_34")

# What Qt loads from the system: the file that must be found, and the Debian package that has it.
QT_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
}
QT_WINDOW_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}

USAGE = """\
usage: python tasks.py TASK [ARGUMENT...]

  demo      open a sample workspace (arguments go to `agent-desktop demo`)
  run       start the program (arguments go to `agent-desktop`)
  server    start the team server (arguments go to `agent-desktop-server`)
  shots     render every screen to pictures (arguments go to `agent-desktop shots`)
  bench     measure against the limits (arguments go to `agent-desktop bench`)
  test      run the tests (arguments go to pytest)
  lint      check style, types and layers
  package   build the program that people install, for this system
  setup     only make .venv with everything that development needs
  lock      resolve the dependencies again and write requirements/*.lock
  wheels    check that every locked package has a wheel for every supported system
  audit     ask a service of advisories about every locked package (--service URL)
  sbom      write what is installed as CycloneDX (build/sbom.cdx.json, or the FILE that is named)"""


class Problem(Exception):
    """Something that the person at the keyboard can put right, said in one sentence."""


def main(arguments: list[str]) -> int:
    """Run one task; returns its exit code (0 done, 1 failed, 2 wrong usage)."""
    if sys.stdin is None:  # started without standard input: give the children an empty one
        os.open(os.devnull, os.O_RDONLY)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # without bytecode every start compiles all sources again
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(USAGE)
        return 0 if arguments else 2
    task = TASKS.get(arguments[0])
    if task is None:
        print(USAGE, file=sys.stderr)
        print(f"\ntasks.py: there is no task {arguments[0]!r}.", file=sys.stderr)
        return 2
    try:
        check_python()
        return task(arguments[1:])
    except Problem as problem:
        print(f"tasks.py: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


# --- tasks ------------------------------------------------------------------------------------------------


def demo(arguments: list[str]) -> int:
    """Open the sample workspace."""
    return program("agent-desktop", ["demo", *arguments], windows=True)


def run(arguments: list[str]) -> int:
    """Start the program itself."""
    return program("agent-desktop", arguments, windows=True)


def server(arguments: list[str]) -> int:
    """Start the team server."""
    return program("agent-desktop-server", arguments, windows=None)


def shots(arguments: list[str]) -> int:
    """Render every screen without a display."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return program("agent-desktop", ["shots", *arguments], windows=False)


def bench(arguments: list[str]) -> int:
    """Measure without a display."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return program("agent-desktop", ["bench", *arguments], windows=False)


def test(arguments: list[str]) -> int:
    """Run pytest over the whole tree, or over what the arguments name."""
    install_system_libraries(windows=False)
    install("dev")
    # Two more than there are processors: some tests wait for servers and kills, and leave theirs idle meanwhile.
    workers = min((os.cpu_count() or 1) + 2, 6)
    parallel = ["-n", str(workers), "--dist", "worksteal"] if not arguments else []
    os.chdir(ROOT)
    return become([str(executable("python")), "-m", "pytest", *parallel, *arguments])


def lint(arguments: list[str]) -> int:
    """Run every checker even if an earlier one failed, then say which did."""
    if arguments:
        raise Problem("lint takes no arguments.")
    install("dev")
    checks = (
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        *(
            ["mypy", "--platform", system, "--cache-dir", f".mypy_cache/{system}"]
            for system in ("linux", "win32", "darwin")
        ),
        ["lint-imports", "--no-logo"],
    )
    # All at once, for none of them uses several processors; what each says comes whole.
    started = [
        subprocess.Popen(
            [str(executable(command[0])), *command[1:]],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for command in checks
    ]
    failed = []
    for command, process in zip(checks, started, strict=True):
        print(f"== {' '.join(command)}", flush=True)
        said, _ = process.communicate()
        sys.stdout.buffer.write(said)
        sys.stdout.flush()
        if process.returncode != 0:
            failed.append(" ".join(command))
    if failed:
        raise Problem(f"lint failed: {', '.join(failed)}.")
    return 0


def package(arguments: list[str]) -> int:
    """Build what people install, for this system; the build makes an environment of its own."""
    install_system_libraries(windows=False)
    return become([sys.executable, str(ROOT / "packaging" / "build.py"), *arguments])


def setup(arguments: list[str]) -> int:
    """Make the environment and nothing else."""
    if arguments:
        raise Problem("setup takes no arguments.")
    install_system_libraries(windows=False)
    install("dev")
    print(f"Ready: {executable('python')}")
    return 0


def lock(arguments: list[str]) -> int:
    """Resolve again; `--upgrade` takes the newest versions, otherwise what is locked stays."""
    install("dev")
    options = [
        "--universal",
        "--python-version",
        PYTHONS[0],
        "--generate-hashes",
        "--no-header",
        "--no-annotate",
    ]
    options += ["--no-emit-index-url", "--no-emit-find-links", "--quiet", *arguments]
    compile_lock = [str(uv_for_certain()), "pip", "compile", *options]
    everything = ["pyproject.toml", "requirements/build.in", "--extra", "server"]
    pins = ROOT / "requirements" / "dev.lock"
    check_call(
        [*compile_lock, *everything, "--extra", "dev", "-o", str(pins)], "The lock could not be resolved."
    )
    with tempfile.TemporaryDirectory() as folder:
        constraints = (
            Path(folder) / "constraints.txt"
        )  # the smaller lock must never disagree with the larger one
        versions = [line.rstrip(" \\") for line in pins.read_text().splitlines() if not line.startswith(" ")]
        constraints.write_text("\n".join(versions) + "\n")
        app = [*compile_lock, *everything, "-c", str(constraints), "-o", str(LOCKS["app"])]
        check_call(app, "The lock could not be resolved.")
        # A server alone needs neither Qt nor a keyring.
        server = [
            "requirements/server.in",
            "requirements/build.in",
            "-c",
            str(constraints),
            "-o",
            str(SERVER_LOCK),
        ]
        check_call([*compile_lock, *server], "The lock could not be resolved.")
    for source, target in (("installer.in", INSTALLER_LOCK), ("package.in", PACKAGE_LOCK)):
        check_call(
            [*compile_lock, f"requirements/{source}", "-o", str(target)], "The lock could not be resolved."
        )
    return 0


def wheels(arguments: list[str]) -> int:
    """Check each supported system and Python against the lock, wheels only, without downloading them."""
    if arguments:
        raise Problem("wheels takes no arguments.")
    install("dev")
    uv = str(uv_for_certain())
    environment = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": MACOS_FLOOR}
    missing = 0
    with tempfile.TemporaryDirectory() as target:
        for platform in WHEEL_PLATFORMS:
            for python in PYTHONS:
                command = [
                    uv,
                    "pip",
                    "install",
                    "--quiet",
                    "--dry-run",
                    "--only-binary",
                    ":all:",
                    "--require-hashes",
                ]
                command += ["--python", str(executable("python")), "--target", target]
                command += [
                    "--python-version",
                    python,
                    "--python-platform",
                    platform,
                    "-r",
                    str(LOCKS["dev"]),
                ]
                found = subprocess.call(command, env=environment, stdout=subprocess.DEVNULL) == 0
                print(f"wheels  {platform:24} {python}  {'ok' if found else 'MISSING'}", flush=True)
                missing += not found
    if missing:
        raise Problem(f"wheels are missing for {missing} of the supported systems; see above.")
    return 0


def audit(arguments: list[str]) -> int:
    """Compare the locks with known advisories; needs nothing installed."""
    return become([sys.executable, str(ROOT / "packaging" / "advisories.py"), *arguments])


def sbom(arguments: list[str]) -> int:
    """Write the bill of materials; needs nothing installed."""
    return become([sys.executable, str(ROOT / "packaging" / "sbom.py"), *arguments])


TASKS = {
    "demo": demo,
    "run": run,
    "server": server,
    "shots": shots,
    "bench": bench,
    "test": test,
    "lint": lint,
    "package": package,
    "setup": setup,
    "lock": lock,
    "wheels": wheels,
    "audit": audit,
    "sbom": sbom,
}


# --- running ----------------------------------------------------------------------------------------------


def program(name: str, arguments: list[str], *, windows: bool | None) -> int:
    """Install what the program needs and become it; `windows` is None for a program without Qt."""
    if windows is not None:
        install_system_libraries(windows=windows)
    install("app")
    if not executable(name).exists():
        raise Problem(f"{name} is not installed in .venv: delete .venv and run this again.")
    return become([str(executable(name)), *arguments])


def become(command: list[str]) -> int:
    """Replace this process, so that signals reach the command; Windows can only wait for it."""
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    return subprocess.call(command)


def executable(name: str) -> Path:
    """Where the environment keeps a program."""
    return SCRIPTS / (f"{name}.exe" if os.name == "nt" else name)


def check_call(command: list[str], message: str) -> None:
    """Run a command in the project folder; its own output explains a failure, `message` says what to do."""
    if subprocess.call(command, cwd=ROOT, stdin=subprocess.DEVNULL) != 0:
        raise Problem(message)


# --- setting up -------------------------------------------------------------------------------------------


def check_python() -> None:
    """Refuse a Python that the locked packages do not know."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if version not in PYTHONS:
        raise Problem(
            f"this is Python {version}, but Agent Desktop needs {PYTHONS[0]} to {PYTHONS[-1]}: "
            f"run tasks.py with one of these, for example `python3.13 tasks.py demo`."
        )


def install(level: str) -> None:
    """Make `.venv` hold the locked packages of a level (app, or dev which includes it); quick when it does."""
    if is_installed(level):
        return
    if not venv_works():
        make_venv()
    STAMP.unlink(missing_ok=True)
    print(f"Installing the packages that {level} needs into .venv (once) ...", file=sys.stderr, flush=True)
    if not install_with_uv(level):
        install_with_pip(level)
    check_call(
        [str(executable("python")), "-m", "compileall", "-q", *SOURCES],
        "A source file does not compile; see above.",
    )
    STAMP.write_text(f"{level} {fingerprint(level)}\n")


def is_installed(level: str) -> bool:
    """Whether the stamp says so for this level, or for the larger one."""
    try:
        stamped = STAMP.read_text().split()
    except FileNotFoundError:
        return False
    wanted = [[candidate, fingerprint(candidate)] for candidate in {level, "dev"}]
    return stamped in wanted and executable("python").exists()


def fingerprint(level: str) -> str:
    """Changes with the lock, with the project's metadata and when the folder is moved."""
    content = LOCKS[level].read_bytes() + (ROOT / "pyproject.toml").read_bytes() + os.fsencode(ROOT)
    return hashlib.sha256(content).hexdigest()


def venv_works() -> bool:
    """Whether there is a whole environment whose Python still starts and is one of ours."""
    python = executable("python")
    if not python.exists():
        return False
    code = "import pip, sys; print('%d.%d' % sys.version_info[:2])"
    answer = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
    return answer.returncode == 0 and answer.stdout.strip() in PYTHONS


def make_venv() -> None:
    """Make a fresh environment from the Python that runs this."""
    if Path(sys.prefix).resolve() == VENV:
        raise Problem("the .venv that runs this is broken: run tasks.py with the system's Python instead.")
    if VENV.exists():
        shutil.rmtree(VENV)
    uv = shutil.which("uv")
    if uv is not None:
        command = [uv, "venv", "--quiet", "--seed", "--python", sys.executable, str(VENV)]
        if subprocess.call(command, stdin=subprocess.DEVNULL) == 0:
            return
        shutil.rmtree(VENV, ignore_errors=True)
    if importlib.util.find_spec("ensurepip") is None:
        debian_name = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        install_debian_packages([debian_name], "Python was installed without its venv module")
    check_call(
        [sys.executable, "-m", "venv", str(VENV)], "Python could not make .venv; see the message above."
    )


def find_uv() -> str | None:
    """The uv of the environment or of the system, if there is one."""
    own = executable("uv")
    return str(own) if own.exists() else shutil.which("uv")


def uv_for_certain() -> str:
    """For the tasks that only uv can do."""
    uv = find_uv()
    if uv is None:
        raise Problem("this task needs uv: install it (https://docs.astral.sh/uv), then run this again.")
    return uv


def install_with_uv(level: str) -> bool:
    """Fetch everything in parallel; False if uv cannot be had or fails (it does not read pip's configuration)."""
    python = str(executable("python"))
    if find_uv() is None:
        fetch = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        fetch += ["--retries", "1", "--only-binary", ":all:", "-r", str(INSTALLER_LOCK)]
        if subprocess.call(fetch, cwd=ROOT, stdin=subprocess.DEVNULL) != 0:
            return False
    uv = find_uv()
    if uv is None:
        return False
    common = [uv, "pip", "install", "--quiet", "--python", python]
    locked = [*common, "--compile-bytecode", "--require-hashes", "-r", str(LOCKS[level])]
    project = [*common, "--no-deps", "--no-build-isolation", "-e", "."]
    commands = (locked, project)
    return all(subprocess.call(command, cwd=ROOT, stdin=subprocess.DEVNULL) == 0 for command in commands)


def install_with_pip(level: str) -> None:
    """The slow way that works wherever pip does."""
    common = [str(executable("python")), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    message = "the packages could not be installed: check the network and its proxy, then run the same command again."
    check_call([*common, "--retries", "2", "--require-hashes", "-r", str(LOCKS[level])], message)
    check_call([*common, "--no-deps", "--no-build-isolation", "-e", "."], message)


def install_system_libraries(*, windows: bool) -> None:
    """On Linux, see to it that Qt finds its libraries; for windows also those of X11 when a display exists."""
    if sys.platform != "linux":
        return
    wanted = dict(QT_LIBRARIES)
    if windows and os.environ.get("DISPLAY") and not os.environ.get("QT_QPA_PLATFORM"):
        wanted.update(QT_WINDOW_LIBRARIES)
    missing = {file: name for file, name in wanted.items() if not can_load(file)}
    if missing:
        install_debian_packages(list(missing.values()), f"Qt does not find {', '.join(missing)}")


def can_load(library: str) -> bool:
    """Whether the loader finds a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_debian_packages(names: list[str], reason: str) -> None:
    """Install as root; anybody else is told the one line to run."""
    line = f"apt-get install --no-install-recommends {' '.join(names)}"
    if sys.platform == "win32" or shutil.which("apt-get") is None:
        raise Problem(f"{reason}: install what your system calls {', '.join(names)}, then run this again.")
    if os.geteuid() != 0:
        raise Problem(f"{reason}: run `sudo {line}`, then this again.")
    print(f"{reason}: installing {' '.join(names)} ...", file=sys.stderr, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install_them = [*line.split()[:2], "--yes", "--quiet=2", *line.split()[2:]]
    for command in (["apt-get", "update", "--quiet=2"], install_them):
        if (
            subprocess.call(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            != 0
        ):
            raise Problem(f"{reason}, and `{line}` failed; see the message above.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
