// The content-addressed store: published outputs of steps, each content once.
//
// Below the state folder:
//   store/ab/cdef…-1234    one file's content, by SHA-256 and size; read-only; "+x" behind the name where it is executable
//   store/ab/cdef….tree    the listing of a published folder, by its digest: kind, size and path of all it holds
//   outputs/<key>/…        a step's outputs under their own names, made of clones of store entries; appears whole, by rename
//   temporary/<engine>/…   what one engine is making; temporary/<engine>.lock is locked while it runs, and whatever an
//                          ended one left there is removed at the next start
// The size stands in the name so that a look at an output and one at the store tell a file that was cut off or grew.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/values/value.hpp"
#include "engine/cache/collection_lock.hpp"
#include "engine/cache/digest.hpp"
#include "engine/cache/linked_content.hpp"
#include "engine/cache/verified_entries.hpp"
#include "engine/error.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

/// Thread-safe; several engines may use one folder at once.
class Store {
 public:
  /// Touches nothing yet. With a memory, what is linked into outputs again and again is read once.
  Store(std::filesystem::path state_folder, Files& files, DigestMemory* memory = nullptr);
  /// Removes what this engine has left in temporary/.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const std::filesystem::path& state_folder() const { return state_folder_; }
  Files& files() const { return files_; }

  /// Publishes a step's outputs: every FileValue and DirValue under `work_directory` is moved into the store and placed
  /// under outputs/<key>; the returned values have their final paths and digests. Others are passed through. Where
  /// another engine has published the same key since the work directory was made, its outputs stay, and are what is
  /// returned; so do equal ones from before, as steps may be reading them. Others from before are replaced.
  Result<dsl::Fields> publish(std::string_view key, const dsl::Fields& outputs,
                              const std::filesystem::path& work_directory);

  /// Whether the published files and folders that a result names are there as they were published (kind, and size of
  /// files, also of all in a folder). With `verify_content` their digests are computed too.
  bool is_intact(const dsl::Fields& outputs, bool verify_content) const;

  /// An empty folder for a step's work, under temporary/.
  Result<std::filesystem::path> make_work_directory(std::string_view step_name);
  /// What it holds goes, unless it has become the outputs; the folder itself may become another step's, under another name.
  Result<void> remove_work_directory(const std::filesystem::path& directory);
  /// An empty folder for what programs put aside (TMPDIR). It may have been another step's before.
  Result<std::filesystem::path> make_temporary_directory();
  void remove_temporary_directory(const std::filesystem::path& directory);
  /// What costs little: true where the work directory has become the outputs and the other is empty, so that nothing is to be removed.
  bool take_back_directories(const std::filesystem::path& work, const std::filesystem::path& temporary);

  /// Holds `gc` off this folder. Steps that publish at the same time share one.
  Result<NoCollection> hold_off_collection();
  /// Removes what ended runs left in temporary/; that of running ones stays. `before_removal` is called with each folder that goes.
  Result<void> sweep(const std::function<void(const std::filesystem::path&)>& before_removal = {});

 private:
  /// temporary/<engine>, made and locked at first use.
  Result<std::filesystem::path> own_folder();
  Result<std::filesystem::path> make_own_folder(std::string_view name);
  /// Whether the outputs are files that lie in the step's folder, each by itself, and nothing else does.
  bool are_all_of(const dsl::Fields& outputs, const std::filesystem::path& work_directory) const;
  /// For names that are not to be met again.
  std::string next_number();
  Result<dsl::Fields> put_in_place(std::string_view key, dsl::Fields published, const std::filesystem::path& made,
                                   const std::filesystem::path& work_directory);
  /// What another engine has put there under the same names, where it is whole.
  std::optional<dsl::Fields> published_there(const dsl::Fields& ours, const std::filesystem::path& final) const;
  bool is_intact(const dsl::Value& file_or_folder, bool verify_content) const;
  bool looks_as_published(const std::string& path, const std::string& digest, const FileStatus& status) const;
  /// True where an emptied one was renamed to it.
  bool take_spare_directory(const std::filesystem::path& directory);
  /// False where it cannot serve again.
  bool keep_as_spare(const std::filesystem::path& emptied, std::vector<std::filesystem::path>& spares);
  bool appeared_meanwhile(const FileStatus& outputs_folder, const std::filesystem::path& work_directory);

  std::filesystem::path state_folder_;
  Files& files_;
  std::mutex mutex_;
  std::filesystem::path own_folder_;
  std::shared_ptr<void> own_lock_;
  std::size_t next_name_ = 0;
  VerifiedEntries verified_;
  std::optional<LinkedContent> linked_;
  /// Emptied directories: to make and remove one for each step costs more than all else that is done for it, since ext4
  /// looks for an inode that nobody has used for a minute.
  std::vector<std::filesystem::path> spare_work_directories_;
  std::vector<std::filesystem::path> spare_temporary_directories_;
  std::mutex collection_mutex_;
  std::weak_ptr<void> no_collection_;
  /// When each work directory was made, by the file system's clock.
  std::map<std::filesystem::path, std::int64_t> work_began_;
};

}  // namespace sdlrun::engine
