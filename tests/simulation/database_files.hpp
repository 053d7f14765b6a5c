// SQLite's files on a FakeFiles, by a VFS: the database meets the same crashes and full disks as all else.
#pragma once

#include <sqlite3.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/world/fake/fake_files.hpp"

namespace sdlrun::simulation {

/// SQLite's default while it lives, which is as long as one engine: the locks and the shared memory of an engine that was
/// killed are gone with it. For one thread at a time; all databases are closed before it goes.
class DatabaseFiles {
 public:
  explicit DatabaseFiles(engine::FakeFiles& files);
  ~DatabaseFiles();
  DatabaseFiles(const DatabaseFiles&) = delete;
  DatabaseFiles& operator=(const DatabaseFiles&) = delete;

 private:
  struct OpenFile;
  struct Methods;  // what SQLite calls
  using Region = std::unique_ptr<char[]>;

  engine::FakeFiles& files_;
  sqlite3_vfs vfs_{};
  std::vector<OpenFile*> open_;  // SQLite's own
  std::map<std::string, std::vector<Region>> shared_memory_;
  std::uint64_t random_ = 1;
  std::size_t temporary_files_ = 0;
};

}  // namespace sdlrun::simulation
