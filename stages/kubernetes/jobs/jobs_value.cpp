#include "stages/kubernetes/jobs/jobs_value.hpp"

#include "stages/values/fields.hpp"

namespace sdlrun::stages::kubernetes {

PodSettings job_settings() {
  return {.sizes = "`with { cpus, memory }`, or `cpu` and `memory` of `kubernetes.jobs`", .credentials = "in `pull_secrets` of `kubernetes.jobs`", .nodes = "`node_selector` of `kubernetes.jobs`"};
}

dsl::Value jobs_value(const JobsPlace& place) {
  const auto text = [](const std::string& value) { return dsl::Value::text(value); };
  dsl::List pull_secrets;
  for (const std::string& secret : place.pull_secrets) pull_secrets.push_back(text(secret));
  dsl::Fields selector;
  for (const auto& [label, value] : place.node_selector) selector.emplace_back(label, text(value));
  return dsl::Value::handle(jobs_type, place.server + " jobs in " + place.space,
                            {{"server", text(place.server)},
                             {"kubeconfig", text(place.cluster.kubeconfig)},
                             {"context", text(place.cluster.context)},
                             {"namespace", text(place.space)},
                             {"account", text(place.account)},
                             {"helper", text(place.helper)},
                             {"cpu", text(place.cpu)},
                             {"memory", text(place.memory)},
                             {"pull_secrets", dsl::Value::list(std::move(pull_secrets))},
                             {"node_selector", dsl::Value::map(std::move(selector))},
                             {"store_bytes", dsl::Value::integer(place.store_bytes)},
                             {"keep_seconds", dsl::Value::integer(place.keep_seconds)},
                             {"start_timeout", dsl::Value::integer(place.start_timeout.count())},
                             {"leaves", dsl::Value::boolean(place.when_stopped == engine::WhenStopped::leave)}});
}

JobsPlace jobs_in(const dsl::Value& handle) {
  JobsPlace place{.cluster = {.kubeconfig = text_field(handle, "kubeconfig"), .context = text_field(handle, "context")},
                  .server = text_field(handle, "server"),
                  .space = text_field(handle, "namespace"),
                  .account = text_field(handle, "account"),
                  .helper = text_field(handle, "helper"),
                  .cpu = text_field(handle, "cpu"),
                  .memory = text_field(handle, "memory"),
                  .store_bytes = integer_field(handle, "store_bytes"),
                  .keep_seconds = integer_field(handle, "keep_seconds"),
                  .start_timeout = engine::Milliseconds(integer_field(handle, "start_timeout"))};
  const dsl::Value* leaves = handle.find("leaves");
  if (leaves != nullptr && *leaves == dsl::Value::boolean(true)) place.when_stopped = engine::WhenStopped::leave;
  if (const dsl::Value* secrets = handle.find("pull_secrets"); secrets != nullptr && secrets->as_list() != nullptr) {
    for (const dsl::Value& secret : *secrets->as_list()) place.pull_secrets.push_back(dsl::plain_text(secret));
  }
  if (const dsl::Value* selector = handle.find("node_selector"); selector != nullptr && selector->as_fields() != nullptr) {
    for (const auto& [label, value] : *selector->as_fields()) place.node_selector.emplace_back(label, dsl::plain_text(value));
  }
  return place;
}

}  // namespace sdlrun::stages::kubernetes
