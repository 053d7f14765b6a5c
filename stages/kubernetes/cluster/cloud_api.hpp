// The REST API of a cloud: JSON, a bearer token, and words for its refusals.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages::kubernetes {

struct CloudRequest {
  std::string method = "GET";
  std::string path = {};      // "/v2/sizes?per_page=200", escaped
  nlohmann::json body = {};   // null: none
  /// Whether it may be sent again where no answer came, or a 5xx: not what makes something.
  bool may_repeat = true;
};

struct CloudAnswer {
  int status = 0;
  nlohmann::json body = {};  // null where it is no JSON
  std::string text = {};

  bool is_good() const { return status >= 200 && status < 300; }
  /// The cloud's own words, of `error.message` or `message`.
  std::string message() const;
};

class CloudApi {
 public:
  /// `title`: "GKE". `api`: without a slash at the end. The token reaches no log and no message.
  CloudApi(engine::StageContext& context, std::string title, std::string api) : context_(context), title_(std::move(title)), api_(std::move(api)) {}

  void use_token(std::string token) { token_ = std::move(token); }

  /// An answer with any status; 429, and what `may_repeat`, is asked again for half a minute.
  engine::Task<engine::Result<CloudAnswer>> call(CloudRequest request);
  /// "cannot `what`: …", with what to do about it.
  engine::Error refusal(const CloudAnswer& answer, const std::string& what) const;

 private:
  engine::StageContext& context_;
  std::string title_;
  std::string api_;
  std::string token_;
};

}  // namespace sdlrun::stages::kubernetes
