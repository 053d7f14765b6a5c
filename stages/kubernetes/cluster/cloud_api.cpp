#include "stages/kubernetes/cluster/cloud_api.hpp"

#include <algorithm>

#include "engine/world/another_try.hpp"
#include "stages/json/json_fields.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr int most_cloud_attempts = 6;
constexpr std::uint64_t largest_cloud_answer = 16ULL << 20;

bool says(std::string text, std::string_view word) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text.find(word) != std::string::npos;
}

}  // namespace

std::string CloudAnswer::message() const {
  for (const std::string& message : {text_at(body, {"error", "message"}), text_in(body, "message"), text_in(body, "error_description")}) {
    if (!message.empty()) return message;
  }
  return "";
}

Task<Result<CloudAnswer>> CloudApi::call(CloudRequest request) {
  for (int attempt = 0;; ++attempt) {
    engine::HttpRequest http{.method = request.method, .url = api_ + request.path};
    http.headers.emplace_back("Accept", "application/json");
    if (!token_.empty()) http.headers.emplace_back("Authorization", "Bearer " + token_);
    if (!request.body.is_null()) {
      http.body = request.body.dump();
      http.headers.emplace_back("Content-Type", "application/json");
    }
    http.largest_body = largest_cloud_answer;
    http.follows_redirects = false;  // what it carries is meant for one server
    Task<Result<engine::HttpResponse>> calling = context_.http(std::move(http));
    Result<engine::HttpResponse> response = co_await calling;
    const bool is_refused_for_now = response && engine::is_worth_another_try(response->status);
    // 429 says that nothing was done; other answers of that kind, and none, do not.
    const bool may_repeat = request.may_repeat || (response && response->status == 429);
    const bool may_help = response ? is_refused_for_now : response.error().transient;
    const auto is_last = [&] { return !may_help || !may_repeat || context_.stopping() || attempt + 1 >= most_cloud_attempts; };
    if (!is_last()) {
      context_.log(request.method + ' ' + request.path + ": " + (response ? "answer " + std::to_string(response->status) : response.error().message) + ", asked again");
      Task<bool> sleeping = context_.sleep(engine::pause_before(attempt, response));
      co_await sleeping;
    }
    if (is_last()) {
      if (!response) {
        engine::Error error = response.error();
        error.message = title_ + " does not answer: " + error.message;
        error.hint = request.may_repeat ? "is there a way from here to " + api_ + "?" : "whether it was done is not known: the next run looks first";
        co_return tl::unexpected(std::move(error));
      }
      CloudAnswer answer{.status = response->status, .body = parsed_json(response->body), .text = std::move(response->body)};
      if (answer.body.is_discarded()) answer.body = nullptr;
      co_return answer;
    }
  }
}

engine::Error CloudApi::refusal(const CloudAnswer& answer, const std::string& what) const {
  const std::string message = answer.message(), words = message.empty() ? "it answered " + std::to_string(answer.status) : message;
  engine::Error error{.message = title_ + " does not " + what + ": " + words, .transient = engine::is_worth_another_try(answer.status)};
  const bool is_of_google = title_ == "GKE";
  const bool is_quota = says(message, "quota") || says(message, "limit") || says(message, "insufficient regional");
  if (answer.status == 401) error.hint = is_of_google ? "is the key in `key` still one of the service account, and this machine's clock right?" : "`key` is not accepted: is the token whole, and not revoked? https://cloud.digitalocean.com/account/api/tokens";
  else if (answer.status == 429) error.hint = "it is asked too much: wait a while and run again";
  else if (answer.status >= 500) error.hint = "it has a problem of its own: run again later; what was begun is found then";
  else if (is_quota) error.hint = is_of_google ? "ask for fewer or smaller nodes, another `location`, or a higher quota: https://console.cloud.google.com/iam-admin/quotas" : "ask for fewer nodes, or for a higher limit: https://cloud.digitalocean.com/account/team/droplet_limit_increase";
  else if (answer.status == 403) error.hint = is_of_google ? "give the service account the roles `roles/container.admin` and `roles/iam.serviceAccountUser`, and the project the Kubernetes Engine API" : "the token may not do that: it needs the scopes kubernetes and tag (create, read, update, delete)";
  else if (answer.status == 404) error.hint = is_of_google ? "are `project` and `location` right?" : "is it there? https://cloud.digitalocean.com/kubernetes/clusters";
  else if (answer.status == 400 || answer.status == 422) error.hint = "are `machine`, `location` and `version` such as it has?";
  return error;
}

}  // namespace sdlrun::stages::kubernetes
