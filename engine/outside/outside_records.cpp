#include "engine/outside/outside_records.hpp"

#include <algorithm>
#include <random>

#include "engine/cache/digest.hpp"

namespace sdlrun::engine {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view ending = ".json";
constexpr std::string_view name_beginning = "sdl-";
constexpr std::string_view project_link = "project";

std::string random_identifier() {
  std::random_device random;
  return sha256(std::to_string(random()) + '-' + std::to_string(random()) + '-' + std::to_string(random())).substr(0, 16);
}

/// "sdl-0123…-": what all attempts begin with.
std::string stem_of(std::string_view name) { return std::string(name.substr(0, name.rfind('-') + 1)); }

}  // namespace

// A symbolic link that leads nowhere: it is made whole or not at all, and by one engine only.
Result<std::string> OutsideRecords::project() {
  const fs::path link = folder_ / project_link;
  const auto is_there = files_->status(link);
  if (!is_there) return tl::unexpected(is_there.error());
  if (!is_there->has_value()) {
    if (auto made = files_->make_directories(folder_); !made) return tl::unexpected(std::move(made.error()));
    static_cast<void>(files_->make_symbolic_link(random_identifier(), link));  // another engine may have been faster
  }
  return files_->read_link(link);
}

Result<std::string> OutsideRecords::name(std::string_view key, std::string_view kind, std::int64_t attempt) {
  auto identifier = project();
  if (!identifier) return identifier;
  const std::string digits = sha256(*identifier + '\n' + std::string(kind) + '\n' + std::string(key)).substr(0, 20);
  return std::string(name_beginning) + digits + '-' + std::to_string(attempt);
}

std::vector<std::string> OutsideRecords::names() const {
  std::vector<std::string> found;
  const auto listed = files_->list(folder_);
  if (!listed) return found;  // no folder, nothing started
  for (const std::string& file : *listed) {
    if (file.starts_with(name_beginning) && file.ends_with(ending)) found.push_back(file.substr(0, file.size() - ending.size()));
  }
  return found;
}

std::vector<fs::path> OutsideRecords::leftovers() const {
  std::vector<fs::path> found;
  const auto listed = files_->list(folder_);
  if (!listed) return found;
  for (const std::string& file : *listed) {
    if (file != project_link && !file.ends_with(ending)) found.push_back(folder_ / file);
  }
  return found;
}

Result<OutsideRecord> OutsideRecords::read(const std::string& name) const {
  const auto text = files_->read(path_of(name));
  if (!text) return tl::unexpected(text.error());
  auto record = decode_outside_record(*text);
  if (record && record->name == name) return std::move(*record);
  return failure("`" + path_of(name).string() + "` cannot be read: it is the record of something that may run outside this machine",
                 "look for `" + name + "` where the step starts things, end it there, and remove the file");
}

Result<std::vector<OutsideRecord>> OutsideRecords::of(std::string_view key, std::string_view kind) {
  const auto first = name(key, kind, 1);
  if (!first) return tl::unexpected(first.error());
  std::vector<OutsideRecord> found;
  for (const std::string& name : names()) {
    if (stem_of(name) != stem_of(*first)) continue;
    auto record = read(name);
    if (!record) return tl::unexpected(std::move(record.error()));
    found.push_back(std::move(*record));
  }
  std::sort(found.begin(), found.end(), [](const auto& left, const auto& right) { return left.attempt < right.attempt; });
  return found;
}

std::vector<OutsideRecord> OutsideRecords::open() const {
  std::vector<OutsideRecord> found;
  for (const std::string& name : names()) {
    auto record = read(name);
    if (record && record->is_open()) found.push_back(std::move(*record));
  }
  return found;
}

Result<void> OutsideRecords::write(const OutsideRecord& record) {
  if (auto made = files_->make_directories(folder_); !made) return made;
  return files_->write_synced(path_of(record.name), encode_outside_record(record));
}

Result<void> OutsideRecords::settle(OutsideRecord record, std::string note) {
  record.state = OutsideState::settled;
  record.note = std::move(note);
  if (auto written = write(record); !written) return written;
  for (const std::string& name : names()) {
    if (name == record.name || stem_of(name) != stem_of(record.name)) continue;
    const auto older = read(name);
    if (older && !older->is_open() && older->attempt < record.attempt) static_cast<void>(files_->remove(path_of(name)));
  }
  return {};
}

const OutsideRecord* taken_over_by(std::string_view key, const std::vector<OutsideRecord>& open) {
  const auto found = std::find_if(open.begin(), open.end(), [&](const OutsideRecord& record) {
    return record.key == key && record.is_to_be_taken_over();
  });
  return found == open.end() ? nullptr : &*found;
}

}  // namespace sdlrun::engine
