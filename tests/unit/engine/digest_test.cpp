#include "engine/cache/digest.hpp"

#include <sys/stat.h>

#include <thread>

#include "cache_fixtures.hpp"
#include "engine/cache/state.hpp"
#include "engine/world/fake/fake_files.hpp"
#include "engine/world/real/real_files.hpp"

using namespace sdlrun::engine;
using namespace sdlrun::engine::cache_tests;

namespace {

/// Digests over a file system in memory, with a memory of their own.
struct DigestFixture {
  FakeFiles files;
  std::unique_ptr<State> state = memory_state();
  FileDigests digests{files, state->digest_memory()};

  std::string of(const std::string& path) { return need(digests.of(path)); }
};

}  // namespace

TEST_CASE("SHA-256 of known texts") {
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 pieces;
  pieces.add("a");
  pieces.add("bc");
  CHECK(pieces.hex() == sha256("abc"));
}

TEST_CASE("a file's digest is that of its bytes, with a mark where it is executable") {
  DigestFixture fixture;
  fixture.files.put("/a.txt", "abc");
  fixture.files.put("/a.sh", "abc", /*executable=*/true);
  CHECK(fixture.of("/a.txt") == "sha256:" + sha256("abc"));
  CHECK(fixture.of("/a.sh") == "sha256:" + sha256("abc") + "+x");
}

TEST_CASE("an unchanged file is read once") {
  DigestFixture fixture;
  fixture.files.put("/a.txt", "abc");
  fixture.of("/a.txt");
  fixture.of("/a.txt");
  CHECK(fixture.files.reads() == 1);
  fixture.files.put("/a.txt", "abd");
  CHECK(fixture.of("/a.txt") == "sha256:" + sha256("abd"));
  CHECK(fixture.files.reads() == 2);
}

TEST_CASE("a folder's digest depends on names, kinds, contents, links and empty folders, and on nothing else") {
  const auto digest_with = [](const std::function<void(FakeFiles&)>& change) {
    DigestFixture fixture;
    fixture.files.put("/d/a.txt", "a");
    fixture.files.put("/d/sub/b.txt", "b");
    change(fixture.files);
    return fixture.of("/d");
  };
  const std::string original = digest_with([](FakeFiles&) {});
  CHECK(original.starts_with("tree:"));
  CHECK(original == digest_with([](FakeFiles& files) { files.put("/elsewhere.txt", "x"); }));
  CHECK(original == digest_with([](FakeFiles& files) { files.put("/d/.sdl/state.db", "x"); }));
  const std::vector<std::string> changed{
      digest_with([](FakeFiles& files) { files.put("/d/a.txt", "A"); }),
      digest_with([](FakeFiles& files) { files.put("/d/a.txt", "a", true); }),
      digest_with([](FakeFiles& files) { need(files.rename("/d/a.txt", "/d/c.txt")); }),
      digest_with([](FakeFiles& files) { need(files.rename("/d/sub/b.txt", "/d/b.txt")); }),
      digest_with([](FakeFiles& files) { need(files.make_directories("/d/empty")); }),
      digest_with([](FakeFiles& files) { need(files.make_symbolic_link("a.txt", "/d/link")); }),
      digest_with([](FakeFiles& files) { need(files.make_symbolic_link("b.txt", "/d/link")); }),
      digest_with([](FakeFiles& files) { need(files.remove("/d/sub")); }),
  };
  for (std::size_t i = 0; i < changed.size(); ++i) {
    CHECK(changed[i] != original);
    for (std::size_t j = 0; j < i; ++j) CHECK(changed[i] != changed[j]);
  }
}

TEST_CASE("a name with a new line in it cannot pass for two entries") {
  DigestFixture one, two;
  one.files.put("/d/a\nfile b", "");
  two.files.put("/d/a", "");
  two.files.put("/d/b", "");
  CHECK(one.of("/d") != two.of("/d"));
}

TEST_CASE("a link that is named itself is followed, through several and relative ones") {
  DigestFixture fixture;
  fixture.files.put("/data/real/a.txt", "abc");
  need(fixture.files.make_symbolic_link("real/a.txt", "/data/one"));
  need(fixture.files.make_symbolic_link("/data/one", "/two"));
  CHECK(fixture.of("/two") == "sha256:" + sha256("abc"));
}

TEST_CASE("errors name the path") {
  DigestFixture fixture;
  CHECK(fixture.digests.of("/nothing").error().message == "there is no file or folder `/nothing`");
  need(fixture.files.make_symbolic_link("gone", "/link"));
  CHECK(fixture.digests.of("/link").error().message ==
        "there is no file or folder `/link`: it is a link to `/gone`, which is missing");
  need(fixture.files.make_symbolic_link("circle", "/circle"));
  CHECK(fixture.digests.of("/circle").error().message.find("lead back to themselves") != std::string::npos);
  fixture.files.put("/broken", "x");
  fixture.files.fail_reads_of("/broken", {"cannot read `/broken`: input/output error"});
  CHECK(fixture.digests.of("/broken").error().message == "cannot read `/broken`: input/output error");
}

TEST_CASE("a folder nested a thousand deep is no danger") {
  DigestFixture fixture;
  std::string path = "/d";
  for (int depth = 0; depth < 1000; ++depth) path += "/n";
  fixture.files.put(path + "/leaf", "x");
  CHECK(fixture.of("/d").starts_with("tree:"));
}

TEST_CASE("a file that was just written is not remembered: it might change within the same tick of the clock") {
  TemporaryFolder folder;
  RealFiles files;
  const auto state = memory_state();
  FileDigests digests(files, state->digest_memory());
  // Where more than a tick passes between the two, it is no file that was just written.
  for (int attempt = 0; attempt < 20; ++attempt) {
    write_text(folder / "a", "old!");
    need(digests.of(folder / "a"));
    if (!state->digest_memory().find(folder / "a").has_value()) break;
  }
  CHECK_FALSE(state->digest_memory().find(folder / "a").has_value());
  std::this_thread::sleep_for(std::chrono::milliseconds(120));
  const std::string digest = need(digests.of(folder / "a"));
  CHECK(state->digest_memory().find(folder / "a")->digest == digest);
}

TEST_CASE("a change that keeps size and modification time is seen all the same") {
  TemporaryFolder folder;
  RealFiles files;
  const auto state = memory_state();
  FileDigests digests(files, state->digest_memory());
  write_text(folder / "a", "old!");
  std::this_thread::sleep_for(std::chrono::milliseconds(120));
  need(digests.of(folder / "a"));
  const auto modified = std::filesystem::last_write_time(folder / "a");
  write_text(folder / "a", "new!");
  std::filesystem::last_write_time(folder / "a", modified);
  CHECK(need(digests.of(folder / "a")) == "sha256:" + sha256("new!"));
}

TEST_CASE("a pipe among the content is an error that names it, and nobody waits for it") {
  TemporaryFolder folder;
  RealFiles files;
  const auto state = memory_state();
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  FileDigests digests(files, state->digest_memory());
  for (const auto& path : {folder.path, folder / "pipe"}) {
    CHECK(digests.of(path).error().message.find("is a pipe, socket or device") != std::string::npos);
  }
}
