#include "engine/cache/shared/describe.hpp"

#include <map>

#include "engine/cache/file_content.hpp"
#include "engine/cache/file_values.hpp"
#include "engine/cache/shared/sharable.hpp"
#include "engine/cache/store_layout.hpp"
#include "engine/cache/tree.hpp"

namespace sdlrun::engine {

namespace {

namespace fs = std::filesystem;

class Describer final : private TreeVisitor {
 public:
  Describer(const Files& files, const fs::path& root) : files_(files), root_(root) {}

  Result<dsl::Value> describe(const dsl::Value& value) {
    fs::path path = path_of(value);
    if (!path.has_filename()) path = path.parent_path();  // the folder of all outputs, as it is written with a slash
    if (!lies_in(path.native(), root_)) return failure("`" + path.string() + "` lies outside of the step's outputs");
    const bool is_folder = value.as<dsl::DirValue>() != nullptr;
    const auto digest = is_folder ? describe_folder(path) : describe_file(path);
    if (!digest) return tl::unexpected(digest.error());
    if (*digest != digest_of(value)) return failure("`" + path.string() + "` has changed since it was published");
    return file_value_like(value, path == root_ ? "." : relative(path), *digest);
  }

  std::vector<SharedFile> take_files() {
    std::vector<SharedFile> files;
    for (auto& [path, file] : found_) files.push_back(std::move(file));
    return files;
  }

 private:
  std::string relative(const fs::path& path) const { return path.lexically_relative(root_).string(); }

  Result<std::string> describe_folder(const fs::path& path) {
    if (path != root_) {
      if (auto listed = directory(path); !listed) return tl::unexpected(std::move(listed.error()));
    }
    return tree_digest(files_, path, *this);
  }

  Result<std::string> describe_file(const fs::path& path) {
    const auto status = files_.status(path);
    if (!status) return tl::unexpected(status.error());
    if (!status->has_value() || (*status)->kind != FileKind::regular) return failure("`" + path.string() + "` is not there any more");
    return file(path, **status);
  }

  Result<void> add(SharedFile file) {
    if (!is_portable_path(file.path)) return failure("`" + file.path + "` means nothing elsewhere");
    std::string path = file.path;
    found_.insert_or_assign(std::move(path), std::move(file));
    return {};
  }

  Result<std::string> file(const fs::path& path, const FileStatus& status) override {
    const auto content = content_of(files_, path);
    if (!content) return tl::unexpected(content.error());
    std::string digest = file_digest(content->digits, status.executable);
    if (auto added = add({.path = relative(path), .digest = digest, .size = content->size}); !added) return tl::unexpected(std::move(added.error()));
    return digest;
  }
  Result<void> directory(const fs::path& path) override { return add({.kind = FileKind::directory, .path = relative(path)}); }
  Result<void> link(const fs::path& path, const std::string& target) override {
    if (!is_portable_link(relative(path), target)) return failure("the link `" + path.string() + "` leads out of the step's outputs");
    return add({.kind = FileKind::symbolic_link, .path = relative(path), .target = target});
  }

  const Files& files_;
  const fs::path& root_;
  std::map<std::string, SharedFile> found_;  // a file may be an output and lie in a folder that is one
};

}  // namespace

Result<SharedEntry> describe_result(const Files& files, const StepResult& result, const fs::path& outputs_folder) {
  if (holds_handle_or_secret(result.outputs)) return failure("a handle or a secret means nothing elsewhere");
  Describer describer(files, outputs_folder);
  auto outputs = with_files_replaced(result.outputs, [&](const dsl::Value& value) { return describer.describe(value); });
  if (!outputs) return tl::unexpected(std::move(outputs.error()));
  return SharedEntry{.key = result.key,
                     .outputs = std::move(*outputs),
                     .files = describer.take_files(),
                     .warnings = result.warnings,
                     .duration = result.duration};
}

}  // namespace sdlrun::engine
