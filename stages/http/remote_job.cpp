#include "stages/http/remote_job.hpp"

#include <algorithm>
#include <cctype>

#include <nlohmann/json.hpp>

#include "engine/world/another_try.hpp"

namespace sdlrun::stages {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr int most_questions = 6;
constexpr std::int64_t first_pause_milliseconds = 250;

std::string with_name(std::string text, const std::string& name) {
  constexpr std::string_view placeholder = "{name}";
  for (std::size_t at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder, at + name.size())) {
    text.replace(at, placeholder.size(), name);
  }
  return text;
}

/// Without `user:password@`, which is nobody's business.
std::string without_user(std::string url) {
  const std::size_t begin = url.find("://");
  if (begin == std::string::npos) return url;
  const std::size_t end = url.find_first_of("/?#", begin + 3);
  const std::size_t user = url.substr(0, end).rfind('@');
  return user == std::string::npos || user < begin ? url : url.erase(begin + 3, user - begin - 2);
}

std::string beginning_of(const std::string& text) {
  constexpr std::size_t most = 300;
  return text.size() > most ? text.substr(0, most) + "…" : text;
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text;
}

bool holds(const std::vector<std::string>& words, const std::string& word) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& each) { return lower_case(each) == lower_case(word); });
}

bool is_good(int status) { return status >= 200 && status < 300; }
bool is_gone(int status) { return status == 404 || status == 410; }
}  // namespace

std::string RemoteJob::place() const { return without_user(description_.url); }

engine::HttpRequest RemoteJob::request(std::string method, const std::string& url, const std::string& name) const {
  engine::HttpRequest request;
  request.method = std::move(method);
  request.url = with_name(url, name);
  request.largest_body = 64ULL << 20;
  request.follows_redirects = false;  // what it carries is meant for one server
  if (!description_.token.empty()) request.headers.emplace_back("Authorization", "Bearer " + description_.token);
  return request;
}

Task<Result<engine::HttpResponse>> RemoteJob::ask(engine::HttpRequest request) {
  std::int64_t pause = first_pause_milliseconds;
  for (int question = 1;; ++question, pause *= 2) {
    const bool was_stopping = context_.stopping();
    engine::HttpRequest copy = request;
    Task<Result<engine::HttpResponse>> calling = context_.http(std::move(copy));
    Result<engine::HttpResponse> response = co_await calling;
    const bool is_answer = response && !engine::is_worth_another_try(response->status);
    const bool is_stopped = context_.stopping() && !was_stopping;
    if (is_answer || is_stopped || question == most_questions) co_return response;
    context_.log(request.method + ' ' + without_user(request.url) + ": " + (response ? "answer " + std::to_string(response->status) : response.error().message));
    Task<bool> sleeping = context_.sleep(engine::Milliseconds(pause));
    co_await sleeping;
    if (context_.stopping() && !was_stopping) co_return engine::failure("stopped");
  }
}

engine::Error RemoteJob::refused(const std::string& method, const std::string& url, const engine::HttpResponse& response) const {
  engine::Error error{.message = "the service answered " + std::to_string(response.status) + " to " + method + ' ' + without_user(url),
                      .detail = beginning_of(response.body)};
  const int status = response.status;
  if (status == 401 || status == 403) error.hint = description_.token.empty() ? "it wants to know who asks: give `token` a secret" : "does the `token` still hold, and may it do this?";
  if (status >= 300 && status < 400) error.hint = "it sends us elsewhere: write that URL, if it is right";
  if (is_gone(status)) error.hint = "is the URL right? Where jobs are asked for elsewhere than they are looked at, say `post_to`";
  if (status == 405) error.hint = "where jobs are asked for by POST, say `post_to`";
  if (status == 400 || status == 422) error.hint = "it does not like the `body`";
  if (engine::is_worth_another_try(status)) error.hint = "the service has a problem: try again later";
  return error;
}

// ---- the four questions --------------------------------------------------------------------------------------------

