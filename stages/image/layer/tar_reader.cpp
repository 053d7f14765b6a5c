#include "stages/image/layer/tar_reader.hpp"

#include <algorithm>
#include <charconv>

#include "stages/image/layer/tar_format.hpp"

namespace sdlrun::stages::image {

using engine::Result;

namespace {

/// Names and links of some thousand letters; what is larger is no extension of an honest archive.
constexpr std::uint64_t largest_extension = 1 << 20;
constexpr std::uint64_t largest_size = std::uint64_t{1} << 50;

std::string_view part(std::string_view header, tar::Field field) { return header.substr(field.at, field.size); }

std::string text(std::string_view header, tar::Field field) {
  const std::string_view all = part(header, field);
  return std::string(all.substr(0, all.find('\0')));
}

/// Octal digits, or GNU's binary form, which its first byte shows.
std::uint64_t number(std::string_view header, tar::Field field) {
  const std::string_view all = part(header, field);
  std::uint64_t value = 0;
  if ((static_cast<unsigned char>(all[0]) & 0x80) != 0) {
    for (std::size_t at = 1; at < all.size(); ++at) value = (value << 8) | static_cast<unsigned char>(all[at]);
    return value;
  }
  for (const char c : all) {
    if (c >= '0' && c <= '7') value = value * 8 + static_cast<std::uint64_t>(c - '0');
    else if (c != ' ' || value > 0) break;
  }
  return value;
}

tl::unexpected<engine::Error> damaged(const std::string& what) { return engine::failure("the archive is damaged: " + what, "make or copy it anew"); }

std::uint64_t padding_of(std::uint64_t size) { return (tar::block - size % tar::block) % tar::block; }

}  // namespace

Result<void> TarReader::add(std::string_view bytes) {
  while (!bytes.empty() && state_ != State::end) {
    if (state_ == State::padding) {
      const std::size_t skipped = std::min<std::uint64_t>(padding_, bytes.size());
      bytes.remove_prefix(skipped);
      padding_ -= skipped;
      if (padding_ == 0) state_ = State::header;
      continue;
    }
    if (state_ == State::content) {
      const std::string_view piece = bytes.substr(0, std::min<std::uint64_t>(left_, bytes.size()));
      if (auto taken = callbacks_.on_content(piece); !taken) return taken;
      bytes.remove_prefix(piece.size());
      left_ -= piece.size();
      if (left_ == 0) end_content();
      continue;
    }
    const std::uint64_t wanted = (state_ == State::header ? tar::block : left_) - buffer_.size();
    const std::string_view piece = bytes.substr(0, std::min<std::uint64_t>(wanted, bytes.size()));
    buffer_ += piece;
    bytes.remove_prefix(piece.size());
    if (piece.size() < wanted) continue;
    if (auto taken = state_ == State::header ? take_header() : take_extension(); !taken) return taken;
  }
  return {};
}

Result<void> TarReader::finish() const {
  const bool is_whole = state_ == State::end || (state_ == State::header && buffer_.empty());
  return is_whole ? Result<void>() : Result<void>(damaged("it was cut off"));
}

Result<void> TarReader::take_header() {
  const std::string header = std::exchange(buffer_, {});
  if (std::all_of(header.begin(), header.end(), [](char c) { return c == '\0'; })) {
    state_ = State::end;
    return {};
  }
  if (number(header, tar::sum) != tar::check_sum(header)) return damaged("one of its headers is none");
  entry_ = TarEntry{.name = text(header, tar::name),
                    .type = header[tar::type.at],
                    .mode = static_cast<unsigned>(number(header, tar::mode) & 07777),
                    .user = number(header, tar::user),
                    .group = number(header, tar::group),
                    .size = number(header, tar::size),
                    .target = text(header, tar::target)};
  const bool is_ustar = part(header, tar::magic).starts_with(std::string_view("ustar\0", 6));
  if (const std::string prefix = text(header, tar::prefix); is_ustar && !prefix.empty()) entry_.name = prefix + '/' + entry_.name;
  if (entry_.size > largest_size) return damaged("an entry is larger than any disk");
  const bool is_extension = entry_.type == 'x' || entry_.type == 'g' || entry_.type == 'L' || entry_.type == 'K';
  if (is_extension) {
    if (entry_.size > largest_extension) return damaged("a name in it is longer than a name can be");
    return begin_content(State::extension, entry_.size);
  }
  if (!next_name_.empty()) entry_.name = std::exchange(next_name_, {});
  if (!next_target_.empty()) entry_.target = std::exchange(next_target_, {});
  if (std::exchange(has_next_size_, false)) entry_.size = next_size_;
  if (entry_.type == '\0' || entry_.type == '7') entry_.type = '0';
  const bool has_content = entry_.type == '0';
  if (!has_content && entry_.type >= '1' && entry_.type <= '6') entry_.size = 0;
  if (auto taken = callbacks_.on_entry(entry_); !taken) return taken;
  return begin_content(State::content, entry_.size);
}

Result<void> TarReader::begin_content(State state, std::uint64_t size) {
  state_ = state;
  left_ = size;
  padding_ = padding_of(size);
  if (size == 0) end_content();
  return {};
}

void TarReader::end_content() { state_ = padding_ > 0 ? State::padding : State::header; }

Result<void> TarReader::take_extension() {
  const std::string content = std::exchange(buffer_, {});
  const std::string without_end = content.substr(0, content.find('\0'));
  if (entry_.type == 'L') next_name_ = without_end;
  if (entry_.type == 'K') next_target_ = without_end;
  if (entry_.type == 'x') read_pax(content);
  left_ = 0;
  end_content();
  return {};
}

void TarReader::read_pax(std::string_view records) {
  while (!records.empty()) {
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(records.data(), records.data() + records.size(), length);
    const std::size_t digits = static_cast<std::size_t>(end - records.data());
    if (error != std::errc() || length <= digits + 1 || length > records.size()) return;
    const std::string_view record = records.substr(digits + 1, length - digits - 2);
    const std::size_t equal = record.find('=');
    records.remove_prefix(length);
    if (equal == std::string_view::npos) continue;
    const std::string_view name = record.substr(0, equal), value = record.substr(equal + 1);
    if (name == "path") next_name_ = value;
    if (name == "linkpath") next_target_ = value;
    if (name == "size") has_next_size_ = std::from_chars(value.data(), value.data() + value.size(), next_size_).ec == std::errc() && next_size_ <= largest_size;
  }
}

}  // namespace sdlrun::stages::image
