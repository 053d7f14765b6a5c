// The reactor: timers in order, descriptors while they are readable, work from other threads.
#include "engine/world/real/reactor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <vector>

#include "tests/unit/engine/process_fixtures.hpp"

namespace sdlrun::engine {

namespace {

struct TestPipe {
  TestPipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    read_end = OwnedDescriptor(ends[0]);
    write_end = OwnedDescriptor(ends[1]);
  }
  OwnedDescriptor read_end;
  OwnedDescriptor write_end;
};

/// Runs something on the reactor's thread and waits for it.
void run_on(Reactor& reactor, const std::function<void()>& work) {
  std::promise<void> done;
  reactor.run([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace

TEST_CASE("timers run in the order in which they are due") {
  bool was_set_at_once = false;
  while (!was_set_at_once) {  // a thread that has to wait meanwhile sets others
    std::promise<void> last;
    std::vector<int> order;
    Reactor reactor;
    run_on(reactor, [&] {
      const auto begun = std::chrono::steady_clock::now();
      reactor.after(Milliseconds(30), [&] { order.push_back(3); last.set_value(); });
      reactor.after(Milliseconds(0), [&] { order.push_back(1); });
      reactor.after(Milliseconds(10), [&] { order.push_back(2); });
      const auto cancelled = reactor.after(Milliseconds(5), [&] { order.push_back(99); });
      reactor.cancel(cancelled);
      was_set_at_once = std::chrono::steady_clock::now() - begun < std::chrono::milliseconds(10);
    });
    last.get_future().wait();
    if (was_set_at_once) CHECK(order == std::vector<int>{1, 2, 3});
  }
}

TEST_CASE("a timer set to the end of time does not run at once") {
  std::promise<void> later;
  std::atomic<bool> ran = false;
  Reactor reactor;
  run_on(reactor, [&] {
    reactor.after(Milliseconds::max(), [&] { ran = true; });
    reactor.after(Milliseconds(5), [&] { later.set_value(); });
  });
  later.get_future().wait();
  CHECK(!ran);
}

TEST_CASE("a descriptor calls back until it is unwatched") {
  TestPipe pipe;
  std::promise<void> third;
  int calls = 0;
  std::optional<Reactor::WatchId> watch;
  Reactor reactor;
  run_on(reactor, [&] {
    watch = reactor.watch(pipe.read_end.get(), [&] {
      if (++calls < 3) return;  // what is not read stays readable
      reactor.unwatch(*watch);
      third.set_value();
    });
  });
  REQUIRE(::write(pipe.write_end.get(), "x", 1) == 1);
  third.get_future().wait();
  run_on(reactor, [] {});
  CHECK(calls == 3);
}

TEST_CASE("a callback may unwatch another one that is ready in the same round") {
  TestPipe first;
  TestPipe second;
  int calls = 0;
  std::vector<Reactor::WatchId> watches;
  Reactor reactor;
  std::promise<void> both_watched;
  run_on(reactor, [&] {
    const auto end_both = [&] {
      ++calls;
      for (const auto watch : watches) reactor.unwatch(watch);
    };
    REQUIRE(::write(first.write_end.get(), "x", 1) == 1);
    REQUIRE(::write(second.write_end.get(), "x", 1) == 1);
    watches.push_back(reactor.watch(first.read_end.get(), end_both));
    watches.push_back(reactor.watch(second.read_end.get(), end_both));
    // The second of two timers is set when what can be read has been seen, whichever comes first after a pause.
    reactor.after(Milliseconds(10), [&] { reactor.after(Milliseconds(10), [&] { both_watched.set_value(); }); });
  });
  both_watched.get_future().wait();
  CHECK(calls == 1);
}

TEST_CASE("work handed over by many threads is all done, on one thread") {
  std::atomic<int> done = 0;
  std::atomic<int> inside = 0;
  std::atomic<bool> overlapped = false;
  {
    Reactor reactor;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) {
          reactor.run([&] {
            overlapped = overlapped || ++inside != 1;
            ++done;
            --inside;
          });
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  CHECK(done == 4000);
  CHECK(!overlapped);
}

TEST_CASE("the clock calls back after the delay, and never runs backwards") {
  Reactor reactor;
  RealClock clock(reactor, call_directly());
  const auto before = clock.monotonic();
  std::promise<void> called;
  clock.after(Milliseconds(20), [&] { called.set_value(); });
  called.get_future().wait();
  CHECK(clock.monotonic() - before >= Milliseconds(20));
  CHECK(clock.wall() > Milliseconds(1'700'000'000'000));
}

}  // namespace sdlrun::engine
