// What the language has seen of the disk, kept in mind for those who want to know whether it would see the same again.
#include "dsl/functions/looks.hpp"

#include <algorithm>

#include "opened_fixture.hpp"

using namespace sdlrun::dsl;

namespace {

std::vector<Look> looks_of(const Opened& opened, Look::Kind kind) {
  std::vector<Look> looks = looks_taken(*opened.pipeline->program);
  std::erase_if(looks, [&](const Look& look) { return look.kind != kind; });
  return looks;
}

}  // namespace

TEST_CASE("each kind of look is taken, and sees the same again as long as nothing changes") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / ("sdlrun-looks-test-" + std::to_string(getpid()));
  fs::create_directories(folder / "library");
  std::ofstream(folder / "library/some.sdl") << "type Some = int\n";
  std::ofstream(folder / "given.csv");
  std::ofstream(folder / "data.csv");
  const std::string root = folder.string();
  const Opened opened("use \"" + root + "/library\"\n"
                      "pipeline p {\n"
                      "  param given: file\n"
                      "  let found = glob(\"" + root + "/*.csv\")\n"
                      "  step a = test.run { input = \"${length(found)}\" } outputs { x: int }\n"
                      "  output o = file(\"" + root + "/data.csv\")\n"
                      "}\n",
                      {{"given", {.text = root + "/given.csv"}}});
  CHECK(looks_of(opened, Look::Kind::canonical).size() == 2);
  REQUIRE(looks_of(opened, Look::Kind::names).size() == 1);
  REQUIRE(looks_of(opened, Look::Kind::matches).size() == 1);
  const auto is_at = [](const std::string& path) { return [path](const Look& look) { return look.path == path; }; };
  const std::vector<Look> paths = looks_of(opened, Look::Kind::path);
  CHECK(std::any_of(paths.begin(), paths.end(), is_at(root + "/given.csv")));
  CHECK(source_files(*opened.pipeline->program).size() == 2);
  for (const Look& look : looks_taken(*opened.pipeline->program)) {
    if (look.path.starts_with(root)) CHECK(seen_now(look.kind, look.path, look.pattern) == look.seen);
  }

  std::ofstream(folder / "new.csv");
  std::ofstream(folder / "library/new.sdl");
  fs::remove(folder / "given.csv");
  const Look matches = looks_of(opened, Look::Kind::matches)[0], names = looks_of(opened, Look::Kind::names)[0];
  CHECK(seen_now(matches.kind, matches.path, matches.pattern) != matches.seen);
  CHECK(seen_now(names.kind, names.path, "") != names.seen);
  CHECK(seen_now(Look::Kind::path, root + "/given.csv", "") == "nothing");
  fs::remove_all(folder);
}
