#include "stages/kubernetes/access/access.hpp"

#include <atomic>
#include <optional>

#include "engine/task/lanes.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/api/api_error.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr std::size_t access_questions_at_once = 8;

/// One question: may `verb` be done to `resource`?
struct AccessQuestion {
  std::string verb = {};
  std::string resource = {};
  std::string why = {};
  std::string group = {};
};

std::vector<AccessQuestion> questions_of(const std::vector<Rule>& rules) {
  std::vector<AccessQuestion> questions;
  for (const Rule& rule : rules) {
    for (const std::string& resource : rule.resources) {
      for (const std::string& verb : rule.verbs) questions.push_back({verb, resource, rule.why, rule.group});
    }
  }
  return questions;
}

json attributes_of(const AccessQuestion& question, const std::string& space) {
  const std::size_t slash = question.resource.find('/');
  json attributes{{"namespace", space}, {"verb", question.verb}, {"group", question.group}, {"resource", question.resource.substr(0, slash)}};
  if (slash != std::string::npos) attributes["subresource"] = question.resource.substr(slash + 1);
  return attributes;
}

struct Review {
  std::string path = {};
  json body = {};  // without the attributes
  std::string who = {};
  std::string who_needs = {};
};

engine::Error missing_error(const std::vector<AccessQuestion>& missing, const Review& review, const std::string& space) {
  std::string lines;
  for (const AccessQuestion& each : missing) lines += (lines.empty() ? "" : "\n") + each.verb + ' ' + each.resource + ": " + each.why;
  return {.message = review.who + " may not do all that " + review.who_needs + " in the namespace `" + space + "`",
          .hint = "whoever administers the cluster can grant it, by a Role with what is missing here and a RoleBinding",
          .detail = lines};
}

/// Those of the questions that are answered with no; nothing: they may not be asked.
Task<Result<std::optional<std::vector<AccessQuestion>>>> denied(Client& client, const Review& review, std::string space, std::vector<AccessQuestion> questions) {
  using Denied = std::optional<std::vector<AccessQuestion>>;
  std::vector<char> is_granted(questions.size(), 0);
  std::atomic<bool> may_ask{true};
  const auto ask = [&](std::size_t index) -> Task<Result<bool>> {
    json body = review.body;
    body["spec"]["resourceAttributes"] = attributes_of(questions[index], space);
    ApiRequest request{.method = "POST", .path = review.path, .body = body.dump()};
    Task<Result<ApiAnswer>> calling = client.call(std::move(request));
    const Result<ApiAnswer> answer = co_await calling;
    if (!answer) co_return tl::unexpected(answer.error());
    if (answer->status == 403) may_ask = false;
    else if (!answer->is_good()) co_return tl::unexpected(refusal(answer->status, answer->body, "ask what " + review.who + " may do"));
    is_granted[index] = value_at(answer->body, {"status", "allowed"}) == true ? 1 : 0;
    co_return true;
  };
  Task<Result<bool>> asking = engine::in_lanes(questions.size(), access_questions_at_once, ask);
  const Result<bool> asked = co_await asking;
  if (!asked) co_return tl::unexpected(asked.error());
  if (!may_ask) co_return Denied();
  std::vector<AccessQuestion> missing;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (is_granted[i] == 0) missing.push_back(questions[i]);
  }
  co_return Denied(std::move(missing));
}

/// True: all is granted. False: this may not be asked. What was just granted, an API server may hear a moment later: it is asked `times`.
Task<Result<bool>> check(Client& client, Review review, std::string space, std::vector<Rule> rules, int times) {
  std::vector<AccessQuestion> questions = questions_of(rules);
  for (int time = 1;; ++time) {
    Task<Result<std::optional<std::vector<AccessQuestion>>>> asking = denied(client, review, space, std::move(questions));
    auto missing = co_await asking;
    if (!missing) co_return tl::unexpected(missing.error());
    if (!missing->has_value() || (*missing)->empty()) co_return missing->has_value();
    if (time == times || client.step().stopping()) co_return tl::unexpected(missing_error(**missing, review, space));
    questions = std::move(**missing);
    Task<bool> sleeping = client.step().sleep(engine::Milliseconds(250LL << time));
    co_await sleeping;
  }
}

}  // namespace

Task<Result<bool>> check_own_access(Client& client, std::string space, std::string who_needs, std::vector<Rule> rules) {
  Review review{.path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                .body = {{"apiVersion", "authorization.k8s.io/v1"}, {"kind", "SelfSubjectAccessReview"}},
                .who = "the user of the context `" + client.context().name + '`',
                .who_needs = std::move(who_needs)};
  Task<Result<bool>> checking = check(client, std::move(review), std::move(space), std::move(rules), 1);
  co_return co_await checking;
}

Task<Result<bool>> check_account_access(Client& client, std::string space, std::string account, std::string who_needs, std::vector<Rule> rules) {
  const std::string user = "system:serviceaccount:" + space + ':' + account;
  Review review{.path = "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                .body = {{"apiVersion", "authorization.k8s.io/v1"},
                         {"kind", "SubjectAccessReview"},
                         {"spec", {{"user", user}, {"groups", json::array({"system:serviceaccounts", "system:serviceaccounts:" + space, "system:authenticated"})}}}},
                .who = "the service account `" + account + '`',
                .who_needs = std::move(who_needs)};
  Task<Result<bool>> checking = check(client, std::move(review), std::move(space), std::move(rules), 5);
  co_return co_await checking;
}

}  // namespace sdlrun::stages::kubernetes
