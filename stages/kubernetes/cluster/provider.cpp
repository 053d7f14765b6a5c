#include "stages/kubernetes/cluster/provider.hpp"

#include "stages/kubernetes/cluster/digitalocean.hpp"
#include "stages/kubernetes/cluster/gke.hpp"
#include "stages/kubernetes/cluster/kind.hpp"
#include "stages/kubernetes/cluster/minikube.hpp"

namespace sdlrun::stages::kubernetes {

engine::Result<std::unique_ptr<Provider>> provider_of(engine::StageContext& context, ClusterWish wish) {
  if (wish.provider == "minikube") return std::make_unique<Minikube>(context, std::move(wish));
  if (wish.provider == "kind") return std::make_unique<Kind>(context, std::move(wish));
  const auto* secret = context.inputs()["key"].as<dsl::SecretValue>();
  auto text = secret == nullptr ? engine::failure("`key` is not known") : context.read_secret(*secret);
  if (!text) return tl::unexpected(text.error());
  if (wish.provider == "digitalocean") return std::make_unique<DigitalOcean>(context, std::move(wish), std::move(*text));
  auto key = service_account_key(*text);
  if (!key) return tl::unexpected(key.error());
  return std::make_unique<Gke>(context, std::move(wish), std::move(*key));
}

}  // namespace sdlrun::stages::kubernetes
