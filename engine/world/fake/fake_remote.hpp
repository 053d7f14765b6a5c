// A network in memory: scripted answers, on virtual time.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/world/fake/fake_clock.hpp"
#include "engine/world/files.hpp"
#include "engine/world/remote.hpp"

namespace sdlrun::engine {

struct FakeAnswer {
  HttpResponse response;
  /// In place of a response; what `response.body` holds has arrived before.
  std::optional<Error> error = {};
  Milliseconds delay{0};
};

/// Thread-safe. `done` is called from the thread that advances the clock.
class FakeRemote final : public Remote {
 public:
  FakeRemote(FakeClock& clock, Files& files) : clock_(clock), files_(files) {}

  /// What a URL answers. Said several times, each call takes the next and the last one stays.
  void on(const std::string& url, FakeAnswer answer);
  /// URLs that begin so are answered by a service of the test's own, as the requests come; it must not call back.
  using Service = std::function<FakeAnswer(const HttpRequest&)>;
  void serve(const std::string& beginning, Service service);
  /// All requests so far, in order.
  std::vector<HttpRequest> requests() const;

  void call(HttpRequest request, std::function<void(Result<HttpResponse>)> done) override;
  void stop_all() override;

 private:
  FakeAnswer next_answer(const HttpRequest& request);
  void finish(const HttpRequest& request, FakeAnswer answer, const std::function<void(Result<HttpResponse>)>& done);

  FakeClock& clock_;
  Files& files_;
  mutable std::mutex mutex_;
  std::map<std::string, std::deque<FakeAnswer>> answers_;
  std::map<std::string, Service> services_;
  std::vector<HttpRequest> requests_;
  bool stopping_ = false;
};

}  // namespace sdlrun::engine
