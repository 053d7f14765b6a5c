// Answers that come in pieces: watches and logs.
#include "stages/kubernetes/api/watch.hpp"

#include <doctest/doctest.h>

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/pods/log_stream.hpp"

namespace sdlrun::stages::kubernetes {

namespace {

struct Names final : Watcher {
  std::string seen;
  std::string until;
  void listed(const nlohmann::json& items) override { seen += "list of " + std::to_string(items.size()) + ";"; }
  void changed(const nlohmann::json& object, bool is_gone) override { seen += (is_gone ? "-" : "+") + text_at(object, {"metadata", "name"}) + ";"; }
  bool is_done() const override { return !until.empty() && seen.find(until) != std::string::npos; }
};

std::string event(const std::string& type, const std::string& name, int version) {
  return R"({"type":")" + type + R"(","object":{"kind":"Pod","metadata":{"name":")" + name + R"(","resourceVersion":")" + std::to_string(version) + "\"}}}\n";
}

}  // namespace

TEST_CASE("changes are told as their lines are whole, and the last version is kept") {
  const auto names = std::make_shared<Names>();
  WatchReader reader(names);
  const std::string text = event("ADDED", "a", 1) + event("MODIFIED", "b", 2) + event("DELETED", "a", 3) + event("BOOKMARK", "", 7);
  for (const char c : text) CHECK(reader.take(std::string_view(&c, 1)));
  CHECK(names->seen == "+a;+b;-a;");
  CHECK(reader.version() == "7");
  CHECK_FALSE(reader.is_gone());
}

TEST_CASE("it is enough when the watcher says so") {
  const auto names = std::make_shared<Names>();
  names->until = "+b";
  WatchReader reader(names);
  CHECK(reader.take(event("ADDED", "a", 1)));
  CHECK_FALSE(reader.take(event("ADDED", "b", 2)));
}

TEST_CASE("410 in the middle of an answer means to list again, other refusals end it") {
  const auto names = std::make_shared<Names>();
  WatchReader gone(names);
  CHECK_FALSE(gone.take(R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}})" "\n"));
  CHECK(gone.is_gone());
  WatchReader refused(names);
  CHECK_FALSE(refused.take(R"({"type":"ERROR","object":{"kind":"Status","code":500,"message":"etcd"}})" "\n"));
  CHECK(text_in(refused.refusal(), "message") == "etcd");
}

TEST_CASE("what is no event is passed over") {
  const auto names = std::make_shared<Names>();
  WatchReader reader(names);
  CHECK(reader.take("nonsense\n\n[]\n{\"type\":3}\n" + event("ADDED", "a", 1)));
  CHECK(names->seen == "+a;");
}

TEST_CASE("a log goes on behind the last line that has come") {
  LogLines lines;
  lines.take("2026-11-29T04:31:49.100000000Z one\n2026-11-29T04:31:49.200000000Z tw");
  CHECK(lines.taken() == std::deque<std::string>{"one"});
  CHECK(lines.last_time() == "2026-11-29T04:31:49.100000000Z");
  lines.begin_again();  // the connection was cut in the middle of the second
  lines.take("2026-11-29T04:31:49.100000000Z one\n2026-11-29T04:31:49.200000000Z two\n2026-11-29T04:31:49.200000001Z \n2026-11-29T04:31:49.300000000Z last");
  CHECK(lines.taken() == std::deque<std::string>{"two", ""});
  lines.end();
  CHECK(lines.taken() == std::deque<std::string>{"last"});
}

}  // namespace sdlrun::stages::kubernetes
