#!/usr/bin/env python3
"""compose.up and compose.down against a real engine and a real Compose: `compose_test.py v1` or `v2`."""

import contextlib
import os
import signal
import time
import unittest
import urllib.request

from compose_case import V2, VERSION, ComposeCase, Setting, main, service, services

# Healthy only after a while.
WEB = service("web", ["sh", "-c", "sleep 1; httpd -h /etc; touch /tmp/ready; exec sleep 1000"], ports=["127.0.0.1::80"],
              healthcheck={"test": ["CMD", "test", "-f", "/tmp/ready"], "interval": "0.2s", "retries": 1000}, stop_grace_period="0s")
IDLE = service("idle", ["sleep", "1000"], stop_grace_period="0s")
DOWN = 'step down = compose.down { project = "shop" } with { on_demand = true }'


class UpTest(ComposeCase):
    def test_services_are_healthy_and_their_ports_are_the_outputs(self):
        self.write(services(WEB, IDLE))
        done = self.run_pipeline(self.up_step() + '''
            step ask = exec.run { command = ["/usr/bin/python3", "-c", "import os, urllib.request; print(urllib.request.urlopen('http://' + os.environ['ADDRESS'] + '/passwd').read())"] }
              with { env = { "ADDRESS": up.ports["web:80"] } }
            output address = up.ports["web:80"]''')
        self.assertEqual(done.code, 0, done.text)
        web = self.docker.inspect(self.container("web"))
        self.assertEqual(web["State"]["Health"]["Status"], "healthy")
        port = web["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"]
        outputs = next(event["outputs"] for event in done.events if event["event"] == "step_finished" and event["step"] == "up")
        self.assertEqual(outputs, {"project": "shop", "ports": {"web:80": f"127.0.0.1:{port}"}})
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/passwd", timeout=60) as answer:
            self.assertIn(b"root", answer.read())
        progress = " ".join(event.get("text", "") for event in done.events if event["event"] == "step_progressed")
        self.assertIn("web is starting", progress)
        # Compose's own lines are the step's log.
        self.assertIn("idle", self.project.run("log", "p.sdl", "up", **self.variables()).text)

    def test_a_second_run_finds_the_same_containers(self):
        text = self.up_step() + '\n step after_it = exec.run { command = ["docker", "--version"] } with { env = { "ADDRESS": up.ports["web:80"] } }'
        self.write(services(WEB, IDLE))
        self.assertEqual(self.run_pipeline(text).outcomes(), {"up": "ran", "after_it": "ran"})
        before = self.containers()
        done = self.run_pipeline(text)
        self.assertEqual(done.outcomes(), {"up": "ran", "after_it": "cached"})
        self.assertEqual(self.containers(), before)
        self.assertIn("Compose is asked each time", done.text)

    def test_what_somebody_stopped_or_removed_comes_back(self):
        self.up(services(WEB, IDLE))
        before = self.containers()
        self.docker.run("stop", "-t", "0", before["idle"])
        self.up()
        self.assertEqual(self.containers(), before)
        self.docker.run("rm", "-f", before["web"])
        outputs = self.up()
        self.assertEqual(self.containers()["idle"], before["idle"])
        self.assertNotEqual(self.containers()["web"], before["web"])
        port = self.docker.inspect(self.container("web"))["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"]
        self.assertEqual(outputs["ports"], {"web:80": f"127.0.0.1:{port}"})

    def test_a_changed_file_changes_what_differs(self):
        self.up(services(IDLE, service("other", ["sleep", "1000"], stop_grace_period="0s")))
        before = self.containers()
        self.up(services(IDLE, service("other", ["sleep", "2000"], stop_grace_period="0s")))
        self.assertEqual(self.containers()["idle"], before["idle"])
        self.assertNotEqual(self.containers()["other"], before["other"])

    def test_what_the_file_names_is_looked_at_too(self):
        self.write("MODE=slow\n", "stack/mode.env")
        self.up(services(service("idle", ["sleep", "1000"], env_file="mode.env", stop_grace_period="0s", volumes=["./data:/data"])))
        self.assertIn("MODE=slow", self.docker.inspect(self.container("idle"))["Config"]["Env"])
        self.assertEqual(self.docker.inspect(self.container("idle"))["Mounts"][0]["Source"], str(self.project.folder.resolve() / "stack/data"))
        self.write("MODE=fast\n", "stack/mode.env")
        self.up()
        self.assertIn("MODE=fast", self.docker.inspect(self.container("idle"))["Config"]["Env"])

    def test_variables_and_secrets_reach_the_file_and_nobody_else(self):
        self.write(services(service("idle", ["sleep", "1000"], environment={"TOKEN": "${TOKEN:?}", "TAG": "${TAG}", "MINE": "${MINE:-none}"}, stop_grace_period="0s")))
        self.write("TAG=7\n", "stack/.env")
        text = "secret token = env(\"THE_TOKEN\")\n" + self.up_step(tail='with { env = { "TOKEN": token } }')
        done = self.run_pipeline(text, THE_TOKEN="s3cret-of-compose", MINE="not handed on", COMPOSE_PROJECT_NAME="nothing", COMPOSE_FILE="nothing")
        self.assertEqual(done.code, 0, done.text)
        environment = self.docker.inspect(self.container("idle"))["Config"]["Env"]
        for entry in ("TOKEN=s3cret-of-compose", "TAG=7", "MINE=none"):
            self.assertIn(entry, environment)
        self.assertNotIn("s3cret-of-compose", done.text)
        for path in (self.project.folder / ".sdl").rglob("*"):
            if path.is_file():
                self.assertNotIn(b"s3cret-of-compose", path.read_bytes(), path)

    def test_some_services_with_what_they_depend_on(self):
        stack = services(WEB.replace('"image"', '"depends_on": ["idle"], "image"'), IDLE, service("spare", ["sleep", "1000"], profiles=["extra"]), service("other", ["sleep", "1000"]))
        self.up(stack, 'services = ["web"]')
        self.assertEqual(set(self.containers()), {"web", "idle"})
        self.up(stack, 'profiles = ["extra"]')
        self.assertEqual(set(self.containers()), {"web", "idle", "other", "spare"})

    def test_a_service_that_has_done_its_work(self):
        self.up(services(service("setup", ["true"]), IDLE))
        self.assertEqual(set(self.containers()), {"idle"})

    def test_ports_of_other_kinds(self):
        outputs = self.up(services(service("dns", ["sleep", "1000"], ports=["127.0.0.1::53/udp", "8080"], stop_grace_period="0s"), IDLE))
        ports = self.docker.inspect(self.container("dns"))["NetworkSettings"]["Ports"]
        self.assertEqual(outputs["ports"], {"dns:53/udp": "127.0.0.1:" + ports["53/udp"][0]["HostPort"], "dns:8080": "127.0.0.1:" + ports["8080/tcp"][0]["HostPort"]})

    def test_started_waits_for_no_health(self):
        sick = service("sick", ["sleep", "1000"], healthcheck={"test": ["CMD", "false"], "interval": "0.1s", "retries": 1}, stop_grace_period="0s")
        self.up(services(sick), 'wait = "started"')
        self.assertEqual(set(self.containers()), {"sick"})

    def test_the_name_of_the_folder(self):
        self.write(services(IDLE), "My Shop/compose.yaml")
        text = 'step up = compose.up { file = "My Shop/compose.yaml" }\n step down = compose.down { file = "My Shop/compose.yaml" } with { on_demand = true }'
        self.assertEqual(self.run_pipeline(text).code, 0)
        self.assertEqual(set(self.containers("myshop")), {"idle"})
        self.assertEqual(self.run_pipeline(text, "down").code, 0)
        self.assertEqual(self.containers("myshop"), {})

    def test_the_name_in_the_file(self):
        self.write("name: own\n" + services(IDLE))
        done = self.run_pipeline(self.up_step(project=""))
        if VERSION == "v1":
            self.assertIn("Compose v1 knows no `name` in a compose file", self.error_of(done))
        else:
            self.assertEqual(done.code, 0, done.text)
            self.assertEqual(set(self.containers("own")), {"idle"})

    def test_an_image_is_built_where_it_is_missing_or_wanted(self):
        self.write("FROM busybox:test\nRUN echo one > /text\n", "stack/Dockerfile")
        self.up(services('  app: {build: ., image: "app:built", command: "sleep 1000", stop_grace_period: 0s}\n'))
        self.addCleanup(self.docker.run, "rmi", "-f", "app:built", check=False)
        self.assertEqual(self.docker.run("exec", self.container("app"), "cat", "/text"), "one")
        self.write("FROM busybox:test\nRUN echo two > /text\n", "stack/Dockerfile")
        self.up()
        self.assertEqual(self.docker.run("exec", self.container("app"), "cat", "/text"), "one")
        self.up(extra="build = true")
        self.assertEqual(self.docker.run("exec", self.container("app"), "cat", "/text"), "two")

    @unittest.skipUnless(V2 and VERSION == "v2", "it needs the binary of Compose v2 that tests/containers/compose_v2/build makes")
    def test_v2_as_a_program_of_its_own(self):
        folder = self.home / "bin"
        folder.mkdir()
        (folder / "docker-compose").symlink_to(V2)
        (folder / "docker").symlink_to(os.readlink(Setting.programs / "docker"))
        config = self.home / "config"
        config.mkdir()
        self.write(services(IDLE))
        done = self.run_pipeline(self.up_step(), PATH=str(folder), DOCKER_CONFIG=str(config))
        self.assertEqual(done.code, 0, done.text)
        self.assertIn("by docker-compose 2.", done.text)


