#include "cli/terminal/key_question.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace sdlrun::cli {

namespace {

/// While it lives, this process is the one that the terminal's keys go to, one by one. The engine runs in a group of its own, behind
/// its guardian's (engine/process/guardian.hpp), which gets the terminal back.
class TerminalKeys {
 public:
  TerminalKeys() : group_before_(::tcgetpgrp(STDIN_FILENO)), is_ours_(::tcgetattr(STDIN_FILENO, &before_) == 0 && ::tcsetpgrp(STDIN_FILENO, ::getpgrp()) == 0) {
    if (!is_ours_) return;
    termios single = before_;
    single.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    single.c_cc[VSUSP] = _POSIX_VDISABLE;  // to stop this process alone would stop nothing that the shell knows of
    ::tcsetattr(STDIN_FILENO, TCSANOW, &single);
  }
  ~TerminalKeys() {
    if (!is_ours_) return;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    ::tcsetpgrp(STDIN_FILENO, group_before_);
  }
  TerminalKeys(const TerminalKeys&) = delete;
  TerminalKeys& operator=(const TerminalKeys&) = delete;

  explicit operator bool() const { return is_ours_; }

 private:
  termios before_{};
  pid_t group_before_;
  bool is_ours_;
};

/// Nothing: time is up, or the terminal has gone. A zero: `cancelled` can be read.
std::optional<char> pressed_key(const std::string& keys, std::chrono::milliseconds patience, int cancelled) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const TerminalKeys terminal;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    std::array<pollfd, 2> waiting = {{{.fd = cancelled, .events = POLLIN, .revents = 0}, {.fd = terminal ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0}}};
    if (left <= 0 || (::poll(waiting.data(), waiting.size(), static_cast<int>(left)) < 0 && errno != EINTR)) return std::nullopt;
    if (waiting[0].revents != 0) return '\0';
    char key = 0;
    if (waiting[1].revents == 0) continue;
    if (::read(STDIN_FILENO, &key, 1) != 1) return std::nullopt;
    if (keys.find(key) != std::string::npos) return key;
  }
}

}  // namespace

bool KeyQuestion::may_be_asked() {
  const pid_t foreground = ::isatty(STDIN_FILENO) != 0 ? ::tcgetpgrp(STDIN_FILENO) : -1;
  return foreground > 0 && (foreground == ::getpgrp() || foreground == ::getpgid(::getppid()));
}

KeyQuestion::KeyQuestion(std::string keys, std::chrono::milliseconds patience, std::function<void(std::optional<char>)> answered) : cancelled_(::eventfd(0, EFD_CLOEXEC)) {
  thread_ = std::thread([cancelled = cancelled_.get(), keys = std::move(keys), patience, answered = std::move(answered)] {
    const std::optional<char> key = pressed_key(keys, patience, cancelled);
    if (key != '\0') answered(key);
  });
}

KeyQuestion::~KeyQuestion() {
  cancel();
  thread_.join();
}

void KeyQuestion::cancel() { ::eventfd_write(cancelled_.get(), 1); }

}  // namespace sdlrun::cli
