#include "stages/spark/kubernetes/courier.hpp"

#include <set>

#include "engine/task/lanes.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/api/api_error.hpp"
#include "stages/kubernetes/artifacts/artifact_store.hpp"
#include "stages/kubernetes/objects/apply.hpp"

namespace sdlrun::stages::spark {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr int port = 7080;
constexpr std::size_t files_at_once = 4;
constexpr engine::Milliseconds patience{120'000};

/// Each slash stays one.
std::string escaped_path(const std::string& path) {
  std::string result;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    result += kubernetes::escaped(std::string_view(path).substr(begin, end - begin));
    if (end < path.size()) result += '/';
    begin = end + 1;
  }
  return result;
}

/// Folders become their files; an empty one keeps its name with a slash at the end.
Result<std::vector<CarriedFile>> single_files(const std::vector<CarriedFile>& files) {
  std::vector<CarriedFile> single;
  for (const CarriedFile& file : files) {
    std::error_code code;
    if (!fs::is_directory(file.path, code)) {
      single.push_back(file);
      continue;
    }
    bool is_empty = true;
    for (fs::recursive_directory_iterator at(file.path, code), end; !code && at != end; at.increment(code)) {
      is_empty = false;
      const std::string name = file.name + '/' + at->path().lexically_relative(file.path).string();
      std::error_code unknown;
      const bool is_folder = at->is_directory(unknown);
      if (!is_folder) single.push_back({name, at->path()});
      else if (fs::is_empty(at->path(), unknown)) single.push_back({name + '/', at->path()});
    }
    if (code) return engine::failure("cannot read " + file.path.string() + ": " + code.message());
    if (is_empty) single.push_back({file.name + '/', file.path});
  }
  return single;
}

bool is_executable(const fs::path& path) {
  std::error_code code;
  return (fs::status(path, code).permissions() & fs::perms::owner_exec) != fs::perms::none;
}

}  // namespace

std::string courier_pod_name(const std::string& job) { return job + "-files"; }

json courier_pod(const CourierPod& description) {
  json container{{"name", "courier"},
                 {"image", description.image},
                 {"imagePullPolicy", description.pull_policy},
                 {"command", json::array({"python3", "/opt/sdlrun/courier.py", "/files"})},
                 {"env", json::array({{{"name", courier_token_variable}, {"valueFrom", {{"secretKeyRef", {{"name", description.secret}, {"key", courier_token_variable}}}}}}})},
                 {"ports", json::array({{{"containerPort", port}, {"name", "files"}}})},
                 {"resources", {{"requests", {{"cpu", "20m"}, {"memory", "64Mi"}}}, {"limits", {{"memory", "256Mi"}}}}},
                 {"securityContext", {{"allowPrivilegeEscalation", false}, {"capabilities", {{"drop", json::array({"ALL"})}}}}},
                 {"volumeMounts", json::array({{{"name", "program"}, {"mountPath", "/opt/sdlrun"}}, {{"name", "files"}, {"mountPath", "/files"}}})}};
  json pod{{"apiVersion", "v1"},
           {"kind", "Pod"},
           {"metadata", {{"name", courier_pod_name(description.name)}, {"namespace", description.space}, {"labels", {{"app.kubernetes.io/managed-by", "sdlrun"}, {"sdlrun/job", description.name}}}}},
           {"spec",
            {{"containers", json::array({container})},
             {"restartPolicy", "Never"},
             {"enableServiceLinks", false},
             {"automountServiceAccountToken", false},
             {"terminationGracePeriodSeconds", 1},
             {"serviceAccountName", description.account},
             {"volumes", json::array({{{"name", "program"}, {"configMap", {{"name", courier_pod_name(description.name)}}}}, {{"name", "files"}, {"emptyDir", json::object()}}})}}}};
  for (const std::string& secret : description.pull_secrets) pod["spec"]["imagePullSecrets"].push_back({{"name", secret}});
  return pod;
}

