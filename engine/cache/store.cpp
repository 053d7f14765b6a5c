#include "engine/cache/store.hpp"

#include <algorithm>
#include <random>

#include "engine/cache/boot_id.hpp"
#include "engine/cache/file_values.hpp"
#include "engine/cache/manifest.hpp"
#include "engine/cache/publisher.hpp"
#include "engine/cache/store_layout.hpp"

namespace sdlrun::engine {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view lock_ending = ".lock";

/// For digests that must be computed: to verify is not to remember.
class NoMemory final : public DigestMemory {
 public:
  std::optional<RememberedDigest> find(const fs::path&) override { return std::nullopt; }
  void remember(const fs::path&, const RememberedDigest&) override {}
};

std::string random_name() {
  std::random_device random;
  return std::to_string(random());
}

/// Names of steps such as "eval[small]" and "app/script" as names of folders: recognizable, and safe in any script.
std::string safe_name(std::string_view step_name) {
  constexpr std::size_t longest = 40;
  std::string name(step_name.substr(0, longest));
  const auto is_safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  std::replace_if(
      name.begin(), name.end(), [&](char c) { return !is_safe(c); }, '_');
  return name;
}

}  // namespace

Store::Store(fs::path state_folder, Files& files, DigestMemory* memory)
    : state_folder_(fs::absolute(state_folder).lexically_normal()), files_(files) {
  if (memory != nullptr) linked_.emplace(*memory, boot_id(files));
}

Store::~Store() {
  if (own_folder_.empty()) return;
  static_cast<void>(files_.remove(own_folder_));
  static_cast<void>(files_.remove(own_folder_.string() + std::string(lock_ending)));
}

// ---- temporary/ ----------------------------------------------------------------------------------------------------

Result<fs::path> Store::own_folder() {
  const std::lock_guard lock(mutex_);
  while (own_folder_.empty()) {
    auto made = make_own_folder(random_name());
    if (!made) return made;
    own_folder_ = std::move(*made);
  }
  return own_folder_;
}

/// An empty path where another engine holds the name, or sweeps at this moment.
Result<fs::path> Store::make_own_folder(std::string_view name) {
  const fs::path folder = state_folder_ / "temporary" / name;
  if (auto made = files_.make_directories(folder.parent_path()); !made) return tl::unexpected(std::move(made.error()));
  auto lock = files_.try_lock(folder.string() + std::string(lock_ending));
  if (!lock) return tl::unexpected(std::move(lock.error()));
  if (*lock == nullptr) return fs::path();
  if (auto made = files_.make_directories(folder); !made) return tl::unexpected(std::move(made.error()));
  own_lock_ = std::move(*lock);
  return folder;
}

Result<fs::path> Store::make_work_directory(std::string_view step_name) {
  const auto own = own_folder();
  if (!own) return own;
  const std::lock_guard lock(mutex_);
  const fs::path directory = *own / (safe_name(step_name) + '-' + std::to_string(++next_name_));
  if (!take_spare_directory(directory)) {
    if (auto made = files_.make_directories(directory); !made) return tl::unexpected(std::move(made.error()));
  }
  const auto status = files_.status_of(directory.native());
  if (!status) return tl::unexpected(status.error());
  work_began_[directory] = status->has_value() ? (*status)->changed : 0;
  return directory;
}

Result<void> Store::remove_work_directory(const fs::path& directory) {
  const fs::path normal = directory.lexically_normal();
  if (!lies_in(normal.native(), state_folder_ / "temporary") || normal == state_folder_ / "temporary") {
    return failure("`" + directory.string() + "` is no step's work folder: it is left alone");
  }
  {
    const std::lock_guard lock(mutex_);
    if (work_began_.erase(directory) == 0) return {};
  }
  const bool is_kept = files_.make_as_new(directory) && keep_as_spare(directory, spare_work_directories_);
  return is_kept ? Result<void>() : files_.remove(directory);
}

bool Store::keep_as_spare(const fs::path& emptied, std::vector<fs::path>& spares) {
  constexpr std::size_t most_spare = 64;
  const std::lock_guard lock(mutex_);
  if (spares.size() == most_spare) return false;
  spares.push_back(emptied);
  return true;
}

bool Store::take_spare_directory(const fs::path& directory) {
  if (spare_work_directories_.empty()) return false;
  const fs::path spare = std::move(spare_work_directories_.back());
  spare_work_directories_.pop_back();
  return files_.rename(spare, directory).has_value();
}

