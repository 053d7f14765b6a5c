#include "engine/run/secrets.hpp"

#include <algorithm>

#include "engine/process/secret_masker.hpp"

namespace sdlrun::engine {

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
  if (std::find(texts_.begin(), texts_.end(), text) == texts_.end()) texts_.push_back(text);
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
  SecretMasker masker(texts());
  if (!masker.has_secrets()) return text;
  const std::string sure = masker.mask(text);
  return sure + masker.finish();
}

}  // namespace sdlrun::engine
