// Real child processes: how they start, what they print, how they end, and that nothing of them stays.
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <vector>

#include "engine/process/left_behind.hpp"
#include "tests/unit/contains.hpp"
#include "tests/unit/engine/process_fixtures.hpp"

namespace sdlrun::engine {

namespace {

struct ProcessFixture {
  TestFolder folder;
  RealWorld world{call_directly()};
  Processes& processes = world.world().processes;

  ProcessRequest shell(const std::string& script) {
    return {.command = {"sh", "-c", script},
            .directory = folder.path(),
            .environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}},
            .log_file = folder / "log",
            .grace = Milliseconds(300)};
  }
  ProcessResult run_shell(const std::string& script) {
    const auto result = run(processes, shell(script));
    REQUIRE(result);
    return *result;
  }
  std::string log() { return content_of(folder / "log"); }
  Error start_error(std::vector<std::string> command) {
    ProcessRequest request = shell("");
    request.command = std::move(command);
    const auto result = run(processes, std::move(request));
    REQUIRE_FALSE(result);
    return result.error();
  }
};

}  // namespace

// ---- when lines came --------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(ProcessFixture, "beside a log stands when its lines came, and inside it only what was printed") {
  // The second line comes when the first has been written, and some milliseconds later.
  run_shell("echo one; until test -s '" + (folder / "log").string() + "'; do sleep 0.01; done; sleep 0.03; echo two");
  CHECK(log() == "one\ntwo\n");
  const auto times = read_log_times(content_of(folder / "log.times"));
  REQUIRE(times.size() == 2);
  CHECK(times[0].offset == 0);
  CHECK(times[1].offset == 4);
  CHECK(times[0].at < times[1].at);
}

TEST_CASE_FIXTURE(ProcessFixture, "a log whose times cannot be written is whole all the same") {
  std::filesystem::create_directory(folder / "log.times");
  run_shell("echo one");
  CHECK(log() == "one\n");
}

// ---- a program's surroundings ----------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(ProcessFixture, "a program runs in its folder, with its environment and nothing else") {
  ProcessRequest request = shell("pwd; env | grep -v -e ^PWD -e ^_ -e ^SHLVL -e ^OLDPWD | sort");
  request.environment.emplace_back("COLOUR", "blue sky");
  REQUIRE(run(processes, request));
  CHECK(log() == folder.path().string() + "\nCOLOUR=blue sky\nPATH=/usr/local/bin:/usr/bin:/bin\n");
}

TEST_CASE_FIXTURE(ProcessFixture, "a program has three descriptors, of which the first is empty") {
  run_shell("cat; ls -l /proc/self/fd | wc -l");
  CHECK(log() == "5\n");  // "total 0", the three, and that of the listing itself
}

TEST_CASE_FIXTURE(ProcessFixture, "a program leads a session of its own, has no terminal, and default signals") {
  ::signal(SIGPIPE, SIG_IGN);  // as an engine may; programs rely on the default
  run_shell("ps -o sid= -p $$ | tr -d ' ' | grep -qx $$ && echo session; (: </dev/tty) 2>/dev/null || echo no terminal;"
            "cat /proc/self/status | grep -E 'Sig(Blk|Ign|Cgt)' | tr -d '\\t'");
  ::signal(SIGPIPE, SIG_DFL);
  CHECK(log() == "session\nno terminal\nSigBlk:0000000000000000\nSigIgn:0000000000000000\nSigCgt:0000000000000000\n");
}

TEST_CASE_FIXTURE(ProcessFixture, "a program may open as many files as this process could before it raised its limit") {
  run_shell("ulimit -Sn; ulimit -Hn");
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  CHECK(limit.rlim_cur == limit.rlim_max);
  CHECK(contains(log(), std::to_string(limit.rlim_max)));
}

TEST_CASE_FIXTURE(ProcessFixture, "arguments reach a program as they are") {
  ProcessRequest request = shell("");
  request.command = {"printf", "%s|", "two words", "", "$HOME", "\n", "ü"};
  REQUIRE(run(processes, request));
  CHECK(log() == "two words||$HOME|\n|ü|");
}

// ---- output ----------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(ProcessFixture, "both streams go to the log, in the order in which they were written") {
  run_shell("for i in 1 2 3; do echo out $i; echo err $i >&2; done");
  CHECK(log() == "out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n");
}

