#include "engine/closing/closings.hpp"

#include <algorithm>

namespace sdlrun::engine {

namespace fs = std::filesystem;

namespace {

constexpr const char* record = ".json";
constexpr const char* lock_file = ".lock";

}  // namespace

Result<void> Closings::add(Closing closing, const fs::path& log, std::vector<std::string> secrets) {
  closing.log = log.lexically_relative(state_folder_).string();
  const std::lock_guard guard(mutex_);
  const auto own = std::find_if(open_.begin(), open_.end(), [&](const OpenClosing& open) { return open.closing.name == closing.name; });
  std::shared_ptr<LockedFile> lock;
  if (own != open_.end()) {
    lock = own->lock;
    open_.erase(own);
  } else {
    if (auto made = files_.make_directories(folder_); !made) return made;
    auto locked = files_.try_lock(path_of(closing.name, lock_file));
    if (!locked) return tl::unexpected(std::move(locked.error()));
    if (*locked == nullptr) {
      return failure("another run of this project has begun " + closing.what + ", and takes it away at its end", "wait for the end of that run, or give this one a name of its own");
    }
    lock = std::move(*locked);
  }
  if (auto written = files_.write_synced(path_of(closing.name, record), encode_closing(closing)); !written) return written;
  open_.push_back({std::move(closing), log, std::move(secrets), std::move(lock)});
  return {};
}

std::vector<OpenClosing> Closings::take() {
  const std::lock_guard guard(mutex_);
  std::vector<OpenClosing> taken = std::exchange(open_, {});
  std::reverse(taken.begin(), taken.end());
  return taken;
}

std::vector<OpenClosing> Closings::take_left() {
  std::vector<OpenClosing> left;
  for (Closing& closing : recorded()) {
    auto lock = files_.try_lock(path_of(closing.name, lock_file));
    if (!lock || *lock == nullptr) continue;  // its run goes on
    const auto there = files_.status(path_of(closing.name, record));
    if (!there || !there->has_value()) continue;  // its run has done it since
    const fs::path log = state_folder_ / closing.log;
    left.push_back({std::move(closing), log, {}, std::move(*lock)});
  }
  return left;
}

void Closings::forget(const OpenClosing& closing) {
  const std::string& name = closing.closing.name;
  for (const char* ending : {record, lock_file}) static_cast<void>(files_.remove(path_of(name, ending)));
}

std::vector<Closing> Closings::recorded() const {
  std::vector<Closing> found;
  const auto names = files_.list(folder_);
  if (!names) return found;  // no folder, nothing to be closed
  for (const std::string& name : *names) {
    if (!name.ends_with(record)) continue;
    const auto text = files_.read(folder_ / name);
    auto closing = text ? decode_closing(*text) : std::nullopt;
    if (closing && closing->name + record == name) found.push_back(std::move(*closing));
  }
  return found;
}

}  // namespace sdlrun::engine
