#!/usr/bin/env python3
"""Steps that run as Jobs on a real Kubernetes: files in and out, hundreds at once, how they fail, and sdlrun killed meanwhile."""

import contextlib
import http.client
import json
import os
import re
import signal
import sys
import time
import unittest

from cluster import HERE, run_tests
from forwarder import Forwarder
from gate import Gate
from images import Image, write_layout, write_python_layer

for folder in ("end_to_end", "image"):
    sys.path.insert(0, str(HERE.parent / folder))
from project import Project  # noqa: E402
import servers  # noqa: E402

BUSYBOX, PYTHON = "localhost/busybox:1", "localhost/python:1"
# The steps of a pipeline stand between, each `with { on = jobs.jobs }`.
PIPELINE = """pipeline job {{
  param word: string = "hello"
  {declarations}
  step kube = kubernetes.cluster {{}}
  step jobs = kubernetes.jobs {{ cluster = kube.cluster, namespace = "{space}" {settings} }}
  {steps}
}}
"""
FILES = r"""
  step run = shell.run {
    script = '''
      cat words.txt conf/app/one conf/app/link
      test -d conf/app/empty
      conf/tool
      mkdir -p made/deep/empty
      : > made/nothing
      ln -s deep made/link
      tr a-z A-Z < words.txt > "$SDL_OUTPUT_LOUD"
      echo "${GREETING}" > made/deep/greeting
      echo '#!/bin/sh' > made/program
      chmod +x made/program
      echo 42 > "$SDL_OUTPUT_NUMBER"
    '''
    files = { "words.txt": "words.txt", "conf/app": dir("app"), "conf/tool": "tool" }
    shell = "sh"
  } outputs {
    loud: file at "loud.txt"
    made: dir at "made"
    number: int at "number.json"
    total: string at stdout matching "tool says (.*)"
  } with { on = jobs.jobs, image = "localhost/python:1", env = { "GREETING": token } }
  output total = run.total
  output number = run.number
"""
# In an image that the pipeline makes.
OWN_IMAGE = """
  step app = image.build {{ base = dir("{base}"), files = {{ "/word": "word" }} }}
  step pushed = image.push {{ image = app.image, repository = "{host}/team/app", tags = ["1"] }}
  step run = exec.run {{ command = ["cat", "/word"] }} outputs {{ said: string at stdout }} with {{ on = jobs.jobs, image = pushed.image }}
  output said = run.said
"""
cluster = None


class Job:
    """A project whose steps run on the cluster of the tests."""

    def __init__(self, test, steps, space="jobs", settings="", declarations=""):
        self.project = Project()
        test.addCleanup(self.project.close)
        self.project.write("job.sdl", PIPELINE.format(space=space, settings=settings, declarations=declarations, steps=steps))

    def run(self, *words, **variables):
        return self.project.run("job.sdl", *words, KUBECONFIG=str(cluster.kubeconfig), **variables)

    def start_and_follow(self):
        """Until it is known to run."""
        process = self.project.start("job.sdl", "--json", KUBECONFIG=str(cluster.kubeconfig))
        self.project.start_until_progress(process, "running on ")
        return process

    def output(self, name):
        [path] = (self.project.folder / ".sdl/outputs").glob(f"*/{name}")
        return path


def one(command, image=BUSYBOX, outputs="", options=""):
    return f'step run = exec.run {{ command = {command} }} {outputs} with {{ on = jobs.jobs, image = "{image}" {options} }}'


def there(kind, space):
    return [item["metadata"]["name"] for item in cluster.get(kind, f"--namespace={space}")["items"]]


