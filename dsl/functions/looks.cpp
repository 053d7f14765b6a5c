#include "dsl/functions/looks.hpp"

#include <algorithm>

#include "dsl/functions/glob.hpp"

namespace sdlrun::dsl {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code problem;
  for (fs::directory_iterator entry(folder, problem), end; !problem && entry != end; entry.increment(problem)) {
    names.push_back(entry->path().filename().string());
  }
  return names;
}

}  // namespace

std::string seen_text(const fs::file_status& status) {
  switch (status.type()) {
    case fs::file_type::regular: return "file";
    case fs::file_type::directory: return "folder";
    case fs::file_type::not_found: return "nothing";
    case fs::file_type::none: return "unknown";
    default: return "other";
  }
}

std::string seen_text(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  std::string text;
  for (const std::string& name : names) text += name + '\0';
  return text;
}

std::string canonical_text(const fs::path& path) {
  std::error_code code;
  const fs::path result = fs::weakly_canonical(path, code);
  return code ? path.lexically_normal().string() : result.string();
}

std::string seen_now(Look::Kind kind, const std::string& path, const std::string& pattern) {
  std::error_code problem;
  switch (kind) {
    case Look::Kind::path: return seen_text(fs::status(path, problem));
    case Look::Kind::canonical: return canonical_text(path);
    case Look::Kind::names: return seen_text(names_in(path));
    case Look::Kind::matches: break;
  }
  const std::set<std::string> files = files_matching(path, pattern);
  return seen_text(std::vector<std::string>(files.begin(), files.end()));
}

}  // namespace sdlrun::dsl
