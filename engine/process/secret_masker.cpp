#include "engine/process/secret_masker.hpp"

#include <algorithm>
#include <set>

#include "engine/base64.hpp"

namespace sdlrun::engine {

namespace {

/// Shorter lines of a secret of several lines, and shorter base64, occur by chance: `}` would mask all JSON.
constexpr std::size_t shortest_part = 8;

/// The digits that a secret gives wherever base64 of a longer text holds it: `before` bytes (modulo 3) stand before it,
/// and the digits it shares with its neighbours are left out.
std::string inner_base64(std::string_view secret, std::size_t before) {
  const std::string encoded = to_base64(std::string(before, '\0') + std::string(secret));
  const std::size_t shared_first = before == 0 ? 0 : before + 1;
  const std::size_t whole = (before + secret.size()) * 8 / 6;
  return whole > shared_first ? encoded.substr(shared_first, whole - shared_first) : std::string();
}

std::string of_urls(std::string text) {
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

void add_lines(std::string_view secret, std::set<std::string>& patterns) {
  while (!secret.empty()) {
    std::string_view line = secret.substr(0, secret.find('\n'));
    secret.remove_prefix(std::min(secret.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() >= shortest_part) patterns.emplace(line);
  }
}

void add_forms(const std::string& secret, std::set<std::string>& patterns) {
  if (secret.empty()) return;
  patterns.insert(secret);
  const std::string_view trimmed = std::string_view(secret).substr(0, secret.find_last_not_of("\r\n") + 1);
  if (!trimmed.empty()) patterns.emplace(trimmed);
  add_lines(secret, patterns);
  for (std::size_t before = 0; before < 3; ++before) {
    const std::string encoded = inner_base64(trimmed, before);
    if (encoded.size() < shortest_part) continue;
    patterns.insert(encoded);
    patterns.insert(of_urls(encoded));
  }
}

}  // namespace

std::vector<std::string> secret_forms(const std::vector<std::string>& secrets) {
  std::set<std::string> patterns;
  for (const std::string& secret : secrets) add_forms(secret, patterns);
  std::vector<std::string> forms(patterns.begin(), patterns.end());
  std::stable_sort(forms.begin(), forms.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return forms;
}

SecretMasker::SecretMasker(const std::vector<std::string>& secrets) : patterns_(secret_forms(secrets)) {
  for (const std::string& pattern : patterns_) first_bytes_[static_cast<unsigned char>(pattern[0])] = true;
}

SecretMasker::Found SecretMasker::match_at(std::string_view rest, bool at_end) const {
  for (const std::string& pattern : patterns_) {
    if (rest.starts_with(pattern)) return {Match::whole, pattern.size()};
    if (!at_end && pattern.size() > rest.size() && std::string_view(pattern).starts_with(rest)) return {Match::begins};
  }
  return {};
}

std::string SecretMasker::replace(bool at_end) {
  std::string result;
  std::string_view rest = kept_;
  while (!rest.empty()) {
    const auto candidate = std::find_if(rest.begin(), rest.end(), [&](char byte) { return first_bytes_[static_cast<unsigned char>(byte)]; });
    result.append(rest.begin(), candidate);
    rest.remove_prefix(static_cast<std::size_t>(candidate - rest.begin()));
    if (rest.empty()) break;
    const Found found = match_at(rest, at_end);
    if (found.match == Match::begins) break;
    if (found.match == Match::whole) {
      result += "***";
      rest.remove_prefix(found.length);
    } else {
      result += rest.front();
      rest.remove_prefix(1);
    }
  }
  kept_ = std::string(rest);
  return result;
}

std::string SecretMasker::mask(std::string_view piece) {
  if (!has_secrets()) return std::string(piece);
  kept_ += piece;
  return replace(false);
}

std::string SecretMasker::finish() { return replace(true); }

}  // namespace sdlrun::engine
