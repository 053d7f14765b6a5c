#include "engine/unchanged/note_taker.hpp"

#include <algorithm>

#include "dsl/check/program.hpp"
#include "engine/cache/digest.hpp"
#include "engine/outside/outside_records.hpp"
#include "engine/run/output_links.hpp"
#include "engine/unchanged/notes.hpp"

namespace sdlrun::engine {

namespace {

/// Whether its being cached shows in files and recorded results alone.
bool is_told_by_files(const dsl::Node& node, const StageSet& stages) {
  if (node.kind == dsl::NodeKind::requirement) return true;
  if (node.kind == dsl::NodeKind::gate) return false;
  const Stage* stage = stages.find(*node.schema);
  return stage != nullptr && !stage->looks_around() && node.schema->effect == dsl::StageEffect::pure;
}

bool is_told_by_files(const dsl::Pipeline& pipeline, const StageSet& stages, const NeededNodes& needed) {
  for (std::uint32_t i = 0; i < needed.size(); ++i) {
    if (needed.contains(dsl::NodeId{i}) && !is_told_by_files(pipeline.nodes[i], stages)) return false;
  }
  return true;
}

bool asks_for_shared_cache(const dsl::Pipeline& pipeline) {
  return std::any_of(pipeline.nodes.begin(), pipeline.nodes.end(),
                     [](const dsl::Node& node) { return node.options.sharing == dsl::Sharing::wanted; });
}

/// Events of a run in which nothing is done, nothing is wrong, and nothing is to be said.
bool is_of_quiet_run(const Event& event) {
  if (const auto* finished = std::get_if<StepFinished>(&event)) {
    return finished->outcome == StepOutcome::cached && !finished->from_shared_cache && finished->warnings.empty();
  }
  // A secret that is shown at the end is read for it; a note knows its name only.
  if (const auto* output = std::get_if<OutputPublished>(&event)) return output->value.as<dsl::SecretValue>() == nullptr;
  if (const auto* requirement = std::get_if<RequirementDecided>(&event)) return requirement->holds;
  return std::holds_alternative<RunStarted>(event) || std::holds_alternative<RunFinished>(event) || std::holds_alternative<RunEstimated>(event);
}

}  // namespace

NoteTaker::NoteTaker(ObservedFiles& files, State& state, std::filesystem::path state_folder, std::string request)
    : files_(files), state_(state), state_folder_(std::move(state_folder)), request_(std::move(request)) {}

void NoteTaker::begin(const dsl::Pipeline& pipeline, const StageSet& stages, const NeededNodes& needed, bool has_shared_cache) {
  pipeline_ = &pipeline;
  if (!is_told_by_files(pipeline, stages, needed)) return;
  if (!has_shared_cache && asks_for_shared_cache(pipeline)) return;
  for (std::uint32_t i = 0; i < needed.size(); ++i) {
    if (!needed.contains(dsl::NodeId{i}) || pipeline.nodes[i].options.is_elsewhere) continue;
    run_.cpus = std::max(run_.cpus, pipeline.nodes[i].options.cpus);
    run_.memory_bytes = std::max(run_.memory_bytes, pipeline.nodes[i].options.memory_bytes);
  }
  files_.begin();
  // Who runs and what is recorded decides on what is said of these.
  const OutsideRecords outside(state_folder_, files_);
  if (!outside.open().empty() || !outside.leftovers().empty()) files_.give_up();
}

void NoteTaker::take(const Event& event) {
  if (!files_.is_observing()) return;
  if (!is_of_quiet_run(event)) return files_.give_up();
  if (const auto* started = std::get_if<RunStarted>(&event)) begin_note(*started);
  if (const auto* output = std::get_if<OutputPublished>(&event)) expect_link(*output);
  if (const auto* finished = std::get_if<RunFinished>(&event)) end_ = *finished;
}

/// Before the run reads any result or attempt.
void NoteTaker::begin_note(const RunStarted& run) {
  steps_ = run.steps;
  if (!state_.begin_note(request_, run.pipeline, run.run)) files_.give_up();
  // A run that is repeated needs no journal; where none could be made, the whole way says so.
  static_cast<void>(files_.status(state_folder_ / "journal"));
}

/// A run puts links right that lead elsewhere: the next has nothing to do only if they lead where this one has put them.
void NoteTaker::expect_link(const OutputPublished& output) {
  run_.outputs.push_back(output);
  if (!output.link.empty()) files_.expect({.path = output.link.native(), .kind = LookKind::link}, seen_bytes(Result<std::string>(output.target.native())));
}

bool NoteTaker::had_nothing_to_do(const RunRecord& record) const {
  // Each step's newest attempt has the key of now: a run that repeats this one records what it records.
  return end_ && end_->success && !end_->interrupted && end_->ran == 0 && end_->failed == 0 && end_->not_reached == 0 && end_->from_shared_cache == 0 &&
         end_->cached == steps_ && record.cached_attempts.size() == steps_;
}

void NoteTaker::leave_note(const RunRecord& record, bool is_silent) {
  if (!files_.is_observing() || !is_silent || !had_nothing_to_do(record)) return files_.give_up();
  std::vector<SeenLook> others;
  for (dsl::Look& look : dsl::looks_taken(*pipeline_->program)) others.push_back(look_of(std::move(look)));
  const auto looks = files_.take(std::move(others));
  if (!looks) return;
  run_.record = record;
  UnchangedNote note{.run = std::move(run_), .slices = slices_of(*looks)};
  for (const dsl::SourceFile* file : dsl::source_files(*pipeline_->program)) {
    note.sources.push_back({.path = file->path().string(), .digest = sha256(file->text())});
  }
  // Without a note the next run goes the whole way, as this one did: no failure here is worth a word.
  if (!write_note(files_, state_folder_, request_, note)) return;
  if (!state_.keep_note(request_, record.run, note.digest)) return;
  static_cast<void>(remove_other_notes(files_, state_folder_, state_.noted_requests()));
}

}  // namespace sdlrun::engine
