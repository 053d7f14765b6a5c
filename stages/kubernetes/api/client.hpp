// Talking to an API server: requests that are tried again, errors in words, lists in pages.
// https://kubernetes.io/docs/reference/using-api/api-concepts/
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/stage/stage.hpp"
#include "stages/kubernetes/api/cluster_place.hpp"
#include "stages/kubernetes/api/identity.hpp"

namespace sdlrun::stages::kubernetes {

using Query = std::vector<std::pair<std::string, std::string>>;

struct ApiRequest {
  std::string method = "GET";
  std::string path = {};  // "/api/v1/namespaces/default/pods"
  Query query = {};       // neither names nor values are escaped yet
  std::string body = {};
  std::string content_type = "application/json";
  /// May go out, and go on, when the run is being stopped.
  bool survives_stop = false;
  /// Whether it may be sent again where no answer came: one that makes something under a name the caller chose may.
  bool may_repeat = true;
  /// With pauses of half a second, doubled each time, these are about a minute.
  int attempts = 8;
  Query headers = {};
  /// The body is this file's content instead.
  std::optional<std::filesystem::path> upload_file = {};
  /// A good answer's body is appended to this file, from the byte `resume_from` on.
  std::optional<std::filesystem::path> body_file = {};
  std::uint64_t resume_from = 0;
  /// How long an answer may take to begin or pause.
  engine::Milliseconds patience{30'000};
};

struct ApiAnswer {
  int status = 0;
  nlohmann::json body = {};  // null where it is no JSON
  std::string text = {};     // where it is none

  bool is_good() const { return status >= 200 && status < 300; }
};

/// Several coroutines of one step may use it at once.
class Client {
 public:
  static engine::Task<engine::Result<std::shared_ptr<Client>>> open(engine::StageContext& step, ClusterPlace place);

  Client(engine::StageContext& step, KubeContext context) : step_(step), identity_(std::move(context)) {}

  /// An answer with any status. A token that has run out is renewed; no answer, 429 and 5xx are tried again for a while.
  engine::Task<engine::Result<ApiAnswer>> call(ApiRequest request);

  /// An object, or nothing where it is not there. Other answers are errors: "cannot `what`: …".
  engine::Task<engine::Result<std::optional<nlohmann::json>>> find(std::string path, std::string what);
  /// All objects of a list, in pages; gives an object with `items` and the list's `metadata`.
  engine::Task<engine::Result<nlohmann::json>> list(std::string path, Query query, std::string what);
  /// What the call gives where the answer is good, else an error.
  engine::Task<engine::Result<nlohmann::json>> ask(ApiRequest request, std::string what);
  /// Takes an object away; false where it was not there. `policy`: "Background" or "Foreground".
  engine::Task<engine::Result<bool>> remove(std::string path, std::string policy, std::string what);

  /// One answer that goes on, such as a watch or a log, taken as it comes; see HttpRequest::on_body. Tried once, and once more where a
  /// token has run out.
  engine::Task<engine::Result<ApiAnswer>> stream(ApiRequest request, std::function<bool(std::string_view)> take);

  /// For one that rather has no answer than a late one: no request is tried more often than that.
  void limit_attempts(int most) { most_attempts_ = most; }

  engine::StageContext& step() { return step_; }
  const KubeContext& context() const { return identity_.context(); }
  /// See Identity.
  std::string kubeconfig() const { return identity_.kubeconfig(); }

 private:
  engine::HttpRequest http_request(const ApiRequest& request) const;
  engine::Task<engine::Result<engine::HttpResponse>> send(ApiRequest request);
  engine::Task<engine::Result<engine::HttpResponse>> stream_once(ApiRequest request, std::function<bool(std::string_view)> take);

  engine::StageContext& step_;
  Identity identity_;
  int most_attempts_ = 8;
};

/// For paths and queries.
std::string escaped(std::string_view text);

}  // namespace sdlrun::stages::kubernetes