class DownTest(ComposeCase):
    def test_all_of_it_goes_and_a_second_time_nothing(self):
        text = self.up_step() + "\n" + DOWN
        self.write(services(WEB, IDLE))
        self.assertEqual(self.run_pipeline(text).outcomes(), {"up": "ran"})
        (self.project.folder / "stack/compose.yaml").write_text(services(IDLE))  # `web` is an orphan now
        for removed in (2, 0):
            done = self.run_pipeline(text, "down")
            self.assertEqual(done.outcomes(), {"down": "ran"}, done.text)
            self.assertEqual([event["outputs"] for event in done.events if event["event"] == "step_finished"], [{"removed": removed}])
            self.assertEqual(self.docker.run("ps", "-aq"), "")
            self.assertEqual(self.docker.run("network", "ls", "-q", "--filter", "type=custom"), "")
        self.assertIn("nothing is there of the project shop", done.text)

    @unittest.skipIf(VERSION == "v2", "Compose itself removes there, and waits for what goes late")
    def test_a_network_whose_last_endpoint_goes_late(self):
        """As an engine with a lot to do has said it: the container was gone, and its network still counted it."""
        self.up(services(IDLE))
        folder = self.home / "bin"
        folder.mkdir()
        for program in Setting.programs.iterdir():
            (folder / program.name).symlink_to(program)
        (folder / "docker").unlink()
        (folder / "docker").write_text(f"""#!/bin/sh
if [ "$1 $2" = "network rm" ] && [ ! -e {folder}/told ]; then
  : > {folder}/told
  echo "Error response from daemon: error while removing network: network shop_default has active endpoints" >&2
  exit 1
fi
exec {Setting.programs}/docker "$@"
""")
        (folder / "docker").chmod(0o755)
        done = self.run_pipeline(DOWN, "down", PATH=str(folder))
        self.assertEqual(done.code, 0, done.text)
        self.assertTrue((folder / "told").exists())
        self.assertEqual(self.docker.run("network", "ls", "-q", "--filter", "type=custom"), "")

    def test_volumes_go_only_where_that_is_said(self):
        self.up(services(service("idle", ["sleep", "1000"], volumes=["data:/data"], stop_grace_period="0s")) + "volumes: {data: {}}\n")
        self.docker.run("volume", "create", "somebody_elses")
        self.assertEqual(self.run_pipeline(DOWN, "down").code, 0)
        self.assertEqual(self.docker.run("volume", "ls", "-q").split(), ["shop_data", "somebody_elses"])
        self.assertEqual(self.run_pipeline(DOWN.replace('"shop"', '"shop", volumes = true'), "down").code, 0)
        self.assertEqual(self.docker.run("volume", "ls", "-q").split(), ["somebody_elses"])

    def test_a_compose_file_above_is_left_alone(self):
        self.up(services(IDLE))
        self.write(services(IDLE), "compose.yaml")  # in the root of the project, where v2 looks for one
        self.up(services(IDLE), project='project = "other"')
        self.assertEqual(self.run_pipeline(DOWN, "down").code, 0)
        self.assertEqual((self.containers(), set(self.containers("other"))), ({}, {"idle"}))


