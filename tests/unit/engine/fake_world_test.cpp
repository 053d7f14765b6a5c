// The fakes: a world on virtual time, whose programs and servers are data.
#include <doctest/doctest.h>

#include <csignal>
#include <vector>

#include "engine/world/fake/fake_clock.hpp"
#include "engine/world/fake/fake_files.hpp"
#include "engine/world/fake/fake_processes.hpp"
#include "engine/world/fake/fake_remote.hpp"
#include "engine/world/world.hpp"

namespace sdlrun::engine {

namespace {

struct FakeWorld {
  FakeClock clock;
  FakeFiles files;
  FakeProcesses processes{clock, files};
  FakeRemote remote{clock, files};
  std::vector<std::string> ends;

  FakeWorld() { files.put("/work/start", ""); }

  ProcessRequest request(std::vector<std::string> command) {
    return {.command = std::move(command), .directory = "/work", .log_file = "/work/log"};
  }
  ProcessId start(ProcessRequest request) {
    const std::string name = request.command[0];
    return processes.start(std::move(request), [this, name](const Result<ProcessResult>& result) {
      ends.push_back(name + ": " + (result ? describe(*result) : result.error().message));
    });
  }
  ProcessId start(std::vector<std::string> command) { return start(request(std::move(command))); }
};

using std::chrono::seconds;

}  // namespace

TEST_CASE("virtual time goes from one due callback to the next") {
  FakeClock clock;
  std::vector<int> order;
  clock.after(seconds(20), [&] { order.push_back(2); });
  clock.after(seconds(10), [&] {
    order.push_back(1);
    clock.after(seconds(30), [&] { order.push_back(4); });
  });
  clock.after(seconds(20), [&] { order.push_back(3); });
  CHECK(clock.advance_to_next());
  CHECK(clock.monotonic() == seconds(10));
  CHECK(clock.wall() == FakeClock::start_of_time + seconds(10));
  CHECK(clock.advance_to_end());
  CHECK(order == std::vector<int>{1, 2, 3, 4});
  CHECK(clock.monotonic() == seconds(40));
  CHECK_FALSE(clock.advance_to_next());
}

TEST_CASE("time advances by what was asked, past what is due, and no further") {
  FakeClock clock;
  int calls = 0;
  clock.after(seconds(5), [&] { ++calls; });
  clock.after(seconds(11), [&] { ++calls; });
  clock.advance(seconds(10));
  CHECK(calls == 1);
  CHECK(clock.monotonic() == seconds(10));
  CHECK(clock.waiting() == 1);
}

TEST_CASE("something that asks for more for ever is noticed") {
  FakeClock clock;
  std::function<void()> again = [&] { clock.after(seconds(1), again); };
  again();
  CHECK_FALSE(clock.advance_to_end(1000));
}

TEST_CASE_FIXTURE(FakeWorld, "a program takes its time, prints, leaves files and ends") {
  processes.on({"train"}, {.duration = seconds(3600), .output = {"loss 0.5"}, .files = {{"out/model.bin", "weights"}}});
  processes.on({"train", "--fast"}, {.duration = seconds(60), .exit_code = 3});
  start({"train", "slowly"});
  start({"train", "--fast"});
  CHECK(processes.running() == 2);
  clock.advance_to_end();
  CHECK(ends == std::vector<std::string>{"train: exit code 3", "train: exit code 0"});
  CHECK(clock.monotonic() == seconds(3600));
  CHECK(files.read("/work/out/model.bin").value() == "weights");
  CHECK(files.read("/work/log").value() == "loss 0.5\n");
  CHECK(processes.started()[1].command[1] == "--fast");
  CHECK(processes.most_at_once() == 2);
}

TEST_CASE_FIXTURE(FakeWorld, "a program may fail the first times it is run") {
  processes.on({"flaky"}, {.exit_code = 1});
  processes.on({"flaky"}, {.signal = SIGSEGV});
  processes.on({"flaky"}, {});
  for (int i = 0; i < 4; ++i) start({"flaky"});
  clock.advance_to_end();
  CHECK(ends == std::vector<std::string>{"flaky: exit code 1", "flaky: killed by signal 11 (SIGSEGV)", "flaky: exit code 0", "flaky: exit code 0"});
}

TEST_CASE_FIXTURE(FakeWorld, "secrets are masked, and an unknown program is not found") {
  processes.on({"echo"}, {.output = {"the word is sesame"}});
  ProcessRequest echo = request({"echo"});
  echo.secrets = {"sesame"};
  start(echo);
  start({"unknown"});
  clock.advance_to_end();
  CHECK(files.read("/work/log").value() == "the word is ***\n");
  CHECK(ends.back() == "unknown: cannot start `unknown`: not found on PATH");
}

TEST_CASE_FIXTURE(FakeWorld, "timeouts and stops end a program in virtual time, its files unwritten") {
  processes.on({"long"}, {.duration = seconds(1000), .files = {{"late", ""}}});
  processes.on({"stubborn"}, {.duration = seconds(1000), .ignores_termination = true});
  ProcessRequest limited = request({"long"});
  limited.timeout = seconds(10);
  start(limited);
  ProcessRequest stubborn = request({"stubborn"});
  stubborn.grace = seconds(5);
  const ProcessId id = start(stubborn);
  clock.advance(seconds(12));
  processes.stop(id);
  clock.advance(seconds(4));
  CHECK(processes.running() == 1);
  clock.advance(seconds(1));
  CHECK(ends == std::vector<std::string>{"long: stopped after its timeout", "stubborn: stopped"});
  CHECK_FALSE(files.read("/work/late"));
}

TEST_CASE_FIXTURE(FakeWorld, "a full disk is an error of the program that prints to it") {
  processes.on({"print"}, {.output = {"hello"}});
  start({"print"});
  files.fail_changes_after(0, {"cannot write `/work/log`: no space left on device"});
  clock.advance_to_end();
  CHECK(ends == std::vector<std::string>{"print: cannot write `/work/log`: no space left on device"});
}

TEST_CASE_FIXTURE(FakeWorld, "a server answers as it was told, into a file where that is wanted") {
  const std::string url = "https://host/file";
  remote.on(url, {.response = {.status = 200, .body = "half"}, .error = Error{"cut off"}, .delay = seconds(2)});
  remote.on(url, {.response = {.status = 206, .body = " and half"}});
  remote.on(url, {.response = {.status = 404, .body = "gone"}});
  std::vector<std::string> answers;
  const auto call = [&](std::uint64_t resume_from) {
    HttpRequest request{.url = url, .body_file = "/work/file", .resume_from = resume_from};
    remote.call(request, [&](const Result<HttpResponse>& response) {
      answers.push_back(response ? std::to_string(response->status) + response->body : response.error().message);
    });
    clock.advance_to_end();
  };
  call(0);
  call(4);
  call(0);
  CHECK(answers == std::vector<std::string>{"cut off", "206", "404gone"});
  CHECK(files.read("/work/file").value() == "half and half");
  CHECK(remote.requests()[1].resume_from == 4);
  CHECK(clock.monotonic() == seconds(2));
}

// ---- faults that are met halfway -----------------------------------------------------------------------------------

TEST_CASE("a fault may leave a part of a change, and all later ones undone until the disk is healed") {
  FakeFiles files;
  files.put("/a/text", "begin ");
  files.set_faults({crash_after(0, 0.5)});
  CHECK_FALSE(files.append("/a/text", "1234"));
  CHECK_FALSE(files.append("/a/text", "5678"));
  CHECK(*files.read("/a/text") == "begin 12");
  CHECK(files.first_fault() == "append /a/text");
  files.heal();
  CHECK(files.append("/a/text", "!"));
  CHECK(*files.read("/a/text") == "begin 12!");
}

TEST_CASE("a folder that is removed halfway has lost what lies deepest first") {
  FakeFiles files;
  files.put("/a/one", "1");
  files.put("/a/sub/two", "2");
  files.set_faults({{.error = Error{"gone"}, .part = 0.5}});
  CHECK_FALSE(files.remove("/a"));
  CHECK(files.all() == std::vector<std::string>{"/a/one"});
}

TEST_CASE("a fault may wait for a place, and another for the end of the first") {
  FakeFiles files;
  files.put("/a/one", "");
  files.put("/b/two", "");
  files.set_faults({{.below = "/b", .error = Error{"full"}}, crash_after(1, 0)});
  CHECK(files.append("/a/one", "1"));
  CHECK_FALSE(files.append("/b/two", "1"));
  CHECK(files.append("/b/two", "2"));
  CHECK_FALSE(files.append("/a/one", "2"));
  CHECK_FALSE(files.append("/a/one", "3"));
}

TEST_CASE("a locked file is written where one likes, and its lock goes with its holder") {
  FakeFiles files;
  files.put("/a/log", "0123456789");
  {
    const auto lock = *files.try_lock("/a/log");
    CHECK(*files.try_lock("/a/log") == nullptr);
    CHECK(lock->write_at(8, "abcd"));
    CHECK(lock->truncate(11));
  }
  CHECK(*files.read("/a/log") == "01234567abc");
  CHECK(*files.try_lock("/a/log") != nullptr);
}

}  // namespace sdlrun::engine
