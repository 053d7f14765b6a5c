#include "engine/cache/digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <chrono>

#include "engine/cache/file_content.hpp"
#include "engine/cache/tree.hpp"

namespace sdlrun::engine {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

namespace {

/// Looked up once: OpenSSL would look for it at each use.
const EVP_MD* algorithm() {
  static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> fetched(EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free);
  return fetched.get();
}

}  // namespace

Sha256::Sha256() : state_(std::make_unique<State>()) {
  EVP_DigestInit_ex(state_->context, algorithm(), nullptr);
}

Sha256::~Sha256() = default;

void Sha256::add(std::string_view bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

std::string Sha256::hex() {
  std::array<unsigned char, 32> digest{};
  EVP_DigestFinal_ex(state_->context, digest.data(), nullptr);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(2 * digest.size(), '0');
  for (std::size_t i = 0; i < digest.size(); ++i) {
    text[2 * i] = digits[digest[i] >> 4];
    text[2 * i + 1] = digits[digest[i] & 15];
  }
  return text;
}

std::string sha256(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.hex();
}

std::string file_digest(std::string_view hex, bool executable) {
  return "sha256:" + std::string(hex) + (executable ? "+x" : "");
}

/// File systems that keep whole seconds show it by times without a fraction.
bool is_older_than_a_tick(const FileStatus& status) {
  constexpr std::int64_t second = 1'000'000'000;
  constexpr std::int64_t kernel_tick = 50'000'000;
  const std::int64_t tick = status.changed % second == 0 ? 2 * second : kernel_tick;
  const std::int64_t now = std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
  return status.changed + tick < now;
}

namespace {

/// Links are followed by hand because each hop may be relative to its own folder, and a circle must end.
Result<std::filesystem::path> follow_links(const Files& files, std::filesystem::path path) {
  constexpr int most_links = 40;  // as Linux does
  for (int links = 0; links < most_links; ++links) {
    const auto status = files.status(path);
    if (!status) return tl::unexpected(status.error());
    if (!status->has_value() || (*status)->kind != FileKind::symbolic_link) return path;
    const auto target = files.read_link(path);
    if (!target) return tl::unexpected(target.error());
    path = path.parent_path() / *target;
  }
  return failure("cannot follow the link `" + path.string() + "`: its links lead back to themselves", "mend the links");
}

/// Digests of single files by what is remembered; folders and links need nothing.
class RememberingVisitor final : public TreeVisitor {
 public:
  RememberingVisitor(Files& files, DigestMemory& memory) : files_(files), memory_(memory) {}

  Result<std::string> file(const std::filesystem::path& path, const FileStatus& status) override {
    const auto remembered = memory_.find(path);
    if (remembered && remembered->status == status) return remembered->digest;
    const bool may_be_remembered = is_older_than_a_tick(status);
    const auto content = content_of(files_, path);
    if (!content) return tl::unexpected(content.error());
    std::string digest = file_digest(content->digits, status.executable);
    const auto afterwards = files_.status(path);
    const bool is_unchanged = afterwards && afterwards->has_value() && **afterwards == status;
    if (may_be_remembered && is_unchanged) memory_.remember(path, {status, digest});
    return digest;
  }

 private:
  Files& files_;
  DigestMemory& memory_;
};

}  // namespace

Result<std::string> FileDigests::of(const std::filesystem::path& named, const TreeFilter* filter) {
  auto path = follow_links(files_, named);
  if (!path) return tl::unexpected(std::move(path.error()));
  const auto status = files_.status(*path);
  if (!status) return tl::unexpected(status.error());
  if (!status->has_value()) {
    const bool is_link = *path != named;
    return failure("there is no file or folder `" + named.string() + '`' +
                       (is_link ? ": it is a link to `" + path->string() + "`, which is missing" : ""),
                   "look at the spelling; paths are relative to the .sdl file that writes them");
  }
  RememberingVisitor visitor(files_, memory_);
  if ((*status)->kind == FileKind::directory) return tree_digest(files_, *path, visitor, filter);
  if ((*status)->kind == FileKind::regular) return visitor.file(*path, **status);
  return failure("`" + named.string() +
                 "` is a pipe, socket or device: only files and folders have content to compare");
}

}  // namespace sdlrun::engine
