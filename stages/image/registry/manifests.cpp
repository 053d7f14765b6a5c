#include "stages/image/registry/manifests.hpp"
#include "engine/world/another_try.hpp"

namespace sdlrun::stages::image {

using engine::HttpRequest;
using engine::HttpResponse;
using engine::Result;
using engine::Task;

namespace {

constexpr std::uint64_t largest_manifest = 4 << 20;

HttpRequest manifest_request(std::string method, const std::string& repository, const std::string& version) {
  HttpRequest request;
  request.method = std::move(method);
  request.url = "/v2/" + repository + "/manifests/" + version;
  request.largest_body = largest_manifest;
  for (const char* type : {media::manifest, media::index, media::docker_manifest, media::docker_list}) request.headers.emplace_back("Accept", type);
  return request;
}

tl::unexpected<engine::Error> other_digest(const std::string& name, const std::string& expected, const std::string& found) {
  return engine::failure("the registry's manifest of " + name + " is not what its digest says", "something on the way, or the registry itself, has changed it: ask who runs it",
                         "expected " + expected + "\nfound    " + found);
}

}  // namespace

std::string scope_of(const std::string& repository, bool is_push) { return "repository:" + repository + (is_push ? ":pull,push" : ":pull"); }

Task<Result<std::string>> fetch_manifest(Registry& registry, Reference reference) {
  const std::string name = reference_text(reference);
  HttpRequest request = manifest_request("GET", reference.repository, reference.version());
  std::string scope = scope_of(reference.repository, false);
  Task<Result<HttpResponse>> calling = registry.call(std::move(request), std::move(scope));
  const Result<HttpResponse> response = co_await calling;
  if (!response) co_return tl::unexpected(response.error());
  if (response->status != 200) co_return tl::unexpected(registry.refused(*response, "pull `" + name + "`", false));
  const std::string found = digest_of_bytes(response->body), said = engine::header_of(*response, "docker-content-digest");
  if (!reference.digest.empty() && found != reference.digest) co_return other_digest(name, reference.digest, found);
  if (is_digest(said) && found != said) co_return other_digest(name, said, found);
  co_return response->body;
}

Task<Result<std::optional<std::string>>> digest_in_registry(Registry& registry, std::string repository, std::string version, bool is_push) {
  const std::string name = registry.host() + '/' + repository + (is_digest(version) ? "@" : ":") + version;
  HttpRequest request = manifest_request("HEAD", repository, version);
  std::string scope = scope_of(repository, is_push);
  Task<Result<HttpResponse>> calling = registry.call(std::move(request), std::move(scope));
  const Result<HttpResponse> response = co_await calling;
  if (!response) co_return tl::unexpected(response.error());
  if (response->status == 404) co_return std::optional<std::string>();
  if (response->status != 200) co_return tl::unexpected(registry.refused(*response, "look at `" + name + "`", is_push));
  const std::string said = engine::header_of(*response, "docker-content-digest");
  if (is_digest(said)) co_return std::optional<std::string>(said);
  // The header is not prescribed.
  Reference reference{.host = registry.host(), .repository = repository};
  (is_digest(version) ? reference.digest : reference.tag) = version;
  Task<Result<std::string>> fetching = fetch_manifest(registry, std::move(reference));
  const Result<std::string> text = co_await fetching;
  if (!text) co_return tl::unexpected(text.error());
  co_return std::optional<std::string>(digest_of_bytes(*text));
}

Task<Result<std::string>> put_manifest(Registry& registry, std::string repository, std::string version, std::string text, std::string media_type) {
  const std::string name = registry.host() + '/' + repository + (is_digest(version) ? "@" : ":") + version, own = digest_of_bytes(text);
  HttpRequest request = manifest_request("PUT", repository, version);
  request.headers = {{"Content-Type", std::move(media_type)}};
  request.body = std::move(text);
  std::string scope = scope_of(repository, true);
  Task<Result<HttpResponse>> calling = registry.call(std::move(request), std::move(scope));
  const Result<HttpResponse> response = co_await calling;
  if (!response) co_return tl::unexpected(response.error());
  if (response->status < 200 || response->status > 299) co_return tl::unexpected(registry.refused(*response, "push `" + name + "`", true));
  const std::string said = engine::header_of(*response, "docker-content-digest");
  if (!said.empty() && said != own) co_return other_digest(name, own, said);
  co_return own;
}

}  // namespace sdlrun::stages::image
