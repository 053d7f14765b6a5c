// Whole runs with a shared cache: what is shared, what is not, and that a server can do no harm.
#include "shared_cache_fixtures.hpp"
#include "tests/unit/contains.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::run_tests;

namespace {

/// A cache that one checkout has filled.
struct Filled {
  Contents contents;
  Checkout first{contents};

  Filled() { REQUIRE(first.run().success()); }
  std::string& entry() { return contents.at(only_below(contents, "/ac/")); }
  std::string& blob() { return contents.at(only_below(contents, "/cas/")); }
  void replace_in_entry(const std::string& part, const std::string& other) {
    const std::size_t at = entry().find(part);
    REQUIRE(at != std::string::npos);
    entry().replace(at, part.size(), other);
  }

  /// What a second checkout makes of it: always the right file.
  Report second_run() {
    Checkout second(contents);
    Report report = second.run();
    CHECK(second.file_of(report, "s") == "hello");
    return report;
  }
  /// It runs by itself, with one warning that says this.
  void is_refused(const std::string& why) {
    const Report report = second_run();
    CHECK(report.outcome("s") == StepOutcome::ran);
    const auto warnings = warnings_of(report);
    REQUIRE(warnings.size() == 1);
    CHECK_MESSAGE(contains(warnings[0], why), warnings[0]);
  }
};

HttpResponse status(int number) {
  HttpResponse response;
  response.status = number;
  return response;
}

}  // namespace

TEST_CASE("two checkouts share results") {
  Filled cache;
  const Report report = cache.second_run();
  CHECK(report.outcome("s") == StepOutcome::cached);
  CHECK(report.finished("s").from_shared_cache);
  CHECK(report.started().empty());
  CHECK(report.end().cached == 1);
  CHECK(report.end().from_shared_cache == 1);
  CHECK(warnings_of(report).empty());
}

TEST_CASE("what was fetched is our own from then on: nobody is asked again") {
  Filled cache;
  Checkout second(cache.contents);
  CHECK(second.run().outcome("s") == StepOutcome::cached);
  second.cache.requests.clear();
  const Report again = second.run();
  CHECK(again.outcome("s") == StepOutcome::cached);
  CHECK_FALSE(again.finished("s").from_shared_cache);
  CHECK(second.cache.requests.empty());
}

