#include "stages/notebook/sure_imports.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "stages/json/json_fields.hpp"

namespace sdlrun::stages {

namespace {

using Json = nlohmann::json;

constexpr std::string_view blanks = " \t\r\n\f\v";
constexpr const char* injected_tag = "injected-parameters";  // convert.py leaves such cells out

const Json& part_of(const Json& object, const char* name) {
  static const Json nothing;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() ? *found : nothing;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(blanks) == std::string_view::npos; }

/// A cell's text: one string, or a list of lines that end with their line feeds.
std::string source_of(const Json& cell) {
  const Json& source = part_of(cell, "source");
  if (source.is_string()) return source.get<std::string>();
  std::string text;
  for (const Json& line : source.is_array() ? source : Json::array()) text += line.is_string() ? line.get<std::string>() : "";
  return text;
}

bool is_python(const Json& notebook) {
  const Json& metadata = part_of(notebook, "metadata");
  const std::string kernel = text_in(part_of(metadata, "kernelspec"), "language");
  const std::string language = kernel.empty() ? text_in(part_of(metadata, "language_info"), "name") : kernel;
  const std::string name = text_in(part_of(metadata, "kernelspec"), "name");
  return language == "python" || (language.empty() && (name.empty() || name.starts_with("python")));
}

bool is_tagged(const Json& cell, const char* tag) {
  const Json& tags = part_of(part_of(cell, "metadata"), "tags");
  return tags.is_array() && std::find(tags.begin(), tags.end(), Json(tag)) != tags.end();
}

bool is_of_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

/// Takes a word off the front, and the blanks before it. Empty where there is none.
std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  const auto end = std::find_if_not(text.begin(), text.end(), is_of_name);
  const std::string_view word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(word.size());
  return word;
}

/// The first of names with dots between, all of which are taken off; empty where something else stands there.
std::string_view take_module(std::string_view& text) {
  const std::string_view first = take_word(text);
  while (!first.empty() && text.starts_with('.')) {
    text.remove_prefix(1);
    if (take_word(text).empty()) return {};
  }
  return first;
}

bool take(std::string_view& text, char expected) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(1);
  return true;
}

bool takes_keyword(std::string_view& text, std::string_view keyword) {
  std::string_view rest = text;
  if (take_word(rest) != keyword) return false;
  text = rest;
  return true;
}

/// The modules of `import a.b as c, d` and `from a.b import …`; none of anything else, nor of what is not understood to its end.
std::vector<std::string> modules_of(std::string_view line) {
  std::string_view rest = line;
  if (line.starts_with("from ") && takes_keyword(rest, "from")) {
    const std::string_view module = take_module(rest);
    return module.empty() || !takes_keyword(rest, "import") ? std::vector<std::string>() : std::vector{std::string(module)};
  }
  std::vector<std::string> modules;
  if (!line.starts_with("import ") || !takes_keyword(rest, "import")) return {};
  do {
    modules.emplace_back(take_module(rest));
    if (modules.back().empty() || (takes_keyword(rest, "as") && take_word(rest).empty())) return {};
  } while (take(rest, ','));
  const bool is_whole = is_blank(rest) || take(rest, ';') || take(rest, '#');
  return is_whole ? modules : std::vector<std::string>();
}

/// Behind such a line, one that looks like a statement may be part of a text or of a command.
bool hides_what_follows(std::string_view line) {
  return line.ends_with('\\') || line.find("\"\"\"") != std::string_view::npos || line.find("'''") != std::string_view::npos;
}

/// Whether IPython takes lines of the cell for something else than Python's: a magic of the whole cell, or a statement that ends
/// with a `?` asking for help, which may have begun lines before.
bool is_special(std::string_view source) {
  if (source.substr(source.find_first_not_of(blanks)).starts_with("%%")) return true;
  for (std::size_t at = source.find('?'); at != std::string_view::npos; at = source.find('?', at + 1)) {
    const std::string_view rest = source.substr(at + 1);
    const std::size_t next = rest.find_first_not_of(" \t\r\f\v");
    if (next == std::string_view::npos || rest[next] == '\n') return true;
  }
  return false;
}

void add_imports(std::string_view source, std::size_t cell, std::vector<Import>& imports) {
  if (is_special(source)) return;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < source.size();) {
    const std::size_t end = std::min(source.find('\n', begin), source.size());
    std::string_view line = source.substr(begin, end - begin);
    while (line.ends_with('\r')) line.remove_suffix(1);
    begin = end + 1;
    ++number;
    const bool is_plain = line.find('\r') == std::string_view::npos;  // Python ends lines there too
    for (std::string& module : is_plain ? modules_of(line) : std::vector<std::string>()) {
      imports.push_back({.module = std::move(module), .cell = cell, .line = number, .text = std::string(line)});
    }
    if (hides_what_follows(line)) return;
  }
}

}  // namespace

std::vector<Import> sure_imports(std::string_view notebook) {
  const Json content = Json::parse(notebook, nullptr, false);
  const Json& cells = part_of(content, "cells");
  if (part_of(content, "nbformat") != 4 || !cells.is_array() || !is_python(content)) return {};
  std::vector<Import> imports;
  std::size_t number = 0;
  for (const Json& cell : cells) {
    if (text_in(cell, "cell_type") != "code" || is_tagged(cell, injected_tag)) continue;
    const std::string source = source_of(cell);
    if (!is_blank(source)) add_imports(source, ++number, imports);
  }
  return imports;
}

}  // namespace sdlrun::stages
