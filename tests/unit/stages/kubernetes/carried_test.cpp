// What is carried to jobs and back: files by content, folders, links; and names that lead out of their folder.
#include "stages/kubernetes/artifacts/carried.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "engine/world/real/real_files.hpp"
#include "stages/json/json_fields.hpp"

namespace sdlrun::stages::kubernetes {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "sdlrun-carried-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  fs::path write(const std::string& name, const std::string& text) const {
    fs::create_directories((path / name).parent_path());
    std::ofstream(path / name) << text;
    return path / name;
  }

  fs::path path;
};

constexpr const char* digest_of_hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

}  // namespace

TEST_CASE("a file is carried by its content, which the engine may know already") {
  const Folder folder;
  const fs::path file = folder.write("hello", "hello");
  const auto entries = carried_entries(engine::RealFiles(), file, "work/greeting");
  REQUIRE(entries);
  CHECK(list_of(*entries) == json::array({{{"path", "work/greeting"}, {"sha256", digest_of_hello}, {"size", 5}, {"executable", false}}}));
  const std::string known(64, 'a');
  CHECK(carried_entries(engine::RealFiles(), file, "x", "sha256:" + known + "+x")->front().sha256 == known);
  CHECK(carried_entries(engine::RealFiles(), file, "x", "tree:" + known)->front().sha256 == digest_of_hello);
  CHECK_FALSE(carried_entries(engine::RealFiles(), folder.path / "nowhere", "x"));
}

TEST_CASE("of a folder all is carried, but for what the engine keeps there") {
  const Folder folder;
  folder.write("a/one", "hello");
  folder.write("a/.sdl/state.db", "engine");
  fs::create_directories(folder.path / "a/empty");
  fs::create_symlink("one", folder.path / "a/link");
  const auto entries = carried_entries(engine::RealFiles(), folder.path / "a", "b");
  REQUIRE(entries);
  json list = list_of(*entries);
  std::sort(list.begin(), list.end(), [](const json& left, const json& right) { return text_in(left, "path") < text_in(right, "path"); });
  CHECK(list == json::array({{{"path", "b"}, {"folder", true}},
                             {{"path", "b/empty"}, {"folder", true}},
                             {{"path", "b/link"}, {"link", "one"}},
                             {{"path", "b/one"}, {"sha256", digest_of_hello}, {"size", 5}, {"executable", false}}}));
  const auto read = entries_of(list);
  REQUIRE(read);
  CHECK(list_of(*read) == list);
}

TEST_CASE("a job cannot name what lies outside of its folder") {
  for (const char* path : {"../up", "work/../../up", "/etc/passwd", ""}) {
    CAPTURE(path);
    CHECK_FALSE(entries_of(json::array({{{"path", path}, {"sha256", digest_of_hello}}})));
  }
  CHECK_FALSE(entries_of(json::object()));
  CHECK(entries_of(json::array({{{"path", "work/a/../b"}, {"sha256", digest_of_hello}}})));
}

}  // namespace sdlrun::stages::kubernetes
