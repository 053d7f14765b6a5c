// One job at a service that knows jobs by names: asked for by PUT or POST, looked at by GET, removed by DELETE.
#pragma once

#include <string>
#include <vector>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

/// What the step says of its job. `{name}` in URLs and the body stands for the job's name.
struct JobDescription {
  std::string url;
  std::string post_to;  // empty: PUT to `url`
  std::string body;
  std::string content_type;
  std::string token;    // empty: none
  std::string status;   // the field of the answer
  std::vector<std::string> done;
  std::vector<std::string> failed;
  engine::Milliseconds poll{0};
  engine::WhenStopped when_stopped = engine::WhenStopped::remove;
};

class RemoteJob final : public engine::OutsideWork {
 public:
  RemoteJob(engine::StageContext& context, JobDescription description) : context_(context), description_(std::move(description)) {}

  std::string kind() const override { return "http.job"; }
  std::string place() const override;
  engine::WhenStopped when_stopped() const override { return description_.when_stopped; }
  engine::Task<engine::Result<std::optional<std::string>>> find(std::string name) override;
  engine::Task<engine::Result<engine::OutsideStart>> start(std::string name) override;
  engine::Task<engine::Result<engine::OutsideEnd>> follow(std::string name) override;
  engine::Task<engine::Result<bool>> remove(std::string name) override;

  /// The body of the answer that said that it had done its work.
  const std::string& last_answer() const { return last_answer_; }

 private:
  engine::HttpRequest request(std::string method, const std::string& url, const std::string& name) const;
  /// The answer to a question that may be asked again: no answer and answers such as 503 are tried again for a while.
  engine::Task<engine::Result<engine::HttpResponse>> ask(engine::HttpRequest request);
  engine::Error refused(const std::string& method, const std::string& url, const engine::HttpResponse& response) const;
  engine::Result<std::string> status_in(const engine::HttpResponse& response) const;

  engine::StageContext& context_;
  JobDescription description_;
  std::string last_answer_;
};

}  // namespace sdlrun::stages