class JobsTest(unittest.TestCase):
    def test_files_in_and_out(self):
        job = Job(self, FILES, declarations='secret token = env("TOKEN")')
        job.project.write("words.txt", "some words\n")
        job.project.write("app/one", "1\n")
        job.project.write("tool", "#!/bin/sh\necho tool says yes\n")
        (job.project.folder / "tool").chmod(0o755)
        (job.project.folder / "app/empty").mkdir()
        (job.project.folder / "app/link").symlink_to("one")
        done = job.run("--json", TOKEN="a long secret")
        self.assertEqual(done.code, 0, done.text)
        self.assertNotIn("a long secret", done.text)
        outputs = {event["name"]: event["value"] for event in done.events if event["event"] == "output_published"}
        self.assertEqual(outputs, {"total": "yes", "number": 42})
        self.assertEqual(job.output("loud.txt").read_text(), "SOME WORDS\n")
        made = job.output("made")
        self.assertEqual((made / "deep/greeting").read_text(), "a long secret\n")
        self.assertEqual((made / "nothing").read_text(), "")
        self.assertTrue((made / "deep/empty").is_dir() and os.readlink(made / "link") == "deep" and os.access(made / "program", os.X_OK))
        self.assertIn("tool says yes", job.project.run("log", "job.sdl", "run").text)
        again = job.run("--json", TOKEN="a long secret")
        self.assertEqual((again.code, again.outcomes()), (0, {"kube": "cached", "jobs": "cached", "run": "cached"}), again.text)

    def test_a_file_among_the_words_of_a_command(self):
        job = Job(self, one('["wc", "-w", file("words.txt")]', image=PYTHON, outputs='outputs { words: int at stdout matching "([0-9]+)" }') + "\n output words = run.words")
        job.project.write("words.txt", "one two three")
        done = job.run()
        self.assertEqual(done.code, 0, done.text)
        self.assertIn("words", done.text)
        self.assertIn("3", done.text)

    @unittest.skipIf(servers.PROGRAM is None, "docker-registry is not installed")
    def test_an_image_that_the_pipeline_pushes(self):
        """By its digest: another image under the same tag is another step."""
        base = cluster.folder / "busybox"
        write_layout(base, [Image(BUSYBOX, [cluster.folder / "busybox.tar"], {"Env": ["PATH=/bin"]})])
        job = Job(self, OWN_IMAGE.format(base=base, host=begin_registry(self)), space="own-image", settings=f', helper = "{PYTHON}"')
        for word in ("first", "second"):
            job.project.write("word", word)
            done = job.run("--json")
            self.assertEqual(done.code, 0, done.text)
            self.assertEqual([event["value"] for event in done.events if event["event"] == "output_published"], [word])
        self.assertEqual(job.run("--json").outcomes()["run"], "cached")
        images = {pod["spec"]["initContainers"][0]["image"] for pod in cluster.get("pods", "--namespace=own-image", "--selector=sdlrun/job")["items"]}
        self.assertEqual(len(images), 2)
        self.assertTrue(all("/team/app@sha256:" in image for image in images), images)

    def test_an_image_without_python(self):
        job = Job(self, one('["sh", "-c", "cp /etc/hostname name"]', outputs='outputs { name: file at "name" }'), settings=f', helper = "{PYTHON}"')
        done = job.run()
        self.assertEqual(done.code, 0, done.text)
        self.assertTrue(job.output("name").read_text().startswith("sdl-"))

    def test_without_python_and_without_helper(self):
        job = Job(self, one('["sh", "-c", "echo 1 > name"]', outputs='outputs { name: file at "name" }'), space="no-python")
        done = job.run()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("python3", done.text)
        self.assertIn("helper", done.text)
        self.assertEqual(there("jobs", "no-python"), [])

    def test_nothing_to_carry_needs_nothing(self):
        done = Job(self, one('["echo", "said there"]'), space="bare").run("--verbose")
        self.assertEqual(done.code, 0, done.text)
        self.assertIn("said there", done.text)
        self.assertEqual((len(there("pods", "bare")), there("services", "bare"), there("secrets", "bare")), (1, [], []))

    def test_many_at_once(self):
        """More than there are slots: they take none."""
        steps = 'step run[i in range(0, 40)] = exec.run { command = ["sh", "-c", "echo ${i}; sleep 1"] } outputs { said: int at stdout } with { on = jobs.jobs, image = "%s" }\n output said = run[*].said' % PYTHON
        job = Job(self, steps)
        done = job.run("-j1", "--json")
        self.assertEqual(done.code, 0, done.text)
        [said] = [event["value"] for event in done.events if event["event"] == "output_published"]
        self.assertEqual(said, list(range(40)))
        running = most = 0
        for event in done.events:
            running += {"step_started": 1, "step_finished": -1}.get(event["event"], 0)
            most = max(most, running)
        self.assertGreaterEqual(most, 40)

    # ---- how they fail

    def test_a_program_that_fails_is_tried_again(self):
        job = Job(self, one('["sh", "-c", "echo broken; exit 3"]', options=", retry = { attempts: 2, exit_codes: [3] }"), space="failing")
        done = job.run()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("`sh` ended with exit code 3", done.text)
        self.assertIn("attempt 1 of 2 failed, tried again", done.text)
        self.assertEqual(there("jobs", "failing"), [])
        other = Job(self, one('["sh", "-c", "exit 4"]', options=", retry = { attempts: 2, exit_codes: [3] }"), space="failing").run()
        self.assertNotIn("tried again", other.text)

    def test_memory_that_runs_out(self):
        done = Job(self, one('["sh", "-c", "x=1234567890; while true; do x=$x$x; done"]', options=", memory = 24MiB"), space="failing").run()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("OOMKilled", done.text)
        self.assertIn("with { memory", done.text)

    def test_a_program_that_the_image_lacks(self):
        done = Job(self, 'step run = shell.run { script = "true" } with { on = jobs.jobs, image = "localhost/busybox:1" }', space="failing").run()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("cannot be started in `localhost/busybox:1`", done.text)
        self.assertIn('shell = "sh"', done.text)

    def test_an_image_that_is_nowhere(self):
        done = Job(self, one('["true"]', image="localhost/nowhere:1"), space="failing").run()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("the image `localhost/nowhere:1` cannot be pulled", done.text)

    def test_no_room(self):
        done = Job(self, one('["true"]', options=", cpus = 1000, memory = 900GiB"), space="failing", settings=", start_timeout = 3s").run()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("finds no place on a node", done.text)
        self.assertIn("1000 CPUs", done.text)
        self.assertNotIn("spark", done.text)

    def test_a_full_quota(self):
        space = "full"
        cluster.make_namespace(space, quota="none", pods=0)
        done = Job(self, one('["true"]'), space=space, settings=", start_timeout = 3s").run()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("the job gets no Pod", done.text)
        self.assertIn("exceeded quota", done.text)

    def test_a_timeout_takes_it_away(self):
        done = Job(self, one('["sleep", "600"]', options=", timeout = 20s"), space="late").run()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("timed out", done.text)
        self.assertEqual(there("jobs", "late"), [])

    def test_a_job_that_is_deleted(self):
        job = Job(self, one('["sleep", "600"]'), space="deleted")
        process = job.start_and_follow()
        cluster.kubectl("delete", "jobs", "--all", "--namespace=deleted", "--grace-period=0", "--force")
        done = job.project.finish(process)
        self.assertEqual(done.code, 1, done.text)
        self.assertTrue("the job was deleted while it ran" in done.text or "the job was taken off its node" in done.text, done.text)

    def test_a_namespace_whose_account_comes_late(self):
        cluster.kill("kube-controller-manager")  # which makes it
        job = Job(self, one('["sh", "-c", "echo yes > said"]', image=PYTHON, outputs='outputs { said: file at "said" }'), space="unfurnished")
        process = job.project.start("job.sdl", KUBECONFIG=str(cluster.kubeconfig))
        try:
            cluster.wait_for("what comes before the Pod", lambda: there("services", "unfurnished"))
            time.sleep(3)
        finally:
            cluster.start("kube-controller-manager")
        done = job.project.finish(process)
        self.assertEqual(done.code, 0, done.text)
        self.assertIn("/pods: answer 403, asked again", job.project.run("log", "job.sdl", "run").text)

    def test_a_way_to_the_node_that_breaks_when_the_program_ends(self):
        """What it has printed last and left is asked for again."""
        refusal = json.dumps({"kind": "Status", "message": "error dialing backend: dial tcp: i/o timeout", "code": 500})
        refused, asked_for_files = [], []

        def has_ended():
            statuses = [status for pod in cluster.get("pods", "--namespace=broken-way", "--selector=sdlrun/job")["items"] for status in pod["status"].get("initContainerStatuses", [])]
            return any(status["name"] == "program" and status["state"].get("terminated") for status in statuses)

        def watch(_number, method, path, moment):
            if moment != "before" or method != "GET":
                return None
            if re.search("/pods/[^/]+/log", path) and len(refused) < 2:
                if has_ended():
                    refused.append(path)
                return 500, {}, refusal
            if "/proxy/blobs/" in path:
                asked_for_files.append(time.monotonic())
                return (503, {}, refusal) if asked_for_files[-1] - asked_for_files[0] < 5 else None
            return None

        job = Job(self, one('["sh", "-c", "echo last words; echo yes > said"]', image=PYTHON, outputs='outputs { said: file at "said" }'), space="broken-way")
        with Gate(cluster, watch) as gate:
            job.project.write("kubeconfig", gate.kubeconfig())
            done = job.project.run("job.sdl", KUBECONFIG=str(job.project.folder / "kubeconfig"))
        self.assertEqual(done.code, 0, done.text)
        self.assertIn("last words", job.project.run("log", "job.sdl", "run").text)
        self.assertEqual(job.output("said").read_text(), "yes\n")

    # ---- what survives

    def test_sdlrun_killed_while_it_runs(self):
        job = Job(self, one('["sh", "-c", "until [ -e /tmp/go ]; do sleep 0.1; done; date +%s > when"]', image=PYTHON, outputs='outputs { when: file at "when" }'), space="killed")
        process = job.start_and_follow()
        os.kill(job.project.engine_of(process), signal.SIGKILL)
        job.project.finish(process)
        [uid] = [item["metadata"]["uid"] for item in cluster.get("jobs", "--namespace=killed")["items"]]
        process = job.start_and_follow()
        cluster.kubectl("exec", "--namespace=killed", f"job/{there('jobs', 'killed')[0]}", "--container=program", "--", "touch", "/tmp/go")
        done = job.project.finish(process)
        self.assertEqual(done.code, 0, done.text)
        self.assertIn("takes over", job.project.run("log", "job.sdl", "run").text)
        self.assertEqual([item["metadata"]["uid"] for item in cluster.get("jobs", "--namespace=killed")["items"]], [uid])
        self.assertTrue(job.output("when").read_text().strip().isdigit())

    def test_a_store_that_is_gone_is_begun_anew(self):
        job = Job(self, one('["sh", "-c", "echo $WORD > said"]', image=PYTHON, outputs='outputs { said: file at "said" }', options=', env = { "WORD": word }'), space="anew")
        done = job.run("word=one")
        self.assertEqual(done.code, 0, done.text)
        cluster.kubectl("delete", "pods", "--selector=app.kubernetes.io/name", "--namespace=anew", "--grace-period=0", "--force")
        done = job.run("word=two")
        self.assertEqual(done.code, 0, done.text)

    def test_an_interrupted_run_deletes_its_job_or_leaves_it(self):
        for word, left in (("delete", 0), ("leave", 1)):
            with self.subTest(word):
                space = f"stopped-{word}"
                job = Job(self, one('["sleep", "600"]'), space=space, settings=f', on_interrupt = "{word}"')
                process = job.start_and_follow()
                process.send_signal(signal.SIGINT)
                done = job.project.finish(process)
                self.assertNotEqual(done.code, 0, done.text)
                self.assertEqual(len(there("jobs", space)), left, done.text)

    def test_rights_that_are_missing(self):
        token = cluster.account("weak", [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}])
        job = Job(self, one('["true"]'), space="default")
        cluster.write_kubeconfig(job.project.folder / "kubeconfig", {"token": token})
        done = job.project.run("job.sdl", KUBECONFIG=str(job.project.folder / "kubeconfig"))
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("may not do all that jobs need in the namespace `default`", done.text)
        self.assertIn("create jobs: to make jobs", done.text)


