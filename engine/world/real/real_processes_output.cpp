#include "engine/world/real/real_processes_output.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "engine/world/real/file_error.hpp"

namespace sdlrun::engine {

AppendedFile::~AppendedFile() {
  if (has_place_) places_.give_back();
}

Result<void> AppendedFile::begin_empty() {
  file_ = OwnedDescriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666));
  if (!file_) return file_failure("write", path_, errno);
  keep_or_close();
  return {};
}

Result<void> AppendedFile::append(std::string_view text) {
  if (!open()) return file_failure("write", path_, errno);
  const Result<void> written = write_all(text);
  keep_or_close();
  return written;
}

Result<void> AppendedFile::write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file_.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_failure("write", path_, errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

void AppendedFile::keep_or_close() {
  has_place_ = has_place_ || places_.take();
  if (!has_place_) file_ = OwnedDescriptor();
}

bool AppendedFile::open() {
  if (!file_) file_ = OwnedDescriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  return static_cast<bool>(file_);
}

std::uint64_t AppendedFile::size() {
  struct stat status{};
  return open() && ::fstat(file_.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

Result<void> LogFile::append(std::string_view text) {
  const auto now = std::chrono::duration_cast<Milliseconds>(std::chrono::system_clock::now().time_since_epoch());
  // A log without its times is a log all the same.
  if (stamps_.is_due(now)) static_cast<void>(times_.append(stamps_.line(text_.size(), now)));
  return text_.append(text);
}

ChildOutput::ChildOutput(OwnedDescriptor pipe, const std::vector<std::string>& secrets, LogFile* masked,
                         AppendedFile* unmasked, const std::function<void(std::string_view)>& on_line)
    : pipe_(std::move(pipe)), masker_(secrets), masked_(masked), unmasked_(unmasked) {
  if (on_line) lines_.emplace(on_line);
}

Result<ChildOutput::State> ChildOutput::read() {
  constexpr std::size_t piece_size = 64 * 1024;
  thread_local std::string piece(piece_size, '\0');
  const ssize_t length = ::read(pipe_.get(), piece.data(), piece.size());
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return State::nothing_there;
  const bool ended = length <= 0;
  const std::string_view text = ended ? std::string_view() : std::string_view(piece.data(), static_cast<std::size_t>(length));
  const auto kept = unmasked_ != nullptr && !text.empty() ? unmasked_->append(text) : Result<void>();
  const auto passed = pass_on(ended ? masker_.finish() : masker_.mask(text));
  if (ended && lines_) lines_->finish();
  if (!kept) return tl::unexpected(kept.error());
  if (!passed) return tl::unexpected(passed.error());
  return ended ? State::ended : State::read;
}

Result<void> ChildOutput::pass_on(const std::string& text) {
  if (text.empty()) return {};
  if (lines_) lines_->add(text);
  return masked_ != nullptr ? masked_->append(text) : Result<void>();
}

}  // namespace sdlrun::engine
