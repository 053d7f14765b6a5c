// What a step has put on a cluster, kept there: a ConfigMap with the name of each object. Objects carry no mark of ours: a label would
// change what users have written, and to find all objects that have one, every kind that the cluster knows must be listed. The list is
// written before anything is applied, as long as the old and the new one together, and cut down at the end: killed in between, a step
// forgets nothing that it made.
#pragma once

#include <map>
#include <string>

#include "stages/kubernetes/objects/target.hpp"

namespace sdlrun::stages::kubernetes {

struct InventoryEntry {
  std::string api_version = {};
  std::string plural = {};
  std::string kind = {};
  std::string space = {};
  std::string name = {};
  /// One that has another was made by somebody else since.
  std::string uid = {};
  /// Digests of what was asked for, and of the fields that were ours then; empty: it may not have been applied whole.
  std::string form = {};
  std::string fields = {};

  Target target() const;
};

/// By Target::identity.
using InventoryEntries = std::map<std::string, InventoryEntry>;

class Inventory {
 public:
  /// `owner`: who has made it, such as "shop/deploy"; `space`: where it is kept.
  Inventory(Client& client, std::string owner, std::string space);

  engine::Task<engine::Result<InventoryEntries>> read();
  /// False: its namespace is not there.
  engine::Task<engine::Result<bool>> write(InventoryEntries entries);
  /// Nothing is in it any more.
  engine::Task<engine::Result<bool>> remove();

  const std::string& name() const { return name_; }

 private:
  Client& client_;
  std::string owner_;
  std::string space_;
  std::string name_;
};

InventoryEntry entry_of(const Target& target);
/// Of what is asked for.
std::string form_digest(const Target& target);

}  // namespace sdlrun::stages::kubernetes
