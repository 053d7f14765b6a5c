// Values that are known only while the run goes on: outputs of steps that have ended, and expressions over them.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <oneapi/tbb/concurrent_vector.h>

#include "dsl/diagnostics/diagnostic.hpp"
#include "dsl/pipeline/pipeline.hpp"
#include "engine/error.hpp"

namespace sdlrun::engine {

/// Thread-safe.
class LateValues {
 public:
  LateValues(const dsl::Pipeline& pipeline, dsl::Diagnostics& diagnostics);
  LateValues(const LateValues&) = delete;
  LateValues& operator=(const LateValues&) = delete;

  /// The pipeline has grown to so many nodes. By one thread at a time, before any of the new ones is set.
  void grow_to(std::size_t nodes);
  /// A record of the step's outputs, or none where it was skipped. Once a step.
  void set(dsl::NodeId node, dsl::Value outputs);
  bool is_set(dsl::NodeId node) const;
  const dsl::FinishedOutputs& finished() const { return finished_; }

  /// What is wrong is an error here and a diagnostic with its place besides.
  Result<dsl::Value> evaluate(const dsl::PartialValue& value);
  /// Whether all that it needs has ended; of what is wrong with it nothing is said.
  bool is_known(const dsl::PartialValue& value) const;
  /// Adds what was found to the run's diagnostics.
  void report(const dsl::Diagnostics& found);
  /// True where there is no condition.
  Result<bool> holds(const dsl::RarePartialValue& condition);

 private:
  struct Slot {
    std::atomic<bool> is_set{false};
    dsl::Value outputs;
  };

  const dsl::Pipeline& pipeline_;
  dsl::Diagnostics& diagnostics_;
  std::mutex diagnostics_mutex_;
  oneapi::tbb::concurrent_vector<Slot> slots_;
  std::atomic<std::size_t> count_;  // of slots that are there: the vector's size runs ahead of what it has made
  dsl::FinishedOutputs finished_;
};

}  // namespace sdlrun::engine
