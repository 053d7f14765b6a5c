#include "stages/image/reference.hpp"

#include <algorithm>
#include <charconv>

#include "stages/image/oci/descriptor.hpp"

namespace sdlrun::stages::image {

using engine::Result;

namespace {

constexpr std::string_view docker = "docker.io";
constexpr std::size_t longest_name = 255;

bool is_small(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_letter(char c) { return is_small(c) || (c >= 'A' && c <= 'Z'); }

/// Lower-case words with `.`, `_`, `__` or dashes between them.
bool is_path_part(std::string_view part) {
  if (part.empty() || !is_small(part.front()) || !is_small(part.back())) return false;
  for (std::size_t at = 0; at < part.size();) {
    const std::size_t begin = at;
    while (at < part.size() && !is_small(part[at])) ++at;
    const std::string_view between = part.substr(begin, at - begin);
    const bool is_good = between.empty() || between == "." || between == "_" || between == "__" || between.find_first_not_of('-') == std::string_view::npos;
    if (!is_good) return false;
    while (at < part.size() && is_small(part[at])) ++at;
  }
  return true;
}

bool is_path(std::string_view path) {
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (!is_path_part(path.substr(begin, end - begin))) return false;
    begin = end + 1;
  }
  return path.size() <= longest_name;
}

/// A name with dots, `localhost`, or an address; a port behind it.
bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos || host.substr(1, end - 1).find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return false;
    host = host.substr(end + 1);
    if (host.empty()) return true;
  } else {
    const std::string_view name = host.substr(0, host.find(':'));
    const bool is_good = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || c == '.' || c == '-'; });
    if (!is_good || !is_letter(name.front()) || !is_letter(name.back())) return false;
    host.remove_prefix(name.size());
    if (host.empty()) return true;
  }
  int port = 0;
  const auto [end, error] = std::from_chars(host.data() + 1, host.data() + host.size(), port);
  return host.front() == ':' && error == std::errc() && end == host.data() + host.size() && port > 0 && port < 65536;
}

tl::unexpected<engine::Error> refused(std::string_view text, const std::string& why, const std::string& hint) {
  return engine::failure("`" + std::string(text) + "` is no name of an image: " + why, hint);
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

}  // namespace

bool is_tag(std::string_view text) {
  constexpr std::size_t longest = 128;
  const auto is_good = [](char c) { return is_letter(c) || c == '_' || c == '.' || c == '-'; };
  return !text.empty() && text.size() <= longest && text.front() != '.' && text.front() != '-' && std::all_of(text.begin(), text.end(), is_good);
}

Result<Reference> parse_repository(std::string_view text) {
  constexpr const char* shape = "it looks like \"registry.example.com/team/name:tag\"";
  if (text.find("://") != std::string_view::npos) return refused(text, "no `https://` stands before one", shape);
  if (text.ends_with(".tar") || text.starts_with('.') || text.starts_with('/')) return refused(text, "it looks like a path", "write a file as `file(\"…\")` and a folder as `dir(\"…\")`");
  Reference reference;
  std::string_view rest = text;
  if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
    reference.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
    if (!is_digest(reference.digest)) return refused(text, "what follows the `@` is no digest", "a digest is `sha256:` and 64 hexadecimal digits");
  }
  const std::size_t slash = rest.find('/');
  const std::string_view first = rest.substr(0, slash);
  const bool has_host = slash != std::string_view::npos && (first.find_first_of(".:") != std::string_view::npos || first == "localhost");
  if (has_host) rest.remove_prefix(slash + 1);
  reference.host = has_host ? lower_case(std::string(first)) : std::string(docker);
  if (!is_host(reference.host)) return refused(text, "`" + reference.host + "` is no host", shape);
  if (const std::size_t colon = rest.rfind(':'); colon != std::string_view::npos) {
    reference.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (!is_tag(reference.tag)) return refused(text, "`" + reference.tag + "` is no tag", "a tag has letters, digits, `.`, `_` and `-`, at most 128 of them");
  }
  if (reference.host == "index.docker.io" || reference.host == "registry-1.docker.io") reference.host = docker;
  reference.repository = rest;
  if (reference.host == docker && rest.find('/') == std::string_view::npos) reference.repository = "library/" + reference.repository;
  if (is_path(reference.repository)) return reference;
  const bool has_capitals = is_path(lower_case(reference.repository));
  return refused(text, has_capitals ? "it has capital letters" : "`" + std::string(rest) + "` is no name", has_capitals ? "write `" + lower_case(std::string(text)) + "`" : shape);
}

Result<Reference> parse_reference(std::string_view text) {
  auto reference = parse_repository(text);
  if (reference && reference->tag.empty() && reference->digest.empty()) reference->tag = "latest";
  return reference;
}

std::string reference_text(const Reference& reference) {
  std::string text = reference.host + '/' + reference.repository;
  if (!reference.tag.empty()) text += ':' + reference.tag;
  if (!reference.digest.empty()) text += '@' + reference.digest;
  return text;
}

bool is_loopback(std::string_view host) {
  const std::string_view name = host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  if (name == "localhost" || name == "[::1]") return true;
  // `127.example.com` is a name of somebody's.
  return name.starts_with("127.") && name.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::string api_host(const std::string& host) { return host == docker ? "registry-1.docker.io" : host; }

}  // namespace sdlrun::stages::image
