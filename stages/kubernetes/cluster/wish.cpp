#include "stages/kubernetes/cluster/wish.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace sdlrun::stages::kubernetes {

using engine::Result;

namespace {

/// An input that not all providers have a use for, and which do: letters of `existing`, `minikube`, `kind`, `gke`, `digitalocean`.
struct Use {
  const char* input;
  const char* providers;
};
constexpr std::array<Use, 16> uses = {{{"kubeconfig", "e"}, {"context", "e"}, {"name", "mkgd"}, {"nodes", "mkgd"}, {"version", "mkgd"}, {"timeout", "mkgd"}, {"memory", "m"}, {"cpus", "m"}, {"driver", "m"},
                                       {"project", "g"}, {"location", "gd"}, {"machine", "gd"}, {"key", "gd"}, {"api", "gd"}, {"poll", "gd"}, {"provider", "emkgd"}}};

struct Need {
  const char* input;
  const char* providers;
  const char* hint;
};
constexpr std::array<Need, 3> needs = {{{"project", "gke", "the id of the Google Cloud project that pays, such as \"team-data-4711\""},
                                        {"location", "gke digitalocean", "GKE: a zone such as \"europe-west3-a\", or a region; DigitalOcean: a region such as \"fra1\""},
                                        {"key", "gke digitalocean", "GKE: `secret key = file(\"key.json\")`, of a service account; DigitalOcean: `secret key = env(\"DIGITALOCEAN_TOKEN\")`"}}};

constexpr std::int64_t mebibyte = 1LL << 20;
/// "Requested memory allocation … is less than the usable minimum of 1800MB": https://minikube.sigs.k8s.io/docs/contrib/errorcodes (RSRC_INSUFFICIENT_REQ_MEMORY)
constexpr std::int64_t least_minikube_mebibytes = 1800;
constexpr std::int64_t usual_minikube_mebibytes = 1024;

bool serves(std::string_view input, const std::string& provider) {
  const auto use = std::find_if(uses.begin(), uses.end(), [&](const Use& one) { return one.input == input; });
  return use == uses.end() || std::string_view(use->providers).find(provider.front()) != std::string_view::npos;
}

std::string users_of(std::string_view input) {
  std::string text;
  for (const char* provider : {"existing", "minikube", "kind", "gke", "digitalocean"}) {
    if (serves(input, provider)) text += (text.empty() ? "\"" : " or \"") + std::string(provider) + "\"";
  }
  return text;
}

std::string hint_for_input(std::string_view input, const std::string& provider) {
  if (provider == "existing") return "say which `provider` is to make a cluster, or take it out";
  if (provider == "kind" && (input == "memory" || input == "cpus")) return "kind's nodes share what this machine's Docker has: take it out";
  return "it is for the provider " + users_of(input);
}

std::string known_text_of(const dsl::Fields& fields, std::string_view name) {
  for (const auto& [each, value] : fields) {
    if (each == name && !value.is_none()) return dsl::plain_text(value);
  }
  return "";
}

const dsl::Value* value_of(const dsl::Fields& fields, std::string_view name) {
  for (const auto& [each, value] : fields) {
    if (each == name && !value.is_none()) return &value;
  }
  return nullptr;
}

bool is_good_name(const std::string& name) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= 40 && name.front() >= 'a' && name.front() <= 'z' && name.back() != '-' && std::all_of(name.begin(), name.end(), is_plain);
}

std::string without_v(std::string version) { return version.starts_with('v') ? version.substr(1) : version; }

std::string usual_machine(const std::string& provider) { return provider == "gke" ? "e2-standard-2" : "s-2vcpu-4gb"; }
std::string usual_api(const std::string& provider) { return provider == "gke" ? "https://container.googleapis.com" : "https://api.digitalocean.com"; }

std::string amount_text(std::int64_t mebibytes) { return mebibytes % 1024 == 0 ? std::to_string(mebibytes / 1024) + "GiB" : std::to_string(mebibytes) + "MiB"; }

/// A whole version, as images of nodes have it.
bool is_whole_version(const std::string& version) { return std::count(version.begin(), version.end(), '.') == 2; }

}  // namespace

std::string default_name(const std::string& pipeline) {
  std::string name = "sdlrun-";
  for (const char c : pipeline) {
    const bool is_plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    name += is_plain ? static_cast<char>(std::tolower(static_cast<unsigned char>(c))) : '-';
  }
  name.resize(std::min<std::size_t>(name.size(), 40));
  while (name.ends_with('-')) name.pop_back();
  return name;
}

