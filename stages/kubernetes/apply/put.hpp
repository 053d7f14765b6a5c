// Putting objects on a cluster by server-side apply: those of one rank several at a time, and what would change if that were done.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "stages/kubernetes/apply/inventory.hpp"

namespace sdlrun::stages::kubernetes {

struct PutOptions {
  /// Takes over fields that others own.
  bool force = false;
  engine::Milliseconds timeout{0};
};

/// Objects as the cluster has them, by Target::identity.
using LiveObjects = std::map<std::string, nlohmann::json>;

/// Whether the object is for certain as the inventory's step has left it, and as `target` asks for it. What is not certain is asked.
bool is_as_applied(const Target& target, const nlohmann::json& live, const InventoryEntries& known);

/// Applies those of `targets` that are not as they were applied. `live` gets what each is then. Of kinds that are made here,
/// all waits until they are there.
engine::Task<engine::Result<bool>> put(Client& client, std::vector<Target> targets, const InventoryEntries& known, LiveObjects& live, PutOptions options);

/// What `put` would change, as the API server tells it without doing it (`dryRun`): for people.
engine::Task<engine::Result<std::vector<std::string>>> changes_of_put(Client& client, std::vector<Target> targets, InventoryEntries known, PutOptions options);

/// Who owns the fields that we may not set.
engine::Error conflict(const Target& target, const nlohmann::json& body);

}  // namespace sdlrun::stages::kubernetes
