// What a running step may do: programs, secrets, pauses, calls and locks, and how all of it ends with the step.
#include "engine/run/step_context.hpp"

#include "engine/run/safe_file_name.hpp"
#include "engine/run/step_environment.hpp"
#include "run_fixtures.hpp"
#include "secret_values.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::run_tests;

namespace {

using Lock = Result<std::shared_ptr<void>>;

std::string variable(const ProcessRequest& request, const std::string& name) {
  for (const auto& [key, value] : request.environment) {
    if (key == name) return value;
  }
  return "(not set)";
}

const std::string with_secret = "secret token = env(\"TOKEN\")\n";

/// Reads its secret, then shows it wherever it can.
Task<Result<StageOutputs>> show_secret(StageContext& context) {
  const auto token = context.read_secret(*context.inputs()["key"].as<dsl::SecretValue>());
  if (!token) co_return tl::unexpected(token.error());
  context.log("token is " + *token);
  context.progress("uses " + *token);
  context.warn("careful with " + *token);
  ProcessRequest request;
  request.command = {"work", "prints"};
  const Result<ProcessResult> result = co_await context.run(std::move(request));
  if (!result) co_return tl::unexpected(result.error());
  co_return failure("rejected: " + *token, "look at " + *token, "line 1: " + *token);
}

/// Holds a section of the shared cache for a second.
Task<Result<StageOutputs>> lock_for_a_second(StageContext& context) {
  std::string name = "python/one";
  const Lock lock = co_await context.lock_shared(std::move(name));
  if (!lock) co_return tl::unexpected(lock.error());
  context.log("in");
  co_await context.sleep(1s);
  context.log("out");
  co_return outputs_of(context);
}

/// Asks again and again until the step is over; nobody waits for it.
Task<bool> poll(StageContext& context, int& polls) {
  while (!context.stopping()) {
    ++polls;
    co_await context.sleep(1s);
  }
  co_return true;
}

}  // namespace

// ---- environment ---------------------------------------------------------------------------------------------------

TEST_CASE("a program gets little of the user's environment, what `with` declares, and a TMPDIR of its own") {
  RunProject project;
  project.options.user_environment = {{"PATH", "/bin"}, {"LC_ALL", "C.UTF-8"}, {"HTTPS_PROXY", "http://proxy"},
                                      {"PIP_INDEX_URL", "https://pypi.example"}, {"AWS_SECRET", "x"}, {"EDITOR", "vi"}};
  const Report report = project.run("step a = test.work {} with { env = { \"MODE\": \"fast\", \"LC_ALL\": \"C\" } }");
  REQUIRE(report.success());
  const ProcessRequest request = project.processes.started().at(0);
  CHECK(variable(request, "PATH") == "/bin");
  CHECK(variable(request, "HTTPS_PROXY") == "http://proxy");
  CHECK(variable(request, "PIP_INDEX_URL") == "https://pypi.example");
  CHECK(variable(request, "MODE") == "fast");
  CHECK(variable(request, "LC_ALL") == "C");
  CHECK(variable(request, "AWS_SECRET") == "(not set)");
  CHECK(variable(request, "EDITOR") == "(not set)");
  CHECK(variable(request, "TMPDIR").starts_with("/project/.sdl/temporary/"));
  CHECK_FALSE(variable(request, "TMPDIR").starts_with(request.directory.string()));
  CHECK(request.directory.string().starts_with("/project/.sdl/temporary/"));
}

TEST_CASE("what is handed on says where things are on this machine") {
  for (const char* name : {"HOME", "USER", "LANG", "TZ", "http_proxy", "NO_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE",
                           "CURL_CA_BUNDLE", "UV_CACHE_DIR", "JAVA_HOME", "XDG_CACHE_HOME", "DOCKER_CONFIG", "DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINER_HOST", "CONTAINERS_CONF", "CONTAINERD_ADDRESS"}) {
    CHECK_MESSAGE(is_handed_on(name), name);
  }
  for (const char* name : {"PYTHONPATH", "SPARK_HOME", "VIRTUAL_ENV", "PATHS", "LD_PRELOAD", "COMPOSE_FILE", "COMPOSE_PROFILES"}) CHECK_MESSAGE(!is_handed_on(name), name);
}

// ---- secrets -------------------------------------------------------------------------------------------------------

TEST_CASE("a secret reaches programs by their environment, and is masked in everything that is shown") {
  RunProject project;
  project.options.user_environment = {{"TOKEN", "s3cr3t-token"}};
  project.add_stage("secret", show_secret);
  project.processes.on({"work", "prints"}, {.output = {"hello s3cr3t-token"}});
  const Report report = project.run(with_secret + "step a = test.secret { key = token } with { env = { \"API\": token } }");
  CHECK(variable(project.processes.started().at(0), "API") == "s3cr3t-token");
  const StepFinished end = report.finished("a");
  CHECK(end.error.message == "rejected: ***");
  CHECK(end.error.hint == "look at ***");
  CHECK(end.error.detail == "line 1: ***");
  CHECK(end.warnings == std::vector<std::string>{"careful with ***"});
  CHECK(end.log_tail == "token is ***\nhello ***");
  CHECK(report.all<StepProgressed>().at(0).text == "uses ***");
  for (const StepPrinted& line : report.all<StepPrinted>()) CHECK(line.line.find("s3cr3t") == std::string::npos);
  for (const std::string& path : project.files.all()) {
    if (need(project.files.status(path))->kind == FileKind::regular) CHECK(need(project.files.read(path)).find("s3cr3t") == std::string::npos);
  }
  CHECK(project.state->last_attempt("p", "a")->key.find("s3cr3t") == std::string::npos);
}

