#include "engine/world/fake/fake_remote.hpp"

namespace sdlrun::engine {

namespace {

const Error call_stopped{"the call was stopped"};

bool tells_success(int status) { return status >= 200 && status < 300; }

/// The answer's body goes where the request wants it, as far as it has arrived.
Result<void> deliver_body(Files& files, const HttpRequest& request, HttpResponse& response) {
  if (request.on_body && tells_success(response.status)) {
    request.on_body(std::exchange(response.body, {}));
    return {};
  }
  if (!request.body_file || !tells_success(response.status)) return {};
  const bool starts_over = request.resume_from > 0 && response.status == 200;
  const std::string body = std::exchange(response.body, {});
  return starts_over ? files.write(*request.body_file, body) : files.append(*request.body_file, body);
}

}  // namespace

void FakeRemote::on(const std::string& url, FakeAnswer answer) {
  const std::lock_guard lock(mutex_);
  answers_[url].push_back(std::move(answer));
}

void FakeRemote::serve(const std::string& beginning, Service service) {
  const std::lock_guard lock(mutex_);
  services_[beginning] = std::move(service);
}

std::vector<HttpRequest> FakeRemote::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

FakeAnswer FakeRemote::next_answer(const HttpRequest& request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(request);
  if (stopping_ && !request.survives_stop) return {.response = {}, .error = call_stopped};
  for (const auto& [beginning, service] : services_) {
    if (request.url.starts_with(beginning)) return service(request);
  }
  const auto found = answers_.find(request.url);
  if (found == answers_.end()) {
    return {.response = {}, .error = Error{"cannot reach `" + request.url + "`: no such host in this world"}};
  }
  FakeAnswer answer = found->second.front();
  if (found->second.size() > 1) found->second.pop_front();
  return answer;
}

void FakeRemote::call(HttpRequest request, std::function<void(Result<HttpResponse>)> done) {
  FakeAnswer answer = next_answer(request);
  const Milliseconds delay = answer.delay;
  clock_.after(delay, [this, request = std::move(request), answer = std::move(answer), done = std::move(done)] {
    finish(request, answer, done);
  });
}

void FakeRemote::finish(const HttpRequest& request, FakeAnswer answer,
                        const std::function<void(Result<HttpResponse>)>& done) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ && !request.survives_stop) answer.error = call_stopped;
  }
  const std::uint64_t received = request.resume_from + answer.response.body.size();
  if (answer.response.final_url.empty()) answer.response.final_url = request.url;
  const auto delivered = deliver_body(files_, request, answer.response);
  if (request.on_progress) request.on_progress(received, received);
  if (answer.error) return done(tl::unexpected(*answer.error));
  if (!delivered) return done(tl::unexpected(delivered.error()));
  done(std::move(answer.response));
}

void FakeRemote::stop_all() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
}

}  // namespace sdlrun::engine
