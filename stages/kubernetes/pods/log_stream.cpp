#include "stages/kubernetes/pods/log_stream.hpp"

#include "engine/world/another_try.hpp"
#include "stages/kubernetes/objects/apply.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;

namespace {

/// A container may be silent for as long as it likes.
constexpr engine::Milliseconds log_silence{std::chrono::hours(24)};
constexpr std::size_t longest_line = 1 << 20;

ApiRequest log_request(const LoggedContainer& container, const std::string& since) {
  ApiRequest request{.path = path_of({.plural = "pods"}, container.space, container.pod) + "/log",
                     .query = {{"container", container.container}, {"follow", "true"}, {"timestamps", "true"}},
                     .patience = log_silence};
  if (!since.empty()) request.query.emplace_back("sinceTime", since);
  return request;
}

}  // namespace

Task<Result<bool>> follow_log(Client& client, LoggedContainer container, std::shared_ptr<LogLines> lines, std::function<bool()> is_wanted) {
  lines->begin_again();
  Task<Result<ApiAnswer>> streaming = client.stream(log_request(container, lines->last_time()), [lines, is_wanted](std::string_view bytes) {
    lines->take(bytes);
    return is_wanted();
  });
  const Result<ApiAnswer> answer = co_await streaming;
  // Of a line in whose middle the answer was broken off, the next one has the whole.
  if (!answer) co_return answer.error().transient ? Result<bool>(false) : tl::unexpected(answer.error());
  lines->end();
  co_return !engine::is_worth_another_try(answer->status);
}

void LogLines::take(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  rest_ += bytes;
  std::size_t begin = 0;
  for (std::size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
    take_line(std::string_view(rest_).substr(begin, end - begin));
    begin = end + 1;
  }
  rest_.erase(0, begin);
  if (rest_.size() > longest_line) {
    take_line(rest_);
    rest_.clear();
  }
}

void LogLines::end() {
  const std::lock_guard lock(mutex_);
  if (!rest_.empty()) take_line(rest_);
  rest_.clear();
}

void LogLines::begin_again() {
  const std::lock_guard lock(mutex_);
  known_time_ = last_time_;
  rest_.clear();
}

void LogLines::take_line(std::string_view line) {
  const std::size_t space = line.find(' ');
  const std::string_view time = line.substr(0, space);
  // Times are written with the same number of digits, so that they compare as texts do.
  if (!known_time_.empty() && time <= known_time_) return;
  last_time_ = time;
  lines_.emplace_back(space == std::string_view::npos ? std::string_view() : line.substr(space + 1));
}

std::deque<std::string> LogLines::taken() {
  const std::lock_guard lock(mutex_);
  return std::exchange(lines_, {});
}

std::string LogLines::last_time() const {
  const std::lock_guard lock(mutex_);
  return last_time_;
}

}  // namespace sdlrun::stages::kubernetes
