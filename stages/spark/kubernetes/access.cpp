#include "stages/spark/kubernetes/access.hpp"

#include <atomic>

#include "engine/task/lanes.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/api/api_error.hpp"

namespace sdlrun::stages::spark {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr const char* role = "spark-driver";
constexpr std::size_t questions_at_once = 8;

json role_object(const std::string& space) {
  json object = kubernetes::object_of_ours("rbac.authorization.k8s.io/v1", "Role", space, role);
  std::string why;
  for (const Rule& rule : driver_rules()) {
    object["rules"].push_back({{"apiGroups", json::array({""})}, {"resources", rule.resources}, {"verbs", rule.verbs}});
    for (const std::string& resource : rule.resources) why += (why.empty() ? "" : "; ") + resource + ": " + rule.why;
  }
  object["metadata"]["annotations"]["sdlrun/why"] = why;  // a rule itself has no room for words
  return object;
}

json binding_object(const std::string& space) {
  json object = kubernetes::object_of_ours("rbac.authorization.k8s.io/v1", "RoleBinding", space, role);
  object["roleRef"] = {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "Role"}, {"name", role}};
  object["subjects"] = json::array({{{"kind", "ServiceAccount"}, {"name", driver_account}, {"namespace", space}}});
  return object;
}

/// One question: may `verb` be done to `resource`?
struct Question {
  std::string verb = {};
  std::string resource = {};
  std::string why = {};
};

std::vector<Question> questions_of(const std::vector<Rule>& rules) {
  std::vector<Question> questions;
  for (const Rule& rule : rules) {
    for (const std::string& resource : rule.resources) {
      for (const std::string& verb : rule.verbs) questions.push_back({verb, resource, rule.why});
    }
  }
  return questions;
}

json attributes_of(const Question& question, const std::string& space) {
  const std::size_t slash = question.resource.find('/');
  json attributes{{"namespace", space}, {"verb", question.verb}, {"group", ""}, {"resource", question.resource.substr(0, slash)}};
  if (slash != std::string::npos) attributes["subresource"] = question.resource.substr(slash + 1);
  return attributes;
}

struct Review {
  std::string path = {};
  json body = {};  // without the attributes
  std::string who = {};
};

engine::Error missing_error(const std::vector<Question>& missing, const Review& review, const std::string& space) {
  std::string lines;
  for (const Question& each : missing) lines += (lines.empty() ? "" : "\n") + each.verb + ' ' + each.resource + ": " + each.why;
  return {.message = review.who + " may not do all that Spark needs in the namespace `" + space + "`",
          .hint = "whoever administers the cluster can grant it, by a Role with what is missing here and a RoleBinding",
          .detail = lines};
}

/// True: all is granted. False: this may not be asked.
Task<Result<bool>> check(kubernetes::Client& client, Review review, std::string space, std::vector<Rule> rules) {
  const std::vector<Question> questions = questions_of(rules);
  std::vector<char> is_granted(questions.size(), 0);
  std::atomic<bool> may_ask{true};
  const auto ask = [&](std::size_t index) -> Task<Result<bool>> {
    json body = review.body;
    body["spec"]["resourceAttributes"] = attributes_of(questions[index], space);
    kubernetes::ApiRequest request{.method = "POST", .path = review.path, .body = body.dump()};
    Task<Result<kubernetes::ApiAnswer>> calling = client.call(std::move(request));
    const Result<kubernetes::ApiAnswer> answer = co_await calling;
    if (!answer) co_return tl::unexpected(answer.error());
    if (answer->status == 403) may_ask = false;
    else if (!answer->is_good()) co_return tl::unexpected(kubernetes::refusal(answer->status, answer->body, "ask what " + review.who + " may do"));
    is_granted[index] = value_at(answer->body, {"status", "allowed"}) == true ? 1 : 0;
    co_return true;
  };
  Task<Result<bool>> asking = engine::in_lanes(questions.size(), questions_at_once, ask);
  const Result<bool> asked = co_await asking;
  if (!asked) co_return asked;
  if (!may_ask) co_return false;
  std::vector<Question> missing;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (is_granted[i] == 0) missing.push_back(questions[i]);
  }
  if (!missing.empty()) co_return tl::unexpected(missing_error(missing, review, space));
  co_return true;
}

}  // namespace