TEST_CASE("base64 of a secret is masked in all that is shown, wherever in a longer text it began") {
  FakeFiles files;
  const Environment environment = {{"TOKEN", "s3cr3t-token"}};
  Secrets secrets(environment, files, "/project/.sdl");
  need(secrets.read(secret_in_environment("token", "TOKEN")));
  // base64 of the token, of x: and it, of xy: and it, and of the last as URLs have it; the first digits are the neighbours'.
  CHECK(secrets.masked("Basic czNjcjN0LXRva2Vu.") == "Basic ***.");
  CHECK(secrets.masked("Basic eDpzM2NyM3QtdG9rZW4=") == "Basic eDp***4=");
  CHECK(secrets.masked("Basic eHk6czNjcjN0LXRva2Vu") == "Basic eHk6***");
  const Error error = secrets.masked({.message = "no czNjcjN0LXRva2Vu", .hint = "not czNjcjN0LXRva2Vu", .detail = "at czNjcjN0LXRva2Vu"});
  CHECK(error.message == "no ***");
  CHECK(error.hint == "not ***");
  CHECK(error.detail == "at ***");
}

TEST_CASE("a missing secret fails the step before anything runs, and says where to set it") {
  RunProject project;
  const Report report = project.run(with_secret + "step a = test.work {} with { env = { \"API\": token } }");
  CHECK(report.finished("a").error.message == "the secret `token` is not there: the environment variable `TOKEN` is not set");
  CHECK(report.finished("a").error.hint.find("export TOKEN=") != std::string::npos);
  CHECK(project.processes.started().empty());
}

TEST_CASE("a secret from a file loses the new line at its end; its longer lines are masked one by one") {
  FakeFiles files;
  files.put("/key.pem", "-----BEGIN-----\nabc\nlong-line-of-key\n");
  const Environment nothing;
  Secrets secrets(nothing, files, "/project/.sdl");
  const dsl::SecretValue key = secret_in_file("key", "/key.pem");
  CHECK(need(secrets.read(key)) == "-----BEGIN-----\nabc\nlong-line-of-key");
  CHECK(secrets.masked("saw long-line-of-key and abc") == "saw *** and abc");
  const auto missing = secrets.read(secret_in_file("other", "/none"));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message.starts_with("the secret `other` cannot be read: "));
}

TEST_CASE("a generated secret is made once, and a text with one in it is masked as a whole and in its part") {
  FakeFiles files;
  const Environment nothing;
  const dsl::SecretValue token = secret_from(dsl::SecretPlace::Source::generated, "token", "dev.token");
  Secrets first(nothing, files, "/project/.sdl");
  const std::string text = need(first.read(token));
  CHECK(text.size() == 48);
  CHECK(text.find_first_not_of("0123456789abcdef") == std::string::npos);
  Secrets second(nothing, files, "/project/.sdl");
  CHECK(need(second.read(token)) == text);
  dsl::SecretPlace whole{dsl::SecretPlace::Source::composed, {}, {secret_from(dsl::SecretPlace::Source::text, "http://h/?t=", "http://h/?t="), token}};
  const dsl::SecretValue link{"http://h/?t=${token}", std::make_shared<const dsl::SecretPlace>(std::move(whole))};
  CHECK(need(second.read(link)) == "http://h/?t=" + text);
  CHECK(second.masked("at http://h/?t=" + text) == "at ***");
  CHECK(second.masked("only " + text) == "only ***");
  CHECK(second.masked("of http://h/?t=other") == "of http://h/?t=other");
}

// ---- the end of a step ---------------------------------------------------------------------------------------------

TEST_CASE("what a task leaves behind ends with it: processes are stopped, pauses end, and the step waits for both") {
  RunProject project;
  int polls = 0;
  project.processes.on({"server"}, {.duration = 100h});
  project.add_stage("leaves", [&](StageContext& context) -> Task<Result<StageOutputs>> {
    ProcessRequest server;
    server.command = {"server"};
    context.start_process(std::move(server), [](Result<ProcessResult>) {});
    start<bool>(poll(context, polls), [](bool) {});
    co_await context.sleep(10s);
    co_return outputs_of(context);
  });
  const Report report = project.run("step a = test.leaves {}");
  CHECK(report.success());
  CHECK(report.end().duration == 10s);
  CHECK(polls == 10);
  CHECK(project.processes.running() == 0);
}

