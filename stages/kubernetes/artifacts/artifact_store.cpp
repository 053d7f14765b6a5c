#include "stages/kubernetes/artifacts/artifact_store.hpp"

#include <algorithm>
#include <set>

#include "engine/base64.hpp"
#include "engine/cache/file_content.hpp"
#include "engine/task/lanes.hpp"
#include "engine/world/another_try.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/artifacts/store_beginning.hpp"
#include "stages/kubernetes/artifacts/store_objects.hpp"
#include "stages/kubernetes/objects/apply.hpp"

namespace sdlrun::stages::kubernetes {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr std::size_t files_at_once = 4;
constexpr engine::Milliseconds patience{120'000};
constexpr std::uint64_t large = 1 << 20;
const Resource store_pods{.plural = "pods"}, store_services{.plural = "services"}, store_secrets{.plural = "secrets"};

Result<bool> check_content(const engine::Files& files, const CarriedEntry& entry, const fs::path& place) {
  const auto taken = engine::content_of(files, place);
  if (!taken) return tl::unexpected(taken.error());
  if (taken->digits != entry.sha256) return engine::failure("`" + entry.path + "` has come with another content than the job has left");
  return true;
}

}  // namespace

Task<Result<bool>> download(Client& client, Download download) {
  constexpr int most_attempts = 10;
  const fs::path& place = download.place;
  std::error_code code;
  fs::remove(place, code);
  download.request.body_file = place;
  download.request.may_repeat = false;  // a half that has come would stay before it
  const std::string what = "take `" + download.path + "` from " + download.from;
  for (int attempt = 0;; ++attempt) {
    std::uintmax_t have = fs::file_size(place, code);
    if (code) have = 0;
    if (have == download.size && attempt > 0) break;
    download.request.resume_from = have;
    if (have > 0) client.step().log("took " + std::to_string(have) + " of " + std::to_string(download.size) + " bytes of " + download.path);
    Task<Result<json>> asking = client.ask(download.request, what);
    const Result<json> answer = co_await asking;
    if (!answer && (!answer.error().transient || attempt == most_attempts)) co_return tl::unexpected(answer.error());
    if (attempt > most_attempts) co_return engine::failure("`" + download.path + "` does not come whole from " + download.from);
    if (answer) continue;
    Task<bool> sleeping = client.step().sleep(engine::pause_before(std::min(attempt, 4), tl::unexpected(engine::Error{})));
    co_await sleeping;
    if (client.step().stopping()) co_return engine::failure("stopped");
  }
  if (download.is_executable) fs::permissions(place, fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec, fs::perm_options::add, code);
  co_return true;
}

Task<Result<std::shared_ptr<ArtifactStore>>> ArtifactStore::open(Client& client, StoreWish wish) {
  const std::string space = wish.space;
  Task<Result<bool>> beginning = begin_store(client, std::move(wish));
  if (const Result<bool> runs = co_await beginning; !runs) co_return tl::unexpected(runs.error());
  Task<Result<std::shared_ptr<ArtifactStore>>> connecting = connect(client, space);
  co_return co_await connecting;
}

Task<Result<std::shared_ptr<ArtifactStore>>> ArtifactStore::look_for(Client& client, std::string space) {
  Task<Result<bool>> looking = store_runs(client, space);
  const Result<bool> runs = co_await looking;
  if (!runs) co_return tl::unexpected(runs.error());
  if (!*runs) co_return nullptr;
  Task<Result<std::shared_ptr<ArtifactStore>>> connecting = connect(client, std::move(space));
  co_return co_await connecting;
}

Task<Result<std::shared_ptr<ArtifactStore>>> ArtifactStore::connect(Client& client, std::string space) {
  Task<Result<std::optional<json>>> finding_secret = client.find(path_of(store_secrets, space, store_name()), "read the Secret of the Pod that keeps files");
  const auto secret = co_await finding_secret;
  if (!secret) co_return tl::unexpected(secret.error());
  Task<Result<std::optional<json>>> finding_service = client.find(path_of(store_services, space, store_name()), "look for the Service of the Pod that keeps files");
  const auto service = co_await finding_service;
  if (!service) co_return tl::unexpected(service.error());
  const auto token = engine::from_base64(secret->has_value() ? text_at(**secret, {"data", store_token_variable}) : "");
  const std::string address = service->has_value() ? text_at(**service, {"spec", "clusterIP"}) : "";
  if (!token || token->empty() || address.empty()) {
    co_return engine::failure("the Secret or the Service `" + store_name() + "` in `" + space + "` is gone, and its Pod is there", "`kubectl delete pod -n " + space + ' ' + store_name() + "`: the next run begins all of it anew");
  }
  const std::string url = "http://" + (address.find(':') == std::string::npos ? address : '[' + address + ']') + ':' + std::to_string(store_port);
  co_return std::make_shared<ArtifactStore>(client, space, *token, url);
}

ApiRequest ArtifactStore::request(std::string method, const std::string& path) const {
  return {.method = std::move(method), .path = path_of(store_pods, space_, store_name()) + ':' + std::to_string(store_port) + "/proxy/" + path, .headers = {{"X-Sdlrun-Token", token_}}, .patience = patience};
}

Task<Result<std::vector<CarriedEntry>>> ArtifactStore::missing(std::vector<CarriedEntry> entries) {
  std::set<std::string> digests;
  for (const CarriedEntry& entry : entries) {
    if (entry.kind == CarriedEntry::Kind::file) digests.insert(entry.sha256);
  }
  if (digests.empty()) co_return std::vector<CarriedEntry>();
  ApiRequest question = request("POST", "missing");
  question.body = json(digests).dump();
  Task<Result<json>> asking = client_.ask(std::move(question), "ask the artifact store what it lacks");
  const Result<json> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  std::vector<CarriedEntry> lacking;
  for (CarriedEntry& entry : entries) {
    if (std::find(answer->begin(), answer->end(), json(entry.sha256)) != answer->end() && digests.erase(entry.sha256) == 1) lacking.push_back(std::move(entry));
  }
  co_return lacking;
}

Task<Result<bool>> ArtifactStore::put(std::string list, std::vector<CarriedEntry> entries) {
  Task<Result<std::vector<CarriedEntry>>> asking = missing(entries);
  const auto lacking = co_await asking;
  if (!lacking) co_return tl::unexpected(lacking.error());
  Task<Result<bool>> putting = engine::in_lanes(lacking->size(), files_at_once, [this, &lacking](std::size_t index) { return put_one((*lacking)[index]); });
  if (const Result<bool> all = co_await putting; !all) co_return all;
  ApiRequest wish = request("PUT", "lists/" + list);
  wish.body = list_of(entries).dump(-1, ' ', false, json::error_handler_t::replace);
  Task<Result<json>> naming = client_.ask(std::move(wish), "tell the artifact store what the job finds");
  const Result<json> named = co_await naming;
  if (!named) co_return tl::unexpected(named.error());
  co_return true;
}

Task<Result<bool>> ArtifactStore::put_one(CarriedEntry entry) {
  std::shared_ptr<void> lock;
  if (entry.size >= large) {
    // Hundreds of steps may want the same large file there at the same time: one brings it.
    Task<Result<std::shared_ptr<void>>> locking = client_.step().lock_shared("kubernetes-blob-" + entry.sha256.substr(0, 32));
    const auto locked = co_await locking;
    if (!locked) co_return tl::unexpected(locked.error());
    lock = *locked;
    std::vector<CarriedEntry> one{entry};
    Task<Result<std::vector<CarriedEntry>>> asking = missing(std::move(one));
    const auto lacking = co_await asking;
    if (!lacking) co_return tl::unexpected(lacking.error());
    if (lacking->empty()) co_return true;
  }
  client_.step().progress("sending " + entry.path);
  ApiRequest wish = request("PUT", "blobs/" + entry.sha256);
  wish.upload_file = entry.source;
  wish.content_type = "application/octet-stream";
  std::string what = "send `" + entry.path + "` to the artifact store";
  Task<Result<json>> asking = client_.ask(std::move(wish), std::move(what));
  const Result<json> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  co_return true;
}

Task<Result<std::optional<std::vector<CarriedEntry>>>> ArtifactStore::find(std::string list) {
  using Found = std::optional<std::vector<CarriedEntry>>;
  ApiRequest question = request("GET", "lists/" + list);
  Task<Result<ApiAnswer>> calling = client_.call(std::move(question));
  const Result<ApiAnswer> answer = co_await calling;
  if (!answer) co_return tl::unexpected(answer.error());
  if (answer->status == 404) co_return Found();
  if (!answer->is_good()) co_return engine::failure("the artifact store answers " + std::to_string(answer->status) + " when it is asked what the job has left: " + answer->text);
  auto entries = entries_of(answer->body);
  if (!entries) co_return tl::unexpected(entries.error());
  co_return Found(std::move(*entries));
}

/// Links come last: nothing is written through one.
Task<Result<bool>> ArtifactStore::take(std::vector<CarriedEntry> entries, fs::path folder) {
  std::stable_partition(entries.begin(), entries.end(), [](const CarriedEntry& entry) { return entry.kind != CarriedEntry::Kind::link; });
  const auto links = static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), [](const CarriedEntry& entry) { return entry.kind == CarriedEntry::Kind::link; }));
  Task<Result<bool>> taking = engine::in_lanes(entries.size() - links, files_at_once, [&, this](std::size_t index) { return take_one(entries[index], folder); });
  if (const Result<bool> taken = co_await taking; !taken) co_return taken;
  for (std::size_t index = entries.size() - links; index < entries.size(); ++index) {
    std::error_code code;
    fs::create_directories((folder / entries[index].path).parent_path(), code);
    fs::create_symlink(entries[index].target, folder / entries[index].path, code);
    if (code) co_return engine::failure("cannot make the link " + (folder / entries[index].path).string() + ": " + code.message());
  }
  co_return true;
}

