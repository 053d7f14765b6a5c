"""What image.dockerfile has to do with every engine: a test of one engine inherits these."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time

from fixture import ROOT, SDLRUN, ImageCase, blob, layout_of, manifest_of

sys.path.insert(0, str(ROOT / "tests" / "containers"))
from root_systems import static_busybox  # noqa: E402
from servers import Registry  # noqa: E402

BASE = "localhost/sdlrun-base:1"
SECRET = "hush-hush-hush-42"


def make_root(project):
    """A system of one program: Debian's static busybox."""
    folder = project.folder / "root" / "bin"
    folder.mkdir(parents=True)
    shutil.copy(static_busybox(), folder / "busybox")
    for applet in ("sh", "cat", "echo", "ls", "tr", "sort", "env", "wc", "true", "sleep"):
        os.symlink("busybox", folder / applet)


class DockerfileCases:
    """With ImageCase; a class says which engine, for whom it has which words, and what finds it there."""

    engine = "docker"
    title = "Docker"
    options = ""           # in the step's `with`
    has_secrets = True
    tells_unused_arguments = True

    def variables(self):
        """The environment of sdlrun."""
        raise NotImplementedError

    def trust(self, registry):
        """Has the engine speak to one without TLS."""

    def remove_containers(self):
        """Those of a build that was killed, where the engine leaves them."""

    def images_of_ours(self):
        """Names that begin with sdlrun-build, in the engine."""
        raise NotImplementedError

    def containers(self):
        """All that the engine has."""
        raise NotImplementedError

    def setUp(self):
        super().setUp()
        make_root(self.project)
        into = "docker" if self.engine == "docker" else "podman"
        self.load_base = (f'step base = image.build {{ files = {{ "/": dir("root") }}, env = {{ "PATH": "/bin" }} }}\n'
                          f'step loaded = image.load {{ image = base.image, into = "{into}", name = "{BASE}" }}\n')
        self.project.write("ctx/say.sh", "echo said by $1\n")

    def with_options(self, *more):
        options = [*more, *([self.options] if self.options else [])]
        return f"with {{ {', '.join(options)} }}" if options else ""

    def run_step(self, dockerfile, inputs="", *words, more="", **variables):
        self.project.write("ctx/Dockerfile", dockerfile)
        text = self.load_base + f'step made = image.dockerfile {{ context = dir("ctx"), engine = "{self.engine}" {inputs} }} {self.with_options("after = [loaded]")}\n' + more
        return self.run_pipeline(text, *words, **{**self.variables(), **variables})

    def error(self, *arguments, **named):
        done = self.run_step(*arguments, **named)
        self.assertEqual(self.images_of_ours(), [])
        self.assertEqual(self.containers(), [])
        return self.error_of(done)

    # ---- what it makes

    def test_what_it_builds(self):
        dockerfile = f"FROM {BASE} AS first\nARG WHO=nobody\nCOPY say.sh /say.sh\nRUN sh /say.sh $WHO > /said\nENTRYPOINT [\"cat\", \"/said\"]\nFROM first\nRUN false\n"
        done = self.good(self.run_step(dockerfile, ', args = { "WHO": "us" }, target = "first", labels = { "team": "data" }', more="output layout = made.image.layout"))
        self.assertEqual(done.outcomes()["made"], "ran")
        layout = layout_of(self.project)
        manifest, _ = manifest_of(layout)
        config = json.loads(blob(layout, manifest["config"]["digest"]).read_bytes())
        self.assertEqual(config["config"]["Entrypoint"], ["cat", "/said"])
        self.assertEqual(config["config"]["Labels"]["team"], "data")
        self.assertEqual((config["os"], config["architecture"]), ("linux", "amd64"))
        self.assertEqual(self.files_of(layout, manifest)["said"], b"said by us\n")
        self.assertEqual(self.images_of_ours(), [])
        log = self.log_of("made")
        self.assertIn(f"built with {self.title}", log)
        told = [event["text"] for event in done.events if event["event"] == "step_progressed" and event["step"] == "made"]
        self.assertTrue(any(re.match(r"step \d of \d: RUN sh /say.sh (us|\$WHO) > /said", text) for text in told), told)

    def files_of(self, layout, manifest):
        content = {}
        for layer in manifest["layers"]:
            with tarfile.open(blob(layout, layer["digest"])) as archive:
                for entry in archive:
                    if entry.isfile():
                        content[entry.name.removeprefix("./")] = archive.extractfile(entry).read()
        return content

    def log_of(self, step):
        done = subprocess.run([SDLRUN, "log", step], cwd=self.project.folder, capture_output=True, text=True, check=True)
        return done.stdout

    def test_it_is_a_base_and_can_be_pushed(self):
        registry = self.enter(Registry())
        more = (f'step above = image.build {{ base = made.image, files = {{ "/above": "ctx/say.sh" }} }}\n'
                f'step pushed = image.push {{ image = above.image, repository = "{registry.host}/team/app:1" }}\n'
                "output digest = pushed.digest\n output layout = above.image.layout\n")
        self.good(self.run_step(f"FROM {BASE}\nRUN echo below > /below\n", more=more))
        manifest, digest = manifest_of(layout_of(self.project))
        self.assertEqual(registry.digest("team/app", "1"), digest)
        files = self.files_of(layout_of(self.project), manifest)
        self.assertEqual((files["below"], files["above"]), (b"below\n", b"echo said by $1\n"))

    # ---- what counts

    def test_what_is_ignored_is_neither_sent_nor_compared(self):
        self.project.write("ctx/.dockerignore", "# comment\n*.md\ndocs\n!docs/keep.md\n")
        self.project.write("ctx/README.md", "1\n")
        self.project.write("ctx/docs/keep.md", "1\n")
        self.project.write("ctx/docs/other.txt", "1\n")
        self.project.write("ctx/.sdl/state", "1\n")
        dockerfile = f"FROM {BASE}\nCOPY . /in/\n"
        more = "output layout = made.image.layout"
        self.good(self.run_step(dockerfile, more=more))
        manifest, _ = manifest_of(layout_of(self.project))
        self.assertEqual(sorted(name for name in self.files_of(layout_of(self.project), manifest) if name.startswith("in/")), ["in/Dockerfile", "in/docs/keep.md", "in/say.sh"])
        self.project.write("ctx/README.md", "2\n")
        self.project.write("ctx/docs/other.txt", "2\n")
        self.project.write("ctx/NEWS.md", "new\n")
        for _ in range(2):
            self.assertEqual(self.run_step(dockerfile, more=more).outcomes()["made"], "cached")
        self.project.write("ctx/docs/keep.md", "2\n")
        done = self.run_step(dockerfile, more=more)
        self.assertEqual(done.outcomes()["made"], "ran")
        self.assertIn("folder ctx changed", done.text)
        self.assertIn("file ctx/Dockerfile changed", self.run_step(dockerfile + "RUN true\n", more=more).text)

    def test_a_dockerfile_elsewhere_with_an_ignore_file_of_its_own(self):
        self.project.write("ctx/.dockerignore", "say.sh\n")
        self.project.write("ctx/no.txt", "no\n")
        self.project.write("build/App.dockerfile", f"FROM {BASE}\nCOPY . /in/\n")
        self.project.write("build/App.dockerfile.dockerignore", "*.txt\nDockerfile\n")
        more = "output layout = made.image.layout"
        self.good(self.run_step("FROM none\n", ', dockerfile = "build/App.dockerfile"', more=more))
        manifest, _ = manifest_of(layout_of(self.project))
        self.assertEqual([name for name in self.files_of(layout_of(self.project), manifest) if name.startswith("in/")], ["in/say.sh"])
        self.project.write("build/App.dockerfile", f"FROM {BASE}\nCOPY say.sh /other\n")
        done = self.run_step("FROM none\n", ', dockerfile = "build/App.dockerfile"', more=more)
        self.assertIn("file build/App.dockerfile changed", done.text)

    # ---- secrets

    def test_secrets_are_build_secrets(self):
        if not self.has_secrets:
            self.skipTest("its classic builder has no build secrets")
        dockerfile = f"FROM {BASE}\nRUN --mount=type=secret,id=token : {self.id()}; cat /run/secrets/token; wc -c < /run/secrets/token > /size\n"
        more = 'secret token = env("TOKEN")\n output layout = made.image.layout'
        self.good(self.run_step(dockerfile, ', secrets = { "token": token }', more=more, TOKEN=SECRET))
        layout = layout_of(self.project)
        manifest, _ = manifest_of(layout)
        files = self.files_of(layout, manifest)
        self.assertEqual(files["size"], f"{len(SECRET)}\n".encode())
        self.assertNotIn(SECRET, self.log_of("made"))
        self.assertIn("***", self.log_of("made"))
        for content in [*files.values(), *(path.read_bytes() for path in layout.rglob("*") if path.is_file())]:
            self.assertNotIn(SECRET.encode(), content)
        done = subprocess.run(["grep", "-rlF", SECRET, self.project.folder / ".sdl"], capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout, "")

    def test_a_secret_that_the_step_does_not_give(self):
        if not self.has_secrets:
            self.skipTest("its classic builder has no build secrets")
        error = self.error(f"FROM {BASE}\nRUN --mount=type=secret,id=token,required=true cat /run/secrets/token\n")
        self.assertIn("the step gives no secret `token`", error)

    def test_an_id_that_is_none(self):
        if not self.has_secrets:
            self.skipTest("its classic builder has no build secrets")
        error = self.error(f"FROM {BASE}\n", ', secrets = { "a,src=/etc/shadow": token }', more='secret token = env("TOKEN")', TOKEN=SECRET)
        self.assertIn("`a,src=/etc/shadow` is no id of a build secret", error)

    # ---- what goes wrong

    def test_a_run_that_fails(self):
        error = self.error(f"FROM {BASE}\n\n# comment\nRUN echo one; \\\n  echo two words; sh -c 'exit 3'\n")
        self.assertIn("`Dockerfile`, line 4, `RUN echo one; echo two words; sh -c 'exit 3'`: it ended with exit code 3", error)
        self.assertRegex(error, "two words\n")
        self.assertIn("a command was not found in the image", self.error(f"FROM {BASE}\nRUN no-such-program\n"))

    def test_a_copy_of_what_is_not_there(self):
        error = self.error(f"FROM {BASE}\nCOPY gone.txt /x/\n")
        self.assertIn("`Dockerfile`, line 2, `COPY gone.txt /x/`: there is no `gone.txt` in `", error)
        self.project.write("ctx/gone.txt", "here\n")
        self.project.write("ctx/.dockerignore", "*.txt\n")
        error = self.error(f"FROM {BASE}\nCOPY gone.txt /x/\n")
        self.assertIn("`gone.txt` is not sent to the engine: `.dockerignore` leaves it out, by its line `*.txt`", error)
        self.assertIn("`!gone.txt`", error)

    def test_a_dockerfile_that_is_wrong(self):
        error = self.error(f"FROM {BASE}\nRUNN true\n")
        self.assertIn("line 2", error)
        self.assertIn("there is no instruction `RUNN`", error)
        self.assertIn("it has no stage `other`", self.error(f"FROM {BASE} AS first\nRUN true\n", ', target = "other"'))

    def test_a_base_that_is_not_there(self):
        registry = self.enter(Registry())
        self.trust(registry.host)
        error = self.error(f"FROM {registry.host}/team/none:1\nRUN true\n")
        self.assertIn("its base is not there, or may not be read", error)
        error = self.error("FROM 127.0.0.1:9/team/none:1\nRUN true\n")
        self.assertIn("connection refused", error)

    def test_arguments_that_it_does_not_take(self):
        if not self.tells_unused_arguments:
            self.skipTest("its BuildKit does not tell")
        done = self.good(self.run_step(f"FROM {BASE}\nARG USED\nRUN true\n", ', args = { "USED": "1", "OTHER": "2" }'))
        warnings = next(event["warnings"] for event in done.events if event.get("step") == "made" and event["event"] == "step_finished")
        self.assertEqual(warnings, ["the Dockerfile takes no argument `OTHER`: it has no `ARG OTHER`"])

    def test_a_healthcheck(self):
        done = self.good(self.run_step(f"FROM {BASE}\nHEALTHCHECK CMD true\n", more="output layout = made.image.layout"))
        manifest, _ = manifest_of(layout_of(self.project))
        config = json.loads(blob(layout_of(self.project), manifest["config"]["digest"]).read_bytes())
        warnings = next(event["warnings"] for event in done.events if event.get("step") == "made" and event["event"] == "step_finished")
        if self.engine == "docker":
            self.assertEqual((config["config"]["Healthcheck"], warnings), ({"Test": ["CMD-SHELL", "true"]}, []))
        else:
            self.assertRegex(warnings[0], "`HEALTHCHECK` is left out by .*: Docker would keep it")

    def test_no_room_for_what_it_makes(self):
        error = self.error(f"FROM {BASE}\nRUN cat /bin/busybox > /dev/full\n")
        self.assertIn("no space left on device", error)
        self.assertIn("make room where the engine keeps its images", error)

    def test_a_build_that_is_stopped(self):
        self.good(self.run_step("FROM scratch\nCOPY say.sh /\n"))  # the base is there
        self.project.write("ctx/Dockerfile", f"FROM {BASE}\nRUN echo {time.time()}; sleep 30\n")
        process = self.start_pipeline(f'step made = image.dockerfile {{ context = dir("ctx"), engine = "{self.engine}" }} {self.with_options()}', **self.variables())
        self.project.start_until(process, lambda event: event["event"] == "step_progressed" and "RUN echo" in event["text"])
        process.send_signal(signal.SIGINT)
        done = self.finish(process)
        self.assertEqual(done.code, 130, done.text)
        self.remove_containers()
        self.assertEqual(self.images_of_ours(), [])
        self.assertEqual(list((self.project.folder / ".sdl" / "temporary").iterdir()), [])

    def test_a_context_that_changes_while_it_is_built(self):
        self.project.write("ctx/data", "1\n")
        dockerfile = f"FROM {BASE}\nCOPY data /data\nRUN sleep 10\n"
        self.good(self.run_step("FROM scratch\nCOPY data /data\n"))  # the base is there
        self.project.write("ctx/Dockerfile", dockerfile)
        process = self.start_pipeline(f'step made = image.dockerfile {{ context = dir("ctx"), engine = "{self.engine}" }} {self.with_options()}', **self.variables())
        self.project.start_until(process, lambda event: event["event"] == "step_progressed" and "RUN sleep" in event["text"])
        self.project.write("ctx/data", "2\n")
        self.assertIn("while the step ran: folder ctx changed", self.error_of(self.finish(process)))
