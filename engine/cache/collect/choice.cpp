#include "engine/cache/collect/choice.hpp"

#include <algorithm>
#include <tuple>

#include "engine/cache/store_layout.hpp"

namespace sdlrun::engine {

namespace {

std::vector<Going> candidates(const Inventory& all) {
  std::vector<Going> found;
  for (const auto& [key, held] : all.results) {
    const std::int64_t used = held.is_recorded ? held.used : 0;
    if (held.need == Need::none) found.push_back({Going::Kind::result, key, used, held.is_recorded});
  }
  for (const auto& [run, held] : all.runs) {
    if (!held.is_needed) found.push_back({Going::Kind::run, run, held.used});
  }
  for (const auto& [name, used] : all.set_aside) found.push_back({Going::Kind::set_aside, name, used});
  std::sort(found.begin(), found.end(), [](const Going& left, const Going& right) {
    return std::tie(left.used, left.kind, left.name) < std::tie(right.used, right.kind, right.name);
  });
  return found;
}

}  // namespace

std::filesystem::path place_of(const Going& going, const std::filesystem::path& state_folder) {
  if (going.kind == Going::Kind::result) return outputs_folder(state_folder, going.name);
  return going.kind == Going::Kind::run ? state_folder / "runs" / going.name : state_folder / going.name;
}

std::vector<Going> choose_what_goes(const Files& files, const std::filesystem::path& state_folder, const CollectionPolicy& policy,
                                    Milliseconds now, Inventory& all) {
  std::vector<Going> found = candidates(all);
  const auto stays = [&](Going& one) {
    const bool is_old = policy.older_than && one.used + policy.older_than->count() <= now.count();
    const bool is_too_much = policy.max_size && all.disk.bytes() > *policy.max_size;
    if (one.is_recorded && !is_old && !is_too_much) return true;
    each_file_below(files, place_of(one, state_folder), [&](const FileStatus& file) { one.bytes += all.disk.remove(file); });
    return false;
  };
  // One after the other, in their order: what goes before decides on what goes next.
  std::vector<Going> going;
  for (Going& one : found) {
    if (!stays(one)) going.push_back(std::move(one));
  }
  return going;
}

}  // namespace sdlrun::engine
