#include "engine/world/real/reactor.hpp"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace sdlrun::engine {

namespace {

/// Without these descriptors nothing can run, and nothing has been started yet.
OwnedDescriptor needed(int descriptor, const char* what) {
  if (descriptor < 0) {
    std::perror(what);
    std::abort();
  }
  return OwnedDescriptor(descriptor);
}

void add_to_epoll(int epoll, int descriptor, std::uint64_t id) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = id;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

}  // namespace

std::thread start_quiet_thread(std::function<void()> body) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(body));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

Reactor::Reactor()
    : epoll_(needed(::epoll_create1(EPOLL_CLOEXEC), "sdlrun: epoll_create1")),
      wake_(needed(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "sdlrun: eventfd")) {
  add_to_epoll(epoll_.get(), wake_.get(), 0);
  thread_ = start_quiet_thread([this] { loop(); });
}

Reactor::~Reactor() {
  run([this] {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  });
  thread_.join();
}

void Reactor::run(Callback work) {
  const std::lock_guard lock(mutex_);
  handed_over_.push_back(std::move(work));
  if (handed_over_.size() == 1) ::eventfd_write(wake_.get(), 1);
}

Reactor::Timer Reactor::after(Milliseconds delay, Callback callback) {
  // A delay of centuries means never; it must not overflow into the past.
  const auto bounded = std::clamp(delay, Milliseconds(0), Milliseconds(std::chrono::hours(24 * 365 * 100)));
  const Timer timer{std::chrono::steady_clock::now() + bounded, next_++};
  timers_.emplace(timer, std::move(callback));
  return timer;
}

void Reactor::cancel(const Timer& timer) { timers_.erase(timer); }

Reactor::WatchId Reactor::watch(int descriptor, Callback readable) {
  const std::uint64_t id = next_++;
  watched_.emplace(id, std::make_shared<Watched>(Watched{descriptor, std::move(readable)}));
  add_to_epoll(epoll_.get(), descriptor, id);
  return WatchId{id};
}

void Reactor::unwatch(WatchId watch) {
  const auto found = watched_.find(static_cast<std::uint64_t>(watch));
  if (found == watched_.end()) return;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second->descriptor, nullptr);
  watched_.erase(found);
}

void Reactor::loop() {
  while (true) {
    wait_for_events();
    run_due_timers();
    run_handed_over();
    const std::lock_guard lock(mutex_);
    if (ending_ && handed_over_.empty()) return;
  }
}

void Reactor::wait_for_events() {
  std::array<epoll_event, 256> events{};
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), milliseconds_to_next_timer());
  for (int i = 0; i < count; ++i) {
    const std::uint64_t id = events[static_cast<std::size_t>(i)].data.u64;
    eventfd_t ignored = 0;
    if (id == 0) ::eventfd_read(wake_.get(), &ignored);
    // An earlier callback of this round may have unwatched it; this one may unwatch itself, so it is held meanwhile.
    const auto found = watched_.find(id);
    if (found == watched_.end()) continue;
    const auto held = found->second;
    held->readable();
  }
}

int Reactor::milliseconds_to_next_timer() const {
  if (timers_.empty()) return -1;
  const auto left = timers_.begin()->first.first - std::chrono::steady_clock::now();
  // Rounded up: woken too early, it would spin until the timer is due.
  const auto rounded = std::chrono::ceil<Milliseconds>(left).count();
  return static_cast<int>(std::clamp<std::int64_t>(rounded, 0, INT_MAX));
}

void Reactor::run_due_timers() {
  const auto now = std::chrono::steady_clock::now();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    const auto due = timers_.extract(timers_.begin());
    due.mapped()();
  }
}

void Reactor::run_handed_over() {
  std::vector<Callback> work;
  {
    const std::lock_guard lock(mutex_);
    work.swap(handed_over_);
  }
  for (const Callback& callback : work) callback();
}

}  // namespace sdlrun::engine
