// A coroutine that gives one value later. Stages are written with it from top to bottom, and while one waits for a
// process or a download it takes no thread.
//
// A Task starts when it is awaited (or handed to `start`), resumes whoever awaits it when it is done, and owns its
// frame. g++ 12 miscompiles temporaries with destructors inside `co_await f({…})`: give arguments a name first.
#pragma once

#include <coroutine>
#include <cstdlib>
#include <functional>
#include <optional>
#include <utility>

namespace sdlrun::engine {

template <typename T>
class [[nodiscard]] Task {
 public:
  struct promise_type;
  using Handle = std::coroutine_handle<promise_type>;

  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(Handle finished) const noexcept { return finished.promise().continuation; }
    void await_resume() const noexcept {}
  };

  struct promise_type {
    std::coroutine_handle<> continuation = std::noop_coroutine();
    std::optional<T> value;

    Task get_return_object() { return Task(Handle::from_promise(*this)); }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    FinalAwaiter final_suspend() const noexcept { return {}; }
    void return_value(T result) { value.emplace(std::move(result)); }
    // Failure is a value here; what throws all the same (out of memory) ends the program.
    [[noreturn]] void unhandled_exception() const noexcept { std::abort(); }
  };

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) {
    handle_.promise().continuation = awaiting;
    return handle_;
  }
  T await_resume() { return std::move(*handle_.promise().value); }

 private:
  explicit Task(Handle handle) : handle_(handle) {}
  Handle handle_;
};

/// Runs a task from ordinary code; `done` gets its value, on whatever thread the task ended.
template <typename T>
void start(Task<T> task, std::function<void(T)> done);

/// Awaits an operation that reports by callback: `begin` gets the callback, which may be called from any thread, once.
template <typename T>
class CallbackAwaiter {
 public:
  explicit CallbackAwaiter(std::function<void(std::function<void(T)>)> begin) : begin_(std::move(begin)) {}

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> awaiting) {
    // The coroutine may be resumed, and this awaiter with it destroyed, before `begin` returns.
    auto begin = std::move(begin_);
    begin([this, awaiting](T value) {
      value_.emplace(std::move(value));
      awaiting.resume();
    });
  }
  T await_resume() { return std::move(*value_); }

 private:
  std::function<void(std::function<void(T)>)> begin_;
  std::optional<T> value_;
};

// ---- start -------------------------------------------------------------------------------------------------------

namespace detail {

struct DetachedCoroutine {
  struct promise_type {
    DetachedCoroutine get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    [[noreturn]] void unhandled_exception() const noexcept { std::abort(); }
  };
};

template <typename T>
DetachedCoroutine run_detached(Task<T> task, std::function<void(T)> done) {
  T value = co_await task;
  done(std::move(value));
}

}  // namespace detail

template <typename T>
void start(Task<T> task, std::function<void(T)> done) {
  detail::run_detached(std::move(task), std::move(done));
}

}  // namespace sdlrun::engine
