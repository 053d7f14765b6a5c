// Checkouts in memory that share a cache in memory, which can be made to fail and to lie.
#pragma once

#include <map>

#include "engine/cache/shared/shared_entry.hpp"
#include "run_fixtures.hpp"

namespace sdlrun::engine::run_tests {

/// What the server holds, by path: "/ac/…", "/cas/…".
using Contents = std::map<std::string, std::string>;

/// A cache server, as one checkout's world sees it.
class CacheRemote final : public Remote {
 public:
  CacheRemote(FakeClock& clock, Files& files, Contents& contents) : clock_(clock), files_(files), contents_(contents) {}

  /// Answers in place of the server where it gives something.
  std::function<std::optional<FakeAnswer>(const HttpRequest&)> instead;
  std::vector<HttpRequest> requests;

  void call(HttpRequest request, std::function<void(Result<HttpResponse>)> done) override {
    requests.push_back(request);
    FakeAnswer answer = instead && instead(request) ? *instead(request) : answer_to(request);
    clock_.after(answer.delay, [this, request = std::move(request), answer = std::move(answer), done = std::move(done)]() mutable {
      if (answer.error) return done(tl::unexpected(*answer.error));
      const bool is_too_long = request.largest_body && answer.response.body.size() > *request.largest_body;
      if (is_too_long) return done(failure("the answer is longer than it should be"));
      if (request.body_file && answer.response.status == 200) need(files_.append(*request.body_file, std::exchange(answer.response.body, {})));
      done(std::move(answer.response));
    });
  }

 private:
  FakeAnswer answer_to(const HttpRequest& request) {
    const std::string path = request.url.substr(std::string("http://cache").size());
    FakeAnswer answer;
    if (request.method == "PUT") {
      contents_[path] = request.upload_file ? need(files_.read(*request.upload_file)) : request.body;
      answer.response.status = 201;
      return answer;
    }
    const auto found = contents_.find(path);
    answer.response.status = found == contents_.end() ? 404 : 200;
    if (found == contents_.end()) return answer;
    answer.response.headers = {{"content-length", std::to_string(found->second.size())}};
    if (request.method == "GET") answer.response.body = found->second;
    return answer;
  }

  FakeClock& clock_;
  Files& files_;
  Contents& contents_;
};

/// A project of its own with the pipeline `step s = test.write { label = "hello" }`, unless told otherwise.
class Checkout : public RunProject {
 public:
  explicit Checkout(Contents& contents) : cache(clock, files, contents) {
    options.workers = 1;
    options.shared_cache = SharedCacheSettings{.url = "http://cache"};
  }

  Report run(const std::string& body = "step s = test.write { label = \"hello\" }") {
    write_pipeline(body);
    Report report;
    const EventSink sink = [&](const Event& event) { report.events.push_back(event); };
    const World world{.clock = clock, .files = files, .processes = processes, .remote = cache};
    report.result = run_pipeline(*pipeline, stages, *state, store, world, options, stop, sink, report.diagnostics);
    return report;
  }

  /// The file that a step left in its last run.
  std::string file_of(const Report& report, const std::string& step) {
    const auto attempt = state->last_attempt("p", step);
    REQUIRE(attempt);
    const auto result = state->find_result(attempt->key);
    REQUIRE(result);
    CHECK(report.success());
    return need(files.read(result->outputs.at(1).second.as<dsl::FileValue>()->path));
  }

  CacheRemote cache;
};

inline std::size_t count_below(const Contents& contents, const std::string& folder) {
  return static_cast<std::size_t>(std::count_if(contents.begin(), contents.end(), [&](const auto& content) { return content.first.starts_with(folder); }));
}

/// The path of the only content below a folder.
inline std::string only_below(const Contents& contents, const std::string& folder) {
  REQUIRE(count_below(contents, folder) == 1);
  return contents.lower_bound(folder)->first;
}

}  // namespace sdlrun::engine::run_tests
