#include "stages/image/registry/download.hpp"

#include <algorithm>

#include "engine/task/lanes.hpp"
#include "engine/world/another_try.hpp"
#include "stages/image/aside.hpp"
#include "stages/image/registry/transfer_progress.hpp"

namespace sdlrun::stages::image {

namespace fs = std::filesystem;
using engine::HttpRequest;
using engine::HttpResponse;
using engine::Result;
using engine::Task;

namespace {

constexpr std::size_t downloads_at_once = 4;

std::uint64_t size_of(const engine::Files& files, const fs::path& path) {
  const auto status = files.status(path);
  return status && status->has_value() ? (*status)->size : 0;
}

bool is_there(const engine::Files& files, const fs::path& path, const Descriptor& blob) {
  const auto status = files.status(path);
  return status && status->has_value() && (*status)->size == blob.size;
}

/// One request for what is missing; true once the file has its size.
Task<Result<bool>> fetch_some(Registry& registry, std::string repository, Descriptor blob, fs::path partial) {
  engine::Files& files = registry.context().world().files;
  const std::uint64_t had = size_of(files, partial);
  if (had > blob.size) static_cast<void>(files.remove(partial));
  if (had == blob.size && had > 0) co_return true;
  HttpRequest request;
  request.url = "/v2/" + repository + "/blobs/" + blob.digest;
  request.body_file = partial;
  request.resume_from = had > blob.size ? 0 : had;
  request.largest_body = blob.size;
  std::string scope = scope_of(repository, false);
  Task<Result<HttpResponse>> calling = registry.call(std::move(request), std::move(scope), Registry::Again::no);
  const Result<HttpResponse> response = co_await calling;
  if (!response) co_return tl::unexpected(response.error());
  // 416: nothing is behind what we have, which is not what it should be.
  if (response->status == 416) static_cast<void>(files.remove(partial));
  if (response->status != 200 && response->status != 206 && response->status != 416) {
    co_return tl::unexpected(registry.refused(*response, "pull a layer of `" + registry.host() + '/' + repository + "`", false));
  }
  if (size_of(files, partial) == blob.size) co_return true;
  const std::uint64_t has = response->status == 416 ? had : size_of(files, partial);
  engine::Error error{.message = "the registry " + registry.host() + " sends the content " + blob.digest + " cut off: " + std::to_string(has) + " of " + std::to_string(blob.size) + " bytes",
                      .hint = "its storage is damaged, or something on the way breaks it off: push the image anew",
                      .transient = response->status != 416};
  co_return tl::unexpected(std::move(error));
}

/// The whole content, tried again for as long as it comes further than ever.
Task<Result<bool>> fetch_whole(Registry& registry, std::string repository, Descriptor blob, fs::path partial) {
  engine::StageContext& context = registry.context();
  std::uint64_t furthest = size_of(context.world().files, partial);
  for (int attempt = 0;; ++attempt) {
    std::string from = repository;
    Descriptor wanted = blob;
    fs::path into = partial;
    Task<Result<bool>> fetching = fetch_some(registry, std::move(from), std::move(wanted), std::move(into));
    const Result<bool> fetched = co_await fetching;
    const std::uint64_t now = size_of(context.world().files, partial);
    if (now > furthest) attempt = 0;
    furthest = std::max(furthest, now);
    if (fetched || !fetched.error().transient || context.stopping() || attempt + 1 >= most_attempts) co_return fetched;
    context.log(fetched.error().message + ": trying again");
    const Result<HttpResponse> no_answer = tl::unexpected(fetched.error());
    Task<bool> sleeping = context.sleep(engine::pause_before(attempt, no_answer));
    co_await sleeping;
  }
}

}  // namespace

fs::path image_cache(const engine::StageContext& context) { return context.shared_cache_directory() / "images"; }

Task<Result<bool>> fetch_blob(Registry& registry, std::string repository, Descriptor blob) {
  engine::StageContext& context = registry.context();
  engine::Files& files = context.world().files;
  const fs::path cache = image_cache(context), kept = cache / "blobs" / digits_of(blob.digest), partial = cache / "partial" / digits_of(blob.digest);
  if (is_there(files, kept, blob)) co_return true;
  std::string section = "image-" + digits_of(blob.digest);
  Task<Result<std::shared_ptr<void>>> locking = context.lock_shared(std::move(section));
  const Result<std::shared_ptr<void>> lock = co_await locking;
  if (!lock) co_return tl::unexpected(lock.error());
  if (is_there(files, kept, blob)) co_return true;
  for (const fs::path& folder : {kept.parent_path(), partial.parent_path()}) {
    if (auto made = files.make_directories(folder); !made) co_return tl::unexpected(made.error());
  }
  // What an earlier run has begun may be damaged: then it is fetched once more, from the start.
  for (bool goes_on = size_of(files, partial) > 0;; goes_on = false) {
    std::string from = repository;
    Descriptor wanted = blob;
    fs::path into = partial;
    Task<Result<bool>> fetching = fetch_whole(registry, std::move(from), std::move(wanted), std::move(into));
    const Result<bool> fetched = co_await fetching;
    if (!fetched) co_return fetched;
    std::function<Result<void>()> work = [&] { return check_blob(files, partial, blob, registry.host() + '/' + repository); };
    Task<Result<void>> checking = aside(std::move(work));
    const Result<void> whole = co_await checking;
    if (whole) break;
    static_cast<void>(files.remove(partial));
    if (!goes_on) co_return tl::unexpected(whole.error());
  }
  if (auto safe = files.protect(partial); !safe) co_return tl::unexpected(safe.error());
  if (auto named = files.rename(partial, kept); !named) co_return tl::unexpected(named.error());
  co_return true;
}

Task<Result<Image>> fetch_image(Registry& registry, Reference reference, Platform wanted) {
  const std::string name = reference_text(reference);
  std::string text, named_digest;
  for (int depth = 0; text.empty(); ++depth) {
    Reference asked = reference;
    Task<Result<std::string>> fetching = fetch_manifest(registry, std::move(asked));
    Result<std::string> found = co_await fetching;
    if (!found) co_return tl::unexpected(found.error());
    if (named_digest.empty()) named_digest = digest_of_bytes(*found);
    const auto decoded = decode_manifest(*found, name);
    if (!decoded) co_return tl::unexpected(decoded.error());
    const auto* index = std::get_if<Index>(&*decoded);
    if (index == nullptr) {
      text = std::move(*found);
      break;
    }
    const auto chosen = choose(*index, wanted, "`" + name + "`");
    if (!chosen) co_return tl::unexpected(chosen.error());
    if (depth == 4) co_return engine::failure("`" + name + "`: its indexes name each other without end");
    reference.digest = chosen->digest;
  }
  const auto decoded = decode_manifest(text, name);
  const Manifest manifest = std::get<Manifest>(*decoded);
  std::vector<Descriptor> blobs = manifest.layers;
  blobs.insert(blobs.begin(), manifest.config);
  const auto progress = std::make_shared<TransferProgress>(registry.context(), "pulled", blobs);
  std::function<Task<Result<bool>>(std::size_t)> fetch_one = [&registry, &reference, &blobs, progress](std::size_t number) -> Task<Result<bool>> {
    std::string repository = reference.repository;
    Descriptor blob = blobs[number];
    Task<Result<bool>> fetching = fetch_blob(registry, std::move(repository), std::move(blob));
    const Result<bool> fetched = co_await fetching;
    if (fetched) progress->add(blobs[number].size);
    co_return fetched;
  };
  Task<Result<bool>> fetching = engine::in_lanes(blobs.size(), downloads_at_once, std::move(fetch_one));
  const Result<bool> fetched = co_await fetching;
  if (!fetched) co_return tl::unexpected(fetched.error());
  Result<Image> image = image_of(registry.context().world().files, image_cache(registry.context()) / "blobs", std::move(text), wanted, "`" + name + "`");
  if (image) image->named_digest = std::move(named_digest);
  co_return image;
}

}  // namespace sdlrun::stages::image
