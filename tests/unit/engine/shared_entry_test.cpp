// A result as an entry for others: folders, permissions and links come out elsewhere as they went in.
#include "engine/cache/shared/shared_entry.hpp"

#include "cache_fixtures.hpp"
#include "engine/cache/shared/cache_url.hpp"
#include "engine/cache/shared/describe.hpp"
#include "engine/cache/shared/materialize.hpp"
#include "engine/cache/shared/settings.hpp"
#include "engine/cache/store.hpp"
#include "engine/world/fake/fake_files.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::cache_tests;

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

const std::string entry_key(64, 'a');

/// A step's folder, published.
struct Published {
  FakeFiles files;
  Store store{"/one/.sdl", files};
  StepResult result{.key = entry_key, .warnings = {"careful"}, .duration = Milliseconds(7)};

  Published() {
    const auto work = need(store.make_work_directory("s"));
    files.put(work / "tree/sub/rows", "1\n2\n");
    files.put(work / "tree/same", "1\n2\n");
    files.put(work / "tree/tool", "#!/bin/sh\n", true);
    files.put(work / "tree/nothing", "");
    need(files.make_directories(work / "tree/empty"));
    need(files.make_symbolic_link("sub/rows", work / "tree/link"));
    files.put(work / "alone", "alone");
    const dsl::Fields outputs{{"tree", dir_value(work / "tree")}, {"files", dsl::Value::list({file_value(work / "alone"), file_value(work / "tree/tool")})}};
    result.outputs = need(store.publish(entry_key, outputs, work));
  }
  Result<SharedEntry> describe() { return describe_result(files, result, "/one/.sdl/outputs/" + entry_key); }
};

std::string error_of(const Result<std::optional<SharedCacheSettings>>& settings) {
  REQUIRE_FALSE(settings);
  return settings.error().message;
}

}  // namespace

TEST_CASE("an entry says the same in another folder") {
  Published one;
  const std::string text = encode_shared_entry(need(one.describe()));
  CHECK(text.find("/one") == std::string::npos);
  const SharedEntry entry = need(decode_shared_entry(text, entry_key));
  CHECK(entry.warnings == one.result.warnings);
  CHECK(entry.duration == one.result.duration);

  FakeFiles files;
  Store store("/two/.sdl", files);
  const auto work = need(store.make_work_directory("s"));
  Materialization made(files, "/two/.sdl", work);
  need(made.begin(entry.files));
  CHECK(made.missing().size() == 3);  // "1\n2\n" once, and nothing for what is empty
  for (const SharedFile& file : made.missing()) {
    files.put(made.place_of(file), need(one.files.read(std::filesystem::path("/one/.sdl/outputs/" + entry_key) / file.path)));
    need(made.check(file));
  }
  const dsl::Fields outputs = need(store.publish(entry_key, need(made.finish(entry.outputs)), work));
  CHECK(outputs.at(0).second.as<dsl::DirValue>()->digest == one.result.outputs.at(0).second.as<dsl::DirValue>()->digest);
  const std::filesystem::path tree = outputs.at(0).second.as<dsl::DirValue>()->path;
  CHECK(tree == "/two/.sdl/outputs/" + entry_key + "/tree");
  CHECK(need(files.status(tree / "tool"))->executable);
  CHECK_FALSE(need(files.status(tree / "same"))->executable);
  CHECK(need(files.read_link(tree / "link")) == "sub/rows");
  CHECK(need(files.status(tree / "empty"))->kind == FileKind::directory);
  CHECK(need(files.read(tree / "nothing")).empty());

  // The second time all contents are there already.
  const auto again = need(store.make_work_directory("s"));
  Materialization cloned(files, "/two/.sdl", again);
  need(cloned.begin(entry.files));
  CHECK(cloned.missing().empty());
  need(cloned.finish(entry.outputs));
}

TEST_CASE("an entry whose listing lacks a file, or has one too many, does not fit its digest") {
  Published one;
  SharedEntry entry = need(one.describe());
  const auto is_nothing = [](const SharedFile& file) { return file.path == "tree/nothing"; };
  SharedEntry more = entry;
  std::erase_if(entry.files, is_nothing);
  more.files.push_back({.kind = FileKind::directory, .path = "tree/more"});
  for (const SharedEntry& wrong : {entry, more}) {
    Store store("/one/.sdl", one.files);
    const auto work = need(store.make_work_directory("s"));
    Materialization made(one.files, "/one/.sdl", work);
    need(made.begin(wrong.files));
    const auto finished = made.finish(wrong.outputs);
    REQUIRE_FALSE(finished);
    CHECK(finished.error().message == "a result in it does not fit its own digests");
  }
}

TEST_CASE("results that mean something here only are not described") {
  Published changed;
  changed.files.corrupt("/one/.sdl/outputs/" + entry_key + "/alone", "other");
  CHECK_FALSE(changed.describe());
  Published elsewhere;
  elsewhere.files.put("/shared/thing", "x");
  elsewhere.result.outputs.emplace_back("thing", file_value("/shared/thing", "sha256:1"));
  CHECK_FALSE(elsewhere.describe());
  Published handle;
  handle.result.outputs.emplace_back("environment", dsl::Value::handle("python.environment", "sha256:1", {}));
  CHECK_FALSE(handle.describe());
}

