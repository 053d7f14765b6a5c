#include "engine/run/secrets.hpp"

#include <algorithm>

namespace sdlrun::engine {

namespace {

constexpr std::string_view mask = "***";
/// Shorter lines of a secret with several, such as braces, say nothing and stand in every output.
constexpr std::size_t shortest_line = 8;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

Result<std::string> Secrets::read(const dsl::SecretValue& secret) {
  auto text = find(secret);
  if (text) remember(*text);
  return text;
}

Result<std::string> Secrets::find(const dsl::SecretValue& secret) const {
  if (secret.source == dsl::SecretValue::Source::environment) {
    const auto variable = std::find_if(user_environment_.begin(), user_environment_.end(),
                                       [&](const auto& candidate) { return candidate.first == secret.place; });
    const bool is_there = variable != user_environment_.end();
    if (is_there && !variable->second.empty()) return variable->second;
    return failure("the secret `" + secret.name + "` is not there: the environment variable `" + secret.place + "` is " +
                       (is_there ? "empty" : "not set"),
                   "set it before sdlrun is called: `export " + secret.place + "=…`");
  }
  auto text = files_.read(secret.place);
  if (!text) return failure("the secret `" + secret.name + "` cannot be read: " + text.error().message, text.error().hint);
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  if (!text->empty()) return text;
  return failure("the secret `" + secret.name + "` is not there: the file `" + secret.place + "` is empty",
                 "write the secret, and nothing else, into the file");
}

void Secrets::remember(const std::string& text) {
  const std::lock_guard lock(mutex_);
  const auto add = [&](const std::string& part) {
    if (std::find(texts_.begin(), texts_.end(), part) == texts_.end()) texts_.push_back(part);
  };
  add(text);
  for (const std::string& line : lines_of(text)) {
    if (line.size() >= shortest_line) add(line);
  }
  std::stable_sort(texts_.begin(), texts_.end(), [](const auto& left, const auto& right) { return left.size() > right.size(); });
}

std::vector<std::string> Secrets::texts() const {
  const std::lock_guard lock(mutex_);
  return texts_;
}

Error Secrets::masked(Error error) const {
  for (std::string* text : {&error.message, &error.hint, &error.detail}) *text = masked(std::move(*text));
  return error;
}

std::string Secrets::masked(std::string text) const {
  for (const std::string& secret : texts()) {
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + mask.size())) {
      text.replace(at, secret.size(), mask);
    }
  }
  return text;
}

}  // namespace sdlrun::engine
