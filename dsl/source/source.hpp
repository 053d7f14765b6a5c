// Source texts and places in them. Every later phase speaks of text by Span only.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sdlrun::dsl {

enum class FileId : std::uint32_t {};

/// A half-open range of bytes in one source file.
struct Span {
  FileId file{};
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  friend bool operator==(const Span&, const Span&) = default;
};

/// The smallest span that covers both; they must be of one file.
Span join(Span first, Span last);

/// A place for people: line and column count from 1, the column in Unicode code points.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

/// One text that was read. The text never moves, so views into it stay valid as long as Sources lives.
class SourceFile {
 public:
  SourceFile(std::filesystem::path path, std::string text);

  /// The path as the user wrote it; it is what diagnostics show.
  const std::filesystem::path& path() const { return path_; }
  std::string_view text() const { return text_; }
  Position position(std::uint32_t offset) const;
  /// The text of a line (counted from 1) without its line ending.
  std::string_view line(std::uint32_t number) const;
  /// The byte offset at which a line (counted from 1) begins.
  std::uint32_t line_begin(std::uint32_t number) const;
  std::uint32_t line_count() const { return static_cast<std::uint32_t>(line_begins_.size()); }

 private:
  std::filesystem::path path_;
  std::string text_;
  std::vector<std::uint32_t> line_begins_;
};

/// All texts of one invocation: files, command-line values, stage schemas.
class Sources {
 public:
  FileId add(std::filesystem::path path, std::string text);
  const SourceFile& file(FileId id) const { return files_[static_cast<std::uint32_t>(id)]; }
  std::string_view text(Span span) const;
  std::size_t size() const { return files_.size(); }

 private:
  std::deque<SourceFile> files_;
};

}  // namespace sdlrun::dsl
