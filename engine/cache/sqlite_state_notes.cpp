// SqliteState: notes of runs that had nothing to do. Straight into the database, as only there it is seen what others have
// changed meanwhile.
#include "engine/cache/sqlite_state.hpp"

namespace sdlrun::engine {

Result<void> SqliteState::begin_note(std::string_view request, std::string_view pipeline, std::string_view run) {
  const std::lock_guard lock(writer_lock_);
  return writer_.begin_note(request, pipeline, run);
}

Result<bool> SqliteState::keep_note(std::string_view request, std::string_view run, std::string_view note) {
  const std::lock_guard lock(writer_lock_);
  return writer_.keep_note(request, run, note);
}

std::vector<std::string> SqliteState::noted_requests() {
  const std::lock_guard lock(writer_lock_);
  return writer_.noted_requests();
}

/// In one transaction: `sdlrun gc`, which forgets results in one too, sees this run before it chooses, or we see that the
/// note is gone.
Result<std::optional<std::string>> SqliteState::record_repeated_run(const RunRecord& record, std::string_view request, std::string_view note) {
  const std::lock_guard lock(writer_lock_);
  auto transaction = writer_.begin();
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  if (!writer_.is_noted(request, note)) return std::nullopt;
  RunRecord finished = record;
  auto name = insert_run(finished, /*journal_name=*/"");
  if (!name) return tl::unexpected(std::move(name.error()));
  finished.run = *name;
  if (auto applied = writer_.apply(FinishedRun{std::move(finished)}); !applied) return tl::unexpected(std::move(applied.error()));
  if (auto committed = transaction->commit(); !committed) return tl::unexpected(std::move(committed.error()));
  return std::optional(std::move(*name));
}

}  // namespace sdlrun::engine
