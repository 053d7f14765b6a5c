#include "cli/pipeline_words.hpp"

#include <algorithm>
#include <filesystem>

#include "dsl/syntax/keywords.hpp"

namespace sdlrun::cli {

namespace {

bool is_identifier(std::string_view text) {
  return !text.empty() && dsl::is_name_start(text.front()) && std::all_of(text.begin(), text.end(), dsl::is_name_byte);
}

bool needs_quotes(std::string_view word) {
  constexpr std::string_view safe = "_-+=./,:@%^";
  const auto is_safe = [&](unsigned char byte) {
    return byte >= 0x80 || dsl::is_name_byte(static_cast<char>(byte)) || safe.find(static_cast<char>(byte)) != safe.npos;
  };
  return word.empty() || !std::all_of(word.begin(), word.end(), is_safe);
}

}  // namespace

PipelineWords told_apart(const std::vector<std::string>& words, bool first_is_file) {
  PipelineWords result;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (first_is_file && result.file.empty()) {
      result.file = word;
    } else if (equals != std::string::npos && is_identifier(std::string_view(word).substr(0, equals))) {
      result.params.emplace_back(word.substr(0, equals), word.substr(equals + 1));
    } else {
      result.names.push_back(word);
    }
  }
  return result;
}

bool names_a_file(const std::string& word) {
  std::error_code problem;
  return word.ends_with(".sdl") || word.find('/') != std::string::npos || std::filesystem::exists(word, problem);
}

std::string shell_text(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) {
    if (!result.empty()) result += ' ';
    if (!needs_quotes(word)) {
      result += word;
      continue;
    }
    result += '\'';
    for (const char byte : word) result += byte == '\'' ? std::string("'\\''") : std::string(1, byte);
    result += '\'';
  }
  return result;
}

std::vector<std::string> shell_words(std::string_view text) {
  std::vector<std::string> words;
  bool in_word = false;
  bool quoted = false;
  for (std::size_t index = 0; index < text.size(); ++index) {
    const char byte = text[index];
    if (!quoted && byte == ' ') {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (byte == '\'') {
      quoted = !quoted;
    } else if (!quoted && byte == '\\' && index + 1 < text.size()) {
      words.back() += text[++index];
    } else {
      words.back() += byte;
    }
  }
  return words;
}

}  // namespace sdlrun::cli
