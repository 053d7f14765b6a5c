#include "engine/cache/journal.hpp"

#include <unistd.h>

#include <algorithm>
#include <random>

#include "engine/cache/digest.hpp"

namespace sdlrun::engine {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view magic = "sdlrun-journal-1\n";
constexpr std::size_t length_size = 4;
constexpr std::size_t check_size = 8;
constexpr std::size_t header_size = length_size + check_size;

std::string length_bytes(std::size_t length) {
  std::string bytes;
  for (std::size_t i = 0; i < length_size; ++i) bytes += static_cast<char>(length >> (8 * i) & 0xff);
  return bytes;
}

std::size_t length_of(std::string_view bytes) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_size; ++i) length |= std::size_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return length;
}

/// Eight hexadecimal digits of the digest: 32 bits, as of a CRC, but of any damage whatever.
std::string check_of(std::string_view length, std::string_view content) {
  Sha256 hash;
  hash.add(length);
  hash.add(content);
  return hash.hex().substr(0, check_size);
}

/// Always as long as the others: the database keeps it, and how much it writes must not be a matter of chance.
std::string new_name() {
  std::random_device random;
  std::string digits;
  for (int number = 0; number < 2; ++number) {
    const std::string more = std::to_string(random());
    digits += std::string(10 - more.size(), '0') + more;
  }
  return std::to_string(::getpid()) + '-' + digits;
}

}  // namespace

Journal::Journal(Files& files, fs::path path, std::shared_ptr<LockedFile> file)
    : files_(&files), path_(std::move(path)), name_(path_.filename().string()), file_(std::move(file)) {}

Result<Journal> Journal::create(Files& files, const fs::path& folder) {
  if (auto made = files.make_directories(folder); !made) return tl::unexpected(std::move(made.error()));
  while (true) {
    const fs::path path = folder / new_name();
    auto file = files.try_lock(path);
    if (!file) return tl::unexpected(std::move(file.error()));
    // Another engine's sweep may have met the file before it was locked: then it is gone, and so we take another.
    if (*file == nullptr) continue;
    Journal journal(files, path, std::move(*file));
    if (auto begun = journal.file_->write_at(0, magic); !begun) {
      journal.remove();
      return tl::unexpected(std::move(begun.error()));
    }
    journal.size_ = magic.size();
    return journal;
  }
}

Result<void> Journal::append(std::string_view content) {
  constexpr std::size_t most = 0xffffffff;
  if (content.size() > most) return failure("a step's outputs are too large to record: more than 4 GB of values");
  const std::string length = length_bytes(content.size());
  std::string record = length + check_of(length, content);
  record += content;
  if (auto written = file_->write_at(size_, record); !written) {
    // The next record overwrites what was written in part; should this process end before, its check finds it out.
    static_cast<void>(file_->truncate(size_));
    return written;
  }
  size_ += record.size();
  return {};
}

void Journal::remove() { static_cast<void>(files_->remove(path_)); }

bool is_journal(std::string_view bytes) {
  return bytes.substr(0, magic.size()) == magic.substr(0, std::min(bytes.size(), magic.size()));
}

JournalContent read_journal(std::string_view bytes, std::uint64_t begin) {
  JournalContent content{.records = {}, .end = begin};
  if (!bytes.starts_with(magic)) return content;
  content.end = std::max<std::uint64_t>(begin, magic.size());
  while (content.end <= bytes.size() && bytes.size() - content.end >= header_size) {
    const std::string_view rest = bytes.substr(content.end);
    const std::size_t length = length_of(rest);
    if (rest.size() - header_size < length) break;
    const std::string_view record = rest.substr(header_size, length);
    if (rest.substr(length_size, check_size) != check_of(rest.substr(0, length_size), record)) break;
    content.records.emplace_back(record);
    content.end += header_size + length;
  }
  return content;
}

Result<std::string> EndedJournal::read() const { return files_->read(path_); }

void EndedJournal::remove() const { static_cast<void>(files_->remove(path_)); }

std::vector<EndedJournal> ended_journals(Files& files, const fs::path& folder) {
  std::vector<EndedJournal> ended;
  const auto names = files.list(folder);
  if (!names) return ended;  // no folder, no journals
  for (const std::string& name : *names) {
    auto lock = files.try_lock(folder / name);
    if (lock && *lock != nullptr) ended.emplace_back(files, folder / name, std::move(*lock));
  }
  return ended;
}

bool has_living_journal(Files& files, const fs::path& folder, std::string_view except) {
  const auto names = files.list(folder);
  return names && std::any_of(names->begin(), names->end(), [&](const std::string& name) {
           if (name == except) return false;
           const auto lock = files.try_lock(folder / name);
           return lock && *lock == nullptr;
         });
}

}  // namespace sdlrun::engine