TEST_CASE_FIXTURE(ProcessFixture, "standard output is kept alone where that is wanted, and the log is added to") {
  write_file(folder / "log", "before\n");
  ProcessRequest request = shell("echo out; echo err >&2");
  request.standard_output_file = folder / "out";
  REQUIRE(run(processes, request));
  CHECK(content_of(folder / "out") == "out\n");
  CHECK(log().starts_with("before\n"));
  CHECK(contains(log(), "out\n"));
  CHECK(contains(log(), "err\n"));
}

TEST_CASE_FIXTURE(ProcessFixture, "a silent program leaves an empty file of its output, and no log") {
  ProcessRequest request = shell("true");
  request.standard_output_file = folder / "out";
  REQUIRE(run(processes, request));
  CHECK(std::filesystem::exists(folder / "out"));
  CHECK_FALSE(std::filesystem::exists(folder / "log"));
}

TEST_CASE_FIXTURE(ProcessFixture, "lines are given as they come, secrets masked in all places but the file that values are read from") {
  std::vector<std::string> lines;
  ProcessRequest request = shell("printf 'token=s3cr'; sleep 0.05; printf '3t.\\nprogress 1\\rprogress 2\\nlast'");
  request.secrets = {"s3cr3t"};
  request.standard_output_file = folder / "out";
  request.on_line = [&](std::string_view line) { lines.emplace_back(line); };
  REQUIRE(run(processes, request));
  CHECK(lines == std::vector<std::string>{"token=***.", "progress 1", "progress 2", "last"});
  CHECK(log() == "token=***.\nprogress 1\rprogress 2\nlast");
  CHECK(content_of(folder / "out") == "token=s3cr3t.\nprogress 1\rprogress 2\nlast");  // masking would change values
}

TEST_CASE_FIXTURE(ProcessFixture, "much output arrives whole") {
  run_shell("head -c 20000000 /dev/zero | tr '\\0' x");
  CHECK(std::filesystem::file_size(folder / "log") == 20'000'000);
}

TEST_CASE_FIXTURE(ProcessFixture, "a log that cannot be written is an error that names it, and the program is not left running") {
  ProcessRequest request = shell("echo $$ > pid; echo hello; exec sleep 1000");
  request.log_file = "/dev/full";
  const auto result = run(processes, request);
  REQUIRE_FALSE(result);
  CHECK(result.error().message == "cannot write `/dev/full`: no space left on device");
  CHECK_FALSE(is_alive(number_in(folder / "pid")));
}

// ---- ends --------------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(ProcessFixture, "how a program ended is told, in words too") {
  CHECK(run_shell("exit 0").success());
  CHECK(describe(run_shell("exit 3")) == "exit code 3");
  CHECK(describe(run_shell("kill -9 $$")) == "killed by signal 9 (SIGKILL)");
}

