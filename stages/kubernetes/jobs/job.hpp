// One step's Job on a cluster, as something that is started outside exactly once: the Job is the word that it was started, and what it
// needs is there before it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "stages/kubernetes/api/client.hpp"
#include "stages/kubernetes/jobs/job_object.hpp"

namespace sdlrun::stages::kubernetes {

class Job final : public engine::OutsideWork {
 public:
  /// `printed`: where the program's standard output comes to lie, where it is wanted.
  Job(Client& client, JobDescription description, std::filesystem::path printed) : client_(client), description_(std::move(description)), printed_(std::move(printed)) {}

  std::string kind() const override { return "kubernetes.job"; }
  std::string place() const override { return client_.context().server + " namespace " + space(); }
  engine::WhenStopped when_stopped() const override { return description_.place.when_stopped; }
  engine::Task<engine::Result<std::optional<std::string>>> find(std::string name) override;
  engine::Task<engine::Result<engine::OutsideStart>> start(std::string name) override;
  engine::Task<engine::Result<engine::OutsideEnd>> follow(std::string name) override;
  engine::Task<engine::Result<bool>> remove(std::string name) override;

 private:
  const std::string& space() const { return description_.place.space; }
  std::string path(const std::string& name) const;
  StoreWish store_wish() const;
  engine::Task<engine::Result<bool>> make_all(std::string name);
  engine::Task<engine::Result<engine::OutsideEnd>> take_outputs(std::string name);

  Client& client_;
  JobDescription description_;
  std::filesystem::path printed_;
};

}  // namespace sdlrun::stages::kubernetes
