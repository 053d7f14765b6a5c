#include "engine/cache/shared/upload.hpp"

#include <algorithm>

#include "engine/task/lanes.hpp"

namespace sdlrun::engine {

namespace {

constexpr std::size_t uploads_at_once = 4;

/// Each content once; an empty one needs no server.
std::vector<SharedFile> contents_of(const SharedEntry& entry) {
  std::vector<SharedFile> contents;
  std::set<std::string> seen;
  for (const SharedFile& file : entry.files) {
    if (file.kind == FileKind::regular && file.size > 0 && seen.insert(file.digits()).second) contents.push_back(file);
  }
  return contents;
}

bool is_small_enough(const std::vector<SharedFile>& contents) {
  std::uint64_t bytes = 0;
  for (const SharedFile& file : contents) bytes += file.size;
  return bytes <= largest_blob;
}

/// A content that is cut off there is put there anew.
bool has_other_size(const HttpResponse& response, std::uint64_t size) {
  const auto length = std::find_if(response.headers.begin(), response.headers.end(), [](const auto& header) { return header.first == "content-length"; });
  return length != response.headers.end() && length->second != std::to_string(size);
}

Task<Result<bool>> put(const Uploading* uploading, HttpRequest request) {
  const HttpRequest asked{.method = request.method, .url = request.url};
  Task<Result<HttpResponse>> calling = uploading->call(std::move(request));
  const Result<HttpResponse> response = co_await calling;
  if (!response) co_return tl::unexpected(response.error());
  if (!is_done(*response)) co_return tl::unexpected(uploading->server.refusal(*response, asked));
  co_return true;
}

Task<Result<bool>> put_content(const Uploading* uploading, const SharedFile* file) {
  if (!uploading->spoiled.contains(file->digits())) {
    HttpRequest look = uploading->server.look_for_blob(file->digits());
    Task<Result<HttpResponse>> looking = uploading->call(std::move(look));
    const Result<HttpResponse> found = co_await looking;
    if (!found) co_return tl::unexpected(found.error());
    if (found->status == 200 && !has_other_size(*found, file->size)) co_return true;
  }
  HttpRequest request = uploading->server.put_blob(file->digits(), uploading->outputs_folder / file->path);
  Task<Result<bool>> putting = put(uploading, std::move(request));
  const Result<bool> done = co_await putting;
  co_return done;
}

}  // namespace

Task<Result<bool>> upload_shared(Uploading uploading) {
  std::string text = encode_shared_entry(uploading.entry);
  const std::vector<SharedFile> contents = contents_of(uploading.entry);
  if (text.size() > largest_entry || !is_small_enough(contents)) co_return false;
  const Uploading* const kept = &uploading;
  std::function<Task<Result<bool>>(std::size_t)> one = [kept, &contents](std::size_t index) { return put_content(kept, &contents[index]); };
  Task<Result<bool>> putting = in_lanes(contents.size(), uploads_at_once, std::move(one));
  const Result<bool> put_all = co_await putting;
  if (!put_all) co_return tl::unexpected(put_all.error());
  HttpRequest request = uploading.server.put_entry(uploading.entry.key, std::move(text));
  Task<Result<bool>> putting_entry = put(kept, std::move(request));
  const Result<bool> done = co_await putting_entry;
  co_return done;
}

}  // namespace sdlrun::engine
