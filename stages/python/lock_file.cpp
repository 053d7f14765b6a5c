#include "stages/python/lock_file.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>

#include "engine/cache/digest.hpp"

namespace sdlrun::stages {

namespace {

std::string stripped(const std::string& line) {
  std::string text = line.substr(0, line.find(" #"));
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  if (!text.empty() && text.front() == '#') text.clear();
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\\") - begin + 1);
}

constexpr const char* how_to_pin =
    "every line is `name==version`; `uv pip compile requirements.in -o requirements.txt` writes such a file, with all that is needed";

/// `name==version`, with extras in brackets before and a marker or hashes behind.
engine::Result<PinnedPackage> pinned(const std::string& text) {
  if (text.starts_with("-i") || text.starts_with("--index-url") || text.starts_with("--extra-index-url")) {
    return engine::failure("`" + text.substr(0, text.find_first_of(" =")) + "` belongs to the machine, not to the lock file",
                           "set UV_INDEX_URL or PIP_INDEX_URL in the environment");
  }
  const std::size_t pin = text.find("==");
  std::string name = text.substr(0, pin);
  name.erase(name.find_last_not_of(' ') + 1);
  const std::size_t begin = pin == std::string::npos ? pin : text.find_first_not_of(" =", pin);
  const std::string version = begin == std::string::npos ? "" : text.substr(begin, text.find_first_of(" ;", begin) - begin);
  const bool is_plain = !name.empty() && !name.starts_with("-") && name.find_first_of(" <>=!~;@/") == std::string::npos;
  if (!is_plain || version.empty() || version.find_first_of("*,<>") != std::string::npos) {
    return engine::failure("`" + text + "` pins no version", how_to_pin);
  }
  return PinnedPackage{.name = normalized_package(name.substr(0, name.find('['))), .version = version, .line = 0};
}

}  // namespace

std::string normalized_package(const std::string& name) {
  std::string result;
  for (const char letter : name) {
    const bool separator = letter == '-' || letter == '_' || letter == '.';
    if (separator && !result.empty() && result.back() == '-') continue;
    result += separator ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return result;
}

engine::Result<std::vector<PinnedPackage>> read_lock_file(const std::string& path) {
  std::ifstream stream(path);
  if (!stream) return engine::failure("cannot read " + path);
  std::vector<PinnedPackage> packages;
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    const std::string text = stripped(line);
    if (text.empty() || text.starts_with("--hash")) continue;
    auto package = pinned(text);
    if (!package) return engine::failure(path + ":" + std::to_string(number) + ": " + package.error().message, package.error().hint);
    package->line = number;
    const auto before = std::find_if(packages.begin(), packages.end(), [&](const auto& other) { return other.name == package->name; });
    if (before != packages.end() && before->version != package->version) {
      return engine::failure(path + ":" + std::to_string(number) + ": `" + text + "`, but line " + std::to_string(before->line) + " pins " + before->version,
                             "keep one of them");
    }
    packages.push_back(std::move(*package));
  }
  return packages;
}

std::string lock_digest(const std::vector<PinnedPackage>& packages, const std::string& use) {
  std::vector<std::string> pins;
  for (const PinnedPackage& package : packages) pins.push_back(package.name + "==" + package.version + "\n");
  std::sort(pins.begin(), pins.end());
  std::string identity = use + "\n";
  for (const std::string& pin : pins) identity += pin;
  return engine::sha256(identity);
}

}  // namespace sdlrun::stages
