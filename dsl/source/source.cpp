#include "dsl/source/source.hpp"

#include <algorithm>

namespace sdlrun::dsl {

Span join(Span first, Span last) {
  return {first.file, std::min(first.begin, last.begin), std::max(first.end, last.end)};
}

SourceFile::SourceFile(std::filesystem::path path, std::string text) : path_(std::move(path)), text_(std::move(text)) {
  line_begins_.push_back(0);
  for (std::size_t at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1)) {
    line_begins_.push_back(static_cast<std::uint32_t>(at + 1));
  }
}

Position SourceFile::position(std::uint32_t offset) const {
  offset = std::min(offset, static_cast<std::uint32_t>(text_.size()));
  const auto after = std::upper_bound(line_begins_.begin(), line_begins_.end(), offset);
  const auto line = static_cast<std::uint32_t>(after - line_begins_.begin());
  const std::string_view before = std::string_view(text_).substr(line_begin(line), offset - line_begin(line));
  const auto is_first_byte = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; };
  return {line, 1 + static_cast<std::uint32_t>(std::count_if(before.begin(), before.end(), is_first_byte))};
}

std::string_view SourceFile::line(std::uint32_t number) const {
  const std::uint32_t begin = line_begin(number);
  const std::uint32_t end = number < line_count() ? line_begin(number + 1) - 1 : static_cast<std::uint32_t>(text_.size());
  std::string_view line = std::string_view(text_).substr(begin, end - begin);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::uint32_t SourceFile::line_begin(std::uint32_t number) const {
  return number == 0 || number > line_count() ? static_cast<std::uint32_t>(text_.size()) : line_begins_[number - 1];
}

FileId Sources::add(std::filesystem::path path, std::string text) {
  files_.emplace_back(std::move(path), std::move(text));
  return static_cast<FileId>(files_.size() - 1);
}

std::string_view Sources::text(Span span) const {
  return file(span.file).text().substr(span.begin, span.end - span.begin);
}

}  // namespace sdlrun::dsl
