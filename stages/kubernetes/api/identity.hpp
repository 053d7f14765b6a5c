// Who we are to an API server: certificates, and a bearer token that may have to be renewed.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "engine/stage/stage.hpp"
#include "stages/kubernetes/api/kubeconfig.hpp"

namespace sdlrun::stages::kubernetes {

/// What a credential plugin has answered. It is asked again when the server takes that no more, whatever time of expiry it told.
struct PluginAnswer {
  std::string token = {};
  std::string certificate = {};
  std::string key = {};
};
engine::Result<PluginAnswer> plugin_answer(std::string_view text, const std::string& program);

/// Thread-safe. No log, message or argument list holds what it gives.
class Identity {
 public:
  explicit Identity(KubeContext context) : context_(std::move(context)) {}

  /// Reads the files that the kubeconfig names, and asks the plugin. Once, before all else.
  engine::Task<engine::Result<bool>> open(engine::StageContext& step);
  /// After an answer 401 to a request with that token: reads and asks anew, where no other request has done so meanwhile. False where
  /// that brings nothing else.
  engine::Task<engine::Result<bool>> renew(engine::StageContext& step, std::string refused);

  /// What goes with each request.
  void apply_to(engine::HttpRequest& request) const;
  /// The token that goes with a request now; empty: none does.
  std::string token() const;
  const KubeContext& context() const { return context_; }
  /// A kubeconfig with what is known now, as a text that is a secret: for a program that talks to the cluster itself.
  std::string kubeconfig() const;

 private:
  engine::Task<engine::Result<bool>> ask_plugin(engine::StageContext& step);
  engine::Task<engine::Result<bool>> ask_google(engine::StageContext& step);
  engine::Result<void> read_token(engine::StageContext& step);

  KubeContext context_;
  mutable std::mutex mutex_;
  std::shared_ptr<const engine::HttpTls> tls_;  // guarded by `mutex_`
  std::string token_;                           // guarded by `mutex_`
  std::atomic<int> questions_{0};               // to the plugin; several may be asked at once
};

}  // namespace sdlrun::stages::kubernetes
