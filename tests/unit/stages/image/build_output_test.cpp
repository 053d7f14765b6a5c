// What engines print while they build, as Docker 20.10 (classic and BuildKit), Podman 4.3 and Buildah 1.28 have printed it.
#include "stages/image/dockerfile/build_output.hpp"

#include "image_fixtures.hpp"

using namespace sdlrun;
using namespace sdlrun::stages::image;
using namespace sdlrun::stages::image::tests;

namespace {

const BuiltFrom from{.dockerfile = "Dockerfile",
                     .text = "FROM busybox:1\nARG V=1\n\n# why\nRUN echo one; \\\n  # between\n  echo two >&2; exit 3\nCOPY gone.txt  /x/\n",
                     .folder = "ctx",
                     .why_left_out = [](const std::string& place) { return place == "gone.txt" ? std::string() : "`.dockerignore` leaves it out, by its line `*`"; }};

engine::Error failure_of(std::vector<std::string> lines) {
  BuildOutput output;
  for (const std::string& line : lines) output.take(line);
  return output.failure("Docker 20.10", "exit code 1", from);
}

std::string step_text(std::string_view line) {
  const auto step = announced_step(line);
  return step ? std::to_string(step->number) + '/' + std::to_string(step->total) + ' ' + step->instruction : "none";
}

}  // namespace

TEST_CASE("the step that begins") {
  CHECK(step_text("STEP 3/7: RUN make  all") == "3/7 RUN make all");
  CHECK(step_text("[2/2] STEP 1/3: FROM busybox:1") == "1/3 FROM busybox:1");
  CHECK(step_text("Step 2/3 : ARG V=1") == "2/3 ARG V=1");
  CHECK(step_text("#5 [2/2] RUN echo one;   echo two") == "2/2 RUN echo one; echo two");
  CHECK(step_text("#12 [build  3/10] COPY . /in/") == "3/10 COPY . /in/");
  CHECK(step_text("#3 [internal] load metadata for docker.io/library/busybox:1") == "none");
  CHECK(step_text("#5 sha256:dd2e513118c14b3d8474def6242d4676125b9d884af3a5e21dfd526ad92f598b") == "none");
  CHECK(step_text("#5 0.365 STEP 1/2: not one") == "none");
}

TEST_CASE("the line of an instruction") {
  CHECK(line_of(from.text, "RUN echo one;   echo two >&2; exit 3") == 5);
  CHECK(line_of(from.text, "COPY gone.txt /x/") == 8);
  CHECK(line_of(from.text, "RUN other") == 0);
  CHECK(line_of("FROM a\nRUN make $WHAT\n", "RUN make all") == 2);
  CHECK(line_of("FROM a\r\nRUN b\r\n", "RUN b") == 2);
}

TEST_CASE("a RUN that fails, by each engine") {
  const std::string told = "`Dockerfile`, line 5, `RUN echo one; echo two >&2; exit 3`: it ended with exit code 3";
  CHECK(failure_of({"Step 3/4 : RUN echo one;   echo two >&2; exit 3", " ---> Running in 207939d1788a", "\x1b[91mtwo", "\x1b[0mone",
                    "The command '/bin/sh -c echo one;   echo two >&2; exit 3' returned a non-zero code: 3"})
            .message == told);
  CHECK(failure_of({"#5 [2/2] RUN echo one;   echo two >&2; exit 3", "#6 [other 2/2] RUN else", "#5 0.365 one", "#5 ERROR: executor failed running [/bin/sh -c echo one]: exit code: 3", "------",
                    " > [2/2] RUN echo one;   echo two >&2; exit 3:", "------", "executor failed running [/bin/sh -c echo one;   echo two >&2; exit 3]: exit code: 3"})
            .message == told);
  CHECK(failure_of({"STEP 3/4: RUN echo one;   echo two >&2; exit 3", "one", "two", "subprocess exited with status 3", "Error: building at STEP \"RUN echo one;   echo two >&2; exit 3\": exit status 3"}).message == told);
}

TEST_CASE("a COPY of what is not there, or is left out") {
  for (const char* words : {"COPY failed: file not found in build context or excluded by .dockerignore: stat gone.txt: file does not exist", "failed to compute cache key: \"/gone.txt\" not found: not found",
                            "ERROR: failed to solve: failed to compute cache key: failed to calculate checksum of ref 7f: \"/gone.txt\": not found",
                            "Error: building at STEP \"COPY gone.txt /x/\": checking on sources under \"/tmp/ctx\": copier: stat: \"/gone.txt\": no such file or directory"}) {
    const engine::Error error = failure_of({"STEP 2/2: COPY gone.txt  /x/", words});
    CHECK(error.message == "`Dockerfile`, line 8, `COPY gone.txt /x/`: there is no `gone.txt` in `ctx`");
  }
  const engine::Error error = failure_of({"Step 2/2 : COPY a.md /x/", "COPY failed: file not found in build context or excluded by .dockerignore: stat a.md: file does not exist"});
  CHECK(error.message == "`Dockerfile`, `COPY a.md /x/`: `a.md` is not sent to the engine: `.dockerignore` leaves it out, by its line `*`");
  CHECK(contains(error.hint, "`!a.md`"));
  CHECK(contains(failure_of({"Step 2/2 : COPY --from=build /x /x", "COPY failed: stat x: file does not exist"}).message, "there is no `/x` in what `--from` names"));
}

