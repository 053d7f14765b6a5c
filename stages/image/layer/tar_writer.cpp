#include "stages/image/layer/tar_writer.hpp"

#include <algorithm>
#include <array>

#include "stages/image/layer/tar_format.hpp"

namespace sdlrun::stages::image {

using engine::Result;

namespace {

using Header = std::array<char, tar::block>;

bool fits(std::string_view text, tar::Field field) {
  return text.size() <= field.size && std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void put(Header& header, tar::Field field, std::string_view text) {
  std::copy_n(text.begin(), std::min(text.size(), field.size), header.begin() + static_cast<std::ptrdiff_t>(field.at));
}

/// Octal digits with zeros before them and a NUL behind; zeros where it does not fit.
void put_number(Header& header, tar::Field field, std::uint64_t number) {
  std::string digits(field.size - 1, '0');
  for (std::size_t at = digits.size(); at > 0; --at, number >>= 3) digits[at - 1] = static_cast<char>('0' + (number & 7));
  put(header, field, digits);
}

/// "LENGTH NAME=VALUE\n", where the length counts itself.
std::string pax_record(const std::string& name, const std::string& value) {
  const std::size_t rest = name.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (std::to_string(length).size() + rest != length) length = std::to_string(length).size() + rest;
  return std::to_string(length) + ' ' + name + '=' + value + '\n';
}

Header header_of(const std::string& name, char type, unsigned mode, std::uint64_t size, const std::string& target) {
  Header header{};
  put(header, tar::name, name);
  put_number(header, tar::mode, mode);
  for (const tar::Field field : {tar::user, tar::group, tar::modified}) put_number(header, field, 0);
  put_number(header, tar::size, size <= tar::largest_size ? size : 0);
  header[tar::type.at] = type;
  put(header, tar::target, target);
  put(header, tar::magic, std::string_view("ustar\00000", 8));
  put_number(header, tar::device_major, 0);
  put_number(header, tar::device_minor, 0);
  put_number(header, {tar::sum.at, 7}, tar::check_sum({header.data(), header.size()}));
  header[tar::sum.at + 7] = ' ';
  return header;
}

}  // namespace

Result<void> TarWriter::entry(const Entry& entry) {
  std::string records;
  if (!fits(entry.target, tar::target)) records += pax_record("linkpath", entry.target);
  if (!fits(entry.name, tar::name)) records += pax_record("path", entry.name);
  if (entry.size > tar::largest_size) records += pax_record("size", std::to_string(entry.size));
  if (!records.empty()) {
    const Header before = header_of("PaxHeaders", 'x', 0644, records.size(), "");
    if (auto written = sink_({before.data(), before.size()}); !written) return written;
    if (auto written = sink_(records); !written) return written;
    if (auto written = pad(records.size()); !written) return written;
  }
  const auto as_far_as_it_fits = [](const std::string& text, tar::Field field) {
    std::string part = text.substr(0, field.size);
    std::replace_if(part.begin(), part.end(), [](char c) { return c < ' ' || c > '~'; }, '_');
    return part;
  };
  const Header header = header_of(as_far_as_it_fits(entry.name, tar::name), entry.type, entry.mode, entry.size, as_far_as_it_fits(entry.target, tar::target));
  return sink_({header.data(), header.size()});
}

Result<void> TarWriter::directory(const std::string& name, unsigned mode) { return entry({.name = name + '/', .type = '5', .mode = mode}); }

Result<void> TarWriter::link(const std::string& name, const std::string& target) {
  return entry({.name = name, .type = '2', .mode = 0777, .size = 0, .target = target});
}

Result<void> TarWriter::file(const std::string& name, std::uint64_t size, bool executable) {
  size_ = missing_ = size;
  return entry({.name = name, .type = '0', .mode = executable ? 0755U : 0644U, .size = size});
}

Result<void> TarWriter::content(std::string_view bytes) {
  if (bytes.size() > missing_) return engine::failure("a file grew while it was put into the image", "let nobody write to it, and run again");
  missing_ -= bytes.size();
  if (auto written = sink_(bytes); !written) return written;
  return missing_ == 0 && size_ > 0 ? pad(std::exchange(size_, 0)) : Result<void>();
}

Result<void> TarWriter::pad(std::uint64_t size) {
  const std::string zeros((tar::block - size % tar::block) % tar::block, '\0');
  return zeros.empty() ? Result<void>() : sink_(zeros);
}

Result<void> TarWriter::finish() { return sink_(std::string(2 * tar::block, '\0')); }

}  // namespace sdlrun::stages::image