const std::vector<Rule>& driver_rules() {
  static const std::vector<Rule> rules{
      {{"pods"}, {"get", "list", "watch", "create", "patch", "delete", "deletecollection"}, "the driver makes its executors, watches them, labels them, and ends them"},
      {{"configmaps"}, {"get", "list", "create", "delete", "deletecollection"}, "the driver makes one for its executors, and takes it away at its end"},
      {{"services"}, {"get", "list", "delete", "deletecollection"}, "the driver takes its own service away at its end"},
      {{"persistentvolumeclaims"}, {"get", "list", "create", "delete", "deletecollection"}, "the driver makes those that executors ask for, and looks for them at its end in any case"}};
  return rules;
}

const std::vector<Rule>& submitter_rules() {
  static const std::vector<Rule> rules{
      {{"pods"}, {"get", "list", "watch", "create", "patch", "delete"}, "to make the driver, follow it, and take it away"},
      {{"pods/log"}, {"get"}, "to show the driver's log"},
      {{"pods/proxy"}, {"get", "create", "update"}, "to carry files in and out, and to ask the driver how far it is"},
      {{"configmaps", "services", "secrets"}, {"get", "create", "patch", "delete"}, "to make what the driver needs"},
      {{"events"}, {"list"}, "to say why something does not start"}};
  return rules;
}

json namespace_object(const std::string& space) { return kubernetes::object_of_ours("v1", "Namespace", "", space); }

std::vector<AccessObject> access_objects(const std::string& space, const std::vector<std::pair<std::string, std::string>>& quota) {
  std::vector<AccessObject> objects;
  objects.push_back({{.plural = "serviceaccounts"}, kubernetes::object_of_ours("v1", "ServiceAccount", space, driver_account)});
  json executor = kubernetes::object_of_ours("v1", "ServiceAccount", space, executor_account);
  executor["automountServiceAccountToken"] = false;  // executors have no business with the API
  objects.push_back({{.plural = "serviceaccounts"}, std::move(executor)});
  objects.push_back({{.api_version = "rbac.authorization.k8s.io/v1", .plural = "roles"}, role_object(space)});
  objects.push_back({{.api_version = "rbac.authorization.k8s.io/v1", .plural = "rolebindings"}, binding_object(space)});
  if (quota.empty()) return objects;
  json limits = kubernetes::object_of_ours("v1", "ResourceQuota", space, "spark");
  for (const auto& [name, value] : quota) limits["spec"]["hard"][name] = value;
  objects.push_back({{.plural = "resourcequotas"}, std::move(limits)});
  return objects;
}

Task<Result<bool>> check_own_access(kubernetes::Client& client, std::string space, std::vector<Rule> rules) {
  Review review{.path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                .body = {{"apiVersion", "authorization.k8s.io/v1"}, {"kind", "SelfSubjectAccessReview"}},
                .who = "the user of the context `" + client.context().name + '`'};
  Task<Result<bool>> checking = check(client, std::move(review), std::move(space), std::move(rules));
  co_return co_await checking;
}

Task<Result<bool>> check_account_access(kubernetes::Client& client, std::string space, std::string account, std::vector<Rule> rules) {
  const std::string user = "system:serviceaccount:" + space + ':' + account;
  Review review{.path = "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                .body = {{"apiVersion", "authorization.k8s.io/v1"},
                         {"kind", "SubjectAccessReview"},
                         {"spec", {{"user", user}, {"groups", json::array({"system:serviceaccounts", "system:serviceaccounts:" + space, "system:authenticated"})}}}},
                .who = "the service account `" + account + '`'};
  Task<Result<bool>> checking = check(client, std::move(review), std::move(space), std::move(rules));
  co_return co_await checking;
}

}  // namespace sdlrun::stages::spark
