// The files of a shared result in a folder: what is here already is not asked for, and each content once only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/cache/shared/shared_entry.hpp"
#include "engine/error.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

/// In an empty folder, in this order: begin, a file at each place_of what is missing and a check of it, finish.
class Materialization {
 public:
  Materialization(Files& files, std::filesystem::path state_folder, std::filesystem::path folder)
      : files_(files), state_folder_(std::move(state_folder)), folder_(std::move(folder)) {}

  const std::filesystem::path& folder() const { return folder_; }

  /// Makes folders, and files whose content is empty or in our own store.
  Result<void> begin(const std::vector<SharedFile>& all);
  /// What is to be brought, each content once.
  const std::vector<SharedFile>& missing() const { return missing_; }
  std::uint64_t missing_bytes() const;
  std::filesystem::path place_of(const SharedFile& file) const { return folder_ / file.path; }
  /// Whether what lies at its place is what its digest says.
  Result<void> check(const SharedFile& file) const;

  /// Copies, permissions and links; then compares every output with its digest. Gives the outputs as paths in the folder.
  Result<dsl::Fields> finish(const dsl::Fields& outputs);

 private:
  Result<void> make(const SharedFile& file);
  bool clone_from_store(const SharedFile& file);
  Result<void> copy(const SharedFile& file);
  Result<void> make_executable(const SharedFile& file);
  Result<dsl::Value> checked_output(const dsl::Value& value) const;

  Files& files_;
  std::filesystem::path state_folder_;
  std::filesystem::path folder_;
  std::map<std::string, SharedFile> by_path_;  // sorted
  std::map<std::string, std::filesystem::path> place_of_content_;  // by its digits, of what is missing
  std::vector<SharedFile> missing_;
  std::vector<SharedFile> copies_;
};

}  // namespace sdlrun::engine
