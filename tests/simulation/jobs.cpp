#include "jobs.hpp"

namespace sdlrun::simulation {

using engine::FakeAnswer;
using engine::Result;
using engine::Task;

namespace {

constexpr int created = 201, good = 200, missing = 404, conflict = 409;

FakeAnswer with_status(int status, std::string body = "") {
  FakeAnswer answer;
  answer.response.status = status;
  answer.response.body = std::move(body);
  return answer;
}

}  // namespace

// ---- the service ---------------------------------------------------------------------------------------------------

void JobService::begin_life(std::size_t number, const engine::FakeClock& clock, engine::FakeFiles& disk) {
  life_ = number;
  clock_ = &clock;
  disk_ = &disk;
  messages_ = 0;
  tries_.clear();
}

FakeAnswer JobService::answer(const engine::HttpRequest& request) {
  const Life& life = scenario_.lives[life_];
  const std::uint64_t message = ++messages_;
  // The engine has died with this message under way: what it does from here on leaves no trace on the disk.
  if (message == life.crash_at_message) disk_->set_faults({engine::crash_after(0, 0)});
  FakeAnswer answer = take_up(request.method, request.url.substr(std::string(jobs_url).size()), request.body);
  answer.delay = Milliseconds(static_cast<std::int64_t>(message * 37 % 400));
  const bool is_lost = life.lose_one_in > 0 && message % life.lose_one_in == 0;
  if (is_lost) answer.error = engine::Error{.message = "the answer was lost", .transient = true};
  return answer;
}

FakeAnswer JobService::take_up(const std::string& method, const std::string& name, const std::string& body) {
  if (method == "DELETE") return with_status(jobs_.erase(name) > 0 ? good : missing);
  const auto job = jobs_.find(name);
  if (method == "PUT") return job != jobs_.end() ? with_status(conflict) : start(name, body);
  if (job == jobs_.end()) return with_status(missing);
  if (!has_ended(job->second)) return with_status(good, "running");
  return with_status(good, job->second.end == Attempt::End::good ? "done" : "failed");
}

FakeAnswer JobService::start(const std::string& name, const std::string& body) {
  const std::string step_name = body.substr(0, body.find(' ')), content = body.substr(body.find(' ') + 1);
  const std::size_t index = std::stoull(step_name.substr(1));
  const std::vector<Attempt>& attempts = scenario_.lives[life_].attempts[index];
  const Attempt& attempt = attempts[std::min(tries_[step_name]++, attempts.size() - 1)];
  const bool is_cached = scenario_.steps[index].cache;
  const StartedJob job{.step = step_name,
                       .key = is_cached ? content : step_name + content,
                       .life = life_,
                       .until = clock_->monotonic() + attempt.duration / 2,
                       .end = attempt.end,
                       .is_cached = is_cached};
  check_start(name, job);
  jobs_[name] = job;
  FakeAnswer answer = with_status(created);
  if (attempt.end == Attempt::End::killed) answer.error = engine::Error{.message = "the answer was lost", .transient = true};
  return answer;
}

void JobService::check_start(const std::string& name, const StartedJob& job) {
  if (++starts_[name] > 1) findings_.violated("a job of " + job.step + " was started twice under one name");
  for (const auto& [other_name, other] : jobs_) {
    if (other.key != job.key) continue;
    if (!has_ended(other)) findings_.violated("a job of " + job.step + " was started while another of its key ran");
    if (has_ended(other) && other.end == Attempt::End::good && job.is_cached) {
      findings_.violated("a job of " + job.step + " was started, and another of its key had done the work");
    }
  }
}

bool JobService::has_ended(const StartedJob& job) const {
  if (job.end == Attempt::End::hangs) return false;
  return job.life < life_ || clock_->monotonic() >= job.until;
}

// ---- the step's side -----------------------------------------------------------------------------------------------

Task<Result<engine::HttpResponse>> Job::ask(std::string method, std::string name) {
  engine::HttpRequest request;
  request.method = std::move(method);
  request.url = jobs_url + name;
  request.body = context_.step_name() + ' ' + content_;
  Task<Result<engine::HttpResponse>> asking = context_.http(std::move(request));
  co_return co_await asking;
}

Task<Result<std::optional<std::string>>> Job::find(std::string name) {
  Task<Result<engine::HttpResponse>> asking = ask("GET", name);
  const Result<engine::HttpResponse> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  co_return answer->status == missing ? std::nullopt : std::optional(name);
}

Task<Result<engine::OutsideStart>> Job::start(std::string name) {
  Task<Result<engine::HttpResponse>> asking = ask("PUT", name);
  const Result<engine::HttpResponse> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  if (answer->status == conflict) co_return engine::OutsideStart{};
  co_return engine::OutsideStart{.handle = name};
}

Task<Result<engine::OutsideEnd>> Job::follow(std::string name) {
  while (true) {
    Task<Result<engine::HttpResponse>> asking = ask("GET", name);
    const Result<engine::HttpResponse> answer = co_await asking;
    if (!answer) co_return tl::unexpected(answer.error());
    if (answer->status == missing) co_return engine::OutsideEnd{engine::Error{"the job was removed"}};
    if (answer->body == "done") co_return engine::OutsideEnd{};
    if (answer->body == "failed") co_return engine::OutsideEnd{engine::Error{"the job has failed"}};
    Task<bool> sleeping = context_.sleep(Milliseconds(700));
    co_await sleeping;
    if (context_.stopping()) co_return engine::failure("stopped");
  }
}

Task<Result<bool>> Job::remove(std::string name) {
  Task<Result<engine::HttpResponse>> asking = ask("DELETE", name);
  const Result<engine::HttpResponse> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  co_return answer->status == good;
}

}  // namespace sdlrun::simulation
