#include "engine/world/real/real_files.hpp"

#include <sys/stat.h>

#include "cache_fixtures.hpp"
#include "engine/world/real/file_error.hpp"

using namespace sdlrun::engine;
using namespace sdlrun::engine::cache_tests;

namespace {

mode_t permissions(const std::filesystem::path& path) {
  struct stat found {};
  REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found.st_mode & 07777;
}

ino_t inode(const std::filesystem::path& path) {
  struct stat found {};
  REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found.st_ino;
}

}  // namespace

TEST_CASE("status tells files, folders and links apart, and nothing is not an error") {
  TemporaryFolder folder;
  RealFiles files;
  write_text(folder / "a.txt", "12345");
  std::filesystem::create_symlink("a.txt", folder / "link");
  CHECK(need(files.status(folder / "a.txt"))->size == 5);
  CHECK(need(files.status(folder / "a.txt"))->kind == FileKind::regular);
  CHECK(need(files.status(folder.path))->kind == FileKind::directory);
  CHECK(need(files.status(folder / "link"))->kind == FileKind::symbolic_link);
  CHECK_FALSE(need(files.status(folder / "missing")).has_value());
  CHECK_FALSE(need(files.status(folder / "a.txt/below")).has_value());
  CHECK_FALSE(need(files.status(folder / "a.txt"))->executable);
  ::chmod((folder / "a.txt").c_str(), 0755);
  CHECK(need(files.status(folder / "a.txt"))->executable);
}

TEST_CASE("names are listed in the order of their bytes") {
  TemporaryFolder folder;
  for (const char* name : {"b", "a", "Z", "é"}) write_text(folder / name, "");
  CHECK(need(RealFiles().list(folder.path)) == std::vector<std::string>{"Z", "a", "b", "é"});
  CHECK(RealFiles().list(folder / "missing").error().message.find("missing`: no such file") != std::string::npos);
}

TEST_CASE("reading refuses what has no end or no content, and names it") {
  TemporaryFolder folder;
  RealFiles files;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(files.read(folder / "pipe").error().message ==
        "cannot read `" + (folder / "pipe").string() + "`: it is a pipe, socket or device");
  CHECK(files.read(folder.path).error().message.find("is a directory") != std::string::npos);
  CHECK(files.read("/dev/zero").error().message.find("device") != std::string::npos);
}

TEST_CASE("a large file is read in pieces, whole") {
  TemporaryFolder folder;
  std::string content(1'000'003, 'x');
  content[700'000] = '\0';
  need(RealFiles().write(folder / "large", content));
  std::string read;
  int pieces = 0;
  need(RealFiles().read_pieces(folder / "large", [&](std::string_view piece) { read += piece, ++pieces; }));
  CHECK(read == content);
  CHECK(pieces > 1);
}

TEST_CASE("writing replaces the whole content, and leaves nothing behind when it fails") {
  TemporaryFolder folder;
  RealFiles files;
  need(files.write(folder / "a", "old"));
  need(files.write(folder / "a", "new"));
  need(files.append(folder / "a", " and more"));
  CHECK(need(files.read(folder / "a")) == "new and more");
  std::filesystem::create_directories(folder / "taken/by");
  CHECK_FALSE(files.write(folder / "taken", "a file"));
  CHECK(need(files.list(folder.path)) == std::vector<std::string>{"a", "taken"});
}

TEST_CASE("a name as long as the file system allows can be written") {
  TemporaryFolder folder;
  need(RealFiles().write(folder / std::string(255, 'n'), "content"));
  CHECK(need(RealFiles().read(folder / std::string(255, 'n'))) == "content");
}

TEST_CASE("a clone has the same content and permissions, and its target must be new") {
  TemporaryFolder folder;
  RealFiles files;
  for (const std::size_t size : {0U, 10U, 4096U, 300'000U}) {
    const auto from = folder / ("from" + std::to_string(size)), to = folder / ("to" + std::to_string(size));
    write_text(from, std::string(size, 'c'));
    ::chmod(from.c_str(), 0750);
    need(files.clone(from, to));
    CHECK(read_text(to) == std::string(size, 'c'));
    CHECK(permissions(to) == 0750);
    CHECK_FALSE(files.clone(from, to));
  }
}

TEST_CASE("what may still change is never hard-linked, so that a change of the one is none of the other") {
  TemporaryFolder folder;
  RealFiles files;
  write_text(folder / "mine", std::string(10'000, 'a'));
  need(files.clone(folder / "mine", folder / "clone"));
  write_text(folder / "mine", std::string(10'000, 'b'));
  CHECK(read_text(folder / "clone") == std::string(10'000, 'a'));
}

TEST_CASE("a small file is copied even if it is protected") {
  TemporaryFolder folder;
  RealFiles files;
  write_text(folder / "small", "content");
  need(files.protect(folder / "small"));
  need(files.clone(folder / "small", folder / "clone"));
  CHECK(inode(folder / "small") != inode(folder / "clone"));
  CHECK(permissions(folder / "clone") == 0444);
}

TEST_CASE("protecting a folder takes write permission from all its files, and removing takes no notice of it") {
  TemporaryFolder folder;
  RealFiles files;
  write_text(folder / "tree/a/b.txt", "b");
  write_text(folder / "outside.txt", "o");
  std::filesystem::create_symlink(folder / "outside.txt", folder / "tree/link");
  need(files.protect(folder / "tree"));
  CHECK((permissions(folder / "tree/a/b.txt") & 0222) == 0);
  CHECK((permissions(folder / "outside.txt") & 0222) != 0);
  ::chmod((folder / "tree/a").c_str(), 0500);
  need(files.remove(folder / "tree"));
  CHECK_FALSE(std::filesystem::exists(folder / "tree"));
  CHECK(std::filesystem::exists(folder / "outside.txt"));
  need(files.remove(folder / "tree"));
}

TEST_CASE("a lock is held by one, and given back with its owner") {
  TemporaryFolder folder;
  RealFiles files;
  auto first = need(files.try_lock(folder / "lock"));
  CHECK(first != nullptr);
  CHECK(need(files.try_lock(folder / "lock")) == nullptr);
  first.reset();
  CHECK(need(files.try_lock(folder / "lock")) != nullptr);
}

TEST_CASE("errors say what to do about a full disk and a read-only place") {
  CHECK(file_error("write", "/data/a", ENOSPC).message == "cannot write `/data/a`: no space left on device");
  CHECK(file_error("write", "/data/a", ENOSPC).hint.find("make room") == 0);
  CHECK(file_error("write", "/data/a", EROFS).hint.find("read-only") != std::string::npos);
  CHECK(file_error("write", "/data/a", EACCES).hint.find("ls -ld /data /data/a") != std::string::npos);
}
