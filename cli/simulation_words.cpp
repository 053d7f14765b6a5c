#include "cli/simulation_words.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "cli/literal_words.hpp"
#include "cli/opened_pipeline.hpp"
#include "engine/run/last_times.hpp"

namespace sdlrun::cli {

namespace {

using engine::failure;
using engine::Milliseconds;
using engine::Result;

std::optional<std::int64_t> positive_integer(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = problem == std::errc() && end == text.data() + text.size();
  return is_whole && number > 0 ? std::optional(number) : std::nullopt;
}

Result<std::vector<dsl::NodeId>> steps_named(const dsl::Pipeline& pipeline, const std::string& name) {
  auto nodes = find_steps(pipeline, name);
  if (nodes && pipeline[nodes->front()].kind == dsl::NodeKind::requirement) {
    return failure('`' + name + "` is a requirement, not a step", "in a simulation requirements hold, and take no time");
  }
  return nodes;
}

/// A step's name may have a `:` of its own.
Result<void> add_failure(const dsl::Pipeline& pipeline, const std::string& word, SimulatedWorks& works) {
  const std::size_t colon = word.rfind(':');
  const bool has_number = colon != std::string::npos && pipeline.find(word).empty();
  const auto attempts = has_number ? positive_integer(std::string_view(word).substr(colon + 1)) : engine::all_attempts;
  if (!attempts) {
    return failure("`--fail " + word + "` does not end in a number of attempts",
                   "such as `--fail train:2`; without a number every attempt fails");
  }
  const auto steps = steps_named(pipeline, has_number ? word.substr(0, colon) : word);
  if (!steps) return tl::unexpected(steps.error());
  for (const dsl::NodeId step : *steps) works.work[index_of(step)].failing_attempts = *attempts;
  return {};
}

Result<void> add_duration(const dsl::Pipeline& pipeline, const std::string& word, SimulatedWorks& works) {
  const std::size_t equals = word.rfind('=');
  const auto given = equals == std::string::npos ? std::nullopt : duration_in(std::string_view(word).substr(equals + 1));
  if (!given) return failure("`--duration " + word + "` does not end in a duration", "such as `--duration train=2m` or `train=1h30m`");
  const auto steps = steps_named(pipeline, word.substr(0, equals));
  if (!steps) return tl::unexpected(steps.error());
  for (const dsl::NodeId step : *steps) {
    works.work[index_of(step)].duration = *given;
    works.sources[index_of(step)] = DurationSource::given;
  }
  return {};
}

void add_measured(const dsl::Pipeline& pipeline, engine::State& state, SimulatedWorks& works) {
  for (std::size_t i = 0; i < pipeline.nodes.size(); ++i) {
    const auto last = state.last_attempt(pipeline.name, pipeline.nodes[i].name);
    const bool is_measured = last && (last->outcome == "ran" || last->outcome == "cached");
    works.work[i].duration = is_measured ? last->duration : engine::guessed_duration;
    if (is_measured) works.sources[i] = DurationSource::measured;
  }
}

}  // namespace

Result<SimulatedWorks> simulated_works(const dsl::Pipeline& pipeline, const SimulationWords& words, engine::State& state) {
  SimulatedWorks works{.work = std::vector<engine::SimulatedWork>(pipeline.nodes.size()),
                       .sources = std::vector<DurationSource>(pipeline.nodes.size(), DurationSource::guessed)};
  add_measured(pipeline, state, works);
  for (const std::string& word : words.durations) {
    if (auto added = add_duration(pipeline, word, works); !added) return tl::unexpected(std::move(added.error()));
  }
  for (const std::string& word : words.failures) {
    if (auto added = add_failure(pipeline, word, works); !added) return tl::unexpected(std::move(added.error()));
  }
  return works;
}

}  // namespace sdlrun::cli
