#include "stages/image/dockerfile/ignore_file.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <filesystem>

namespace sdlrun::stages::image {

using engine::Result;

struct IgnoreFile::Rule {
  std::string line;            // as it is written
  bool is_exception = false;
  std::string fixed_folders;   // the beginning without patterns: "docs/" of "docs/*.md" and of "docs"
  std::unique_ptr<re2::RE2> pattern;

  bool matches(std::string_view place) const { return re2::RE2::FullMatch(re2::StringPiece(place.data(), place.size()), *pattern); }
  bool matches_it_or_a_folder_above(std::string_view place) const {
    for (std::size_t slash = place.find('/'); slash != std::string_view::npos; slash = place.find('/', slash + 1)) {
      if (matches(place.substr(0, slash))) return true;
    }
    return matches(place);
  }
};

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::string_view with_a_meaning = "*?[\\";

std::string trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\v\f";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(blanks) - begin + 1));
}

/// "docs/api" of "/docs/./api/".
std::string normal(const std::string& pattern) {
  std::string clean = std::filesystem::path(pattern).lexically_normal().generic_string();
  while (clean.size() > 1 && clean.ends_with('/')) clean.pop_back();
  while (clean.size() > 1 && clean.starts_with('/')) clean.erase(0, 1);
  return clean;
}

/// `**` at the end is all that is below; in front of a slash it is any number of folders, none as well.
std::string expression_of(std::string_view pattern) {
  constexpr std::string_view plain_here = ".+()|{}$^";
  // `**.go` alone ends a name: behind all else `**` ends with a whole one.
  const bool is_ending = pattern.starts_with("**") && pattern.find_first_of(with_a_meaning, 2) == std::string_view::npos && !pattern.starts_with("**/");
  if (is_ending) return ".*" + re2::RE2::QuoteMeta(re2::StringPiece(pattern.data() + 2, pattern.size() - 2));
  std::string expression;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char byte = pattern[at];
    if (byte == '*' && pattern.substr(at).starts_with("**")) {
      ++at;
      if (pattern.substr(at + 1).starts_with('/')) ++at;
      expression += at + 1 == pattern.size() ? ".*" : "(?:.*/)?";
    } else if (byte == '*') {
      expression += "[^/]*";
    } else if (byte == '?') {
      expression += "[^/]";
    } else if (byte == '\\' && at + 1 < pattern.size()) {
      expression += re2::RE2::QuoteMeta(re2::StringPiece(pattern.data() + ++at, 1));
    } else if (byte == '[') {
      const std::size_t end = pattern.find(']', at + 1);
      if (end == std::string_view::npos) return "[";  // no expression either
      expression += pattern.substr(at, end - at + 1);
      at = end;
    } else if (byte == '\\' || plain_here.find(byte) != std::string_view::npos) {
      expression += {'\\', byte};
    } else {
      expression += byte;
    }
  }
  return expression;
}

}  // namespace

IgnoreFile::IgnoreFile() = default;
IgnoreFile::IgnoreFile(IgnoreFile&&) noexcept = default;
IgnoreFile& IgnoreFile::operator=(IgnoreFile&&) noexcept = default;
IgnoreFile::~IgnoreFile() = default;

Result<IgnoreFile::Rule> IgnoreFile::rule_of(std::string line, const std::string& where) {
  Rule rule{.line = line, .fixed_folders = {}, .pattern = nullptr};
  rule.is_exception = line.starts_with('!');
  const std::string written = rule.is_exception ? trimmed(line.substr(1)) : line;
  if (written.empty()) return engine::failure(where + ": a line has a `!` and nothing behind it", "write behind it what is to be taken all the same, or remove the line");
  const std::string pattern = normal(written);
  const std::size_t fixed = std::min(pattern.find_first_of(with_a_meaning), pattern.size());
  rule.fixed_folders = fixed == pattern.size() ? pattern + '/' : pattern.substr(0, pattern.substr(0, fixed).rfind('/') + 1);
  re2::RE2::Options options(re2::RE2::Latin1);  // names are bytes
  options.set_log_errors(false);
  options.set_dot_nl(true);
  rule.pattern = std::make_unique<re2::RE2>(expression_of(pattern), options);
  if (!rule.pattern->ok()) return engine::failure(where + ": `" + line + "` is no pattern", "a `[` wants its `]`, with something between them; `\\[` is the character itself");
  return rule;
}

Result<IgnoreFile> IgnoreFile::parse(std::string_view text, const std::string& where) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  IgnoreFile file;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view whole = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::string line = trimmed(whole);
    if (line.empty() || whole.starts_with('#')) continue;
    auto rule = rule_of(std::move(line), where);
    if (!rule) return tl::unexpected(std::move(rule.error()));
    file.rules_.push_back(std::move(*rule));
  }
  return file;
}

const std::string* IgnoreFile::deciding_line(const std::string& place) const {
  const std::string* ignored_by = nullptr;
  for (const Rule& rule : rules_) {
    const bool would_change = rule.is_exception == (ignored_by != nullptr);
    if (would_change && rule.matches_it_or_a_folder_above(place)) ignored_by = rule.is_exception ? nullptr : &rule.line;
  }
  return ignored_by;
}

bool IgnoreFile::may_take_below(const std::string& place) const {
  const std::string folder = place + '/';
  return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
    return rule.is_exception && (rule.fixed_folders.starts_with(folder) || folder.starts_with(rule.fixed_folders));
  });
}

}  // namespace sdlrun::stages::image