Result<fs::path> Store::make_temporary_directory() {
  auto own = own_folder();
  if (!own) return own;
  fs::path directory;
  {
    const std::lock_guard lock(mutex_);
    if (!spare_temporary_directories_.empty()) {
      directory = std::move(spare_temporary_directories_.back());
      spare_temporary_directories_.pop_back();
      return directory;
    }
    directory = *own / ("tmp-" + std::to_string(++next_name_));
  }
  if (auto made = files_.make_directories(directory); !made) return tl::unexpected(std::move(made.error()));
  return directory;
}

void Store::remove_temporary_directory(const fs::path& directory) {
  const bool is_kept = files_.make_as_new(directory) && keep_as_spare(directory, spare_temporary_directories_);
  if (!is_kept) static_cast<void>(files_.remove(directory));
}

bool Store::take_back_directories(const fs::path& work, const fs::path& temporary) {
  {
    const std::lock_guard lock(mutex_);
    if (work_began_.contains(work)) return false;
  }
  if (!files_.is_as_made(temporary)) return false;
  const auto names = files_.list(temporary);
  return names && names->empty() && keep_as_spare(temporary, spare_temporary_directories_);
}

Result<void> Store::sweep(const std::function<void(const fs::path&)>& before_removal) {
  const fs::path temporary = state_folder_ / "temporary";
  const auto there = files_.status(temporary);
  if (!there) return tl::unexpected(there.error());
  if (!there->has_value()) return {};
  const auto names = files_.list(temporary);
  if (!names) return tl::unexpected(names.error());
  for (const std::string& name : *names) {
    const std::string engine = name.ends_with(lock_ending) ? name.substr(0, name.size() - lock_ending.size()) : name;
    const fs::path folder = temporary / engine;
    const fs::path lock_file = folder.string() + std::string(lock_ending);
    const auto lock = files_.try_lock(lock_file);
    if (!lock) return tl::unexpected(lock.error());
    if (*lock == nullptr) continue;  // it runs: another engine, or this one
    if (before_removal) before_removal(folder);
    if (auto removed = files_.remove(folder); !removed) return removed;
    if (auto removed = files_.remove(lock_file); !removed) return removed;
  }
  return {};
}

// ---- publishing ----------------------------------------------------------------------------------------------------

Result<dsl::Fields> Store::publish(std::string_view key, const dsl::Fields& outputs, const fs::path& work_directory) {
  const bool has_files = !every_file(outputs, [](const dsl::Value&) { return false; });
  if (!has_files) return outputs;
  const auto no_collection = hold_off_collection();
  if (!no_collection) return tl::unexpected(no_collection.error());
  const fs::path work = fs::absolute(work_directory).lexically_normal();
  const auto own = own_folder();
  if (!own) return tl::unexpected(own.error());
  const fs::path beside = *own / ("outputs-" + next_number());
  const bool is_whole = are_all_of(outputs, work);
  const fs::path& made = is_whole ? work : beside;
  if (auto done = is_whole ? Result<void>() : files_.make_directories(made); !done) return tl::unexpected(std::move(done.error()));
  Publisher publisher(files_, verified_, linked_ ? &*linked_ : nullptr, {.state_folder = state_folder_,
                               .work_directory = work,
                               .being_made = made,
                               .scratch = beside,
                               .final = outputs_folder(state_folder_, key)});
  auto published = publisher.publish(outputs);
  if (published && publisher.has_made_any()) published = put_in_place(key, std::move(*published), made, work);
  if (is_whole) {
    const std::lock_guard lock(mutex_);
    if (published) work_began_.erase(work);
  } else if (!published || !publisher.has_made_any()) {
    static_cast<void>(files_.remove(made));
  }
  return published;
}

Result<NoCollection> Store::hold_off_collection() {
  const std::lock_guard lock(collection_mutex_);
  if (NoCollection held = no_collection_.lock()) return held;
  auto held = engine::hold_off_collection(files_, state_folder_);
  if (held) no_collection_ = *held;
  return held;
}