TEST_CASE("what else goes wrong, and what to do") {
  const auto told = [](const std::string& words) {
    const engine::Error error = failure_of({words});
    CHECK(error.detail == words);
    return error.message + "\n" + error.hint;
  };
  CHECK(contains(told("Error response from daemon: dockerfile parse error line 2: unknown instruction: RUNN"), "`Dockerfile`, line 2: there is no instruction `RUNN`"));
  CHECK(contains(told("Error: building at STEP \"RUNN \": Build error: Unknown instruction: \"RUNN\" &imagebuilder.Step{}"), "there is no instruction `RUNN`"));
  CHECK(contains(told("Error: The target \"zz\" was not found in the provided Dockerfile"), "it has no stage `zz`"));
  CHECK(contains(told("Error response from daemon: failed to reach build target zz in Dockerfile"), "it has no stage `zz`"));
  CHECK(contains(told("failed to solve with frontend dockerfile.v0: failed to create LLB definition: target stage zz could not be found"), "it has no stage `zz`"));
  CHECK(contains(told("secret tok not found: not found"), "the step gives no secret `tok`"));
  CHECK(contains(told("Error: building at STEP \"RUN x\": resolving mountpoints for container \"a2\": secret required but no secret with id tok found"), "the step gives no secret `tok`"));
  CHECK(contains(told("the --mount option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/"), "`--mount` wants BuildKit"));
  CHECK(contains(told("Get \"https://registry-1.docker.io/v2/\": dial tcp: lookup registry-1.docker.io on 10.255.255.53:53: no such host"), "is there a network"));
  CHECK(failure_of({"Get \"http://127.0.0.1:9/v2/\": dial tcp 127.0.0.1:9: connect: connection refused"}).transient);
  CHECK(contains(told("Error: creating build container: short-name \"nosuchimage:9\" did not resolve to an alias and no unqualified-search registries are defined in \"/etc/containers/registries.conf\""),
                 "the base `nosuchimage:9` has no registry in its name"));
  CHECK(contains(told("failed to solve with frontend dockerfile.v0: failed to create LLB definition: 127.0.0.1:51109/team/none:1: not found"), "its base is not there, or may not be read (127.0.0.1:51109/team/none:1)"));
  CHECK(contains(told("Error: creating build container: initializing source docker://127.0.0.1:38623/team/none:1: pinging container registry 127.0.0.1:38623: Get \"https://127.0.0.1:38623/v2/\": http: server gave HTTP response to HTTPS client"),
                 "the registry 127.0.0.1:38623 has no TLS"));
  CHECK(contains(told("write /var/lib/docker/tmp/x: no space left on device"), "make room where the engine keeps its images"));
  CHECK(contains(told("The command '/bin/sh -c nosuchprogram' returned a non-zero code: 127"), "a command was not found in the image"));
  CHECK(contains(told("ERROR: something that nobody knows"), "something that nobody knows"));
  CHECK(contains(failure_of({"ERROR: failed to build: failed to solve: rpc error: code = Unknown desc = failed to solve with frontend dockerfile.v0: nobody knows", "", "View build details: docker-desktop://x"}).message, "`Dockerfile`: nobody knows"));
  CHECK(failure_of({}).message == "`Dockerfile`: Docker 20.10 ended with exit code 1");
}

TEST_CASE("what a RUN line's program has said explains its exit code") {
  const engine::Error full = failure_of({"#5 [2/2] RUN make", "#5 0.2 cat: write error: No space left on device", "executor failed running [/bin/sh -c make]: exit code: 1"});
  CHECK(full.message == "`Dockerfile`, `RUN make`: no space left on device");
  CHECK(full.detail == "#5 [2/2] RUN make\n#5 0.2 cat: write error: No space left on device\nexecutor failed running [/bin/sh -c make]: exit code: 1");
  const engine::Error alone = failure_of({"STEP 2/2: RUN wget http://a/", "wget: bad address 'a'", "Error: building at STEP \"RUN wget http://a/\": exit status 1"});
  CHECK(alone.message == "`Dockerfile`, `RUN wget http://a/`: it does not come through to the network (bad address)");
  CHECK(alone.transient);
}

TEST_CASE("what stands in a command is not taken for what has happened") {
  const std::string words = "executor failed running [/bin/sh -c grep -q 'connection refused' /log || echo \"/x\" not found]: exit code: 9";
  CHECK(failure_of({"#5 [2/2] RUN test", words}).message == "`Dockerfile`, `RUN test`: it ended with exit code 9");
}

TEST_CASE("instructions that an engine leaves out") {
  BuildOutput output;
  output.take("time=\"2026-11-29T01:01:39Z\" level=warning msg=\"HEALTHCHECK is not supported for OCI image format and will be ignored. Must use `docker` format\"");
  CHECK(output.left_out() == std::set<std::string>{"HEALTHCHECK"});
}

TEST_CASE("arguments that the Dockerfile does not take") {
  BuildOutput classic, podman;
  classic.take("[Warning] One or more build-args [W X] were not consumed");
  CHECK(classic.unused_arguments({"V", "W"}) == std::vector<std::string>{"W"});
  podman.take("[Warning] one or more build args were not consumed: [TARGETARCH TARGETOS TARGETPLATFORM W]");
  CHECK(podman.unused_arguments({"V", "W"}) == std::vector<std::string>{"W"});
  CHECK(BuildOutput().unused_arguments({"V"}).empty());
}