class CrashTest(ComposeCase):
    def test_killed_in_the_middle_the_next_run_goes_on(self):
        names = [f"s{number}" for number in range(6)]
        self.write(services(*(service(name, ["sleep", "1000"], stop_grace_period="0s") for name in names), WEB))
        for containers in (0, 1, 3, 6):
            process = self.start_pipeline(self.up_step())
            self.project.start_until(process, lambda event: event["event"] == "step_started")
            while len(self.containers()) < containers and process.poll() is None:
                time.sleep(0.02)
            with contextlib.suppress(IndexError, OSError):  # it had ended by then
                os.kill(self.project.engine_of(process), signal.SIGKILL)
            process.communicate()
            self.assertEqual(self.project.wait_for_no_processes(), [])
        outputs = self.up()
        self.assertEqual(set(self.containers()), {*names, "web"})
        self.assertEqual(list(outputs["ports"]), ["web:80"])
        self.assertEqual(self.docker.run("ps", "-aq").count("\n"), len(names))

    def test_ctrl_c_while_it_waits(self):
        self.write(services(service("slow", ["sleep", "1000"], healthcheck={"test": ["CMD", "false"], "interval": "1s", "retries": 1000}, stop_grace_period="0s")))
        process = self.start_pipeline(self.up_step())
        self.project.start_until(process, lambda event: event["event"] == "step_progressed" and "slow is starting" in event["text"])
        process.send_signal(signal.SIGINT)
        done = self.project.finish(process)
        self.assertEqual(done.code, 130, done.text)
        self.assertEqual(self.project.wait_for_no_processes(), [])
        self.assertEqual(set(self.containers()), {"slow"})


if __name__ == "__main__":
    main()
