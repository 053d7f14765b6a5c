// Rows of notes of runs that had nothing to do. What takes them away stands in schema.hpp.
#include "engine/cache/state_database.hpp"

namespace sdlrun::engine {

Result<void> StateDatabase::begin_note(std::string_view request, std::string_view pipeline, std::string_view run) {
  auto transaction = begin();
  if (!transaction) return tl::unexpected(std::move(transaction.error()));
  if (auto begun = Use(database_, begin_note_).bind(request).bind(pipeline).bind(run).run(); !begun) return begun;
  if (auto forgotten = Use(database_, forget_old_notes_).run(); !forgotten) return forgotten;
  return transaction->commit();
}

Result<bool> StateDatabase::keep_note(std::string_view request, std::string_view run, std::string_view note) {
  Use use(database_, keep_note_);
  const bool is_there = use.bind(note).bind(request).bind(run).next();
  const auto done = is_there || use.failed() ? use.run() : Result<void>();
  if (!done) return tl::unexpected(done.error());
  return is_there;
}

bool StateDatabase::is_noted(std::string_view request, std::string_view note) {
  Use use(database_, is_noted_);
  return use.bind(request).bind(note).next();
}

std::vector<std::string> StateDatabase::noted_requests() {
  std::vector<std::string> found;
  Use use(database_, noted_requests_);
  while (use.next()) found.emplace_back(use.text(0));
  return found;
}

}  // namespace sdlrun::engine
