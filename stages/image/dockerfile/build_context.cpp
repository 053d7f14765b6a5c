#include "stages/image/dockerfile/build_context.hpp"

namespace sdlrun::stages::image {

namespace fs = std::filesystem;
using engine::Result;

namespace {

constexpr const char* usual_name = "Dockerfile";
constexpr const char* usual_ignore_file = ".dockerignore";
constexpr const char* other_ignore_file = ".containerignore";  // Podman and Buildah would take it

Result<bool> is_there(const engine::Files& files, const fs::path& path) {
  const auto status = files.status(path);
  if (!status) return tl::unexpected(status.error());
  return status->has_value();
}

class Copier final : public engine::TreeVisitor {
 public:
  Copier(fs::path from, fs::path to, const std::function<bool()>& is_stopped) : from_(std::move(from)), to_(std::move(to)), is_stopped_(is_stopped) {}

  Result<std::string> file(const fs::path& path, const engine::FileStatus&) override {
    if (is_stopped_()) return engine::failure("stopped");
    std::error_code code;
    const fs::path target = place(path, code);
    if (!code) fs::copy_file(path, target, code);
    if (!code) fs::last_write_time(target, fs::last_write_time(path, code), code);
    if (code) return tl::unexpected(error(path, code));
    return std::string();
  }
  Result<void> directory(const fs::path& path) override {
    std::error_code code;
    make_folder(path, code);
    return code ? Result<void>(tl::unexpected(error(path, code))) : Result<void>();
  }
  Result<void> link(const fs::path& path, const std::string& target) override {
    std::error_code code;
    const fs::path link = place(path, code);
    if (!code) fs::create_symlink(target, link, code);
    return code ? Result<void>(tl::unexpected(error(path, code))) : Result<void>();
  }

 private:
  /// Folders above it may not have been seen: they are there for its sake only.
  fs::path place(const fs::path& path, std::error_code& code) {
    make_folder(path.parent_path(), code);
    return to_ / path.lexically_relative(from_);
  }
  void make_folder(const fs::path& path, std::error_code& code) {
    const fs::path target = path == from_ ? to_ : to_ / path.lexically_relative(from_);
    if (fs::exists(target, code)) return;
    if (path != from_) make_folder(path.parent_path(), code);
    if (!code) fs::create_directory(target, path, code);
    if (!code) fs::permissions(target, fs::perms::owner_all, fs::perm_options::add, code);
  }
  static engine::Error error(const fs::path& path, const std::error_code& code) {
    const bool may_be_full = code == std::errc::no_space_on_device || code == std::errc::io_error;
    return {.message = "cannot copy `" + path.string() + "` for the build: " + code.message(), .hint = may_be_full ? "make room on this disk, if `df -h` shows that it is full" : "may it be read?"};
  }

  fs::path from_;
  fs::path to_;
  const std::function<bool()>& is_stopped_;
};

}  // namespace

Result<BuildContext> BuildContext::find(const engine::Files& files, const fs::path& folder, const std::optional<fs::path>& dockerfile) {
  BuildContext context;
  context.folder_ = folder;
  context.dockerfile_ = dockerfile.value_or(folder / usual_name);
  const auto has_dockerfile = is_there(files, context.dockerfile_);
  if (!has_dockerfile) return tl::unexpected(has_dockerfile.error());
  if (!*has_dockerfile && dockerfile) return engine::failure("there is no Dockerfile `" + dockerfile->string() + "`", "look at the spelling; paths are relative to the .sdl file that writes them");
  if (!*has_dockerfile) return engine::failure("there is no `Dockerfile` in `" + folder.string() + "`", "name the file: `dockerfile = \"…\"`");
  const fs::path own = context.dockerfile_.string() + usual_ignore_file;
  const auto has_own = is_there(files, own);
  if (!has_own) return tl::unexpected(has_own.error());
  const fs::path ignore_file = *has_own ? own : folder / usual_ignore_file;
  context.ignored_by_ = ignore_file.filename().string();
  context.ignore_files_ = {usual_ignore_file, other_ignore_file, own.lexically_relative(folder).generic_string()};
  const auto has_any = *has_own ? Result<bool>(true) : is_there(files, ignore_file);
  if (!has_any) return tl::unexpected(has_any.error());
  if (!*has_any) return context;
  const auto text = files.read(ignore_file);
  if (!text) return tl::unexpected(text.error());
  auto ignored = IgnoreFile::parse(*text, "`" + ignore_file.string() + "`");
  if (!ignored) return tl::unexpected(std::move(ignored.error()));
  context.ignored_ = std::move(*ignored);
  return context;
}

std::string BuildContext::why_left_out(const std::string& place) const {
  if (ignore_files_.count(place) > 0) return "what says what is left out is left out itself";
  const std::string* line = ignored_.deciding_line(place);
  return line == nullptr ? std::string() : "`" + ignored_by_ + "` leaves it out, by its line `" + *line + "`";
}

Result<void> BuildContext::copy_to(const engine::Files& files, const fs::path& target, const std::function<bool()>& is_stopped) const {
  std::error_code code;
  const fs::path source = fs::canonical(folder_, code);
  if (code) return engine::failure("there is no folder `" + folder_.string() + "`");
  Copier copier(source, target, is_stopped);
  if (auto made = copier.directory(source); !made) return made;
  const auto copied = engine::tree_digest(files, source, copier, this);
  return copied ? Result<void>() : tl::unexpected(copied.error());
}

}  // namespace sdlrun::stages::image
