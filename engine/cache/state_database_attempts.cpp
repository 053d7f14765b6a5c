// What state.db knows of the past of steps.
#include "engine/cache/id_ranges.hpp"
#include "engine/cache/state_database.hpp"

namespace sdlrun::engine {

namespace {

std::int64_t sql_limit(std::size_t most) { return static_cast<std::int64_t>(std::min<std::size_t>(most, INT64_MAX)); }

}  // namespace

StepAttempt StateDatabase::attempt_of(const Use& row) const {
  return {.pipeline = std::string(row.text(0)),
          .step = std::string(row.text(1)),
          .run = std::string(row.text(2)),
          .key = std::string(row.text(3)),
          .parts = decode_parts(row.text(4)),
          .outcome = std::string(row.text(5)),
          .reason = std::string(row.text(6)),
          .started = Milliseconds(row.integer(7)),
          .duration = Milliseconds(row.integer(8)),
          .log_file = decode_log_file(row.text(9), folder_)};
}

std::optional<StepAttempt> StateDatabase::last_attempt(std::string_view pipeline, std::string_view step) {
  Use use(database_, last_attempt_);
  use.bind(pipeline).bind(step);
  if (!use.next()) return std::nullopt;
  return attempt_of(use);
}

std::vector<StepAttempt> StateDatabase::attempts(std::string_view run) {
  std::vector<StepAttempt> found;
  {
    Use use(database_, attempts_);
    use.bind(run);
    while (use.next()) found.push_back(attempt_of(use));
  }
  for (const std::int64_t id : cached_attempts(run)) {
    Use use(database_, attempt_);
    use.bind(id);
    if (use.next()) found.push_back(taken_over(attempt_of(use), run));
  }
  return found;
}

std::vector<StepAttempt> StateDatabase::history(std::string_view pipeline, std::string_view step, std::size_t most) {
  std::vector<StepAttempt> found;
  Use use(database_, history_);
  use.bind(pipeline).bind(step).bind(sql_limit(most));
  while (use.next()) found.push_back(attempt_of(use));
  return found;
}

std::vector<Milliseconds> StateDatabase::durations(std::string_view pipeline, std::string_view step, std::size_t most) {
  std::vector<Milliseconds> found;
  Use use(database_, durations_of_step_);
  use.bind(pipeline).bind(step).bind(sql_limit(most));
  while (use.next()) found.emplace_back(use.integer(0));
  return found;
}

Durations StateDatabase::durations(std::string_view pipeline, std::size_t most) {
  Durations found;
  Use use(database_, durations_);
  use.bind(pipeline).bind(sql_limit(most));
  while (use.next()) found[std::string(use.text(0))].emplace_back(use.integer(1));
  return found;
}

std::vector<std::int64_t> StateDatabase::cached_attempts(std::string_view run) {
  Use use(database_, cached_attempts_);
  use.bind(run);
  return use.next() ? ids_in(use.text(0)) : std::vector<std::int64_t>();
}

std::unordered_map<std::string, LastTime> StateDatabase::last_times(std::string_view pipeline, StoredResults& results) {
  std::unordered_map<std::string, LastTime> found;
  Use use(database_, last_times_);
  use.bind(pipeline);
  while (use.next()) {
    if (use.text(2) != "ran" && use.text(2) != "cached") continue;
    found.try_emplace(std::string(use.text(0)), LastTime{use.integer(1), std::string(use.text(3)), Milliseconds(use.integer(4))});
    if (use.text(5).empty()) continue;  // forgotten
    results.try_emplace(std::string(use.text(3)), StoredResult{std::string(use.text(5)), std::string(use.text(6)), Milliseconds(use.integer(7)), std::string(use.text(8))});
  }
  return found;
}

}  // namespace sdlrun::engine