TEST_CASE("contents are put there before the entry, and not twice") {
  Contents contents;
  Checkout first(contents);
  CHECK(first.run(R"(
    step a = test.write { label = "same", value = 1 }
    step b = test.write { label = "same", value = 2, other = a.value })").success());
  CHECK(count_below(contents, "/ac/") == 2);
  CHECK(count_below(contents, "/cas/") == 1);
  std::vector<std::string> puts;
  for (const HttpRequest& request : first.cache.requests) {
    if (request.method == "PUT") puts.push_back(request.url.substr(13, 3));
  }
  CHECK(puts == std::vector<std::string>{"cas", "ac/", "ac/"});
}

TEST_CASE("dependants do not wait for uploads, and the run ends when these have ended") {
  Contents contents;
  Checkout first(contents);
  first.cache.instead = [](const HttpRequest& request) -> std::optional<FakeAnswer> {
    if (request.method != "PUT") return std::nullopt;
    return FakeAnswer{.response = status(201), .delay = 50s};
  };
  const Report report = first.run(R"(
    step a = test.write { label = "a" }
    step b = test.work { label = "b", value = a.value })");
  CHECK(report.finished("b").duration == 1s);
  CHECK(report.success());
  CHECK(report.end().duration > 50s);
}

TEST_CASE("who does not get his uploads done in two minutes is let go") {
  Contents contents;
  Checkout first(contents);
  first.cache.instead = [](const HttpRequest& request) -> std::optional<FakeAnswer> {
    if (request.method != "PUT") return std::nullopt;
    return FakeAnswer{.response = status(201), .delay = 200s};
  };
  const Report report = first.run();
  CHECK(report.success());
  REQUIRE(warnings_of(report).size() == 1);
  CHECK(contains(warnings_of(report)[0], "1 result had not got there two minutes after the last step"));
}

// ---- what is not shared --------------------------------------------------------------------------------------------

TEST_CASE("steps that keep their results here ask nobody") {
  Contents contents;
  Checkout first(contents);
  CHECK(first.run(R"(
    step a = test.write { label = "a" } with { cache = "local" }
    step b = test.write { label = "b" } with { cache = "off" })").success());
  CHECK(first.cache.requests.empty());
}

TEST_CASE("a step that gets a secret asks nobody and gives nothing") {
  Contents contents;
  Checkout first(contents);
  first.options.user_environment = {{"KEY", "a secret text"}};
  CHECK(first.run(R"(
    secret key = env("KEY")
    step a = test.write { label = "a", key = key }
    step b = test.write { label = "b" } with { env = { "K": key } })").success());
  CHECK(first.cache.requests.empty());
}

TEST_CASE("a cache that is read only is given nothing") {
  Contents contents;
  Checkout first(contents);
  first.options.shared_cache->may_write = false;
  CHECK(first.run().success());
  CHECK(contents.empty());
}

TEST_CASE("results under another salt, of another kind of machine, are not seen") {
  Filled cache;
  Checkout second(cache.contents);
  second.options.shared_cache->salt = "another";
  CHECK(second.run().outcome("s") == StepOutcome::ran);
  CHECK(count_below(cache.contents, "/ac/") == 2);
}

TEST_CASE("failed steps give nothing") {
  Contents contents;
  Checkout first(contents);
  first.add_stage("fail", [](StageContext&) -> Task<Result<StageOutputs>> { co_return failure("no"); });
  CHECK_FALSE(first.run("step a = test.fail { label = \"a\" }").success());
  CHECK(contents.empty());
}

// ---- servers that fail ---------------------------------------------------------------------------------------------

TEST_CASE("a server that is down costs one warning, and is left alone") {
  Contents contents;
  Checkout first(contents);
  first.options.jobs = 1;
  first.cache.instead = [](const HttpRequest&) -> std::optional<FakeAnswer> {
    return FakeAnswer{.response = {}, .error = Error{.message = "cannot reach `cache`", .transient = true}};
  };
  const Report report = first.run(R"(
    step a = test.work { label = "a" }
    step b = test.work { label = "b", value = a.value }
    step c = test.work { label = "c", value = b.value }
    step d = test.work { label = "d", value = c.value })");
  CHECK(report.success());
  CHECK(report.end().ran == 4);
  CHECK(first.cache.requests.size() == 3);
  CHECK(warnings_of(report) == std::vector<std::string>{"the shared cache `http://cache` is left alone for the rest of this run: cannot reach `cache`"});
}

TEST_CASE("one failure is said at the end") {
  Contents contents;
  Checkout first(contents);
  first.cache.instead = [](const HttpRequest&) -> std::optional<FakeAnswer> { return FakeAnswer{.response = status(503)}; };
  const Report report = first.run();
  CHECK(warnings_of(report) == std::vector<std::string>{"the shared cache `http://cache` was of no use for some steps: it answered 503"});
  CHECK(first.cache.requests.size() == 1);
}

TEST_CASE("who is not let in does not knock again") {
  Contents contents;
  Checkout first(contents);
  first.options.shared_cache->authorization = "Bearer wrong";
  first.cache.instead = [](const HttpRequest&) -> std::optional<FakeAnswer> { return FakeAnswer{.response = status(401)}; };
  const Report report = first.run(R"(
    step a = test.work { label = "a" }
    step b = test.work { label = "b", value = a.value })");
  CHECK(first.cache.requests.size() == 1);
  REQUIRE(warnings_of(report).size() == 1);
  CHECK(contains(report.all<RunNoted>()[0].hint, "SDLRUN_SHARED_CACHE_TOKEN"));
}

TEST_CASE("a full server is still read") {
  Filled cache;
  Checkout second(cache.contents);
  second.options.jobs = 1;
  second.cache.instead = [](const HttpRequest& request) -> std::optional<FakeAnswer> {
    if (request.method != "PUT") return std::nullopt;
    return FakeAnswer{.response = status(507)};
  };
  const Report report = second.run(R"(
    step a = test.write { label = "new" }
    step s = test.write { label = "hello" } with { after = [a] })");
  CHECK(report.outcome("a") == StepOutcome::ran);
  CHECK(report.outcome("s") == StepOutcome::cached);
  CHECK(warnings_of(report) == std::vector<std::string>{"nothing more is put into the shared cache `http://cache` in this run: it answered 507 to an upload"});
}

TEST_CASE("a content that the server has lost is a miss, and comes back") {
  Filled cache;
  cache.contents.erase(only_below(cache.contents, "/cas/"));
  const Report report = cache.second_run();
  CHECK(report.outcome("s") == StepOutcome::ran);
  CHECK(warnings_of(report).empty());
  CHECK(cache.blob() == "hello");
}

// ---- servers that lie ----------------------------------------------------------------------------------------------

TEST_CASE("wrong bytes are refused, and put right") {
  for (const char* wrong : {"jello", "hell", "hello!", ""}) {
    Filled cache;
    cache.blob() = wrong;
    const Report report = cache.second_run();
    CHECK(report.outcome("s") == StepOutcome::ran);
    CHECK(warnings_of(report).size() == 1);
    CHECK(cache.blob() == "hello");
  }
}

TEST_CASE("an entry that is none is refused") {
  for (const std::string& wrong : {std::string("no JSON"), std::string("{}"), std::string("[1, 2]"), std::string(1'000'000, '['), std::string("{\"sdlrun\": 1"),
                                   std::string("\0\x01\xff", 3)}) {
    Filled cache;
    cache.entry() = wrong;
    cache.is_refused("what it holds for a step is no result");
  }
  Filled huge;
  huge.entry() = std::string(9'000'000, ' ');
  CHECK(huge.second_run().outcome("s") == StepOutcome::ran);
}

TEST_CASE("paths that lead out of the step's folder are refused") {
  for (const char* path : {"../result.txt", "/etc/passwd", "a/../../b", "", ".", "a//b", "./a", ".sdl/state.db", "a/"}) {
    Filled cache;
    cache.replace_in_entry("[\"file\",\"result.txt\"", std::string("[\"file\",\"") + path + '"');
    cache.is_refused("damaged, or was made to do harm");
  }
  Filled output;
  output.replace_in_entry("{\"file\":[\"result.txt\"", "{\"file\":[\"../../../etc/passwd\"");
  output.is_refused("damaged, or was made to do harm");
}

TEST_CASE("links out of it, and files behind links, are refused") {
  for (const char* files : {"[\"link\",\"a\",\"/etc\"],", "[\"link\",\"a\",\"../b\"],", "[\"link\",\"a\",\"b/../../c\"],", "[\"link\",\"a\",\"b\"],[\"folder\",\"a/c\"],",
                            "[\"folder\",\"result.txt/a\"],", "[\"link\",\"result.txt\",\"a\"],", "[\"folder\"],", "[\"pipe\",\"a\"],", "7,"}) {
    Filled cache;
    cache.replace_in_entry("\"files\":[", std::string("\"files\":[") + files);
    cache.is_refused("damaged, or was made to do harm");
  }
}

TEST_CASE("false digests and sizes are refused") {
  Filled digest;
  digest.replace_in_entry("{\"file\":[\"result.txt\",\"sha256:", "{\"file\":[\"result.txt\",\"sha256:0");
  digest.is_refused("does not fit its own digests");
  Filled size;
  size.replace_in_entry(",5]]", ",4]]");
  CHECK(size.second_run().outcome("s") == StepOutcome::ran);
  Filled huge;
  huge.replace_in_entry(",5]]", ",99999999999999999]]");
  huge.is_refused("damaged, or was made to do harm");
  Filled executable;
  executable.replace_in_entry("\",5]]", "+x\",5]]");
  executable.is_refused("does not fit its own digests");
}

TEST_CASE("values of other types, and of other steps, are refused") {
  Filled type;
  type.replace_in_entry("[\"value\",1]", "[\"value\",\"one\"]");
  type.is_refused("has other outputs than the step");
  Filled missing;
  missing.replace_in_entry("[\"value\",1],", "");
  missing.is_refused("has other outputs than the step");
  Filled handle;
  handle.replace_in_entry("[\"value\",1]", "[\"value\",{\"secret\":\"KEY\"}]");
  handle.is_refused("has other outputs than the step");
  Filled key;
  key.replace_in_entry("\"key\":\"", "\"key\":\"0");
  key.is_refused("the result of another step");
}

TEST_CASE("a run that is stopped waits for no server, and blames none") {
  Contents contents;
  Checkout first(contents);
  first.cache.instead = [&](const HttpRequest& request) -> std::optional<FakeAnswer> {
    if (request.method == "PUT") first.stop.requested = true;
    return std::nullopt;
  };
  CHECK(warnings_of(first.run()).empty());
}
