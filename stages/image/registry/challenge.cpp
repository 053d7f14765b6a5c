#include "stages/image/registry/challenge.hpp"

#include <algorithm>

namespace sdlrun::stages::image {

namespace {

std::string in_lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

std::string_view without_spaces(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t,");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

/// A quoted text, or a word; `text` goes on behind it.
std::string take_value(std::string_view& text) {
  std::string value;
  if (!text.starts_with('"')) {
    const std::size_t end = std::min(text.find_first_of(", \t"), text.size());
    value = text.substr(0, end);
    text.remove_prefix(end);
    return value;
  }
  std::size_t at = 1;
  for (; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    value += text[at];
  }
  text.remove_prefix(std::min(at + 1, text.size()));
  return value;
}

std::optional<Challenge> parse(std::string_view text) {
  text = without_spaces(text);
  const std::size_t space = std::min(text.find(' '), text.size());
  const std::string scheme = in_lower_case(text.substr(0, space));
  if (scheme != "bearer" && scheme != "basic") return std::nullopt;
  Challenge challenge{.is_bearer = scheme == "bearer"};
  text.remove_prefix(space);
  for (text = without_spaces(text); !text.empty(); text = without_spaces(text)) {
    const std::size_t equal = text.find('=');
    if (equal == std::string_view::npos) break;
    const std::string name = in_lower_case(text.substr(0, equal));
    text.remove_prefix(equal + 1);
    std::string value = take_value(text);
    if (name == "realm") challenge.realm = std::move(value);
    else if (name == "service") challenge.service = std::move(value);
    else if (name == "scope") challenge.scope = std::move(value);
  }
  return challenge;
}

}  // namespace

std::optional<Challenge> challenge_in(const engine::HttpResponse& response) {
  std::optional<Challenge> found;
  for (const auto& [name, value] : response.headers) {
    if (name != "www-authenticate") continue;
    auto challenge = parse(value);
    if (challenge && (!found || challenge->is_bearer)) found = std::move(challenge);
  }
  return found;
}

}  // namespace sdlrun::stages::image
