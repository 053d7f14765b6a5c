// Reads tar as it comes, in pieces of any size: archives of `docker save`, and base layers, of which the folders are wanted.
// Understands ustar, PAX and GNU's long names.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/error.hpp"

namespace sdlrun::stages::image {

struct TarEntry {
  std::string name = {};  // as it stands there
  char type = '0';        // '0' file, '1' hard link, '2' link, '5' folder
  unsigned mode = 0;
  std::uint64_t user = 0;
  std::uint64_t group = 0;
  std::uint64_t size = 0;
  std::string target = {};
};

class TarReader {
 public:
  struct Callbacks {
    std::function<engine::Result<void>(const TarEntry&)> on_entry;
    /// Of the last file, in order.
    std::function<engine::Result<void>(std::string_view)> on_content;
  };
  explicit TarReader(Callbacks callbacks) : callbacks_(std::move(callbacks)) {}

  engine::Result<void> add(std::string_view bytes);
  /// Once all has been added: whether it ended where an entry does.
  engine::Result<void> finish() const;

 private:
  enum class State { header, extension, content, padding, end };
  engine::Result<void> take_header();
  engine::Result<void> take_extension();
  engine::Result<void> begin_content(State state, std::uint64_t size);
  void end_content();
  void read_pax(std::string_view records);

  Callbacks callbacks_;
  State state_ = State::header;
  std::string buffer_;        // a header or an extension, as far as it has come
  TarEntry entry_;
  std::string next_name_;     // from an extension, for the entry behind it
  std::string next_target_;
  std::uint64_t next_size_ = 0;
  bool has_next_size_ = false;
  std::uint64_t left_ = 0;    // of the content or the extension
  std::uint64_t padding_ = 0;
};

}  // namespace sdlrun::stages::image