Task<Result<bool>> ArtifactStore::take_one(CarriedEntry entry, fs::path folder) {
  const fs::path place = folder / entry.path;
  const bool is_folder = entry.kind == CarriedEntry::Kind::folder;
  std::error_code code;
  fs::create_directories(is_folder ? place : place.parent_path(), code);
  if (code) co_return engine::failure("cannot make " + place.string() + ": " + code.message());
  if (is_folder) co_return true;
  Task<Result<bool>> taking = take_file(std::move(entry), place);
  co_return co_await taking;
}

Task<Result<bool>> ArtifactStore::take_file(CarriedEntry entry, fs::path place) {
  client_.step().progress("taking " + entry.path);
  Download wanted{.request = request("GET", "blobs/" + entry.sha256), .place = place, .path = entry.path, .from = "the artifact store", .size = entry.size, .is_executable = entry.is_executable};
  Task<Result<bool>> downloading = download(client_, std::move(wanted));
  if (const Result<bool> here = co_await downloading; !here) co_return here;
  co_return check_content(client_.step().world().files, entry, place);
}

Task<bool> ArtifactStore::let_go(std::vector<std::string> lists) {
  bool all = true;
  for (const std::string& list : lists) {
    ApiRequest wish = request("DELETE", "lists/" + list);
    Task<Result<ApiAnswer>> calling = client_.call(std::move(wish));
    const Result<ApiAnswer> answer = co_await calling;
    constexpr int not_there = 404;
    all = all && answer && (answer->is_good() || answer->status == not_there);
  }
  co_return all;
}

}  // namespace sdlrun::stages::kubernetes
