#include "engine/project/project.hpp"

#include <pwd.h>
#include <unistd.h>

#include "cache_fixtures.hpp"

using namespace sdlrun::engine;
using namespace sdlrun::engine::cache_tests;

namespace {

/// A project with this sdl.yaml.
Result<Project> project_with(const std::string& yaml) {
  TemporaryFolder folder;
  write_text(folder / "sdl.yaml", yaml);
  return find_project(folder / "p.sdl");
}

std::map<std::string, std::string> profile(const std::string& params) {
  return need(project_with("profiles:\n  staging: " + params + "\n")).profiles.at("staging");
}

/// What the error says behind the file's path.
std::string project_error(const std::string& yaml) {
  const auto project = project_with(yaml);
  REQUIRE_FALSE(project.has_value());
  const std::string& message = project.error().message;
  return message.substr(message.find("sdl.yaml")) + (project.error().hint.empty() ? "" : " — " + project.error().hint);
}

/// An environment variable for one test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    value == nullptr ? ::unsetenv(name) : ::setenv(name, value, 1);
  }
  ~Variable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

}  // namespace

TEST_CASE("a project begins at the nearest sdl.yaml, else at the git root, else at the file's folder") {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder / "a/b/c");
  CHECK(need(find_project(folder / "a/b/c/p.sdl")).root == folder / "a/b/c");
  std::filesystem::create_directories(folder / "a/.git");
  CHECK(need(find_project(folder / "a/b/c/p.sdl")).root == folder / "a");
  write_text(folder / "sdl.yaml", "");
  CHECK(need(find_project(folder / "a/b/c/p.sdl")).root == folder.path);
  write_text(folder / "a/b/sdl.yaml", "");
  const Project project = need(find_project(folder / "a/b/c/../c/p.sdl"));
  CHECK(project.root == folder / "a/b");
  CHECK(project.state_folder == folder / "a/b/.sdl");
  CHECK(project.configuration == folder / "a/b/sdl.yaml");
}

TEST_CASE("a folder stands for what lies in it, with or without a slash behind") {
  TemporaryFolder folder;
  CHECK(need(find_project(folder.path)).root == folder.path);
  CHECK(need(find_project(folder.path / "")).root == folder.path);
  CHECK_FALSE(need(find_project(folder.path)).configuration.has_value());
}

TEST_CASE("pools are numbers by name") {
  CHECK(need(project_with("pools: { gpu: 1, network: 8 }")).pools == sdlrun::dsl::Pools{{"gpu", 1}, {"network", 8}});
  CHECK(need(project_with("pools:")).pools.empty());
}

TEST_CASE("a profile's values are texts as on the command line") {
  using Params = std::map<std::string, std::string>;
  CHECK(profile("{ epochs: 5, target: kubernetes, name: \"5\", fast: true, rate: 1e-3, wait: 10s, nothing: ~ }") ==
        Params{{"epochs", "5"},
               {"target", "kubernetes"},
               {"name", "5"},
               {"fast", "true"},
               {"rate", "1e-3"},
               {"wait", "10s"},
               {"nothing", "none"}});
  CHECK(profile("").empty());
  CHECK(need(project_with("profiles:")).profiles.empty());
  CHECK(need(project_with("# nothing yet\n")).profiles.empty());
}

TEST_CASE("lists and maps become literals of the language") {
  CHECK(profile("{ x: [small, large] }").at("x") == R"(["small", "large"])");
  CHECK(profile("{ x: [1, -2.5, 1e-3, 10s, 2h30m, 512MiB, true, ~] }").at("x") ==
        "[1, -2.5, 1e-3, 10s, 2h30m, 512MiB, true, none]");
  CHECK(profile("{ x: [\"1\", 3.11.2, 10x, \"say \\\"$x\\\"\"] }").at("x") ==
        R"(["1", "3.11.2", "10x", "say \"\$x\""])");
  CHECK(profile("{ x: { master: local, cores: 2 } }").at("x") == R"({ master: "local", cores: 2 })");
  CHECK(profile("{ x: { \"spark.ui.port\": 4040 } }").at("x") == R"({ "spark.ui.port": 4040 })");
  CHECK(profile("{ x: { \"a\": 1 } }").at("x") == R"({ "a": 1 })");
  CHECK(profile("{ x: [[], {}] }").at("x") == "[[], {}]");
}

