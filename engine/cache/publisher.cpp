#include "engine/cache/publisher.hpp"

#include "engine/cache/digest.hpp"
#include "engine/cache/file_content.hpp"
#include "engine/cache/file_values.hpp"
#include "engine/cache/manifest.hpp"
#include "engine/cache/store_layout.hpp"

namespace sdlrun::engine {

namespace {

namespace fs = std::filesystem;

/// The status of something that must be there.
Result<FileStatus> status_of(const Files& files, const fs::path& path) {
  auto status = files.status_of(path.native());
  if (!status) return tl::unexpected(std::move(status.error()));
  if (!status->has_value()) return failure("the output `" + path.string() + "` is not there");
  return **status;
}

struct Found {
  fs::path path;
  FileStatus status;
};

/// The file or folder that an output names, behind links.
Result<Found> resolved(const Files& files, fs::path path) {
  constexpr int most_links = 40;
  for (int links = 0; links < most_links; ++links) {
    const auto status = status_of(files, path);
    if (!status) return tl::unexpected(status.error());
    if (status->kind != FileKind::symbolic_link) return Found{std::move(path), *status};
    const auto target = files.read_link(path);
    if (!target) return tl::unexpected(target.error());
    path = (path.parent_path() / *target).lexically_normal();
  }
  return failure("the output `" + path.string() + "` is a link that leads back to itself");
}

/// One content under several names.
bool is_same_file(const FileStatus& one, const FileStatus& other) {
  return one.links > 1 && one.inode == other.inode && one.device == other.device;
}

bool is_same_content(const FileStatus& before, const FileStatus& after) {
  return before.size == after.size && before.modified == after.modified && before.inode == after.inode;
}

}  // namespace

Result<dsl::Fields> Publisher::publish(const dsl::Fields& outputs) {
  is_only_one_ = outputs.size() == 1 && outputs[0].second.as<dsl::FileValue>() != nullptr;
  return with_files_replaced(outputs, [this](const dsl::Value& value) { return publish_one(value); });
}

Result<dsl::Value> Publisher::publish_one(const dsl::Value& value) {
  const fs::path path = (places_.work_directory / path_of(value)).lexically_normal();
  if (!lies_in(path.native(), places_.work_directory)) {
    if (!digest_of(value).empty()) return value;
    return failure("the output `" + path.string() + "` lies outside the step's folder `" +
                   places_.work_directory.string() + "` and has no digest");
  }
  const fs::path relative = path.lexically_relative(places_.work_directory);
  const auto source = resolved(files_, path);
  if (!source) return tl::unexpected(source.error());
  const bool is_folder = source->status.kind == FileKind::directory;
  if (is_folder != (value.as<dsl::DirValue>() != nullptr)) {
    return failure("the output `" + relative.string() + "` is a " + (is_folder ? "folder" : "file") + ", and a " +
                   (is_folder ? "file" : "folder") + " was declared");
  }
  const fs::path target = (places_.being_made / relative).lexically_normal();
  if (const fs::path folder = target.parent_path(); folder != places_.being_made) {
    if (auto made = files_.make_directories(folder); !made) return tl::unexpected(std::move(made.error()));
  }
  has_made_any_ = true;
  auto digest = is_folder ? publish_folder(source->path, relative) : publish_file(source->path, source->status, target);
  if (!digest) return tl::unexpected(std::move(digest.error()));
  return file_value_like(value, (places_.final / relative).lexically_normal().string(), std::move(*digest));
}

Result<std::string> Publisher::publish_folder(const fs::path& source, const fs::path& relative) {
  source_root_ = source;
  target_root_ = relative == "." ? places_.being_made : places_.being_made / relative;
  manifest_.clear();
  if (auto made = files_.make_directories(target_root_); !made) return tl::unexpected(std::move(made.error()));
  auto digest = tree_digest(files_, source, *this);
  if (!digest) return digest;
  const fs::path manifest = store_manifest(places_.state_folder, *digest), on_its_way = next_scratch();
  if (auto written = files_.write(on_its_way, manifest_); !written) return tl::unexpected(std::move(written.error()));
  if (auto made = files_.make_directories(manifest.parent_path()); !made) return tl::unexpected(std::move(made.error()));
  if (auto renamed = files_.rename(on_its_way, manifest); !renamed) return tl::unexpected(std::move(renamed.error()));
  return digest;
}

Result<std::string> Publisher::publish_file(const fs::path& source, const FileStatus& before, const fs::path& target) {
  // A file with other names is somebody else's too: it is copied instead of taken over.
  const bool is_ours = before.links == 1 && lies_in(source.native(), places_.work_directory);
  if (is_ours) {
    if (auto safe = files_.protect(source); !safe) return tl::unexpected(std::move(safe.error()));
  }
  const auto content = linked_ != nullptr ? linked_->content_of(files_, source, before) : content_of(files_, source);
  if (!content) return tl::unexpected(content.error());
  const auto after = status_of(files_, source);
  if (!after) return tl::unexpected(after.error());
  if (!is_same_content(before, *after)) {
    return failure("the output `" + source.string() + "` changed while it was taken",
                   "a process of the step still writes to it: let the step wait for all it has started");
  }
  std::string digest = file_digest(content->digits, after->executable);
  const fs::path entry = store_entry(places_.state_folder, digest, after->size);
  if (auto stored = put_into_store(source, *after, entry, *content); !stored)
    return tl::unexpected(std::move(stored.error()));
  if (source == target) return digest;
  auto placed = is_only_one_ && is_ours ? files_.rename(source, target) : place_clone(entry, target);
  if (!placed) return tl::unexpected(std::move(placed.error()));
  return digest;
}

Result<void> Publisher::put_into_store(const fs::path& source, const FileStatus& status, const fs::path& entry, const FileContent& content) {
  const auto there = files_.status(entry);
  if (!there) return tl::unexpected(there.error());
  const bool has_its_size = there->has_value() && (*there)->kind == FileKind::regular && (*there)->size == content.size;
  if (has_its_size && is_same_file(status, **there)) {
    verified_.add(entry);  // it has just been read
    return {};
  }
  if (has_its_size && (verified_.contains(entry) || is_whole(entry, content))) return {};
  const fs::path on_its_way = next_scratch();
  if (auto cloned = files_.clone(source, on_its_way); !cloned) return cloned;
  if (auto safe = files_.protect(on_its_way); !safe) return safe;
  if (auto made = files_.make_directories(entry.parent_path()); !made) return made;
  if (auto renamed = files_.rename(on_its_way, entry); !renamed) return renamed;
  verified_.add(entry);
  return {};
}

/// One that was cut off by a power failure, or filled with zeros, is replaced.
bool Publisher::is_whole(const fs::path& entry, const FileContent& content) const {
  const auto found = content_of(files_, entry);
  if (!found || found->digits != content.digits) return false;
  verified_.add(entry);
  return true;
}

/// In a folder that is swept, should we be killed before the rename.
fs::path Publisher::next_scratch() { return places_.scratch.string() + ".entry-" + std::to_string(++next_entry_); }

Result<void> Publisher::place_clone(const fs::path& entry, const fs::path& target) {
  const auto there = files_.status(target);
  if (!there) return tl::unexpected(there.error());
  // A file that is an output by itself and lies in a folder that is one too.
  if (there->has_value()) return {};
  return files_.clone(entry, target);
}

// ---- what a folder holds -------------------------------------------------------------------------------------------

Result<std::string> Publisher::file(const fs::path& path, const FileStatus& status) {
  list(FileKind::regular, status.size, path);
  return publish_file(path, status, target_of(path));
}

Result<void> Publisher::directory(const fs::path& path) {
  list(FileKind::directory, 0, path);
  return files_.make_directories(target_of(path));
}

Result<void> Publisher::link(const fs::path& path, const std::string& target) {
  list(FileKind::symbolic_link, 0, path);
  const auto there = files_.status(target_of(path));
  if (!there) return tl::unexpected(there.error());
  return there->has_value() ? Result<void>() : files_.make_symbolic_link(target, target_of(path));
}

void Publisher::list(FileKind kind, std::uint64_t size, const fs::path& path) {
  manifest_ += manifest_entry(kind, size, path.lexically_relative(source_root_));
}

fs::path Publisher::target_of(const fs::path& path) const {
  return target_root_ / path.lexically_relative(source_root_);
}

}  // namespace sdlrun::engine