def begin_registry(test):
    """One that has the same address here and on the node, which is in a network of its own."""
    way = Forwarder(cluster.inside.network, None)
    test.addCleanup(way.close)
    way.target = ("127.0.0.1", way.port)
    folder = cluster.folder / "registry"
    folder.mkdir()
    (folder / "config.yml").write_text(f"version: 0.1\nlog: {{ level: warn }}\nstorage: {{ filesystem: {{ rootdirectory: {folder}/data }} }}\nhttp: {{ addr: '127.0.0.1:{way.port}' }}\n")
    cluster.inside.start("registry", [servers.PROGRAM, "serve", folder / "config.yml"])
    test.addCleanup(cluster.kill, "registry")
    cluster.wait_for("the registry", lambda: answers(way.port))
    return f"127.0.0.1:{way.port}"


def answers(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/v2/")
        return connection.getresponse().status == 200
    return False


def python_image():
    layer = cluster.folder / "python.tar"
    write_python_layer(layer)
    layout = cluster.folder / "python"
    write_layout(layout, [Image(PYTHON, [cluster.folder / "busybox.tar", layer], {"Env": ["PATH=/bin:/usr/bin"]})])
    return layout


def tests(begun):
    global cluster
    cluster = begun
    cluster.load(python_image())
    return not unittest.main(exit=False).result.wasSuccessful()


if __name__ == "__main__":
    run_tests(tests)
