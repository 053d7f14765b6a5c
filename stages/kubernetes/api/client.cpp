#include "stages/kubernetes/api/client.hpp"

#include <algorithm>

#include "engine/world/another_try.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/api/api_error.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr std::uint64_t largest_answer = 64ULL << 20;
constexpr const char* page_length = "500";

ApiAnswer answer_of(engine::HttpResponse response) {
  ApiAnswer answer{.status = response.status, .body = parsed_json(response.body)};
  if (answer.body.is_discarded()) {
    answer.body = nullptr;
    answer.text = std::move(response.body);
  }
  return answer;
}

engine::Error unreachable(const KubeContext& context, engine::Error error) {
  error.message = "the API server of `" + context.name + "` does not answer: " + error.message;
  error.hint = "is the cluster running, and " + context.server + " right for this network? (`kubectl --context " + context.name + " version`)";
  return error;
}

}  // namespace

std::string escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-_.~").find(c) != std::string_view::npos;
    const auto byte = static_cast<unsigned char>(c);
    if (is_plain) result += c;
    else result += {'%', digits[byte >> 4U], digits[byte & 15U]};
  }
  return result;
}

Task<Result<std::shared_ptr<Client>>> Client::open(engine::StageContext& step, ClusterPlace place) {
  auto context = find_context(step, place);
  if (!context) co_return tl::unexpected(context.error());
  auto client = std::make_shared<Client>(step, std::move(*context));
  Task<Result<bool>> opening = client->identity_.open(step);
  const Result<bool> opened = co_await opening;
  if (!opened) co_return tl::unexpected(opened.error());
  co_return client;
}

engine::HttpRequest Client::http_request(const ApiRequest& request) const {
  engine::HttpRequest http{.method = request.method, .url = context().server + request.path, .body = request.body};
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    http.url += std::exchange(separator, '&') + escaped(name) + '=' + escaped(value);
  }
  http.headers.emplace_back("Accept", "application/json, */*");
  if (!request.body.empty()) http.headers.emplace_back("Content-Type", request.content_type);
  for (const auto& header : request.headers) http.headers.push_back(header);
  http.upload_file = request.upload_file;
  http.body_file = request.body_file;
  http.resume_from = request.resume_from;
  if (!request.body_file) http.largest_body = largest_answer;
  http.follows_redirects = false;
  http.stall_timeout = request.patience;
  http.survives_stop = request.survives_stop;
  identity_.apply_to(http);
  return http;
}

/// One question, asked again for a while where that may help.
Task<Result<engine::HttpResponse>> Client::send(ApiRequest request) {
  for (int attempt = 0;; ++attempt) {
    const bool was_stopping = step_.stopping();
    Task<Result<engine::HttpResponse>> calling = step_.http(http_request(request));
    Result<engine::HttpResponse> response = co_await calling;
    const bool is_refused_for_now = response && may_go_better(response->status, response->body);
    // 429 says that nothing was done; other answers of that kind, and none, do not.
    const bool may_repeat = request.may_repeat || (response && response->status == 429);
    const bool may_help = response ? is_refused_for_now : response.error().transient;
    const bool is_stopped = step_.stopping() && !was_stopping;
    if (!may_help || !may_repeat || is_stopped || attempt + 1 >= std::min(request.attempts, most_attempts_)) {
      if (!response) co_return tl::unexpected(unreachable(context(), response.error()));
      co_return response;
    }
    step_.log(request.method + ' ' + request.path + ": " + (response ? "answer " + std::to_string(response->status) : response.error().message) + ", asked again");
    Task<bool> sleeping = step_.sleep(engine::pause_before(attempt, response));
    co_await sleeping;
    if (step_.stopping() && !was_stopping) co_return engine::failure("stopped");
  }
}

Task<Result<ApiAnswer>> Client::call(ApiRequest request) {
  const std::string token = identity_.token();
  Task<Result<engine::HttpResponse>> sending = send(request);
  Result<engine::HttpResponse> response = co_await sending;
  if (response && response->status == 401) {
    Task<Result<bool>> renewing = identity_.renew(step_, token);
    const Result<bool> is_renewed = co_await renewing;
    if (!is_renewed) co_return tl::unexpected(is_renewed.error());
    if (*is_renewed) {
      Task<Result<engine::HttpResponse>> again = send(std::move(request));
      response = co_await again;
    }
  }
  if (!response) co_return tl::unexpected(response.error());
  co_return answer_of(std::move(*response));
}

