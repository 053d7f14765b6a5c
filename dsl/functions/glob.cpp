#include "dsl/functions/glob.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <vector>

namespace sdlrun::dsl {

namespace {

namespace fs = std::filesystem;

/// Each of `{a,b}{c,d}` makes as many patterns as it has words; more than this is a mistake.
constexpr std::size_t most_patterns = 1000;

/// The end of the group that begins at `open`, or npos; commas of its own depth are noted.
std::size_t group_end(const std::string& pattern, std::size_t open, std::vector<std::size_t>& commas) {
  int depth = 0;
  for (std::size_t at = open; at < pattern.size(); ++at) {
    if (pattern[at] == '{') ++depth;
    if (pattern[at] == ',' && depth == 1) commas.push_back(at);
    if (pattern[at] == '}' && --depth == 0) return at;
  }
  return std::string::npos;
}

void expand_braces(const std::string& pattern, std::vector<std::string>& patterns) {
  std::vector<std::size_t> marks;
  const std::size_t open = pattern.find('{');
  const std::size_t close = open == std::string::npos ? open : group_end(pattern, open, marks);
  if (close == std::string::npos || patterns.size() >= most_patterns) {
    patterns.push_back(pattern);
    return;
  }
  marks.push_back(close);
  std::size_t begin = open + 1;
  for (const std::size_t mark : marks) {
    expand_braces(pattern.substr(0, open) + pattern.substr(begin, mark - begin) + pattern.substr(close + 1), patterns);
    begin = mark + 1;
  }
}

class Walk {
 public:
  Walk(const fs::path& pattern, std::set<std::string>& found) : parts_(pattern.begin(), pattern.end()), found_(found) {}

  void below(const fs::path& folder, std::size_t part) {
    if (part == parts_.size()) return;
    const std::string name = parts_[part].string();
    if (name == "**") return any_depth(folder, part);
    if (name.find_first_of("*?[\\") == std::string::npos) return take(folder / name, part);
    for_each_entry(folder, [&](const fs::directory_entry& entry) {
      if (::fnmatch(name.c_str(), entry.path().filename().c_str(), FNM_PERIOD) == 0) take(entry.path(), part);
    });
  }

 private:
  void take(const fs::path& path, std::size_t part) {
    std::error_code problem;
    if (part + 1 < parts_.size()) return below(path, part + 1);
    if (fs::exists(path, problem) && !fs::is_directory(path, problem)) found_.insert(path.lexically_normal().string());
  }

  /// `**` at the end means all files below.
  void any_depth(const fs::path& folder, std::size_t part) {
    const bool is_last = part + 1 == parts_.size();
    if (!is_last) below(folder, part + 1);
    for_each_entry(folder, [&](const fs::directory_entry& entry) {
      std::error_code problem;
      if (entry.path().filename().string().starts_with('.')) return;
      if (fs::is_directory(entry.symlink_status(problem))) any_depth(entry.path(), part);
      else if (is_last) take(entry.path(), part);
    });
  }

  template <typename Use>
  static void for_each_entry(const fs::path& folder, Use use) {
    std::error_code problem;
    for (fs::directory_iterator entry(folder, problem), end; !problem && entry != end; entry.increment(problem)) use(*entry);
  }

  std::vector<fs::path> parts_;
  std::set<std::string>& found_;
};

/// Where the `[…]` that begins at `open` ends, or npos. A `]` behind its beginning is one of its letters.
std::size_t class_end(std::string_view pattern, std::size_t open) {
  std::size_t at = open + 1;
  if (at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^')) ++at;
  if (at < pattern.size() && pattern[at] == ']') ++at;
  const std::size_t end = pattern.find_first_of("]/", at);
  return end == std::string_view::npos || pattern[end] == '/' ? std::string_view::npos : end;
}

}  // namespace

std::optional<PatternMistake> glob_mistake(std::string_view pattern) {
  if (pattern.empty()) return PatternMistake{"this pattern is empty: it matches nothing", "write a pattern such as `data/*.csv`"};
  if (pattern.front() == '~') return PatternMistake{"`~` is no folder here", "write the whole path of the home folder, or one relative to this file"};
  int open_braces = 0;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    switch (pattern[at]) {
      case '\\':
        if (++at == pattern.size()) return PatternMistake{"this pattern ends with a `\\`", "a backslash takes the next character as it is; a backslash itself is `\\\\\\\\` in a string"};
        break;
      case '[':
        at = class_end(pattern, at);
        if (at == std::string_view::npos) return PatternMistake{"the `[` of this pattern is never closed", "letters to choose from are written `[abc]`; a `[` itself is `\\\\[` in a string"};
        break;
      case '{': ++open_braces; break;
      case '}': open_braces = std::max(0, open_braces - 1); break;
      default: break;
    }
  }
  if (open_braces > 0) return PatternMistake{"the `{` of this pattern is never closed", "words to choose from are written `{csv,txt}`; a `{` itself is `\\\\{` in a string"};
  return std::nullopt;
}

std::set<std::string> files_matching(const fs::path& directory, std::string_view pattern) {
  std::vector<std::string> patterns;
  expand_braces(std::string(pattern), patterns);
  std::set<std::string> found;
  for (const std::string& one : patterns) {
    const fs::path path(one);
    Walk(path.relative_path(), found).below(path.is_absolute() ? path.root_path() : directory, 0);
  }
  return found;
}

}  // namespace sdlrun::dsl
