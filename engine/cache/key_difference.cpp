// Why a step's key is not what it was, in one line for people.
#include <algorithm>

#include "engine/cache/canonical_value.hpp"
#include "engine/cache/key.hpp"

namespace sdlrun::engine {

namespace {

constexpr std::size_t longest_shown = 60;

bool is_inside_code_point(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

/// A piece of a text, never cutting a UTF-8 code point, with an ellipsis where something is left out.
std::string piece(std::string_view text, std::size_t begin, std::size_t length) {
  begin = std::min(begin, text.size());
  while (begin > 0 && begin < text.size() && is_inside_code_point(text[begin])) --begin;
  std::size_t end = std::min(text.size(), begin + length);
  while (end < text.size() && is_inside_code_point(text[end])) ++end;
  return (begin > 0 ? "…" : "") + std::string(text.substr(begin, end - begin)) + (end < text.size() ? "…" : "");
}

std::size_t first_difference(std::string_view before, std::string_view now) {
  return static_cast<std::size_t>(std::mismatch(before.begin(), before.end(), now.begin(), now.end()).first - before.begin());
}

/// Of a list, map or record the element that a place lies in, such as "rows.csv (sha256:1234567890ab)"; what stands around it
/// where that is long.
std::string around(std::string_view text, std::size_t at) {
  constexpr std::size_t context = 10;
  constexpr std::size_t longest_element = 2 * longest_shown;
  at = std::min(at, text.size());
  const bool has_elements = text.starts_with('[') || text.starts_with('{');
  const std::size_t before = at == 0 ? std::string_view::npos : text.find_last_of("[{,", at - 1);
  std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  if (begin < at && text[begin] == ' ') ++begin;
  const std::size_t end = std::min(text.find_first_of("]},", at), text.size());
  if (has_elements && end > begin && end - begin <= longest_element) return piece(text, begin, end - begin);
  return piece(text, at < context ? 0 : at - context, longest_shown / 2);
}

/// "input epochs" as "input `epochs`".
std::string title(const std::string& name) {
  const std::size_t space = name.find(' ');
  return space == std::string::npos ? name : name.substr(0, space + 1) + '`' + name.substr(space + 1) + '`';
}

/// "notebook.convert 2" as its name and its version.
std::pair<std::string, std::string> name_and_version(const std::string& stage) {
  const std::size_t space = stage.rfind(' ');
  if (space == std::string::npos) return {stage, ""};
  return {stage.substr(0, space), stage.substr(space + 1)};
}

std::string stage_difference(const KeyPart& before, const KeyPart& now) {
  const auto [old_name, old_version] = name_and_version(before.value);
  const auto [name, version] = name_and_version(now.value);
  if (name != old_name) return "stage changed: " + old_name + " → " + name;
  return "stage `" + name + "` is now version " + version + " (was " + old_version + ')';
}

/// The path in "a/b.txt (sha256:1234)".
std::string shown_path(const std::string& display) {
  return display.substr(0, display.rfind(" ("));
}

std::string part_difference(const KeyPart& before, const KeyPart& now) {
  if (now.name == "stage") return stage_difference(before, now);
  const bool are_files = is_file_or_folder(before.value) && before.value[0] == now.value[0];
  if (now.name.starts_with("input ") && are_files && shown_path(before.display) == shown_path(now.display)) {
    return (now.value[0] == 'F' ? "file " : "folder ") + shown_path(now.display) + " changed";
  }
  if (before.display == now.display) return title(now.name) + " changed: the content of a file in it";
  const auto [old, current] = around_difference(before.display, now.display);
  return title(now.name) + " changed: " + old + " → " + current;
}

const KeyPart* find_part(const std::vector<KeyPart>& parts, const std::string& name) {
  const auto found = std::find_if(parts.begin(), parts.end(), [&](const KeyPart& part) { return part.name == name; });
  return found == parts.end() ? nullptr : &*found;
}

}  // namespace

std::pair<std::string, std::string> around_difference(std::string_view before, std::string_view now) {
  if (before.size() <= longest_shown && now.size() <= longest_shown) return {std::string(before), std::string(now)};
  const std::size_t differ = first_difference(before, now);
  return {around(before, differ), around(now, differ)};
}

std::string first_changed_part(const std::vector<KeyPart>& before, const std::vector<KeyPart>& now) {
  for (const KeyPart& part : now) {
    const KeyPart* old = find_part(before, part.name);
    if (old == nullptr || old->value != part.value) return part.name;
  }
  for (const KeyPart& part : before) {
    if (find_part(now, part.name) == nullptr) return part.name;
  }
  return {};
}

std::string key_difference(const std::vector<KeyPart>& before, const std::vector<KeyPart>& now) {
  const std::string name = first_changed_part(before, now);
  if (name.empty()) return {};
  const KeyPart* old = find_part(before, name);
  const KeyPart* current = find_part(now, name);
  if (old == nullptr) return title(name) + " is new";
  return current == nullptr ? title(name) + " is gone" : part_difference(*old, *current);
}

}  // namespace sdlrun::engine
