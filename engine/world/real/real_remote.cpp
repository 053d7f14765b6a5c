#include "engine/world/real/real_remote.hpp"

#include "engine/world/real/real_remote_error.hpp"

namespace sdlrun::engine {

namespace {

constexpr int longest_poll_milliseconds = 10'000;

/// libcurl is initialised once a process, before threads use it.
CURLM* new_transfers() {
  static const CURLcode initialised = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  return initialised == CURLE_OK ? ::curl_multi_init() : nullptr;
}

}  // namespace

RealRemote::RealRemote(Post post)
    : post_(std::move(post)), transfers_(new_transfers(), &::curl_multi_cleanup), thread_(start_quiet_thread([this] { loop(); })) {}

RealRemote::~RealRemote() {
  hand_over([this] {
    ending_ = true;
    stop_now();
  });
  thread_.join();
}

void RealRemote::call(HttpRequest request, Done done) {
  hand_over([this, request = std::move(request), done = std::move(done)]() mutable { begin(std::move(request), std::move(done)); });
}

void RealRemote::stop_all() {
  hand_over([this] { stop_now(); });
}

void RealRemote::hand_over(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    handed_over_.push_back(std::move(work));
  }
  ::curl_multi_wakeup(transfers_.get());
}

void RealRemote::loop() {
  while (!ending_) {
    int running = 0;
    ::curl_multi_perform(transfers_.get(), &running);
    finish_ended();
    ::curl_multi_poll(transfers_.get(), nullptr, 0, longest_poll_milliseconds, nullptr);
    run_handed_over();
  }
}

void RealRemote::run_handed_over() {
  std::vector<std::function<void()>> work;
  {
    const std::lock_guard lock(mutex_);
    work.swap(handed_over_);
  }
  for (const auto& each : work) each();
}

void RealRemote::begin(HttpRequest request, Done done) {
  const bool survives_stop = request.survives_stop;
  if (stopping_ && !survives_stop) return post_([done = std::move(done)] { done(tl::unexpected(stopped_call_error())); });
  auto transfer = std::make_unique<Transfer>(std::move(request));
  if (transfer->obstacle()) return post_([done = std::move(done), error = *transfer->obstacle()] { done(tl::unexpected(error)); });
  CURL* const handle = transfer->handle();
  ::curl_multi_add_handle(transfers_.get(), handle);
  calls_.emplace(handle, Call{std::move(transfer), std::move(done), survives_stop});
}

void RealRemote::finish_ended() {
  int left = 0;
  while (const CURLMsg* message = ::curl_multi_info_read(transfers_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const handle = message->easy_handle;
    const CURLcode code = message->data.result;
    auto call = calls_.extract(handle);
    ::curl_multi_remove_handle(transfers_.get(), handle);
    auto result = call.mapped().transfer->result(code);
    post_([done = std::move(call.mapped().done), result = std::move(result)]() mutable { done(std::move(result)); });
  }
}

void RealRemote::stop_now() {
  stopping_ = true;
  std::erase_if(calls_, [this](auto& entry) {
    auto& [handle, call] = entry;
    if (call.survives_stop && !ending_) return false;
    ::curl_multi_remove_handle(transfers_.get(), handle);
    post_([done = std::move(call.done)] { done(tl::unexpected(stopped_call_error())); });
    return true;
  });
}

}  // namespace sdlrun::engine