TEST_CASE("when a step is stopped its pauses and calls end at once, and nothing new begins") {
  RunProject project;
  project.remote.on("http://slow", {.response = {.status = 200}, .delay = 1h});
  std::vector<std::string> seen;
  project.add_stage("waits", [&](StageContext& context) -> Task<Result<StageOutputs>> {
    HttpRequest request;
    request.url = "http://slow";
    const Result<HttpResponse> response = co_await context.http(std::move(request));
    seen.push_back(response ? "answered" : response.error().message);
    co_await context.sleep(1h);
    ProcessRequest process;
    process.command = {"work"};
    const Result<ProcessResult> result = co_await context.run(std::move(process));
    seen.push_back(result ? "ran" : result.error().message);
    if (!result) co_return tl::unexpected(result.error());
    co_return outputs_of(context);
  });
  const Report report = project.run("step a = test.waits {} with { timeout = 10s }");
  CHECK(report.finished("a").error.message == "timed out after 10s");
  CHECK(report.end().duration == 10s);
  CHECK(seen == std::vector<std::string>{"the step was stopped", "the step was stopped"});
  CHECK(project.processes.started().empty());
}

TEST_CASE("a program that is told to end and does so with success is not believed") {
  RunProject project;
  project.add_stage("polite", [&](StageContext& context) -> Task<Result<StageOutputs>> {
    ProcessRequest process;
    process.command = {"work", "polite"};
    co_await context.run(std::move(process));
    co_return outputs_of(context);
  });
  project.processes.on({"work", "polite"}, {.duration = 1h});
  project.clock.after(1s, [&] { project.stop.requested = true; });
  const Report report = project.run("step a = test.polite {}");
  CHECK(report.outcome("a") == StepOutcome::stopped);
  CHECK(project.state->attempts(report.result->run).at(0).outcome == "stopped");
}

// ---- locks ---------------------------------------------------------------------------------------------------------

TEST_CASE("a section of the shared cache is one step's at a time") {
  RunProject project;
  project.add_stage("lock", lock_for_a_second);
  const Report report = project.run("step a[i in range(0, 5)] = test.lock { value = i }");
  CHECK(report.success());
  CHECK(report.end().duration == 5s);
  std::vector<std::string> lines;
  for (const StepPrinted& line : report.all<StepPrinted>()) lines.push_back(line.line);
  CHECK(lines == std::vector<std::string>{"in", "out", "in", "out", "in", "out", "in", "out", "in", "out"});
}

TEST_CASE("a section that another engine holds is waited for") {
  RunProject project;
  project.add_stage("lock", lock_for_a_second);
  need(project.files.make_directories("/cache/locks"));
  auto other = need(project.files.try_lock("/cache/locks/" + safe_file_name("python/one") + ".lock"));
  project.clock.after(60s, [&] { other.reset(); });
  const Report report = project.run("step a = test.lock {}");
  CHECK(report.success());
  CHECK(report.end().duration >= 61s);
  CHECK(report.end().duration <= 63s);
}

TEST_CASE("who is stopped while waiting for a section does not keep it from others") {
  RunProject project;
  project.add_stage("lock", lock_for_a_second);
  need(project.files.make_directories("/cache/locks"));
  const auto other = need(project.files.try_lock("/cache/locks/" + safe_file_name("python/one") + ".lock"));
  const Report report = project.run("step a = test.lock {} with { timeout = 5s }");
  CHECK(report.finished("a").error.message == "timed out after 5s");
  CHECK(report.end().duration == 5s);
}

// ---- names and tails -----------------------------------------------------------------------------------------------

TEST_CASE("names of steps become names of files that are safe, told apart, and not too long") {
  CHECK(safe_file_name("eval[small]") == "eval[small]");
  CHECK(safe_file_name("app/script") == "app%2Fscript");
  CHECK(safe_file_name("..") == "%2E.");
  CHECK(safe_file_name("app%2Fscript") != safe_file_name("app/script"));
  const std::string long_name(5000, 'x');
  CHECK(safe_file_name(long_name).size() <= 200);
  CHECK(safe_file_name(long_name) != safe_file_name(long_name + 'x'));
}

TEST_CASE("the tail of a log is its last lines, however large it is") {
  FakeFiles files;
  FakeClock clock;
  LogFolderIsMade is_made = false;
  StepLog log(files, clock, "/p/.sdl", "run", "a", is_made);
  CHECK(log.tail(3) == "");
  CHECK(log.path_if_written().empty());
  need(log.add("one"));
  CHECK(log.tail(3) == "one");
  need(log.add(""));
  need(log.add("three"));
  need(log.add("four"));
  CHECK(log.tail(3) == "\nthree\nfour");
  CHECK(log.tail(0) == "");
  need(log.add(std::string(999, 'x') + "é and so on"));
  CHECK(log.tail(1) == std::string(999, 'x') + "…");
  need(log.add(std::string(1 << 20, 'x')));
  CHECK(log.tail(20) == std::string(1000, 'x') + "…");
}