Task<Result<json>> Client::ask(ApiRequest request, std::string what) {
  Task<Result<ApiAnswer>> calling = call(std::move(request));
  Result<ApiAnswer> answer = co_await calling;
  if (!answer) co_return tl::unexpected(answer.error());
  if (!answer->is_good()) co_return tl::unexpected(refusal(answer->status, answer->body, what));
  co_return std::move(answer->body);
}

Task<Result<std::optional<json>>> Client::find(std::string path, std::string what) {
  ApiRequest request{.path = std::move(path)};
  Task<Result<ApiAnswer>> calling = call(std::move(request));
  Result<ApiAnswer> answer = co_await calling;
  if (!answer) co_return tl::unexpected(answer.error());
  if (answer->status == 404) co_return std::optional<json>();
  if (!answer->is_good()) co_return tl::unexpected(refusal(answer->status, answer->body, what));
  co_return std::optional<json>(std::move(answer->body));
}

Task<Result<json>> Client::list(std::string path, Query query, std::string what) {
  json all{{"items", json::array()}, {"metadata", json::object()}};
  std::string next;
  while (true) {
    ApiRequest request{.path = path, .query = query};
    request.query.emplace_back("limit", page_length);
    if (!next.empty()) request.query.emplace_back("continue", next);
    Task<Result<ApiAnswer>> calling = call(std::move(request));
    Result<ApiAnswer> answer = co_await calling;
    if (!answer) co_return tl::unexpected(answer.error());
    if (answer->status == 410 && !next.empty()) {  // the list has grown too old between two pages: all anew
      all["items"] = json::array();
      next.clear();
      continue;
    }
    if (!answer->is_good()) co_return tl::unexpected(refusal(answer->status, answer->body, what));
    for (json& item : answer->body["items"]) all["items"].push_back(std::move(item));
    all["metadata"] = object_in(answer->body, "metadata");
    next = text_at(all, {"metadata", "continue"});
    if (next.empty()) co_return all;
  }
}

Task<Result<bool>> Client::remove(std::string path, std::string policy, std::string what) {
  const json options{{"kind", "DeleteOptions"}, {"apiVersion", "v1"}, {"propagationPolicy", policy}};
  ApiRequest request{.method = "DELETE", .path = std::move(path), .body = options.dump(), .survives_stop = true};
  Task<Result<ApiAnswer>> calling = call(std::move(request));
  const Result<ApiAnswer> answer = co_await calling;
  if (!answer) co_return tl::unexpected(answer.error());
  if (answer->status == 404) co_return false;
  if (!answer->is_good()) co_return tl::unexpected(refusal(answer->status, answer->body, what));
  co_return true;
}

Task<Result<engine::HttpResponse>> Client::stream_once(ApiRequest request, std::function<bool(std::string_view)> take) {
  engine::HttpRequest http = http_request(request);
  http.largest_body.reset();
  http.on_body = std::move(take);
  Task<Result<engine::HttpResponse>> calling = step_.http(std::move(http));
  co_return co_await calling;
}

Task<Result<ApiAnswer>> Client::stream(ApiRequest request, std::function<bool(std::string_view)> take) {
  const std::string token = identity_.token();
  Task<Result<engine::HttpResponse>> streaming = stream_once(request, take);
  Result<engine::HttpResponse> response = co_await streaming;
  if (response && response->status == 401) {
    Task<Result<bool>> renewing = identity_.renew(step_, token);
    const Result<bool> is_renewed = co_await renewing;
    if (!is_renewed) co_return tl::unexpected(is_renewed.error());
    if (*is_renewed) {
      Task<Result<engine::HttpResponse>> again = stream_once(std::move(request), std::move(take));
      response = co_await again;
    }
  }
  if (!response) co_return tl::unexpected(response.error());
  co_return answer_of(std::move(*response));
}

}  // namespace sdlrun::stages::kubernetes
