// Tasks: coroutines that wait for callbacks, one value each.
#include "engine/task/task.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace sdlrun::engine {

namespace {

/// Something that calls back when the test says so.
struct Callbacks {
  std::vector<std::function<void(int)>> waiting;
  CallbackAwaiter<int> next() {
    return CallbackAwaiter<int>([this](std::function<void(int)> done) { waiting.push_back(std::move(done)); });
  }
};

Task<int> doubled(Callbacks& callbacks) {
  const int value = co_await callbacks.next();
  co_return 2 * value;
}

Task<int> sum_of_doubles(Callbacks& callbacks, std::vector<std::string>& steps) {
  steps.emplace_back("first");
  Task<int> first = doubled(callbacks);
  const int left = co_await first;
  steps.emplace_back("second");
  Task<int> second = doubled(callbacks);
  const int right = co_await second;
  co_return left + right;
}

}  // namespace

TEST_CASE("a task goes on where it waited, through tasks that await tasks") {
  Callbacks callbacks;
  std::vector<std::string> steps;
  std::optional<int> result;
  start<int>(sum_of_doubles(callbacks, steps), [&](int value) { result = value; });
  CHECK(steps == std::vector<std::string>{"first"});
  callbacks.waiting[0](3);
  CHECK(steps == std::vector<std::string>{"first", "second"});
  CHECK_FALSE(result);
  callbacks.waiting[1](4);
  CHECK(result == 14);
}

TEST_CASE("a task that is never started runs nothing, and frees what it holds") {
  Callbacks callbacks;
  std::vector<std::string> steps;
  { const Task<int> never = sum_of_doubles(callbacks, steps); }
  CHECK(steps.empty());
}

TEST_CASE("a callback may come at once, before the task has gone to sleep") {
  const auto at_once = []() -> Task<std::string> {
    CallbackAwaiter<std::unique_ptr<std::string>> awaiter([](auto done) { done(std::make_unique<std::string>("value")); });
    const auto value = co_await awaiter;
    co_return *value;
  };
  std::string result;
  start<std::string>(at_once(), [&](std::string value) { result = std::move(value); });
  CHECK(result == "value");
}

TEST_CASE("a callback may come from another thread") {
  std::thread thread;
  const auto elsewhere = [&]() -> Task<bool> {
    CallbackAwaiter<std::thread::id> awaiter([&](auto done) {
      thread = std::thread([done = std::move(done)] { done(std::this_thread::get_id()); });
    });
    const auto id = co_await awaiter;
    co_return id == std::this_thread::get_id();
  };
  bool resumed_there = false;
  start<bool>(elsewhere(), [&](bool value) { resumed_there = value; });
  thread.join();
  CHECK(resumed_there);
}

}  // namespace sdlrun::engine