TEST_CASE("mistakes are told with their line, their column and the nearest right name") {
  CHECK(project_error("\nprofile:\n  a: {}\n") == "sdl.yaml:2:1`: there is no setting `profile` — did you mean `profiles`?");
  CHECK(project_error("colour: red\n") == "sdl.yaml:1:1`: there is no setting `colour` — the settings are `profiles`, `pools` and `shared_cache`");
  CHECK(project_error("pools: [gpu]\n").starts_with("sdl.yaml:1:8`: `pools` holds a number for each pool"));
  CHECK(project_error("pools:\n  gpu: many\n").starts_with("sdl.yaml:2:8`: the size of the pool `gpu` is no number from 1 to"));
  CHECK(project_error("pools: { gpu: 0 }\n").starts_with("sdl.yaml:1:15`: the size of the pool `gpu`"));
  CHECK(project_error("pools:\n  gpu: 1\n  gpu: 2\n") == "sdl.yaml:3:3`: the pool `gpu` stands here a second time — take one of them out");
  CHECK(project_error("pools: { gpu: 1 }\n---\nprofiles: {}\n").starts_with("sdl.yaml:3:1`: a second document begins here"));
  CHECK(project_error("profiles: [a]\n").starts_with("sdl.yaml:1:11`: `profiles` holds profiles by name"));
  CHECK(project_error("profiles:\n  staging: 5\n").starts_with("sdl.yaml:2:12`: the profile `staging` holds params by name"));
  CHECK(project_error("profiles:\n  a: { x: 1 }\n  a: { x: 2 }\n") ==
        "sdl.yaml:3:3`: the profile `a` stands here a second time — put the params of both together");
  CHECK(project_error("profiles:\n  a:\n    x: 1\n    x: 2\n") ==
        "sdl.yaml:4:5`: the param `x` stands here a second time in `a` — take one of them out");
  CHECK(project_error("profiles:\n  a: { x: [1 }\n").starts_with("sdl.yaml:2:14` is not valid YAML: "));
  CHECK(project_error("- a\n").starts_with("sdl.yaml:1:1`: a list or a single value stands where"));
  CHECK(project_error("profiles: { a: { [1]: 2 } }\n").starts_with("sdl.yaml:1:18`: a list or map stands where a name"));
}

TEST_CASE("a file made to break us ends in an error, soon") {
  CHECK(project_error("profiles: { a: { x: &x [*x] } }").starts_with("sdl.yaml"));
  std::string laughs = "profiles:\n  a:\n    x0: &x0 [haha, haha]\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "*x" + std::to_string(i - 1);
    laughs += "    x" + std::to_string(i) + ": &x" + std::to_string(i) + " [" + before + ", " + before + "]\n";
  }
  CHECK(project_error(laughs).find("nested too deeply, too long") != std::string::npos);
  CHECK(project_error("profiles: " + std::string(100'000, '[')).starts_with("sdl.yaml"));
  CHECK(project_error(std::string(2'000'000, '#')).find("larger than a megabyte") != std::string::npos);
  CHECK_FALSE(project_with(std::string("profiles: \xff\xfe\0", 13)).has_value());
}

TEST_CASE("what projects share lies where the user's environment says") {
  TemporaryFolder folder;
  const Variable home("HOME", (folder / "home").c_str());
  {
    const Variable cache("XDG_CACHE_HOME", (folder / "cache").c_str());
    CHECK(need(shared_cache_directory()) == folder / "cache/sdlrun");
    CHECK(std::filesystem::is_directory(folder / "cache/sdlrun"));
  }
  for (const char* ignored : {static_cast<const char*>(nullptr), "", "relative"}) {
    const Variable cache("XDG_CACHE_HOME", ignored);
    CHECK(need(shared_cache_directory()) == folder / "home/.cache/sdlrun");
  }
  const Variable no_cache("XDG_CACHE_HOME", nullptr), no_home("HOME", nullptr);
  CHECK(need(shared_cache_place()) == std::filesystem::path(::getpwuid(::geteuid())->pw_dir) / ".cache/sdlrun");
}

TEST_CASE("a shared cache that cannot be made is an error that says what to set") {
  TemporaryFolder folder;
  write_text(folder / "file", "");
  const Variable cache("XDG_CACHE_HOME", (folder / "file").c_str());
  const auto directory = shared_cache_directory();
  REQUIRE_FALSE(directory.has_value());
  CHECK(directory.error().hint.find("XDG_CACHE_HOME") != std::string::npos);
}

TEST_CASE("a shared cache is named in sdl.yaml, its credentials are not") {
  const auto cache = need(project_with("shared_cache: { url: https://cache/team, mode: read_only, salt: v2 }")).shared_cache;
  REQUIRE(cache);
  CHECK(cache->url == "https://cache/team");
  CHECK(cache->read_only);
  CHECK_FALSE(cache->allow_plain_http);
  CHECK(cache->salt == "v2");
  CHECK_FALSE(need(project_with("shared_cache:")).shared_cache);
  CHECK(project_error("shared_cache: https://cache").find("`shared_cache` holds settings by name") != std::string::npos);
  CHECK(project_error("shared_cache: { mode: read_only }").find("lacks its `url`") != std::string::npos);
  CHECK(project_error("shared_cache: { url: x, mode: write }").find("read_only or read_write") != std::string::npos);
  CHECK(project_error("shared_cache: { url: x, token: y }").find("credentials come from the environment") != std::string::npos);
}
