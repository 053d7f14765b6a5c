// What the engine gives a running step: its inputs, its folder, programs, calls, pauses and locks, all of which end when
// the step is stopped.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/run/gate.hpp"
#include "engine/run/outside_step.hpp"
#include "engine/run/run_context.hpp"
#include "engine/run/secrets.hpp"
#include "engine/run/step_log.hpp"
#include "engine/run/step_operations.hpp"
#include "engine/stage/stage.hpp"

namespace sdlrun::engine {

/// Thread-safe: a stage may have several coroutines.
class StepContext final : public StageContext {
 public:
  /// `all_ended` as StepOperations; the decision outlives this.
  StepContext(const RunContext& run, dsl::NodeId step, const StepDecision& decision, std::function<void()> all_ended);
  ~StepContext() override;

  /// Makes the step's folder and environment. A secret that is not there is an error.
  Result<void> prepare(const dsl::Fields& declared_environment);

  /// Ends waits and processes; those begun from now on fail at once. The first call says why.
  enum class Why { over, timeout, interrupted };
  void stop(Why why);
  /// The step has done its work, and this is what it has done outside, if anything.
  void conclude_outside();
  /// Whether a process was ended because the step is to stop: what it left is not to be believed, whatever its exit code.
  bool has_stopped_processes() const { return has_stopped_processes_; }

  /// Once nothing of the step is running and its outputs are published.
  void remove_directories();
  /// The same where it costs little; false where there is something to remove.
  bool give_back_directories();

  /// Of the last process that failed; 0 where none has.
  int last_exit_code() const { return last_exit_code_; }

  StepOperations& operations() { return operations_; }
  const Secrets& secrets() const { return secrets_; }
  const StepLog& step_log() const { return log_; }
  std::vector<std::string> warnings() const;

  const std::string& pipeline_name() const override { return run_.pipeline.name; }
  const std::string& step_name() const override { return run_.step_name(step_); }
  const StageInputs& inputs() const override { return inputs_; }
  const std::vector<dsl::NodeOutput>& declared_outputs() const override { return run_.pipeline[step_].declared_outputs; }
  const dsl::NodeOptions& options() const override { return run_.pipeline[step_].options; }
  const std::filesystem::path& work_directory() const override { return work_directory_; }
  const std::filesystem::path& scratch_directory() const override;
  const std::filesystem::path& project_directory() const override { return run_.options.project_root; }
  const std::filesystem::path& shared_cache_directory() const override { return run_.options.shared_cache_directory; }
  const Environment& environment() const override { return environment_; }
  const Environment& declared_environment() const override { return declared_environment_; }
  World& world() override { return world_; }

  Task<Result<ProcessResult>> run(ProcessRequest request) override;
  ProcessId start_process(ProcessRequest request, std::function<void(Result<ProcessResult>)> done) override;
  Task<Result<HttpResponse>> http(HttpRequest request) override;
  Task<bool> sleep(Milliseconds delay) override;
  Task<Result<std::shared_ptr<void>>> lock_shared(std::string name) override;
  Task<Result<std::string>> outside(OutsideWork& work) override;
  Result<void> at_end(Closing closing) override;
  Result<std::string> read_secret(const dsl::SecretValue& secret) override { return secrets_.read(secret); }

  void log(std::string_view line) override;
  void progress(std::string_view text) override;
  void warn(std::string text) override;
  std::string log_tail(std::size_t lines) const override { return log_.tail(lines); }
  bool stopping() const override { return run_.stop.requested || operations_.is_interrupted(); }

 private:
  /// Where a request says nothing, the step does.
  Result<void> complete(ProcessRequest& request);
  void printed(std::string_view line);
  void remember_process(std::uint64_t number, ProcessId process);
  void forget_process(std::uint64_t number);
  OutsideSurroundings outside_surroundings();
  Task<bool> await_stop();
  bool allow_ending();

  const RunContext& run_;
  dsl::NodeId step_;
  const StepDecision& decision_;
  World world_;
  StageInputs inputs_;
  std::filesystem::path work_directory_;
  mutable std::once_flag scratch_once_;
  mutable std::filesystem::path scratch_directory_;  // named and made when it is asked for
  mutable std::atomic<bool> has_scratch_{false};
  std::filesystem::path temporary_directory_;  // the programs' TMPDIR
  Environment environment_;
  Environment declared_environment_;
  Secrets secrets_;
  StepLog log_;
  std::atomic<bool> has_stopped_processes_{false};
  std::atomic<int> last_exit_code_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> warnings_;
  std::map<std::uint64_t, ProcessId> processes_;  // by a number of our own; 0 while it is being started
  std::uint64_t next_process_ = 0;
  std::atomic<Why> why_{Why::over};
  std::vector<OutsideRecord> done_outside_;
  std::shared_ptr<Gate> ending_gate_ = std::make_shared<Gate>();
  StepOperations operations_;
};

}  // namespace sdlrun::engine
