#include "stages/kubernetes/api/watch.hpp"

#include "engine/world/another_try.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/api/api_error.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

/// The server ends a watch by itself after that; so does a firewall that has forgotten the connection.
constexpr const char* longest_watch_seconds = "300";
/// The server sends a bookmark about each minute.
constexpr engine::Milliseconds longest_silence{150'000};
constexpr int unauthorized = 401;
constexpr int gone = 410;
/// Pauses of half a second, doubled up to 30 s: about three minutes in which nothing came of it.
constexpr int most_vain_attempts = 12;

/// Where a watch is to go on, and how often nothing came of it.
struct Place {
  std::string version = {};
  int vain_attempts = 0;
};

Query selectors(const Watched& watched) {
  Query query;
  if (!watched.labels.empty()) query.emplace_back("labelSelector", watched.labels);
  if (!watched.fields.empty()) query.emplace_back("fieldSelector", watched.fields);
  return query;
}

ApiRequest watch_request(const Watched& watched, const std::string& version) {
  ApiRequest request{.path = watched.path, .query = selectors(watched), .patience = longest_silence};
  request.query.insert(request.query.end(), {{"watch", "true"}, {"allowWatchBookmarks", "true"}, {"timeoutSeconds", longest_watch_seconds}, {"resourceVersion", version}});
  return request;
}

Task<Result<bool>> list_now(Client& client, const Watched& watched, Watcher& watcher, Place& place) {
  std::string what = "list " + watched.path;
  Task<Result<json>> listing = client.list(watched.path, selectors(watched), std::move(what));
  const Result<json> listed = co_await listing;
  if (!listed) co_return tl::unexpected(listed.error());
  watcher.listed(value_at(*listed, {"items"}));
  place.version = text_at(*listed, {"metadata", "resourceVersion"});
  co_return true;
}

/// One watch, to its end. False: what has ended it is not worth another try.
Result<bool> judge(const Result<ApiAnswer>& answer, const WatchReader& reader, const Watched& watched, Place& place) {
  const bool has_brought = !reader.version().empty();
  if (has_brought) place = {.version = reader.version(), .vain_attempts = 0};
  if (!answer) {
    ++place.vain_attempts;
    if (!answer.error().transient || place.vain_attempts > most_vain_attempts) return tl::unexpected(answer.error());
    return true;
  }
  const bool is_refused_within = !reader.refusal().is_null();
  const int status = is_refused_within ? static_cast<int>(integer_at(reader.refusal(), {"code"})) : answer->status;
  if (reader.is_gone() || status == gone) {
    place.version.clear();
    return true;
  }
  if (status == unauthorized && ++place.vain_attempts <= most_vain_attempts) {
    place.version.clear();  // to list renews a token that has run out
    return true;
  }
  if (answer->is_good() && !is_refused_within) return true;
  ++place.vain_attempts;
  if (engine::is_worth_another_try(status) && place.vain_attempts <= most_vain_attempts) return true;
  return tl::unexpected(refusal(status, is_refused_within ? reader.refusal() : answer->body, "watch " + watched.path));
}

}  // namespace

Task<Result<bool>> watch(Client& client, Watched watched, std::shared_ptr<Watcher> watcher) {
  Place place;
  while (!watcher->is_done()) {
    if (client.step().stopping()) co_return false;
    if (place.version.empty()) {
      Task<Result<bool>> listing = list_now(client, watched, *watcher, place);
      const Result<bool> listed = co_await listing;
      if (!listed) co_return listed;
      continue;
    }
    const int vain_before = place.vain_attempts;
    const auto reader = std::make_shared<WatchReader>(watcher);
    ApiRequest request = watch_request(watched, place.version);
    Task<Result<ApiAnswer>> watching = client.stream(std::move(request), [reader](std::string_view bytes) { return reader->take(bytes); });
    const Result<ApiAnswer> answer = co_await watching;
    if (client.step().stopping()) co_return false;
    if (const auto goes_on = judge(answer, *reader, watched, place); !goes_on) co_return goes_on;
    if (place.vain_attempts == vain_before) continue;
    Task<bool> sleeping = client.step().sleep(engine::pause_before(std::min(place.vain_attempts, 6), tl::unexpected(engine::Error{})));
    co_await sleeping;
  }
  co_return true;
}

// ---- the answer ------------------------------------------------------------------------------------------------------

bool WatchReader::take(std::string_view bytes) {
  rest_ += bytes;
  std::size_t begin = 0;
  for (std::size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
    take_line(std::string_view(rest_).substr(begin, end - begin));
    begin = end + 1;
  }
  rest_.erase(0, begin);
  return !is_gone_ && refusal_.is_null() && !watcher_->is_done();
}

void WatchReader::take_line(std::string_view line) {
  if (line.empty() || is_gone_ || !refusal_.is_null()) return;
  const json event = parsed_json(line);
  const std::string type = text_in(event, "type");
  const json& object = value_at(event, {"object"});
  if (type == "ERROR") {
    is_gone_ = integer_at(object, {"code"}) == gone;
    if (!is_gone_) refusal_ = object;
    return;
  }
  const std::string version = text_at(object, {"metadata", "resourceVersion"});
  if (!version.empty()) version_ = version;
  if (type == "ADDED" || type == "MODIFIED" || type == "DELETED") watcher_->changed(object, type == "DELETED");
}

}  // namespace sdlrun::stages::kubernetes
