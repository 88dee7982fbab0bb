"""Ports that are held for servers which come and go."""

import socket
import sys
from contextlib import closing

import pytest

from agent_desktop.cli.bench.held_ports import HeldPorts

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can hold a port for a server")


def test_a_server_may_come_and_go_on_a_port_that_nobody_else_is_given() -> None:
    with closing(HeldPorts(2)) as ports:
        here = ("127.0.0.1", ports.numbers[0])
        assert len(set(ports.numbers)) == 2
        for _ in range(2):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(here)
            with socket.create_server(here) as server, socket.create_connection(here):
                server.accept()[0].close()
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(here)
