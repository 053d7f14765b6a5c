// Jobs on another machine: a service that outlives the engine's lives, and what a step says of its job.
#pragma once

#include <map>
#include <string>

#include "engine/outside/outside_work.hpp"
#include "engine/stage/stage.hpp"
#include "engine/world/fake/fake_clock.hpp"
#include "engine/world/fake/fake_files.hpp"
#include "engine/world/fake/fake_remote.hpp"
#include "findings.hpp"
#include "scenario.hpp"

namespace sdlrun::simulation {

inline constexpr const char* jobs_url = "https://jobs.example.org/";

/// Checks that no name is started twice, and that none is while another of its key runs or has done its work.
class JobService {
 public:
  JobService(const Scenario& scenario, Findings& findings) : scenario_(scenario), findings_(findings) {}

  /// A new life of the engine, with its clock; jobs of before have come to their ends, but for those that hang.
  void begin_life(std::size_t number, const engine::FakeClock& clock, engine::FakeFiles& disk);
  engine::FakeAnswer answer(const engine::HttpRequest& request);

 private:
  struct StartedJob {
    std::string step;
    std::string key;  // who has the same must not run beside it
    std::size_t life = 0;
    std::chrono::nanoseconds until{0};
    Attempt::End end = Attempt::End::good;
    bool is_cached = true;
  };

  engine::FakeAnswer take_up(const std::string& method, const std::string& name, const std::string& body);
  engine::FakeAnswer start(const std::string& name, const std::string& body);
  void check_start(const std::string& name, const StartedJob& job);
  bool has_ended(const StartedJob& job) const;

  const Scenario& scenario_;
  Findings& findings_;
  const engine::FakeClock* clock_ = nullptr;
  engine::FakeFiles* disk_ = nullptr;
  std::size_t life_ = 0;
  std::uint64_t messages_ = 0;  // of this life
  std::map<std::string, std::size_t> tries_;  // of this life, by step
  std::map<std::string, StartedJob> jobs_;
  std::map<std::string, int> starts_;  // by name
};

class Job final : public engine::OutsideWork {
 public:
  Job(engine::StageContext& context, const Step& step, std::string content) : context_(context), step_(step), content_(std::move(content)) {}

  std::string kind() const override { return "sim.job"; }
  std::string place() const override { return jobs_url; }
  engine::WhenStopped when_stopped() const override { return step_.is_left ? engine::WhenStopped::leave : engine::WhenStopped::remove; }
  engine::Task<engine::Result<std::optional<std::string>>> find(std::string name) override;
  engine::Task<engine::Result<engine::OutsideStart>> start(std::string name) override;
  engine::Task<engine::Result<engine::OutsideEnd>> follow(std::string name) override;
  engine::Task<engine::Result<bool>> remove(std::string name) override;

 private:
  engine::Task<engine::Result<engine::HttpResponse>> ask(std::string method, std::string name);

  engine::StageContext& context_;
  const Step& step_;
  std::string content_;
};

}  // namespace sdlrun::simulation
