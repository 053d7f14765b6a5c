// The artifact store of a namespace: a Pod that keeps what jobs there find and leave, each content once. sdlrun reaches it through the
// API server's proxy, jobs by its Service's address; who knows its Secret may ask. It is begun when it is wanted, and ends by
// itself when nobody has asked for anything for a while (artifact_store.py).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stages/kubernetes/api/client.hpp"
#include "stages/kubernetes/artifacts/carried.hpp"
#include "stages/kubernetes/pods/trouble.hpp"

namespace sdlrun::stages::kubernetes {

inline constexpr const char* store_token_variable = "SDLRUN_STORE_TOKEN";

/// How one is begun where none runs.
struct StoreWish {
  std::string space = {};
  std::string image = {};       // with Python 3.8 or newer as python3
  std::string image_hint = {};  // what to do where it has none
  std::string pull_policy = {};  // empty: Kubernetes' own for the image
  std::vector<std::string> pull_secrets = {};
  std::string account = {};
  std::int64_t keep_seconds = 0;  // without a request, until it ends
  std::int64_t most_bytes = 0;
  engine::Milliseconds start_timeout{0};
  PodSettings settings = {};
};

/// A file that a Pod serves, on its way here through the API server's proxy.
struct Download {
  ApiRequest request = {};
  std::filesystem::path place = {};
  std::string path = {};  // for messages: what it is, and where it comes from
  std::string from = {};
  std::uint64_t size = 0;
  bool is_executable = false;
};
/// Goes on where a connection was cut, and ends when as many bytes are there as there are to be.
engine::Task<engine::Result<bool>> download(Client& client, Download download);

/// The name of its Pod, Service, Secret and ConfigMap: another for each version of its programs, which so never meet.
std::string store_name();

class ArtifactStore {
 public:
  /// Finds the one that runs, else begins it, and waits until it answers.
  static engine::Task<engine::Result<std::shared_ptr<ArtifactStore>>> open(Client& client, StoreWish wish);

  /// Null where none runs.
  static engine::Task<engine::Result<std::shared_ptr<ArtifactStore>>> look_for(Client& client, std::string space);

  ArtifactStore(Client& client, std::string space, std::string token, std::string address)
      : client_(client), space_(std::move(space)), token_(std::move(token)), address_(std::move(address)) {}

  /// By which Pods reach it: "http://10.96.0.7:7080".
  const std::string& address() const { return address_; }

  /// Brings what is not there yet, then the list that names all.
  engine::Task<engine::Result<bool>> put(std::string list, std::vector<CarriedEntry> entries);
  /// Nothing where there is no such list.
  engine::Task<engine::Result<std::optional<std::vector<CarriedEntry>>>> find(std::string list);
  /// Places what a list names below `folder`, verified.
  engine::Task<engine::Result<bool>> take(std::vector<CarriedEntry> entries, std::filesystem::path folder);
  /// What they name may go when there is no room. False: not all of them could be let go.
  engine::Task<bool> let_go(std::vector<std::string> lists);

 private:
  static engine::Task<engine::Result<std::shared_ptr<ArtifactStore>>> connect(Client& client, std::string space);
  ApiRequest request(std::string method, const std::string& path) const;
  engine::Task<engine::Result<std::vector<CarriedEntry>>> missing(std::vector<CarriedEntry> entries);
  engine::Task<engine::Result<bool>> put_one(CarriedEntry entry);
  engine::Task<engine::Result<bool>> take_one(CarriedEntry entry, std::filesystem::path folder);
  engine::Task<engine::Result<bool>> take_file(CarriedEntry entry, std::filesystem::path place);

  Client& client_;
  std::string space_;
  std::string token_;
  std::string address_;
};

}  // namespace sdlrun::stages::kubernetes