TEST_CASE_FIXTURE(ProcessFixture, "what it used is measured") {
  const ProcessResult result = run_shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
  CHECK(result.cpu_time.count() > 0);
  CHECK(result.peak_memory_bytes > 100'000);
}

TEST_CASE_FIXTURE(ProcessFixture, "after its timeout a program is asked to end, and then killed") {
  ProcessRequest polite = shell("exec sleep 1000");
  polite.timeout = Milliseconds(50);
  polite.grace = Milliseconds(60'000);
  const auto ended = run(processes, polite);
  REQUIRE(ended);
  CHECK(ended->timed_out);
  CHECK(ended->signal == SIGTERM);
  CHECK(describe(*ended) == "stopped after its timeout");

  ProcessRequest stubborn = shell("trap '' TERM; echo > deaf; while :; do sleep 0.01; done");
  stubborn.grace = Milliseconds(50);
  for (Milliseconds timeout(100); !std::filesystem::exists(folder / "deaf"); timeout *= 2) {  // until it had time to stop its ears
    stubborn.timeout = timeout;
    const auto killed = run(processes, stubborn);
    REQUIRE(killed);
    if (std::filesystem::exists(folder / "deaf")) CHECK(killed->signal == SIGKILL);
  }
}

TEST_CASE_FIXTURE(ProcessFixture, "a program that says 0 when it is stopped has not succeeded") {
  ProcessRequest request = shell("trap 'exit 0' TERM; echo ready > ready; while :; do sleep 0.01; done");
  std::promise<Result<ProcessResult>> ended;
  const ProcessId id = processes.start(request, [&](Result<ProcessResult> result) { ended.set_value(std::move(result)); });
  wait_until([&] { return content_of(folder / "ready") == "ready\n"; });
  processes.stop(id);
  const auto result = ended.get_future().get();
  REQUIRE(result);
  CHECK(result->exit_code == 0);
  CHECK(result->stopped);
  CHECK_FALSE(result->success());
  processes.stop(id);  // it has ended: nothing happens
}

TEST_CASE_FIXTURE(ProcessFixture, "a paused program can be stopped") {
  ProcessRequest request = shell("echo $$ > pid; kill -STOP $$");
  std::promise<void> ended;
  const ProcessId id = processes.start(request, [&](const Result<ProcessResult>&) { ended.set_value(); });
  const int pid = number_in(folder / "pid");
  wait_until([&] { return contains(content_of("/proc/" + std::to_string(pid) + "/stat"), ") T "); });
  processes.stop(id);
  ended.get_future().wait();
  CHECK_FALSE(is_alive(pid));
}

TEST_CASE_FIXTURE(ProcessFixture, "stopping all ends what runs and what would start") {
  std::atomic<int> stopped = 0;
  std::atomic<int> ended = 0;
  const auto count = [&](const Result<ProcessResult>& result) {
    if (result && result->stopped) ++stopped;
    ++ended;
  };
  for (int i = 0; i < 20; ++i) processes.start(shell("trap '' TERM; while :; do sleep 0.01; done"), count);
  processes.stop_all(Milliseconds(60'000));
  processes.start(shell("echo started > started"), count);
  processes.stop_all(Milliseconds(0));
  wait_until([&] { return ended == 21; });
  CHECK(stopped == 21);
  CHECK_FALSE(std::filesystem::exists(folder / "started"));
}

// ---- what programs leave behind ------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(ProcessFixture, "children that a program leaves in the background end with it") {
  CHECK(run_shell("sleep 1000 & echo $! > pid").success());
  CHECK_FALSE(is_alive(number_in(folder / "pid")));
}

TEST_CASE_FIXTURE(ProcessFixture, "one left behind that ignores SIGTERM is killed after the grace") {
  CHECK(run_shell("(trap '' TERM; while :; do sleep 0.01; done) & echo $! > pid").success());
  CHECK_FALSE(is_alive(number_in(folder / "pid")));
}

TEST_CASE_FIXTURE(ProcessFixture, "`timeout` puts its program in another group: it ends with the step all the same") {
  ProcessRequest request = shell("timeout 1000 sh -c 'echo $$ > pid; exec sleep 1000' & wait");
  std::promise<void> ended;
  const ProcessId id = processes.start(request, [&](const Result<ProcessResult>&) { ended.set_value(); });
  const int pid = number_in(folder / "pid");
  processes.stop(id);
  ended.get_future().wait();
  CHECK_FALSE(is_alive(pid));
}

TEST_CASE_FIXTURE(ProcessFixture, "a daemon of another session that keeps the output open does not hold the step up") {
  CHECK(run_shell("setsid sh -c 'echo $$ > pid; exec sleep 1000' & while ! test -s pid; do sleep 0.01; done").success());
  const int daemon = number_in(folder / "pid");
  CHECK(is_alive(daemon));  // the guardian's to end: it is not of this session
  ::kill(daemon, SIGKILL);
}

TEST_CASE_FIXTURE(ProcessFixture, "what a killed engine has left running is known by its TMPDIR, and services are let be") {
  const auto begin_daemon = [&](const std::string& name, const std::string& variables) {
    CHECK(run_shell(variables + " setsid sh -c 'echo $$ > " + name + "; exec sleep 1000' > /dev/null 2>&1 & while ! test -s " + name + "; do sleep 0.01; done").success());
    return number_in(folder / name);
  };
  const std::string killed_engine = (folder / "1234").string();
  const int left = begin_daemon("left", "TMPDIR=" + killed_engine + "/tmp-1");
  const int of_another = begin_daemon("of_another", "TMPDIR=" + killed_engine + "5/tmp-1");
  const int service = begin_daemon("service", "SDLRUN_SERVICE=database TMPDIR=" + killed_engine + "/tmp-2");
  kill_left_behind(killed_engine);
  wait_until([&] { return !is_alive(left); });
  CHECK(is_alive(of_another));
  CHECK(is_alive(service));
  for (const int pid : {of_another, service}) ::kill(pid, SIGKILL);
}

TEST_CASE("what still runs when the world goes is killed") {
  TestFolder folder;
  int pid = 0;
  std::atomic<bool> told = false;
  {
    RealWorld world(call_directly());
    ProcessRequest request{.command = {"/bin/sh", "-c", "echo $$ > pid; trap '' TERM; while :; do sleep 0.01; done"}, .directory = folder.path()};
    request.environment = {{"PATH", "/usr/bin:/bin"}};
    world.world().processes.start(request, [&](const Result<ProcessResult>& result) { told = result && result->stopped; });
    pid = number_in(folder / "pid");
  }
  CHECK_FALSE(is_alive(pid));
  CHECK(told);
}

TEST_CASE_FIXTURE(ProcessFixture, "two thousand sleeping processes take no thread and three descriptors each") {
#ifdef __SANITIZE_THREAD__
  constexpr int count = 200;  // each begins by a copy of its runtime's memory
#else
  constexpr int count = 2000;
#endif
  std::atomic<int> ended = 0;
  for (int i = 0; i < count; ++i) {
    ProcessRequest request = shell("");
    request.command = {"sleep", "1000"};
    processes.start(std::move(request), [&](const Result<ProcessResult>& result) {
      CHECK((result && result->stopped));
      ++ended;
    });
  }
  const auto children = [] { return living_descendants(read_process_table(), ::getpid()).size(); };
  wait_until([&] { return children() >= count; });
  processes.stop_all(Milliseconds(60'000));
  wait_until([&] { return ended == count; });
  CHECK(children() == 0);
}

// ---- programs that cannot be started -----------------------------------------------------------------------------------

TEST_CASE_FIXTURE(ProcessFixture, "a program that is not on PATH is named, with the nearest one that is") {
  const Error error = start_error({"pyton3"});
  CHECK(error.message == "cannot start `pyton3`: there is no such program on PATH");
  CHECK(contains(error.hint, "did you mean `python3`?"));
  CHECK(contains(start_error({"no-such-program-at-all"}).hint, "add its folder to PATH"));
}

TEST_CASE_FIXTURE(ProcessFixture, "a program of the step's folder is run by its path only") {
  write_file(folder / "tool", "#!/bin/sh\n");
  CHECK(contains(start_error({"tool"}).hint, "`./tool`"));
}

TEST_CASE_FIXTURE(ProcessFixture, "a file that is not executable says how to make it so") {
  write_file(folder / "tool", "#!/bin/sh\n");
  const Error error = start_error({"./tool"});
  CHECK(contains(error.message, "is not executable"));
  CHECK(contains(error.hint, "chmod +x"));
}

TEST_CASE_FIXTURE(ProcessFixture, "a script without its interpreter names it") {
  const auto script = [&](const std::string& text) {
    write_file(folder / "tool", text);
    std::filesystem::permissions(folder / "tool", std::filesystem::perms::all);
    return start_error({"./tool"});
  };
  CHECK(contains(script("#!/opt/no/python\nprint()\n").message, "`/opt/no/python`, which does not exist"));
  CHECK(contains(script("#!/bin/sh\r\necho\r\n").hint, "Windows line ends"));
  CHECK(contains(script("echo no first line\n").message, "neither a program of this machine nor a script"));
}

TEST_CASE_FIXTURE(ProcessFixture, "a missing program, a missing folder, a folder for a program: each says so") {
  CHECK(contains(start_error({"./nothing"}).message, "there is no such file"));
  CHECK(contains(start_error({"/usr"}).message, "it is a folder"));
  ProcessRequest request = shell("true");
  request.directory = folder / "missing";
  const auto result = run(processes, request);
  REQUIRE_FALSE(result);
  CHECK(contains(result.error().message, (folder / "missing").string()));
}

TEST_CASE_FIXTURE(ProcessFixture, "words that no program can be given are refused") {
  CHECK(contains(start_error({}).message, "without a program"));
  CHECK(contains(start_error({"echo", std::string("a\0b", 3)}).message, "NUL"));
  CHECK(contains(start_error({"echo", std::string(200'000, 'x')}).message, "too long"));
}

}  // namespace sdlrun::engine
