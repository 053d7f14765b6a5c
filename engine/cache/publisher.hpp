// Making one step's outputs/<key> in a temporary folder: each content into the store once, and a clone of it in place.
#pragma once

#include <string>

#include "dsl/values/value.hpp"
#include "engine/cache/file_content.hpp"
#include "engine/cache/linked_content.hpp"
#include "engine/cache/tree.hpp"
#include "engine/cache/verified_entries.hpp"
#include "engine/error.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

/// Used for one step, by one thread.
class Publisher final : private TreeVisitor {
 public:
  struct Places {
    std::filesystem::path state_folder;
    std::filesystem::path work_directory;
    /// What becomes outputs/<key>: an empty folder, or the work directory itself, where it holds the outputs and nothing else.
    std::filesystem::path being_made;
    std::filesystem::path scratch;  // how names of store entries on their way begin
    std::filesystem::path final;       // outputs/<key>, for the values
  };
  /// Without a memory of linked content, all is read.
  Publisher(Files& files, VerifiedEntries& verified, const LinkedContent* linked, Places places)
      : files_(files), verified_(verified), linked_(linked), places_(std::move(places)) {}

  /// The outputs with their final paths and digests.
  Result<dsl::Fields> publish(const dsl::Fields& outputs);
  /// Whether any file or folder was put in place.
  bool has_made_any() const { return has_made_any_; }

 private:
  Result<dsl::Value> publish_one(const dsl::Value& value);
  Result<std::string> publish_folder(const std::filesystem::path& source, const std::filesystem::path& relative);
  /// Brings a file's content into the store and it, or a clone, to `target`; gives its digest.
  Result<std::string> publish_file(const std::filesystem::path& source, const FileStatus& before, const std::filesystem::path& target);
  Result<void> put_into_store(const std::filesystem::path& source, const FileStatus& status, const std::filesystem::path& entry,
                              const FileContent& content);
  bool is_whole(const std::filesystem::path& entry, const FileContent& content) const;
  std::filesystem::path next_scratch();
  Result<void> place_clone(const std::filesystem::path& entry, const std::filesystem::path& target);

  Result<std::string> file(const std::filesystem::path& path, const FileStatus& status) override;
  Result<void> directory(const std::filesystem::path& path) override;
  Result<void> link(const std::filesystem::path& path, const std::string& target) override;
  void list(FileKind kind, std::uint64_t size, const std::filesystem::path& path);
  std::filesystem::path target_of(const std::filesystem::path& path) const;

  Files& files_;
  VerifiedEntries& verified_;
  const LinkedContent* linked_;
  Places places_;
  bool has_made_any_ = false;
  bool is_only_one_ = false;  // a file that no other output can name is moved, which saves a clone
  std::size_t next_entry_ = 0;
  // Of the folder that is being walked.
  std::filesystem::path source_root_;
  std::filesystem::path target_root_;
  std::string manifest_;
};

}  // namespace sdlrun::engine
