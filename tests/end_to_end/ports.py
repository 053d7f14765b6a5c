"""Ports for servers of the tests."""

import contextlib
import pathlib
import random
import socket


def free_port():
    """One below those that the kernel gives to connections: nobody's gets it before a server has it, or while one is begun again."""
    first_given = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(max(1024, first_given - 12_000), first_given)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
