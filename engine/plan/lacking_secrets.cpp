#include "engine/plan/lacking_secrets.hpp"

#include <map>

#include "engine/plan/needed_nodes.hpp"

namespace sdlrun::engine {

namespace {

/// Of a composed one its parts.
void add_secret(const dsl::SecretValue& secret, std::vector<const dsl::SecretValue*>& found) {
  if (!secret.place || secret.place->source != dsl::SecretPlace::Source::composed) return found.push_back(&secret);
  for (const dsl::SecretValue& part : secret.place->parts) add_secret(part, found);
}

void add_secrets(const dsl::Value& value, std::vector<const dsl::SecretValue*>& found) {
  if (const auto* secret = value.as<dsl::SecretValue>()) add_secret(*secret, found);
  if (const dsl::List* elements = value.as_list()) {
    for (const dsl::Value& element : *elements) add_secrets(element, found);
  }
  if (const dsl::Fields* fields = value.as_fields()) {
    for (const auto& [name, field] : *fields) add_secrets(field, found);
  }
}

/// What a step is known to want; nothing of one that may turn out not to be wanted itself.
std::vector<const dsl::SecretValue*> secrets_of(const dsl::Node& node) {
  std::vector<const dsl::SecretValue*> found;
  if (!is_surely_wanted(node)) return found;
  for (const auto* values : {&node.inputs, &node.options.environment}) {
    for (const dsl::NodeInput& input : *values) {
      if (input.value.known) add_secrets(*input.value.known, found);
    }
  }
  return found;
}

}  // namespace

std::vector<LackingSecret> lacking_secrets(const dsl::Pipeline& pipeline, const std::vector<bool>& steps, const Secrets& secrets) {
  std::map<std::string, LackingSecret> seen;  // by name; those that are there want no step
  for (std::size_t index = 0; index < steps.size(); ++index) {
    if (!steps[index]) continue;
    for (const dsl::SecretValue* secret : secrets_of(pipeline.nodes[index])) {
      const auto [entry, is_new] = seen.try_emplace(secret->name);
      auto& [wanted_by, error] = entry->second;
      if (is_new) error = secrets.absence(*secret).value_or(Error{});
      const auto step = static_cast<dsl::NodeId>(index);
      if (!error.message.empty() && (wanted_by.empty() || wanted_by.back() != step)) wanted_by.push_back(step);
    }
  }
  std::vector<LackingSecret> lacking;
  for (auto& [name, secret] : seen) {
    if (!secret.wanted_by.empty()) lacking.push_back(std::move(secret));
  }
  return lacking;
}

std::string lacking_secret_text(const dsl::Pipeline& pipeline, const LackingSecret& secret) {
  return secret.error.message + "; step `" + pipeline[secret.wanted_by.front()].name + "` will want it";
}

}  // namespace sdlrun::engine
