// The records of what was started beyond this machine: one small file each, `.sdl/outside/NAME.json`, on the disk itself
// before the request goes out.
//
// Not in the journal and state.db, for three reasons: a database that is damaged and set aside must not take the word of a
// running job with it; another engine sees a record the moment it is written; and only these records are worth a sync each.
// A settled one stays while it is the newest of its key, so that its number is not used again.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/error.hpp"
#include "engine/outside/outside_record.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

/// Thread-safe: holds nothing but where the records are. Several engines may use one folder at once.
class OutsideRecords {
 public:
  OutsideRecords(const std::filesystem::path& state_folder, Files& files) : folder_(state_folder / "outside"), files_(&files) {}

  /// "sdl-<20 hexadecimal digits of key, kind and project>-<attempt>": the same for every engine of this project. Makes the
  /// project's identifier at the first call.
  Result<std::string> name(std::string_view key, std::string_view kind, std::int64_t attempt);
  /// All of one step's key and kind, by attempt. One that cannot be read is an error: it may stand for something that runs.
  Result<std::vector<OutsideRecord>> of(std::string_view key, std::string_view kind);
  /// All that are not settled, by name; what cannot be read is left out. Touches nothing.
  std::vector<OutsideRecord> open() const;

  /// Synced when it returns; the record before is there, whole, until then.
  Result<void> write(const OutsideRecord& record);
  /// Settled as a record, and older settled ones of its key go.
  Result<void> settle(OutsideRecord record, std::string note);

  /// What is neither record nor identifier: of writes that were cut off, or are under way.
  std::vector<std::filesystem::path> leftovers() const;

  std::filesystem::path path_of(std::string_view name) const { return folder_ / (std::string(name) + ".json"); }

 private:
  Result<std::string> project();
  Result<OutsideRecord> read(const std::string& name) const;
  std::vector<std::string> names() const;

  std::filesystem::path folder_;
  Files* files_;
};

/// The one that a step of this key takes over instead of starting another, of whatever kind; null where there is none.
const OutsideRecord* taken_over_by(std::string_view key, const std::vector<OutsideRecord>& open);

}  // namespace sdlrun::engine
