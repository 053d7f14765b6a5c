#include "stages/spark/run_submit.hpp"

#include <atomic>
#include <memory>

#include "stages/spark/progress.hpp"

namespace sdlrun::stages {

using engine::Result;
using engine::Task;

namespace {

constexpr engine::Milliseconds poll_interval{200};
constexpr int polls_between_questions = 5;

struct Ended {
  std::atomic<bool> yes{false};
  Result<engine::ProcessResult> result = engine::failure("spark-submit has not ended");
};

}  // namespace

Task<Result<engine::ProcessResult>> run_submit(engine::StageContext& context, engine::ProcessRequest request, std::uint16_t ui_port, std::string what) {
  const auto ended = std::make_shared<Ended>();
  context.start_process(std::move(request), [ended](Result<engine::ProcessResult> result) {
    ended->result = std::move(result);
    ended->yes.store(true, std::memory_order_release);
  });
  for (int poll = 1; !ended->yes.load(std::memory_order_acquire); ++poll) {
    Task<bool> sleeping = context.sleep(poll_interval);
    co_await sleeping;
    if (ui_port == 0 || poll % polls_between_questions != 0 || ended->yes.load(std::memory_order_acquire)) continue;
    Task<std::string> asking = spark_progress(context, ui_port);
    const std::string progress = co_await asking;
    if (!progress.empty()) context.progress(what.empty() ? progress : what + ", " + progress);
  }
  co_return ended->result;
}

}  // namespace sdlrun::stages
