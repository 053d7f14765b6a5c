#include "engine/cache/shared/materialize.hpp"

#include "engine/cache/file_content.hpp"
#include "engine/cache/file_values.hpp"
#include "engine/cache/store_layout.hpp"
#include "engine/cache/tree.hpp"

namespace sdlrun::engine {

namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> does_not_fit() {
  return failure("a result in it does not fit its own digests", "remove what it holds for sdlrun, or name another cache");
}

/// The digest of a folder whose files have been checked, without reading them again.
class KnownDigests final : public TreeVisitor {
 public:
  KnownDigests(const std::map<std::string, SharedFile>& files, const fs::path& root) : files_(files), root_(root) {}

  Result<std::string> file(const fs::path& path, const FileStatus& status) override {
    const auto known = files_.find(path.lexically_relative(root_).string());
    if (known == files_.end() || known->second.is_executable() != status.executable) return does_not_fit();
    return known->second.digest;
  }

 private:
  const std::map<std::string, SharedFile>& files_;
  const fs::path& root_;
};

}  // namespace

Result<void> Materialization::begin(const std::vector<SharedFile>& all) {
  for (const SharedFile& file : all) by_path_.emplace(file.path, file);
  for (const auto& [path, file] : by_path_) {
    if (auto made = make(file); !made) return made;
  }
  return {};
}

Result<void> Materialization::make(const SharedFile& file) {
  const fs::path place = place_of(file);
  if (file.kind == FileKind::directory) return files_.make_directories(place);
  if (auto made = files_.make_directories(place.parent_path()); !made) return made;
  if (file.kind != FileKind::regular || clone_from_store(file)) return {};
  if (file.size == 0) {
    if (auto written = files_.write(place, ""); !written) return written;
    return check(file);
  }
  if (place_of_content_.emplace(file.digits(), place).second) {
    missing_.push_back(file);
  } else {
    copies_.push_back(file);
  }
  return {};
}

/// False where it must come from elsewhere.
bool Materialization::clone_from_store(const SharedFile& file) {
  const fs::path entry = store_entry(state_folder_, file.digest, file.size);
  const auto there = files_.status(entry);
  if (!there || !there->has_value() || !files_.clone(entry, place_of(file))) return false;
  if (check(file)) return true;
  static_cast<void>(files_.remove(place_of(file)));
  return false;
}

std::uint64_t Materialization::missing_bytes() const {
  std::uint64_t bytes = 0;
  for (const SharedFile& file : missing_) bytes += file.size;
  return bytes;
}

Result<void> Materialization::check(const SharedFile& file) const {
  const auto content = content_of(files_, place_of(file));
  if (!content) return tl::unexpected(content.error());
  if (content->digits == file.digits() && content->size == file.size) return {};
  const std::string difference =
      content->size == file.size ? "its SHA-256 is another"
                                 : "it has " + std::to_string(content->size) + " bytes instead of " + std::to_string(file.size);
  return failure("what it gave under cas/" + file.digits() + " is not what the name says: " + difference,
                 "a disk or a proxy there has damaged it: remove it there, and it is put there again");
}

// ---- once all contents are there -----------------------------------------------------------------------------------

Result<dsl::Fields> Materialization::finish(const dsl::Fields& outputs) {
  for (const SharedFile& file : copies_) {
    if (auto copied = copy(file); !copied) return tl::unexpected(std::move(copied.error()));
  }
  for (const auto& [path, file] : by_path_) {
    if (file.kind != FileKind::regular || !file.is_executable()) continue;
    if (auto made = make_executable(file); !made) return tl::unexpected(std::move(made.error()));
  }
  // Last, so that nothing is written through one.
  for (const auto& [path, file] : by_path_) {
    if (file.kind != FileKind::symbolic_link) continue;
    if (auto made = files_.make_symbolic_link(file.target, place_of(file)); !made) return tl::unexpected(std::move(made.error()));
  }
  return with_files_replaced(outputs, [this](const dsl::Value& value) { return checked_output(value); });
}

Result<void> Materialization::copy(const SharedFile& file) {
  if (auto cloned = files_.clone(place_of_content_.at(file.digits()), place_of(file)); !cloned) return cloned;
  return check(file);
}

Result<void> Materialization::make_executable(const SharedFile& file) {
  const auto status = files_.status(place_of(file));
  if (!status) return tl::unexpected(status.error());
  return status->has_value() && (*status)->executable ? Result<void>() : files_.make_executable(place_of(file));
}

Result<dsl::Value> Materialization::checked_output(const dsl::Value& value) const {
  const std::string& path = path_of(value);
  if (value.as<dsl::FileValue>() != nullptr) {
    const auto file = by_path_.find(path);
    if (file == by_path_.end() || file->second.kind != FileKind::regular || file->second.digest != digest_of(value)) return does_not_fit();
    return file_value_like(value, (folder_ / path).string(), digest_of(value));
  }
  const fs::path root = path == "." ? folder_ : folder_ / path;
  const auto status = files_.status(root);
  if (!status || !status->has_value() || (*status)->kind != FileKind::directory) return does_not_fit();
  KnownDigests known(by_path_, folder_);
  const auto digest = tree_digest(files_, root, known);
  if (!digest) return tl::unexpected(digest.error());
  if (*digest != digest_of(value)) return does_not_fit();
  return file_value_like(value, root.string(), *digest);
}

}  // namespace sdlrun::engine
