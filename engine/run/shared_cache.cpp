#include "engine/run/shared_cache.hpp"

#include "engine/cache/shared/describe.hpp"
#include "engine/cache/shared/sharable.hpp"
#include "engine/cache/shared/upload.hpp"
#include "engine/cache/store_layout.hpp"

namespace sdlrun::engine {

namespace {

constexpr std::size_t results_at_once = 4;
/// Longer than this nobody waits at the end of a run for the sake of others.
constexpr Milliseconds longest_wait{120'000};
/// What takes longer is told of, lest it look as if nothing moved.
constexpr Milliseconds silent_wait{2'000};
constexpr Milliseconds look_interval{20};

std::string results_text(std::size_t count) { return std::to_string(count) + (count == 1 ? " result" : " results"); }

}  // namespace

SharedCache::SharedCache(SharedCacheSettings settings, Surroundings surroundings)
    : server_(std::move(settings)), around_(surroundings), trouble_(server_.settings().url) {}

bool SharedCache::is_asked_for(const dsl::Node& step, const StepDecision& decision) const {
  return trouble_.may_ask() && may_be_shared(step) && !holds_secret(decision.inputs) && !holds_secret(decision.environment);
}

Task<SharedCache::Answer> SharedCache::ask(const dsl::Node& step, std::string key, HttpCaller call, std::function<void(std::uint64_t)> on_found) {
  Fetching fetching{.server = server_,
                    .files = around_.world.files,
                    .store = around_.store,
                    .spoiled = spoiled_,
                    .call = std::move(call),
                    .step = step,
                    .key = std::move(key),
                    .on_found = std::move(on_found)};
  Task<Fetched> asking = fetch_shared(std::move(fetching));
  Fetched fetched = co_await asking;
  if (fetched.error && !is_stopping()) warn(trouble_.asking_failed(*fetched.error, !fetched.has_answered && !fetched.error->transient));
  if (fetched.result) ++hits_;
  const bool may_offer = !fetched.result && fetched.has_answered && server_.settings().may_write;
  co_return Answer{.result = std::move(fetched.result), .may_offer = may_offer};
}

// ---- putting -------------------------------------------------------------------------------------------------------

void SharedCache::offer(StepResult result) {
  if (!trouble_.may_put()) return;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(result));
  }
  begin_uploads();
}

void SharedCache::begin_uploads() {
  const std::lock_guard lock(mutex_);
  if (is_stopping() || !trouble_.may_put()) waiting_.clear();
  for (; !waiting_.empty() && running_ < results_at_once; waiting_.pop_front()) {
    ++running_;
    around_.workers.post([this, result = std::move(waiting_.front())]() mutable {
      start<Result<bool>>(upload(std::move(result)), [this](const Result<bool>& done) { upload_ended(done); });
    });
  }
  moved_.notify_all();
}

Task<Result<bool>> SharedCache::upload(StepResult result) {
  const std::filesystem::path folder = outputs_folder(around_.store.state_folder(), result.key);
  Result<SharedEntry> entry = describe_result(around_.world.files, result, folder);
  if (!entry) co_return false;  // it stays on this machine
  HttpCaller caller = [this](HttpRequest request) { return call(std::move(request)); };
  Uploading uploading{.server = server_, .spoiled = spoiled_, .call = std::move(caller), .entry = std::move(*entry), .outputs_folder = folder};
  Task<Result<bool>> putting = upload_shared(std::move(uploading));
  Result<bool> done = co_await putting;
  co_return done;
}

/// What comes back goes on on a worker.
Task<Result<HttpResponse>> SharedCache::call(HttpRequest request) {
  CallbackAwaiter<Result<HttpResponse>> answered([this, request = std::move(request)](std::function<void(Result<HttpResponse>)> done) {
    Workers& workers = around_.workers;
    around_.world.remote.call(request, [&workers, done = std::move(done)](Result<HttpResponse> response) {
      workers.post([done, response = std::move(response)]() mutable { done(std::move(response)); });
    });
  });
  co_return co_await answered;
}

void SharedCache::upload_ended(const Result<bool>& done) {
  if (!done && !is_stopping()) warn(trouble_.putting_failed(done.error(), !done.error().transient));
  {
    const std::lock_guard lock(mutex_);
    --running_;
  }
  begin_uploads();
}

std::size_t SharedCache::unfinished() const {
  const std::lock_guard lock(mutex_);
  return running_ + waiting_.size();
}

// ---- the end -------------------------------------------------------------------------------------------------------

void SharedCache::finish() {
  const auto began = around_.world.clock.monotonic();
  bool is_told = false;
  for (std::size_t left = unfinished(); left > 0; left = unfinished()) {
    const auto waited = around_.world.clock.monotonic() - began;
    if (!is_told && waited > silent_wait) {
      is_told = true;
      around_.events.emit(RunNoted{.text = "putting " + results_text(left) + " into the shared cache"});
    }
    if (!has_given_up_ && (around_.stop.requested || waited > longest_wait)) give_up();
    if (!wait_a_moment()) break;
  }
  around_.workers.wait_until_idle();
  warn(trouble_.rest());
}

/// The run is over: nobody else makes calls any more.
void SharedCache::give_up() {
  const std::size_t left = unfinished();
  has_given_up_ = true;
  around_.world.remote.stop_all();
  begin_uploads();
  if (around_.stop.requested) return;
  const Error late{.message = results_text(left) + " had not got there two minutes after the last step", .hint = "the next run that makes them tries again"};
  warn(trouble_.putting_failed(late, true));
}

/// False where time is virtual and nothing more is to come.
bool SharedCache::wait_a_moment() {
  if (around_.options.on_idle) {
    around_.workers.wait_until_idle();
    return around_.options.on_idle() || unfinished() == 0;
  }
  std::unique_lock lock(mutex_);
  moved_.wait_for(lock, look_interval, [this] { return running_ + waiting_.size() == 0; });
  return true;
}

void SharedCache::warn(const std::optional<Error>& trouble) {
  if (!trouble) return;
  const Error shown = server_.masked(*trouble);
  around_.events.emit(RunNoted{.is_warning = true, .text = shown.message, .hint = shown.hint});
}

}  // namespace sdlrun::engine
