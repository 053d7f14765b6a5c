#!/usr/bin/env python3
"""What compose.up says of each thing that can be wrong, from real failures: `compose_errors_test.py v1` or `v2`."""

import os
import pathlib
import socket
import subprocess
import sys
import unittest

from compose_case import IMAGE, VERSION, ComposeCase, Setting, main, service, services

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "image"))
from ports import free_port  # noqa: E402
from servers import PROGRAM as REGISTRY, Registry  # noqa: E402

IDLE = service("idle", ["sleep", "1000"], stop_grace_period="0s")
IS_V1 = VERSION == "v1"


class ErrorCase(ComposeCase):
    def assert_says(self, text, *parts):
        for part in parts:
            self.assertIn(part, text)


class ServiceTest(ErrorCase):
    SICK = service("db", ["sh", "-c", "echo the disk is gone; sleep 1000"], stop_grace_period="0s", healthcheck={"test": ["CMD-SHELL", "echo no answer; false"], "interval": "0.1s", "retries": 2})

    def test_one_is_unhealthy(self):
        self.assert_says(self.fails(services(self.SICK, IDLE)), "service `db` is unhealthy: its last check says `no answer`", "the disk is gone", "`docker logs shop")

    def test_one_that_others_wait_for_is_unhealthy(self):
        web = service("web", ["sleep", "1000"], depends_on={"db": {"condition": "service_healthy"}})
        self.assert_says(self.fails(services(self.SICK, web)), "service `db` is unhealthy: its last check says `no answer`", "the disk is gone")

    def test_one_ends(self):
        self.assert_says(self.fails(services(service("db", ["sh", "-c", "echo no such table >&2; sleep 0.5; exit 3"], healthcheck={"test": "true", "interval": "60s"}), IDLE)),
                         "service `db` ended with exit code 3", "no such table")

    def test_one_that_others_wait_for_ends(self):
        web = service("web", ["sleep", "1000"], depends_on={"setup": {"condition": "service_completed_successfully"}})
        self.assert_says(self.fails(services(service("setup", ["sh", "-c", "echo no such table; exit 3"]), web)), "service `setup` ended with exit code 3", "no such table")

    def test_one_takes_longer_than_it_may(self):
        slow = service("db", ["sleep", "1000"], stop_grace_period="0s", healthcheck={"test": "false", "interval": "0.2s", "retries": 10000})
        self.write(services(slow))
        done = self.run_pipeline(self.up_step(tail="with { timeout = 20s }"))
        self.assert_says(self.error_of(done), "timed out after 20s")
        self.assert_says(done.text, "waiting: db is starting")

    def test_no_such_program_in_the_image(self):
        self.assert_says(self.fails(services(IDLE, service("web", ["serve", "--all"]))), "service `web` cannot be started: there is no program `serve` in its image")

    def test_a_port_that_another_container_has(self):
        port = free_port()
        self.docker.run("run", "-d", "-p", f"127.0.0.1:{port}:80", IMAGE, "sleep", "1000")
        self.assert_says(self.fails(services(service("web", ["sleep", "1000"], ports=[f"127.0.0.1:{port}:80"]))), f"service `web` cannot have the port `127.0.0.1:{port}`: another container has it")

    def test_a_port_that_a_program_has(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            text = self.fails(services(service("web", ["sleep", "1000"], ports=[f"127.0.0.1:{port}:80"])))
        self.assert_says(text, f"service `web` cannot have the port `127.0.0.1:{port}`: a program listens there", "ss -ltnp")

    def test_a_name_that_another_container_has(self):
        self.docker.run("run", "-d", "--name", "taken", IMAGE, "sleep", "1000")
        self.assert_says(self.fails(services(service("web", ["sleep", "1000"], container_name="taken"))), "cannot have the container name `taken`: another container has it", "docker rm -f taken")

    def test_a_build_that_fails(self):
        self.write(f"FROM {IMAGE}\nRUN echo nothing to install && false\n", "stack/Dockerfile")
        self.assert_says(self.fails(services("  app: {build: .}\n")), "the image of service `app` could not be built", "nothing to install" if IS_V1 else "false")


class ImageTest(ErrorCase):
    def test_a_registry_that_is_not_there(self):
        for image in ("127.0.0.1:1/shop/db:3", "registry.invalid/shop/db:3"):
            text = self.fails(services(f"  db: {{image: '{image}'}}\n"))
            self.assert_says(text, (f"the image `{image}` of" if IS_V1 else "the image of") + " service `db` cannot be pulled: the registry does not answer")
            self.docker.remove_all()

    @unittest.skipUnless(REGISTRY, "docker-registry is not installed: apt-get install docker-registry")
    def test_a_registry_that_has_it_not(self):
        with Registry() as registry:
            self.assert_says(self.fails(services(f"  db: {{image: '{registry.host}/shop/db:3'}}\n")), "service `db` cannot be pulled: the registry has no such image", "its tag")

    @unittest.skipUnless(REGISTRY, "docker-registry is not installed: apt-get install docker-registry")
    def test_a_registry_that_wants_a_password(self):
        with Registry(password=True) as registry:
            self.assert_says(self.fails(services(f"  db: {{image: '{registry.host}/shop/db:3'}}\n")), "service `db` cannot be pulled: the registry has no such image, or does not give it to us", "docker login")


class FileTest(ErrorCase):
    def test_a_variable_is_missing(self):
        text = self.fails(services("  web: {image: 'busybox:test', environment: {A: '${TOKEN:?the key of the shop}'}}\n"), TOKEN="in the shell")
        self.assert_says(text, "which is not set: the key of the shop", "with { env = {")
        if not IS_V1:
            self.assert_says(text, "wants the variable `TOKEN`")

    def test_it_is_no_yaml(self):
        self.assert_says(self.fails("services:\n  web:\n    image: busybox:test\n   command: x\n"), "Compose does not understand `", "compose.yaml", "line 4" if IS_V1 else "line 1")

    def test_it_has_what_compose_does_not_know(self):
        self.assert_says(self.fails(services("  web: {image: 'busybox:test', comand: x}\n")), "Compose does not understand `", "comand", "services.web")

    def test_an_env_file_is_missing(self):
        self.assert_says(self.fails(services("  web: {image: 'busybox:test', env_file: no.env}\n")), "names the `env_file` `", "/stack/no.env`, which is not there")

    def test_a_network_of_others_is_missing(self):
        self.assert_says(self.fails(services(service("web", ["sleep", "1000"], networks=["lan"])) + "networks: {lan: {external: true}}\n"), "uses what is to be there already, and is not", "docker network create")

    def test_no_such_service(self):
        self.assert_says(self.fails(services(IDLE), 'services = ["web"]'), "has no service `web`")
        self.assert_says(self.fails(services(IDLE), 'services = ["--help"]'), "`--help` is no name of a service")

    def test_names_that_are_none(self):
        self.assert_says(self.fails(services(IDLE), project='project = "My Shop"'), "`My Shop` is no name for a project of Compose", "lower-case letters")
        self.assert_says(self.fails("name: ${SHOP}\n" + services(IDLE), project=""), "has the name `${SHOP}`", "by `project`")
        self.write(services(IDLE), "___/compose.yaml")
        self.assert_says(self.error_of(self.run_pipeline('step up = compose.up { file = "___/compose.yaml" }')), "gives no name for the project")

    def test_a_file_that_a_step_has_made(self):
        text = 'step made = shell.run { script = "echo services: > c.yaml", shell = "sh" } outputs { file: file at "c.yaml" }\n step up = compose.up { file = made.file }'
        self.assert_says(self.error_of(self.run_pipeline(text, PATH=f"{Setting.programs}:/usr/bin:/bin")), "the compose file was made by a step", "with { env }")

    def test_down_of_what(self):
        self.assert_says(self.error_of(self.run_pipeline("step down = compose.down {}")), "wants either `project` or `file`")


class ToolTest(ErrorCase):
    def test_no_docker(self):
        folder = self.home / "empty"
        folder.mkdir()
        self.assert_says(self.fails(services(IDLE), PATH=str(folder)), "Docker is not installed: there is no `docker` on the PATH", "apt-get install docker.io")

    def test_no_compose(self):
        folder = self.home / "bin"
        folder.mkdir()
        # Where this machine has the plugin for all users.
        (folder / "docker").write_text(f'#!/bin/sh\nif [ "$1" = compose ]; then exit 1; fi\nexec {os.path.realpath(subprocess.run(["which", "docker"], capture_output=True, text=True, check=True).stdout.strip())} "$@"\n')
        (folder / "docker").chmod(0o755)
        config = self.home / "config"
        config.mkdir()
        self.assert_says(self.fails(services(IDLE), PATH=str(folder), DOCKER_CONFIG=str(config)), "Docker Compose is not installed", "apt-get install docker-compose")
        # To take a stack away the engine is enough.
        self.up(services(IDLE))
        text = 'step down = compose.down { project = "shop" }'
        self.assertEqual(self.run_pipeline(text, PATH=str(folder), DOCKER_CONFIG=str(config)).code, 0)
        self.assertEqual(self.containers(), {})

    def test_no_engine(self):
        self.docker.stop()
        try:
            self.assert_says(self.fails(services(IDLE)), f"the Docker engine at `{self.docker.host}` does not answer", "DOCKER_HOST")
            self.assert_says(self.error_of(self.run_pipeline('step down = compose.down { project = "shop" }')), f"the Docker engine at `{self.docker.host}` does not answer")
        finally:
            self.docker.start()
        self.assert_says(self.fails(services(IDLE), DOCKER_HOST="nonsense://here"), "does not know where its engine is", "mend DOCKER_HOST")
        self.assert_says(self.fails(services(IDLE), DOCKER_HOST=None, DOCKER_CONTEXT="nowhere"), "does not know where its engine is", "nowhere")

    def test_no_permission(self):
        """The engine's socket is root's, and who asks is nobody."""
        folder = self.home / "bin"
        folder.mkdir()
        (folder / "docker").write_text(f'#!/bin/sh\nexec /usr/bin/setpriv --reuid 65534 --clear-groups {Setting.programs}/docker "$@"\n')
        (folder / "docker").chmod(0o755)
        for path in (self.docker.folder, self.docker.folder / "config"):
            path.chmod(0o755)
        self.assert_says(self.fails(services(IDLE), PATH=str(folder)), f"the Docker engine at `{self.docker.host}` does not let this user in", "usermod -aG docker")


if __name__ == "__main__":
    main()