Task<Result<std::optional<std::string>>> RemoteJob::find(std::string name) {
  engine::HttpRequest question = request("GET", description_.url, name);
  const std::string url = question.url;
  Task<Result<engine::HttpResponse>> asking = ask(std::move(question));
  const Result<engine::HttpResponse> response = co_await asking;
  if (!response) co_return tl::unexpected(response.error());
  if (is_gone(response->status)) co_return std::optional<std::string>();
  if (!is_good(response->status)) co_return tl::unexpected(refused("GET", url, *response));
  co_return std::optional<std::string>(name);
}

Task<Result<engine::OutsideStart>> RemoteJob::start(std::string name) {
  const bool posts = !description_.post_to.empty();
  engine::HttpRequest wish = request(posts ? "POST" : "PUT", posts ? description_.post_to : description_.url, name);
  wish.body = with_name(description_.body, name);
  wish.headers.emplace_back("Content-Type", description_.content_type);
  const std::string method = wish.method, url = wish.url;
  Task<Result<engine::HttpResponse>> asking = context_.http(std::move(wish));
  const Result<engine::HttpResponse> response = co_await asking;
  if (!response) co_return tl::unexpected(response.error());
  if (response->status == 409) co_return engine::OutsideStart{};
  if (engine::is_worth_another_try(response->status)) co_return tl::unexpected(refused(method, url, *response));
  if (!is_good(response->status)) co_return engine::OutsideStart{.handle = {}, .refusal = refused(method, url, *response)};
  co_return engine::OutsideStart{.handle = name};
}

Result<std::string> RemoteJob::status_in(const engine::HttpResponse& response) const {
  const json answer = json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  const json* found = &answer;
  std::string path = description_.status;
  for (std::size_t dot = path.find('.'); found != nullptr; dot = path.find('.')) {
    const auto field = found->is_object() ? found->find(path.substr(0, dot)) : found->end();
    found = found->is_object() && field != found->end() ? &*field : nullptr;
    if (dot == std::string::npos) break;
    path.erase(0, dot + 1);
  }
  if (found != nullptr && found->is_string()) return found->get<std::string>();
  if (answer.is_discarded()) return engine::failure("the service's answer is no JSON", "look at the URL: is it that of the service's API, and not of a page?", beginning_of(response.body));
  return engine::failure("the service's answer is JSON without a text in `" + description_.status + "`",
                         "name the field that says how the job is: `status = \"state\"`, or `\"status.phase\"` for one in another", beginning_of(response.body));
}

Task<Result<engine::OutsideEnd>> RemoteJob::follow(std::string name) {
  std::string shown;
  while (true) {
    engine::HttpRequest question = request("GET", description_.url, name);
    const std::string url = question.url;
    Task<Result<engine::HttpResponse>> asking = ask(std::move(question));
    const Result<engine::HttpResponse> response = co_await asking;
    if (!response) co_return tl::unexpected(response.error());
    if (is_gone(response->status)) co_return engine::OutsideEnd{engine::Error{.message = "somebody has removed the job `" + name + "` while it was followed"}};
    if (!is_good(response->status)) co_return tl::unexpected(refused("GET", url, *response));
    const Result<std::string> status = status_in(*response);
    if (!status) co_return tl::unexpected(status.error());
    if (holds(description_.done, *status)) {
      last_answer_ = response->body;
      co_return engine::OutsideEnd{};
    }
    if (holds(description_.failed, *status)) {
      co_return engine::OutsideEnd{engine::Error{.message = "the job `" + name + "` ended as `" + *status + '`', .detail = beginning_of(response->body)}};
    }
    if (std::exchange(shown, *status) != *status) context_.progress(*status);
    Task<bool> sleeping = context_.sleep(description_.poll);
    co_await sleeping;
    if (context_.stopping()) co_return engine::failure("stopped");
  }
}

Task<Result<bool>> RemoteJob::remove(std::string name) {
  engine::HttpRequest wish = request("DELETE", description_.url, name);
  const std::string url = wish.url;
  Task<Result<engine::HttpResponse>> asking = ask(std::move(wish));
  const Result<engine::HttpResponse> response = co_await asking;
  if (!response) co_return tl::unexpected(response.error());
  if (is_gone(response->status)) co_return false;
  if (!is_good(response->status)) co_return tl::unexpected(refused("DELETE", url, *response));
  co_return true;
}

}  // namespace sdlrun::stages