std::string courier_url(const json& pod) {
  const std::string address = text_at(pod, {"status", "podIP"});
  return "http://" + (address.find(':') == std::string::npos ? address : '[' + address + ']') + ':' + std::to_string(port);
}

kubernetes::ApiRequest Courier::request(std::string method, const std::string& path) const {
  const std::string pod = kubernetes::path_of({.plural = "pods"}, space_, courier_pod_name(job_)) + ':' + std::to_string(port);
  return {.method = std::move(method), .path = pod + "/proxy/" + escaped_path(path), .headers = {{"X-Sdlrun-Token", token_}}, .patience = patience};
}

Task<Result<json>> Courier::list() {
  Task<Result<json>> asking = client_.ask(request("GET", ""), "ask the courier of `" + job_ + "` for its files");
  Result<json> listed = co_await asking;
  if (listed && !listed->is_array()) co_return engine::failure("the courier of `" + job_ + "` answers with no list of files");
  co_return listed;
}

Task<Result<bool>> Courier::send(std::vector<CarriedFile> files) {
  const auto single = single_files(files);
  if (!single) co_return tl::unexpected(single.error());
  Task<Result<json>> listing = list();
  const Result<json> listed = co_await listing;
  if (!listed) co_return tl::unexpected(listed.error());
  std::set<std::string> there;
  for (const json& file : *listed) there.insert(text_in(file, "path"));
  std::vector<CarriedFile> missing;
  for (const CarriedFile& file : *single) {
    if (!there.contains("inputs/" + file.name)) missing.push_back(file);
  }
  Task<Result<bool>> sending = engine::in_lanes(missing.size(), files_at_once, [this, &missing](std::size_t index) { return send_one(missing[index]); });
  co_return co_await sending;
}

Task<Result<bool>> Courier::send_one(CarriedFile file) {
  kubernetes::ApiRequest wish = request("PUT", "inputs/" + file.name);
  if (!file.name.ends_with('/')) wish.upload_file = file.path;
  if (is_executable(file.path)) wish.headers.emplace_back("X-Sdlrun-Executable", "yes");
  wish.headers.emplace_back("Content-Type", "application/octet-stream");
  std::string what = "send `" + file.name + "` to the courier of `" + job_ + '`';
  Task<Result<json>> asking = client_.ask(std::move(wish), std::move(what));
  const Result<json> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  co_return true;
}

Task<Result<bool>> Courier::fetch(std::string beginning, fs::path folder) {
  Task<Result<json>> listing = list();
  const Result<json> listed = co_await listing;
  if (!listed) co_return tl::unexpected(listed.error());
  std::vector<json> wanted;
  for (const json& file : *listed) {
    if (text_in(file, "path").starts_with(beginning)) wanted.push_back(file);
  }
  Task<Result<bool>> fetching = engine::in_lanes(wanted.size(), files_at_once, [&, this](std::size_t index) {
    const std::string rest = text_in(wanted[index], "path").substr(beginning.size());
    return fetch_one(wanted[index], rest.empty() ? folder : folder / rest);
  });
  co_return co_await fetching;
}

Task<Result<bool>> Courier::fetch_one(json file, fs::path place) {
  const std::string path = text_in(file, "path");
  if (!kubernetes::stays_inside(path)) co_return engine::failure("the job names a file `" + path + "`, which leads out of its folder");
  std::error_code code;
  fs::create_directories(path.ends_with('/') ? place : place.parent_path(), code);
  if (path.ends_with('/')) co_return true;
  kubernetes::Download wanted{.request = request("GET", path),
                              .place = std::move(place),
                              .path = path,
                              .from = "the courier of `" + job_ + '`',
                              .size = static_cast<std::uint64_t>(integer_at(file, {"size"})),
                              .is_executable = value_at(file, {"executable"}) == true};
  Task<Result<bool>> downloading = kubernetes::download(client_, std::move(wanted));
  co_return co_await downloading;
}

}  // namespace sdlrun::stages::spark
