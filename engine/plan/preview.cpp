#include "engine/plan/preview.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "engine/run/secrets.hpp"
#include "engine/run/step_environment.hpp"
#include "engine/run/step_operations.hpp"

namespace sdlrun::engine {

namespace {

constexpr std::size_t threads = 2;

Error has_no(const char* what) { return {std::string("a plan has no ") + what}; }

/// What a stage is given that only looks.
class PreviewContext final : public StageContext {
 public:
  PreviewContext(const PreviewSurroundings& surroundings, const dsl::Node& node, const dsl::Fields& inputs, Workers& workers, std::function<void()> all_ended)
      : surroundings_(surroundings),
        node_(node),
        world_(surroundings.world),
        inputs_(inputs),
        secrets_(surroundings.user_environment, surroundings.world.files, surroundings.state_folder),
        operations_(workers, std::move(all_ended)) {}

  ~PreviewContext() override {
    if (!scratch_.empty()) static_cast<void>(world_.files.remove(scratch_));
  }

  Result<void> prepare(const dsl::Fields& declared) {
    static const std::vector<dsl::NodeOutput> no_outputs;
    auto texts = texts_of(declared, secrets_);
    if (!texts) return tl::unexpected(std::move(texts.error()));
    declared_environment_ = std::move(*texts);
    const Environment of_user = handed_on(surroundings_.user_environment);
    const StepEnvironmentRequest request{.handed_on = of_user,
                                         .declared = declared_environment_,
                                         .outputs = no_outputs,
                                         .work_directory = surroundings_.project_root,
                                         .temporary_directory = surroundings_.project_root};
    environment_ = step_environment(request);
    std::erase_if(environment_, [](const auto& variable) { return variable.first == "TMPDIR"; });
    return {};
  }

  StepOperations& operations() { return operations_; }
  /// Ends all waits.
  void give_up() {
    has_given_up_ = true;
    operations_.interrupt();
    const std::lock_guard lock(mutex_);
    for (const ProcessId process : processes_) world_.processes.stop(process);
  }
  Preview masked(Preview preview) const {
    if (!preview) return tl::unexpected(secrets_.masked(std::move(preview.error())));
    for (std::string& line : *preview) line = secrets_.masked(std::move(line));
    return preview;
  }

  const std::string& pipeline_name() const override { return surroundings_.pipeline; }
  const std::string& step_name() const override { return node_.name; }
  const StageInputs& inputs() const override { return inputs_; }
  const std::vector<dsl::NodeOutput>& declared_outputs() const override { return node_.declared_outputs; }
  const dsl::NodeOptions& options() const override { return node_.options; }
  const std::filesystem::path& work_directory() const override { return surroundings_.project_root; }
  /// Of the system's temporary files, and only where it is asked for.
  const std::filesystem::path& scratch_directory() const override {
    const std::lock_guard lock(mutex_);
    if (!scratch_.empty()) return scratch_;
    std::error_code code;
    std::string name = (std::filesystem::temp_directory_path(code) / "sdlrun-plan-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) scratch_ = name;  // else what is put there fails, and says why
    return scratch_;
  }
  const std::filesystem::path& project_directory() const override { return surroundings_.project_root; }
  const std::filesystem::path& shared_cache_directory() const override { return surroundings_.shared_cache_directory; }
  const Environment& environment() const override { return environment_; }
  const Environment& declared_environment() const override { return declared_environment_; }
  World& world() override { return world_; }

  Task<Result<ProcessResult>> run(ProcessRequest request) override {
    CallbackAwaiter<Result<ProcessResult>> ended([this, request = std::move(request)](auto done) { start_process(request, std::move(done)); });
    co_return co_await ended;
  }
  ProcessId start_process(ProcessRequest request, std::function<void(Result<ProcessResult>)> done) override {
    if (request.directory.empty()) request.directory = surroundings_.project_root;
    if (request.environment.empty()) request.environment = environment_;
    operations_.begin();
    const ProcessId process = world_.processes.start(std::move(request), [this, done](Result<ProcessResult> result) {
      operations_.finish_with([done, result = std::move(result)] { done(result); });
    });
    const std::lock_guard lock(mutex_);
    processes_.push_back(process);
    return process;
  }
  Task<Result<HttpResponse>> http(HttpRequest request) override {
    std::function<void(std::function<void(Result<HttpResponse>)>)> call = [this, request = std::move(request)](auto done) { world_.remote.call(request, std::move(done)); };
    Result<HttpResponse> interrupted = failure("it took too long");
    co_return co_await operations_.wait(std::move(call), std::move(interrupted));
  }
  Task<bool> sleep(Milliseconds delay) override {
    std::function<void(std::function<void(bool)>)> begin = [this, delay](std::function<void(bool)> done) {
      world_.clock.after(delay, [done = std::move(done)] { done(true); });
    };
    co_return co_await operations_.wait(std::move(begin), true);
  }
  Task<Result<std::shared_ptr<void>>> lock_shared(std::string) override { co_return tl::unexpected(has_no("locks")); }
  Task<Result<std::string>> outside(OutsideWork&) override { co_return tl::unexpected(has_no("work outside")); }
  Result<void> at_end(Closing) override { return tl::unexpected(has_no("end")); }
  Result<std::string> read_secret(const dsl::SecretValue& secret) override { return secrets_.read(secret); }

  void log(std::string_view) override {}
  void progress(std::string_view) override {}
  void warn(std::string) override {}
  std::string log_tail(std::size_t) const override { return ""; }
  bool stopping() const override { return has_given_up_; }

 private:
  const PreviewSurroundings& surroundings_;
  const dsl::Node& node_;
  World world_;
  StageInputs inputs_;
  Environment environment_;
  Environment declared_environment_;
  Secrets secrets_;
  std::atomic<bool> has_given_up_{false};
  mutable std::mutex mutex_;
  mutable std::filesystem::path scratch_;  // both are guarded by `mutex_`
  std::vector<ProcessId> processes_;
  StepOperations operations_;
};

struct Ending {
  std::mutex mutex;
  std::condition_variable changed;
  bool has_ended = false;
};

}  // namespace

Previewer::Previewer(PreviewSurroundings surroundings)
    : surroundings_(std::move(surroundings)), deadline_(surroundings_.world.clock.monotonic() + surroundings_.patience), workers_(threads) {}

Preview Previewer::ask(const Stage& stage, const dsl::Node& node, const dsl::Fields& inputs, const dsl::Fields& environment) {
  const auto left = deadline_ - surroundings_.world.clock.monotonic();
  if (left <= left.zero()) return failure("those before it took too long");
  Ending ending;
  PreviewContext context(surroundings_, node, inputs, workers_, [&ending] {
    const std::lock_guard lock(ending.mutex);
    ending.has_ended = true;
    ending.changed.notify_all();
  });
  if (auto ready = context.prepare(environment); !ready) return tl::unexpected(std::move(ready.error()));
  Preview answer = failure("it has not been asked");
  workers_.begin();
  context.operations().begin();
  workers_.post([&] {
    engine::start<Preview>(stage.preview(context), [&](Preview preview) {
      answer = std::move(preview);
      context.operations().end();
    });
  });
  bool is_late = false;
  {
    std::unique_lock lock(ending.mutex);
    is_late = !ending.changed.wait_for(lock, left, [&] { return ending.has_ended; });
  }
  if (is_late) {
    context.give_up();
    std::unique_lock lock(ending.mutex);
    ending.changed.wait(lock, [&] { return ending.has_ended; });
  }
  workers_.end();
  return context.masked(std::move(answer));
}

}  // namespace sdlrun::engine
