// One Spark application on Kubernetes, as something that is started outside exactly once: its objects are made in an order in which nothing
// waits for what a crash has kept from being made, and its driver's Pod is the word that it was started.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/stage/stage.hpp"
#include "stages/kubernetes/api/client.hpp"
#include "stages/kubernetes/artifacts/job_files.hpp"
#include "stages/spark/kubernetes/application_pods.hpp"
#include "stages/spark/kubernetes/spark_submit.hpp"
#include "stages/spark/kubernetes/submission.hpp"

namespace sdlrun::stages::spark {

struct JobDescription {
  std::string kind = "spark.submit";  // what it is to the engine: of a step with several jobs, each its own
  Submission submission = {};  // but for its name
  kubernetes::JobFiles files = {};
  std::int64_t keep_seconds = 0;  // of drivers that have ended well; 0: for ever
  std::int64_t store_bytes = 0;  // how much the Pod that keeps files holds, where one is begun
  /// Variables of the step's own, which may be secrets.
  std::vector<std::pair<std::string, std::string>> variables = {};
  engine::WhenStopped when_stopped = engine::WhenStopped::remove;
  /// How long driver and executors may take to find a place and start.
  engine::Milliseconds start_timeout{0};
  std::string application = {};  // for messages: the script's name, or the class
  std::string shown = {};        // stands before what the terminal shows of it, where it is one of several
  /// Less than all executors that are asked for will not do.
  bool wants_all_executors = false;
  /// What submits it; none: we do.
  std::optional<SparkHere> spark_submit = {};
  /// Where the job's standard output, as far as outputs are taken from it, comes to lie.
  std::filesystem::path standard_output = {};
};

class DriverJob final : public engine::OutsideWork {
 public:
  DriverJob(kubernetes::Client& client, JobDescription description) : client_(client), description_(std::move(description)) {}

  std::string kind() const override { return description_.kind; }
  std::string place() const override;
  engine::WhenStopped when_stopped() const override { return description_.when_stopped; }
  engine::Task<engine::Result<std::optional<std::string>>> find(std::string name) override;
  engine::Task<engine::Result<engine::OutsideStart>> start(std::string name) override;
  engine::Task<engine::Result<engine::OutsideEnd>> follow(std::string name) override;
  engine::Task<engine::Result<bool>> remove(std::string name) override;

  /// Whether it was given up because the cluster had no room for what it asks for.
  bool found_no_room() const { return found_no_room_; }

 private:
  std::string space() const { return description_.submission.space; }
  void tell(const std::string& progress) const { client_.step().progress(description_.shown + progress); }
  std::vector<std::pair<const char*, std::string>> beside_driver(const std::string& name) const;
  std::string path(const char* plural, const std::string& name) const;

  engine::Task<engine::Result<bool>> prepare(std::string name, Submission& submission);
  kubernetes::StoreWish store_wish() const;
  engine::Task<engine::Result<bool>> bring_files(std::string name, Submission& submission);
  engine::Task<engine::Result<bool>> was_cut_off(nlohmann::json driver);
  engine::Task<engine::Result<bool>> clear_cut_off(std::string name);
  engine::Task<engine::Result<engine::OutsideStart>> submit_by_spark(std::string name, Submission submission);
  engine::Task<engine::Result<bool>> make(std::string plural, nlohmann::json object);
  engine::Task<engine::Result<bool>> own(std::string name, nlohmann::json driver);
  engine::Task<engine::Result<engine::OutsideEnd>> take_outputs(std::string name);

  kubernetes::Client& client_;
  JobDescription description_;
  bool found_no_room_ = false;
  bool was_started_here_ = false;
};

}  // namespace sdlrun::stages::spark
