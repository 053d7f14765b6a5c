#include "engine/run/secrets.hpp"

#include <algorithm>
#include <random>

#include "engine/process/secret_masker.hpp"

namespace sdlrun::engine {

namespace {

std::string random_digits() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::random_device random;  // the kernel's
  std::string text;
  while (text.size() < 48) text += digits[random() % digits.size()];
  return text;
}

}  // namespace

Result<std::string> Secrets::read(const dsl::SecretValue& secret) {
  auto text = find(secret);
  if (!text) lacks_any_ = true;
  if (text && (!secret.place || secret.place->source != dsl::SecretPlace::Source::text)) remember(*text);
  return text;
}

std::optional<Error> Secrets::absence(const dsl::SecretValue& secret) const {
  using Source = dsl::SecretPlace::Source;
  Result<std::string> text;
  if (secret.place && secret.place->source == Source::environment) text = in_environment(secret.name, secret.place->text);
  if (secret.place && secret.place->source == Source::file) text = in_file(secret.name, secret.place->text);
  return text ? std::nullopt : std::optional(text.error());
}

Result<std::string> Secrets::find(const dsl::SecretValue& secret) {
  using Source = dsl::SecretPlace::Source;
  if (!secret.place) return failure("where the secret `" + secret.name + "` is to be read is not known");
  switch (secret.place->source) {
    case Source::environment: return in_environment(secret.name, secret.place->text);
    case Source::file: return in_file(secret.name, secret.place->text);
    case Source::generated: return generated(secret.name, secret.place->text);
    case Source::text: return secret.place->text;
    case Source::composed: return composed(secret.place->parts);
  }
  return failure("the secret `" + secret.name + "` has no source");
}

Result<std::string> Secrets::in_environment(const std::string& name, const std::string& variable) const {
  const auto found = std::find_if(user_environment_.begin(), user_environment_.end(), [&](const auto& candidate) { return candidate.first == variable; });
  const bool is_there = found != user_environment_.end();
  if (is_there && !found->second.empty()) return found->second;
  return failure("the secret `" + name + "` is not there: the environment variable `" + variable + "` is " + (is_there ? "empty" : "not set"),
                 "set it before sdlrun is called: `export " + variable + "=…`");
}

Result<std::string> Secrets::in_file(const std::string& name, const std::filesystem::path& path) const {
  auto text = files_.read(path);
  if (!text) return failure("the secret `" + name + "` cannot be read: " + text.error().message, text.error().hint);
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  if (!text->empty()) return text;
  return failure("the secret `" + name + "` is not there: the file `" + path.string() + "` is empty",
                 "write the secret, and nothing else, into the file");
}

/// Two steps, or two engines, may be the first at once: what one of them has written is what both read.
Result<std::string> Secrets::generated(const std::string& name, const std::string& kept_as) {
  const std::filesystem::path path = state_folder_ / "secrets" / kept_as;
  const auto there = files_.status(path);
  if (!there || !*there) {
    if (auto made = files_.make_directories(path.parent_path()); !made) return tl::unexpected(std::move(made.error()));
    if (auto written = files_.write_private(path, random_digits() + '\n'); !written) return tl::unexpected(std::move(written.error()));
  }
  return in_file(name, path);
}

Result<std::string> Secrets::composed(const std::vector<dsl::SecretValue>& parts) {
  std::string whole;
  for (const dsl::SecretValue& part : parts) {
    auto text = read(part);
    if (!text) return text;
    whole += *text;
  }
  return whole;
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

std::string Secrets::masked(std::string text) const { return without_secrets(text, texts()); }

}  // namespace sdlrun::engine
