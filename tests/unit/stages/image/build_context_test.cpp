// What goes to a container engine, on a real disk.
#include "stages/image/dockerfile/build_context.hpp"

#include <cstdlib>
#include <fstream>

#include "engine/world/real/real_files.hpp"
#include "image_fixtures.hpp"

using namespace sdlrun;
using namespace sdlrun::stages::image;
using namespace sdlrun::stages::image::tests;
namespace fs = std::filesystem;

namespace {

/// A folder that goes with the test.
struct Fixture {
  engine::RealFiles files;
  fs::path folder;

  Fixture() {
    std::string name = (fs::temp_directory_path() / "sdlrun-context-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder = name;
    put("ctx/Dockerfile", "FROM scratch\n");
  }
  ~Fixture() { fs::remove_all(folder); }

  void put(const std::string& name, const std::string& text) const {
    fs::create_directories((folder / name).parent_path());
    std::ofstream(folder / name) << text;
  }
  BuildContext context(const std::optional<fs::path>& dockerfile = std::nullopt) const { return need(BuildContext::find(files, folder / "ctx", dockerfile)); }
  std::string copied(const BuildContext& context) const {
    need(context.copy_to(files, folder / "copy", [] { return false; }));
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder / "copy")) names.insert(entry.path().lexically_relative(folder / "copy").string());
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : " ") + name;
    return all;
  }
};

}  // namespace

TEST_CASE("what is ignored, the ignore files and what the engine keeps are not copied") {
  Fixture fixture;
  fixture.put("ctx/.dockerignore", "*.md\nbuild\n!build/keep/this\n");
  fixture.put("ctx/.containerignore", "*\n");
  fixture.put("ctx/a.md", "");
  fixture.put("ctx/b.txt", "");
  fixture.put("ctx/build/other", "");
  fixture.put("ctx/build/keep/this", "");
  fixture.put("ctx/sub/.dockerignore", "");
  fixture.put("ctx/.sdl/state.db", "");
  CHECK(fixture.copied(fixture.context()) == "Dockerfile b.txt build build/keep build/keep/this sub sub/.dockerignore");
}

TEST_CASE("a Dockerfile's own ignore file comes before the folder's") {
  Fixture fixture;
  fixture.put("ctx/.dockerignore", "b.txt\n");
  fixture.put("ctx/b.txt", "");
  fixture.put("ctx/docker/App", "FROM scratch\n");
  fixture.put("ctx/docker/App.dockerignore", "Dockerfile\n");
  const BuildContext context = fixture.context(fixture.folder / "ctx/docker/App");
  CHECK(context.why_left_out("Dockerfile") == "`App.dockerignore` leaves it out, by its line `Dockerfile`");
  CHECK(context.why_left_out("b.txt").empty());
  CHECK(fixture.copied(context) == "b.txt docker docker/App");
}

TEST_CASE("permissions, times and links are copied") {
  Fixture fixture;
  fixture.put("ctx/secret", "");
  fs::permissions(fixture.folder / "ctx/secret", fs::perms::owner_read);
  const auto then = fs::file_time_type::clock::now() - std::chrono::hours(1000);
  fs::last_write_time(fixture.folder / "ctx/secret", then);
  fs::create_directory(fixture.folder / "ctx/private");
  fs::permissions(fixture.folder / "ctx/private", fs::perms::owner_all);
  fs::create_symlink("../nowhere", fixture.folder / "ctx/link");
  fixture.copied(fixture.context());
  CHECK(fs::status(fixture.folder / "copy/secret").permissions() == fs::perms::owner_read);
  CHECK(fs::last_write_time(fixture.folder / "copy/secret") == then);
  CHECK(fs::status(fixture.folder / "copy/private").permissions() == fs::perms::owner_all);
  CHECK(fs::read_symlink(fixture.folder / "copy/link") == "../nowhere");
}

TEST_CASE("a Dockerfile that is not there, and a copy that is stopped") {
  Fixture fixture;
  CHECK(contains(message(BuildContext::find(fixture.files, fixture.folder / "ctx", fixture.folder / "gone")), "there is no Dockerfile `"));
  fs::remove(fixture.folder / "ctx/Dockerfile");
  CHECK(contains(message(BuildContext::find(fixture.files, fixture.folder / "ctx", std::nullopt)), "there is no `Dockerfile` in `"));
  fixture.put("ctx/Dockerfile", "");
  CHECK(message(fixture.context().copy_to(fixture.files, fixture.folder / "copy", [] { return true; })) == "stopped");
}
