"""Who builds and pushes the same image: a base, a layer of packages, and one of a script."""

import os
import pathlib
import re
import shutil
import subprocess

DOCKERFILE = """\
FROM {base}
{packages}COPY main.py /opt/app/main.py
"""


def client_with_buildkit():
    """Debian's own client speaks to BuildKit by itself; a newer one may stand before it on the PATH, and want a plugin."""
    for folder in [*os.environ["PATH"].split(":"), "/usr/bin"]:
        client = shutil.which("docker", path=folder)
        version = re.search(r"version (\d+)", os.popen(f"'{client}' --version").read()) if client else None
        if version and int(version[1]) <= 22:
            return client
    return None


class Builder:
    """Told once what there is: the base's name, the packages (a folder, a tar, or nothing), and where the engines are."""

    name = ""

    def __init__(self, setting):
        self.setting = setting

    def is_there(self):
        return True

    def version(self):
        return subprocess.run(self.version_command, capture_output=True, text=True, check=True, env=self.environment()).stdout.strip().splitlines()[0]

    def environment(self):
        return dict(os.environ)

    def forget(self):
        """Nothing of earlier rounds is known to it."""

    def write(self, folder, registry):
        """What a user would have in a folder of a project; `registry` is where it goes."""
        self.folder, self.registry = folder, registry
        self.image = f"{registry.host}/team/app:1"
        self.write_script("first")
        self.write_project(folder, f"{registry.host}/base:1")

    def write_script(self, text):
        (self.folder / "main.py").write_text(f"print({text!r})\n" * 200)

    def write_project(self, folder, base):
        (folder / "Dockerfile").write_text(DOCKERFILE.format(base=base, packages=f"ADD packages.tar {self.setting.packages_place}/\n" if self.setting.packages else ""))
        if self.setting.packages:
            os.link(self.setting.packages_tar, folder / "packages.tar")


class Native(Builder):
    name = "sdlrun"

    def __init__(self, setting, program):
        super().__init__(setting)
        self.program = str(pathlib.Path(program).resolve())
        self.version_command = [self.program, "--version"]

    def environment(self):
        return {**os.environ, "XDG_CACHE_HOME": str(self.setting.folder / "cache"), "DOCKER_CONFIG": str(self.setting.folder / "no-docker")}

    def forget(self):
        shutil.rmtree(self.setting.folder / "cache" / "sdlrun" / "images", ignore_errors=True)

    def write_project(self, folder, base):
        (folder / "sdl.yaml").touch()
        python = f'  step python = python.venv {{ requirements = "{self.setting.packages}" }}\n' if self.setting.packages else ""
        (folder / "app.sdl").write_text(
            f"pipeline app {{\n{python}  step image = image.build {{\n    base = \"{base}\"\n" + ("    packages = python.env\n" if python else "") +
            '    files = { "/opt/app/main.py": file("main.py") }\n  }\n'
            f'  step push = image.push {{ image = image.image, repository = "{self.image}" }}\n}}\n')
        if python:  # what is installed is no part of making an image
            subprocess.run([self.program, "app.sdl", "-q", "python"], cwd=folder, env=self.environment(), stdin=subprocess.DEVNULL, check=True)

    def commands(self):
        return [[self.program, "app.sdl", "-q"]]


class Docker(Builder):
    name = "docker, BuildKit"
    buildkit = "1"
    version_command = ["docker", "version", "--format", "client {{.Client.Version}}, engine {{.Server.Version}}"]

    def __init__(self, setting):
        super().__init__(setting)
        self.client = client_with_buildkit()
        self.version_command = [self.client, *self.version_command[1:]]

    def is_there(self):
        return self.client is not None

    def environment(self):
        return {**os.environ, **self.setting.docker.environment, "DOCKER_BUILDKIT": self.buildkit}

    def forget(self):
        for words in (("system", "prune", "--all", "--force"), ("builder", "prune", "--all", "--force")):
            self.setting.docker.run(*words)

    def commands(self):
        return [[self.client, "build", "--quiet", "--tag", self.image, "."], [self.client, "push", "--quiet", self.image]]


class ClassicDocker(Docker):
    name = "docker, classic builder"
    buildkit = "0"


class Buildah(Builder):
    name = "buildah"
    version_command = ["buildah", "--version"]

    def environment(self):
        return {**os.environ, **self.setting.podman.environment}

    def forget(self):
        self.setting.podman.run("rmi", "--all", "--force", program="buildah")

    def write(self, folder, registry):
        super().write(folder, registry)
        self.setting.podman.trust(registry.host)

    def commands(self):
        return [["buildah", "build", "--quiet", "--layers", "--tag", self.image, "."], ["buildah", "push", "--quiet", self.image]]