TEST_CASE("paths and links that mean the same in every folder") {
  for (const char* good : {"a", "a/b", "a b", "a..b", ".hidden", "ü"}) CHECK_MESSAGE(is_portable_path(good), good);
  for (const char* bad : {"", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/./b", ".sdl", "a/.sdl/b"}) CHECK_FALSE_MESSAGE(is_portable_path(bad), bad);
  CHECK(is_portable_link("a", "b"));
  CHECK(is_portable_link("a/b", "../c"));
  CHECK(is_portable_link("a/b", ".."));
  CHECK(is_portable_link("a", "b/"));
  for (const char* bad : {"", "/b", "..", "../b", "b/../c", "b/../../c"}) CHECK_FALSE_MESSAGE(is_portable_link("a", bad), bad);
  CHECK_FALSE(is_portable_link("a/b", "../../c"));
}

// ---- settings ------------------------------------------------------------------------------------------------------

TEST_CASE("the environment wins over sdl.yaml, and `off` over all") {
  const SharedCacheConfiguration yaml{.url = "https://cache/team/", .read_only = true};
  const auto settings = need(shared_cache_settings(yaml, {}));
  CHECK(settings->url == "https://cache/team");
  CHECK_FALSE(settings->may_write);
  CHECK(settings->authorization.empty());
  CHECK(need(shared_cache_settings(yaml, Variables{{"SDLRUN_SHARED_CACHE", "https://other"}, {"SDLRUN_SHARED_CACHE_MODE", "read_write"}}))->url == "https://other");
  CHECK(need(shared_cache_settings(yaml, Variables{{"SDLRUN_SHARED_CACHE_MODE", "read_write"}}))->may_write);
  CHECK_FALSE(need(shared_cache_settings(yaml, Variables{{"SDLRUN_SHARED_CACHE", "off"}})));
  CHECK_FALSE(need(shared_cache_settings(std::nullopt, {})));
}

TEST_CASE("credentials come from the environment") {
  const SharedCacheConfiguration yaml{.url = "https://cache"};
  CHECK(need(shared_cache_settings(yaml, Variables{{"SDLRUN_SHARED_CACHE_TOKEN", "abc"}}))->authorization == "Bearer abc");
  const auto login = need(shared_cache_settings(yaml, Variables{{"SDLRUN_SHARED_CACHE_LOGIN", "user:password"}}));
  CHECK(login->authorization == "Basic dXNlcjpwYXNzd29yZA==");
  CHECK(login->secrets == std::vector<std::string>{"dXNlcjpwYXNzd29yZA==", "user:password", "password"});
  CHECK(error_of(shared_cache_settings(yaml, Variables{{"SDLRUN_SHARED_CACHE_LOGIN", "user"}})) == "SDLRUN_SHARED_CACHE_LOGIN holds no colon");
  CHECK(error_of(shared_cache_settings(yaml, Variables{{"SDLRUN_SHARED_CACHE_TOKEN", "a\r\nX: b"}})).starts_with("SDLRUN_SHARED_CACHE_TOKEN holds a line break"));
  CHECK(error_of(shared_cache_settings(yaml, Variables{{"SDLRUN_SHARED_CACHE_TOKEN", "a"}, {"SDLRUN_SHARED_CACHE_LOGIN", "a:b"}})).ends_with("are both set"));
}

TEST_CASE("without encryption only to this machine, or where it is allowed") {
  for (const char* here : {"http://localhost:8080", "http://127.0.0.1/x", "http://[::1]:80"}) CHECK(need(shared_cache_settings(SharedCacheConfiguration{.url = here}, {}))->is_loopback);
  for (const char* away : {"http://cache", "http://127.0.0.1.example.com", "http://localhost.example.com", "http://127.1", "http://[::2]"}) {
    CHECK_MESSAGE(error_of(shared_cache_settings(SharedCacheConfiguration{.url = away}, {})).find("without encryption") != std::string::npos, away);
  }
  CHECK_FALSE(need(shared_cache_settings(SharedCacheConfiguration{.url = "http://cache", .allow_plain_http = true}, {}))->is_loopback);
}

TEST_CASE("addresses that cannot be called, or could be read in two ways") {
  for (const char* bad : {"", "cache", "ftp://cache", "https://", "https:///path", "https://a b", "https://cache:port", "https://cache:", "https://cache/a?b", "https://cache/#a", "https://a\\b", "https://[::1", "https://[x"}) {
    CHECK_FALSE_MESSAGE(parse_cache_url(bad), bad);
  }
  const auto login = parse_cache_url("https://user:password@cache");
  REQUIRE_FALSE(login);
  CHECK(login.error().message == "the address of the shared cache holds a user or a password");
  CHECK(need(parse_cache_url("https://cache:8443/a/b//")).text == "https://cache:8443/a/b");
}