/// Such a folder need not be copied: to make one more for each step would cost as much as the rest of publishing.
bool Store::are_all_of(const dsl::Fields& outputs, const fs::path& work_directory) const {
  std::vector<std::string> names;
  const std::string begin = work_directory.native() + '/';
  const bool are_files = every_file(outputs, [&](const dsl::Value& value) {
    const std::string& path = path_of(value);
    names.push_back(path.starts_with(begin) ? path.substr(begin.size()) : path);
    return value.as<dsl::FileValue>() != nullptr && names.back().find('/') == std::string::npos;
  });
  if (!are_files || !files_.is_as_made(work_directory)) return false;
  std::sort(names.begin(), names.end());
  const auto there = files_.list(work_directory);
  return there && *there == names && std::all_of(names.begin(), names.end(), [&](const std::string& name) {
           const auto status = files_.status_of(begin + name);
           return status && status->has_value() && (*status)->kind == FileKind::regular && (*status)->links == 1;
         });
}

std::string Store::next_number() {
  const std::lock_guard lock(mutex_);
  return std::to_string(++next_name_);
}

Result<dsl::Fields> Store::put_in_place(std::string_view key, dsl::Fields published, const fs::path& made,
                                        const fs::path& work_directory) {
  const fs::path final = outputs_folder(state_folder_, key);
  constexpr int attempts = 10;  // each is one lost race against another engine
  for (int attempt = 0;; ++attempt) {
    // A folder that holds something is not replaced by this.
    auto renamed = files_.rename(made, final);
    if (renamed) return published;
    if (attempt == attempts) return tl::unexpected(std::move(renamed.error()));
    if (auto done = files_.make_directories(final.parent_path()); !done) return tl::unexpected(std::move(done.error()));
    const auto there = files_.status(final);
    if (!there) return tl::unexpected(there.error());
    if (there->has_value()) {
      auto theirs = published_there(published, final);
      if (theirs && (*theirs == published || appeared_meanwhile(**there, work_directory))) {
        static_cast<void>(files_.remove(made));
        return std::move(*theirs);
      }
      const fs::path replaced = made.string() + ".replaced-" + std::to_string(attempt);
      static_cast<void>(files_.rename(final, replaced));  // if it fails, so does the next, which says why
      static_cast<void>(files_.remove(replaced));
    }
  }
}

/// Ours are as good as another engine's, but its later steps already read them: what is there stays, if it is whole.
std::optional<dsl::Fields> Store::published_there(const dsl::Fields& ours, const fs::path& final) const {
  NoMemory memory;
  FileDigests digests(files_, memory);
  auto theirs = with_files_replaced(ours, [&](const dsl::Value& value) -> Result<dsl::Value> {
    if (!lies_in(path_of(value), final)) return value;
    auto digest = digests.of(path_of(value));
    if (!digest) return tl::unexpected(std::move(digest.error()));
    return file_value_like(value, path_of(value), std::move(*digest));
  });
  if (!theirs || !is_intact(*theirs, false)) return std::nullopt;
  return std::move(*theirs);
}

bool Store::appeared_meanwhile(const FileStatus& outputs, const fs::path& work_directory) {
  const std::lock_guard lock(mutex_);
  const auto began = work_began_.find(work_directory);
  return began == work_began_.end() || outputs.changed >= began->second;
}

// ---- looking -------------------------------------------------------------------------------------------------------

bool Store::is_intact(const dsl::Fields& outputs, bool verify_content) const {
  return every_file(outputs, [&](const dsl::Value& value) { return is_intact(value, verify_content); });
}

bool Store::is_intact(const dsl::Value& value, bool verify_content) const {
  const std::string& path = path_of(value);
  const std::string& digest = digest_of(value);
  const auto status = files_.status_of(path);
  if (!status || !status->has_value()) return false;
  const bool is_published = lies_in(path, state_folder_);
  const bool is_folder = (*status)->kind == FileKind::directory;
  const bool is_link_elsewhere = !is_published && (*status)->kind == FileKind::symbolic_link;
  if (!is_link_elsewhere && is_folder != (value.as<dsl::DirValue>() != nullptr)) return false;
  if (is_published && !looks_as_published(path, digest, **status)) return false;
  if (!verify_content) return true;
  NoMemory memory;
  const auto found = FileDigests(files_, memory).of(path);
  return found && *found == digest;
}

bool Store::looks_as_published(const std::string& path, const std::string& digest, const FileStatus& status) const {
  if (status.kind == FileKind::directory) {
    const auto manifest = files_.read(store_manifest(state_folder_, digest));
    return manifest && matches_manifest(files_, path, *manifest);
  }
  const auto entry = files_.status_of(store_entry(state_folder_, digest, status.size));
  return entry && entry->has_value();
}

}  // namespace sdlrun::engine
