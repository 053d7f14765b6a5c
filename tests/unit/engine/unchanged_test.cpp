// What a run has looked at, in a note, and looking again.
#include <sys/stat.h>

#include <thread>

#include "cache_fixtures.hpp"
#include "engine/cache/digest.hpp"
#include "engine/unchanged/notes.hpp"
#include "engine/unchanged/observed_files.hpp"
#include "engine/world/real/real_files.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::cache_tests;
namespace fs = std::filesystem;

namespace {

class Place {
 public:
  Place() {
    write_text(folder / "file", "text");
    write_text(folder / "d/inner", "inner");
    fs::create_symlink("file", folder / "link");
    age();
  }

  /// Until a change would show in the times of all files.
  void age() {
    for (const auto& entry : fs::recursive_directory_iterator(folder.path)) {
      while (!is_older_than_a_tick(*need(files.status(entry.path())))) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  std::string operator/(const std::string& name) const { return (folder / name).string(); }

  /// Looks at all there is, and at what there is not.
  void look() {
    for (const char* name : {"file", "d", "link", "missing"}) need(observed.status_of(folder / name));
    need(observed.list(folder / "d"));
    need(observed.read_link(folder / "link"));
    CHECK(need(observed.read(folder / "d/inner")) == "inner");
    CHECK_FALSE(observed.list(folder / "missing").has_value());
  }

  TemporaryFolder folder;
  RealFiles files;
  ObservedFiles observed{files};
};

std::vector<std::string> paths_of(const std::vector<SeenLook>& looks) {
  std::vector<std::string> paths;
  for (const SeenLook& look : looks) paths.push_back(fs::path(look.look.path).filename().string() + ':' + std::to_string(static_cast<int>(look.look.kind)));
  return paths;
}

UnchangedNote note_of(const Place& place, const std::vector<SeenLook>& looks) {
  return {.run = {.record = {.pipeline = "p", .file = "p.sdl", .command = "sdlrun p.sdl", .cached = 3, .cached_attempts = {1, 2, 3}},
                  .outputs = {{"o", dsl::Value::text("x"), {}}, {"f", file_value("/p/.sdl/outputs/k/f", "sha256:1"), "/p/out/p/f"}},
                  .cpus = 2,
                  .memory_bytes = 1 << 20},
          .sources = {{place / "file", sha256("text")}},
          .slices = slices_of(looks)};
}

}  // namespace

TEST_CASE("looks are kept in mind, each once, in order, and only while somebody wants them") {
  Place place;
  place.look();
  place.observed.begin();
  place.look();
  place.look();
  const auto looks = place.observed.take({});
  REQUIRE(looks.has_value());
  CHECK(paths_of(*looks) == std::vector<std::string>{"d:0", "d:1", "inner:0", "file:0", "link:0", "link:2", "missing:0", "missing:1"});
  place.look();
  CHECK_FALSE(place.observed.take({}).has_value());
}

TEST_CASE("looks that cannot be told again make an end of it") {
  Place place;
  place.observed.begin();
  SUBCASE("somebody gives up") { place.observed.give_up(); }
  SUBCASE("a file that was changed just now may change again within the same tick") {
    write_text(place / "file", "new");
    need(place.observed.status_of(place / "file"));
  }
  SUBCASE("the content behind a link says nothing by the link's own times") { need(place.observed.read(place / "link")); }
  SUBCASE("two looks see two things") {
    need(place.observed.status_of(place / "missing"));
    fs::create_directory(place / "missing");
    need(place.observed.status_of(place / "missing"));
  }
  SUBCASE("a link that was put there leads elsewhere") {
    need(place.observed.read_link(place / "link"));
    place.observed.expect({.path = place / "link", .kind = LookKind::link}, seen_bytes(Result<std::string>("elsewhere")));
  }
  CHECK_FALSE(place.observed.take({}).has_value());
}

TEST_CASE("what the language saw of a file is left out where the file itself was looked at") {
  Place place;
  place.observed.begin();
  need(place.observed.status_of(place / "file"));
  need(place.observed.status_of(place / "link"));
  const auto seen = [](const std::string& path, const std::string& what) {
    return SeenLook{.look = {.path = path, .kind = LookKind::path}, .seen = what};
  };
  const auto looks = place.observed.take({seen(place / "file", "file"), seen(place / "link", "file"), seen(place / "other", "nothing")});
  REQUIRE(looks.has_value());
  CHECK(paths_of(*looks) == std::vector<std::string>{"file:0", "link:0", "link:3", "other:3"});
}

TEST_CASE("a status is another when anything of a file is") {
  const FileStatus file{.size = 1, .modified = 2, .changed = 3, .inode = 4, .device = 5, .links = 6};
  std::vector<FileStatus> others(9, file);
  others[0].kind = FileKind::symbolic_link;
  others[1].executable = true;
  others[2].size = 7;
  others[3].modified = 7;
  others[4].changed = 7;
  others[5].inode = 7;
  others[6].device = 7;
  others[7].links = 7;
  others[8].kind = FileKind::directory;
  const auto bytes = [](const FileStatus& status) { return seen_bytes(Result<std::optional<FileStatus>>(status)); };
  for (const FileStatus& other : others) CHECK(bytes(other) != bytes(file));
  CHECK(bytes(file) == bytes(FileStatus(file)));
  CHECK(seen_bytes(Result<std::optional<FileStatus>>(std::nullopt)) != bytes(others[8]));
}

TEST_CASE("a note gives back what was put into it") {
  Place place;
  place.observed.begin();
  place.look();
  std::vector<SeenLook> looks = *place.observed.take({});
  looks.push_back({.look = {.path = "~", .kind = LookKind::matches, .pattern = "*.csv"}, .seen = "a"});
  UnchangedNote note = note_of(place, looks);
  need(write_note(place.files, place.folder / "sdl", "request", note));
  const auto read = read_note(place.files, place.folder / "sdl", "request");
  REQUIRE(read.has_value());
  CHECK(read->digest == note.digest);
  CHECK(read->run.record.pipeline == "p");
  CHECK(read->run.record.file == "p.sdl");
  CHECK(read->run.record.command == "sdlrun p.sdl");
  CHECK(read->run.record.cached == 3);
  CHECK(read->run.record.cached_attempts == std::vector<std::int64_t>{1, 2, 3});
  CHECK(read->run.cpus == 2);
  CHECK(read->run.memory_bytes == 1 << 20);
  REQUIRE(read->run.outputs.size() == 2);
  CHECK(read->run.outputs[0].value == dsl::Value::text("x"));
  CHECK(read->run.outputs[1].link == "/p/out/p/f");
  REQUIRE(read->slices.size() == 1);
  const auto decoded = decode_looks(read->slices[0].looks);
  REQUIRE(decoded.has_value());
  REQUIRE(decoded->size() == looks.size());
  for (std::size_t i = 0; i < looks.size(); ++i) CHECK((*decoded)[i] == looks[i].look);
  CHECK_FALSE(read_note(place.files, place.folder / "sdl", "another").has_value());
}

TEST_CASE("a note that is cut off or has another byte is none, wherever it is") {
  Place place;
  place.observed.begin();
  place.look();
  UnchangedNote note = note_of(place, *place.observed.take({}));
  const std::string text = encode_note(note, "/p/.sdl");
  REQUIRE(decode_note(text, "/p/.sdl").has_value());
  for (std::size_t at = 0; at < text.size(); ++at) {
    CHECK_FALSE(decode_note(text.substr(0, at), "/p/.sdl").has_value());
    std::string other = text;
    other[at] ^= 1;
    CHECK_FALSE(decode_note(other, "/p/.sdl").has_value());
  }
  CHECK_FALSE(decode_note(text + ' ', "/p/.sdl").has_value());
}

TEST_CASE("looks that make no sense are none, and never read beyond their end") {
  Place place;
  place.observed.begin();
  place.look();
  const std::string looks = slices_of(*place.observed.take({}))[0].looks;
  for (std::size_t at = 1; at < looks.size(); ++at) {
    static_cast<void>(decode_looks(looks.substr(0, at)));
    for (const char byte : {'\x00', '\x7f', '\xff'}) {
      std::string other = looks;
      other[at] = byte;
      static_cast<void>(decode_looks(other));
    }
  }
  CHECK_FALSE(decode_looks(looks.substr(0, looks.size() - 1)).has_value());
}

TEST_CASE("a look that sees something else makes the note untrue") {
  Place place;
  write_text(place / "library/a.sdl", "");
  place.observed.begin();
  place.look();
  std::vector<SeenLook> language;
  const std::string folder = place / "library";
  language.push_back(look_of({.kind = dsl::Look::Kind::path, .path = place / "unmade", .seen = "nothing"}));
  language.push_back(look_of({.kind = dsl::Look::Kind::canonical, .path = place / "link", .seen = dsl::canonical_text(place / "file")}));
  language.push_back(look_of({.kind = dsl::Look::Kind::names, .path = folder, .seen = dsl::seen_now(dsl::Look::Kind::names, folder, "")}));
  language.push_back(look_of({.kind = dsl::Look::Kind::matches, .path = folder, .pattern = "*.sdl", .seen = dsl::seen_now(dsl::Look::Kind::matches, folder, "*.sdl")}));
  const UnchangedNote note = note_of(place, *place.observed.take(std::move(language)));
  REQUIRE(is_as_noted(place.files, note));
  SUBCASE("nothing has changed") {
    CHECK(is_as_noted(place.files, note));
    return;
  }
  SUBCASE("content of the same size with the times of before") {
    const auto before = fs::last_write_time(place / "d/inner");
    write_text(place / "d/inner", "outer");
    fs::last_write_time(place / "d/inner", before);
  }
  SUBCASE("permissions") { ::chmod((place / "d/inner").c_str(), 0755); }
  SUBCASE("a file that is gone") { fs::remove(place / "d/inner"); }
  SUBCASE("a file beside") { write_text(place / "d/beside", ""); }
  SUBCASE("a link that leads elsewhere") {
    fs::remove(place / "link");
    fs::create_symlink("d", place / "link");
  }
  SUBCASE("a file in the place of a link") {
    fs::remove(place / "link");
    write_text(place / "link", "text");
  }
  SUBCASE("a folder in the place of a file") {
    fs::remove(place / "d/inner");
    fs::create_directory(place / "d/inner");
  }
  SUBCASE("what was missing") { write_text(place / "missing", ""); }
  SUBCASE("what the language missed") { write_text(place / "unmade", ""); }
  SUBCASE("a file in a library") { write_text(place / "library/b.sdl", ""); }
  SUBCASE("a source's text") { write_text(place / "file", "Text"); }
  CHECK_FALSE(is_as_noted(place.files, note));
}

TEST_CASE("many looks are told again in slices, each of which counts") {
  TemporaryFolder folder;
  RealFiles files;
  std::vector<SeenLook> looks;
  for (int i = 1000; i < 2000; ++i) {
    const std::string path = folder / std::to_string(i);
    looks.push_back({.look = {.path = path}, .seen = seen_bytes(files.status_of(path))});
  }
  const UnchangedNote note{.slices = slices_of(looks)};
  CHECK(note.slices.size() > 1);
  CHECK(is_as_noted(files, note));
  for (const char* name : {"1000", "1255", "1256", "1999"}) {
    fs::create_directory(folder / name);
    CHECK_FALSE(is_as_noted(files, note));
    fs::remove(folder / name);
    CHECK(is_as_noted(files, note));
  }
}

TEST_CASE("a run whose steps ask for more than the machine has now is not told of without its steps") {
  CHECK(fits_machine({}));
  CHECK(fits_machine({.cpus = 1, .memory_bytes = 1}));
  CHECK_FALSE(fits_machine({.cpus = 1 << 20}));
  CHECK_FALSE(fits_machine({.memory_bytes = std::int64_t{1} << 60}));
}

TEST_CASE("notes that no request names are removed") {
  Place place;
  for (const char* request : {"one", "two", "three"}) {
    UnchangedNote note = note_of(place, {});
    need(write_note(place.files, place.folder / "sdl", request, note));
  }
  need(remove_other_notes(place.files, place.folder / "sdl", {"two"}));
  CHECK(need(place.files.list(place.folder / "sdl/unchanged")) == std::vector<std::string>{"two"});
  need(remove_other_notes(place.files, place.folder / "nowhere", {}));
}
