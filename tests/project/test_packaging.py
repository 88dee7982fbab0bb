"""What is in packaging/ fits the program: the files parse, and name commands and options that there are."""

import ast
import multiprocessing
import os
import re
import runpy
import shlex
import sys

import pytest
import yaml

import tasks
from agent_desktop import __main__ as program
from agent_desktop.cli.server.main import parser
from tests.project.tree import ROOT
from ui.single_instance import SCHEME

SERVER = ROOT / "packaging" / "server"
SPEC = ast.parse((ROOT / "packaging" / "agent-desktop.spec").read_text("utf-8"))


def said_in_spec(name: str) -> ast.expr:
    """What is assigned to a name in the spec, which only PyInstaller can run."""
    (found,) = [
        node.value
        for node in SPEC.body
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    ]
    return found


def test_the_installed_program_becomes_a_worker_before_it_reads_its_command_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A worker is the program, started again: without this each would open a window, which starts the next."""

    def become_a_worker() -> None:
        raise SystemExit("a worker")

    monkeypatch.setattr(multiprocessing, "freeze_support", become_a_worker)
    monkeypatch.setattr(program, "main", lambda: pytest.fail("opened"))
    with pytest.raises(SystemExit, match="a worker"):
        runpy.run_path(str(ROOT / "packaging" / "program.py"), run_name="__main__")


@pytest.mark.parametrize("before", [None, "/opt/lib"])
def test_a_browser_that_is_started_from_the_installed_program_loads_its_own_libraries(
    monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/agent-desktop/_internal")
    if before is not None:
        monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", before)
    monkeypatch.setattr(program, "main", lambda: os.environ.get("LD_LIBRARY_PATH", "nothing"))
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(ROOT / "packaging" / "program.py"), run_name="__main__")
    assert end.value.code == (before or "nothing")
    assert "LD_LIBRARY_PATH_ORIG" not in os.environ


def test_the_application_of_macos_gets_the_links_and_runs_where_its_wheels_do() -> None:
    facts = said_in_spec("PLIST")
    assert isinstance(facts, ast.Dict)
    texts = {ast.literal_eval(key): value for key, value in zip(facts.keys, facts.values, strict=True) if key}
    (link,) = ast.literal_eval(texts["CFBundleURLTypes"])
    assert link["CFBundleURLSchemes"] == [SCHEME]
    assert ast.literal_eval(texts["LSMinimumSystemVersion"]) == tasks.MACOS_FLOOR


def test_what_is_left_out_of_the_installed_program_is_there_and_not_what_it_needs() -> None:
    for prefix in ast.literal_eval(said_in_spec("LEFT_OUT")):
        assert (ROOT / prefix.replace(".", "/")).is_dir(), prefix
        assert not any(f"agent_desktop.cli.{name}_command".startswith(prefix) for name in program.COMMANDS)


def test_compose_starts_what_there_is() -> None:
    compose = yaml.safe_load((SERVER / "compose.yaml").read_text())
    services = compose["services"]
    assert set(services) == {"database", "server", "proxy"}
    assert services["server"]["deploy"]["replicas"] == 2
    build = services["server"]["build"]
    assert (SERVER / build["context"] / build["dockerfile"]).exists()
    parser().parse_args(services["server"]["command"])
    named = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", ())}
    assert named - {"./Caddyfile"} == set(compose["volumes"])
    variables = set(re.findall(r"\$\{(\w+)", (SERVER / "compose.yaml").read_text()))
    example = set(re.findall(r"^(\w+)=", (SERVER / "environment.example").read_text(), re.MULTILINE))
    assert variables == {name for name in example if not name.startswith("AGENT_DESKTOP_")}


def test_the_database_of_compose_is_healthy_once_servers_can_come() -> None:
    """While a new one is made it answers on its socket alone, and what came by then would find nobody."""
    database = yaml.safe_load((SERVER / "compose.yaml").read_text())["services"]["database"]
    assert "--host=127.0.0.1" in database["healthcheck"]["test"]


def test_whatever_the_server_is_told_by_variables_can_be_told_in_compose() -> None:
    assert yaml.safe_load((SERVER / "compose.yaml").read_text())["services"]["server"]["env_file"] == ".env"


def test_logs_of_compose_end_before_the_disk_does() -> None:
    for name, service in yaml.safe_load((SERVER / "compose.yaml").read_text())["services"].items():
        assert service["logging"]["options"].keys() >= {"max-size", "max-file"}, name


def test_the_image_gets_what_it_is_made_of_and_nothing_that_is_not_locked() -> None:
    image = (SERVER / "Dockerfile").read_text()
    copied = {name for names in re.findall(r"^COPY (.+) \S+$", image, re.MULTILINE) for name in names.split()}
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == copied
    assert "*" in ignored
    for install in re.findall(r"\bpip install (.+)$", image, re.MULTILINE):
        assert "--require-hashes" in install or {"--no-deps", "--no-build-isolation"} <= set(install.split())


def test_the_unit_and_the_image_start_the_server() -> None:
    unit = (SERVER / "agent-desktop-server@.service").read_text()
    started = re.search(r"^ExecStart=\S+/agent-desktop-server (.+)$", unit, re.MULTILINE)
    assert started is not None
    parser().parse_args(shlex.split(started[1].replace("%i", "8080")))
    image = (SERVER / "Dockerfile").read_text()
    for folder in re.findall(r"^COPY (.+) \S+$", image, re.MULTILINE):
        for name in folder.split():
            assert (ROOT / name).exists(), name


def test_streams_are_not_held_back_by_proxies() -> None:
    assert "flush_interval -1" in (SERVER / "Caddyfile").read_text()
    assert "proxy_buffering off" in (SERVER / "nginx.conf").read_text()


def test_caddy_does_not_wait_for_streams_that_never_end() -> None:
    found = re.search(r"^\tgrace_period (\d+)s$", (SERVER / "Caddyfile").read_text(), re.MULTILINE)
    assert found is not None
    assert int(found[1]) < 10, "Docker kills what has not ended by then"


def test_caddy_leaves_out_a_process_that_does_not_answer() -> None:
    caddy = (SERVER / "Caddyfile").read_text()
    assert "fail_duration" in caddy
    assert "health_uri" not in caddy, "Caddy checks no servers whose addresses it looks up"


def test_browsers_are_told_to_come_by_tls_alone() -> None:
    said = 'Strict-Transport-Security "max-age=31536000; includeSubDomains"'
    assert f"header {said}" in (SERVER / "Caddyfile").read_text()
    assert f"add_header {said} always;" in (SERVER / "nginx.conf").read_text()


def test_proxies_speak_no_old_tls() -> None:
    assert "ssl_protocols TLSv1.2 TLSv1.3;" in (SERVER / "nginx.conf").read_text()
    assert "protocols" not in (SERVER / "Caddyfile").read_text(), "Caddy's own choice is 1.2 and 1.3"


def test_the_commands_of_the_documentation_are_those_of_the_server() -> None:
    for page in ("README.md", "docs/server.md"):
        text = (ROOT / page).read_text()
        for line in re.findall(
            r"^(?:python tasks\.py server|agent-desktop-server) (.+)$", text, re.MULTILINE
        ):
            parser().parse_args(shlex.split(line))


def test_the_commands_for_docker_are_those_of_compose_and_the_server() -> None:
    said = {page: (ROOT / page).read_text() for page in ("docs/server.md", "packaging/server/compose.yaml")}
    found = [
        (page, shlex.split(line))
        for page, text in said.items()
        for line in re.findall(r"^(?:#   )?docker compose run (.+)$", text, re.MULTILINE)
        if "--entrypoint" not in line
    ]
    assert {page for page, _ in found} == set(said)
    for _, words in found:
        parser().parse_args(words[words.index("server") + 1 :])
    first = [words for page, words in found if page.endswith(".yaml")]
    compose = said["packaging/server/compose.yaml"]
    assert compose.index("workspace create") < compose.index("compose up"), "servers end without a workspace"
    assert first == [words for page, words in found if page.endswith(".md")][: len(first)]