ClusterWish wish_of(const dsl::Fields& known, const std::string& pipeline) {
  ClusterWish wish{.pipeline = pipeline};
  if (std::string provider = known_text_of(known, "provider"); !provider.empty()) wish.provider = std::move(provider);
  wish.name = known_text_of(known, "name");
  if (wish.name.empty() && !pipeline.empty()) wish.name = default_name(pipeline);
  wish.version = without_v(known_text_of(known, "version"));
  wish.driver = known_text_of(known, "driver");
  wish.project = known_text_of(known, "project");
  wish.location = known_text_of(known, "location");
  wish.machine = known_text_of(known, "machine");
  if (wish.machine.empty()) wish.machine = usual_machine(wish.provider);
  wish.api = known_text_of(known, "api");
  if (wish.api.empty()) wish.api = usual_api(wish.provider);
  while (wish.api.ends_with('/')) wish.api.pop_back();
  if (const dsl::Value* nodes = value_of(known, "nodes")) wish.nodes = *nodes->as<std::int64_t>();
  if (const dsl::Value* cpus = value_of(known, "cpus")) wish.cpus = *cpus->as<std::int64_t>();
  wish.asks_cpus = value_of(known, "cpus") != nullptr;
  if (const dsl::Value* memory = value_of(known, "memory")) wish.memory = memory->as<dsl::Size>()->bytes;
  if (const dsl::Value* timeout = value_of(known, "timeout")) wish.timeout = engine::Milliseconds(timeout->as<dsl::Duration>()->milliseconds);
  if (const dsl::Value* poll = value_of(known, "poll")) wish.poll = engine::Milliseconds(poll->as<dsl::Duration>()->milliseconds);
  return wish;
}

ClusterWish wish_of(engine::StageContext& context) { return wish_of(context.inputs().fields(), context.pipeline_name()); }

std::vector<engine::InputMistake> mistakes_of(const engine::KnownInputs& known) {
  std::vector<engine::InputMistake> mistakes;
  const auto chosen = known("provider");
  if (!chosen) return mistakes;
  const std::string provider = dsl::plain_text(*chosen);
  const auto given = [&](const char* input) {
    const auto value = known(input);
    return value && !value->is_none() ? dsl::plain_text(*value) : std::string();
  };
  for (const Use& use : uses) {
    const auto value = known(use.input);
    if (!value || value->is_none() || serves(use.input, provider)) continue;
    mistakes.push_back({.input = use.input, .message = "`" + std::string(use.input) + "` says nothing to the provider \"" + provider + "\"", .label = "not for " + provider, .hint = hint_for_input(use.input, provider)});
  }
  if (provider == "existing") return mistakes;
  if (const std::string name = given("name"); !name.empty() && !is_good_name(name)) {
    mistakes.push_back({.input = "name", .message = "`" + name + "` is no name for a cluster", .label = "no name for one", .hint = "lower-case letters, digits and `-`, a letter first, no `-` at the end, at most 40: " + default_name(name).substr(7)});
  }
  if (const std::string version = given("version"); provider == "kind" && !version.empty() && !is_whole_version(version)) {
    mistakes.push_back({.input = "version", .message = "kind makes nodes of an image, which has a whole version: `" + version + "` names none", .label = "not a whole version", .hint = "such as \"1.34.0\": https://github.com/kubernetes-sigs/kind/releases lists them"});
  }
  if (const std::string api = given("api"); !api.empty() && !api.starts_with("https://") && !api.starts_with("http://")) {
    mistakes.push_back({.input = "api", .message = "`" + api + "` is no http or https URL", .label = "no URL"});
  }
  for (const Need& need : needs) {
    const auto value = known(need.input);
    if (!value || !value->is_none() || std::string_view(need.providers).find(provider) == std::string_view::npos) continue;
    mistakes.push_back({.input = "provider", .message = "the provider \"" + provider + "\" needs `" + need.input + "`", .label = "needs `" + std::string(need.input) + "`", .hint = need.hint});
  }
  return mistakes;
}

Result<void> check_wish(const engine::StageInputs& inputs) {
  const engine::KnownInputs known = [&](std::string_view name) -> std::optional<dsl::Value> {
    for (const auto& [each, value] : inputs.fields()) {
      if (each == name) return value;
    }
    return std::nullopt;
  };
  if (const auto mistakes = mistakes_of(known); !mistakes.empty()) return engine::failure(mistakes.front().message, mistakes.front().hint);
  return {};
}

std::int64_t minikube_mebibytes(const ClusterWish& wish) {
  return std::max(least_minikube_mebibytes, wish.memory ? *wish.memory / mebibyte : usual_minikube_mebibytes);
}

std::string size_text(const ClusterWish& wish) {
  const std::string nodes = std::to_string(wish.nodes) + (wish.nodes == 1 ? " node" : " nodes");
  if (wish.provider == "minikube") return nodes + " with " + amount_text(minikube_mebibytes(wish)) + " and " + std::to_string(wish.cpus) + " processors" + (wish.nodes == 1 ? "" : " each");
  if (!wish.is_cloud()) return nodes;
  return std::to_string(wish.nodes) + " × " + wish.machine + (wish.location.empty() ? "" : " in " + wish.location);
}

std::string title_of(const ClusterWish& wish) {
  const std::string kind = wish.provider == "gke" ? "GKE" : wish.provider == "digitalocean" ? "DigitalOcean" : wish.provider;
  return "the " + kind + " cluster" + (wish.name.empty() ? "" : " `" + wish.name + "`");
}

}  // namespace sdlrun::stages::kubernetes
