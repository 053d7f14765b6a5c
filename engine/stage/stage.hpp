// What a stage is: a schema, a word on what it would do, and a coroutine that does it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "dsl/stage_schema/stage_schema.hpp"
#include "dsl/values/value.hpp"
#include "engine/closing/closing.hpp"
#include "engine/error.hpp"
#include "engine/outside/outside_work.hpp"
#include "engine/task/task.hpp"
#include "engine/world/world.hpp"

namespace sdlrun::engine {

class FileDigests;

/// A step's inputs, checked against its schema and complete: every input of the schema is there, `none` where an
/// optional one was not given. Asking for one the schema does not have is our own mistake.
class StageInputs {
 public:
  explicit StageInputs(dsl::Fields fields) : fields_(std::move(fields)) {}

  const dsl::Value& operator[](std::string_view name) const;
  bool has(std::string_view name) const { return !(*this)[name].is_none(); }
  /// The path of a file or folder, the text of a string.
  std::string text(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  bool boolean(std::string_view name) const;
  /// Elements of a list of strings, files and folders, as text.
  std::vector<std::string> texts(std::string_view name) const;
  const dsl::Fields& fields() const { return fields_; }

 private:
  dsl::Fields fields_;
};

/// What a stage gives back: a value for each output of its schema and, where it takes an outputs clause, for each output
/// declared there. A FileValue or DirValue under the work directory is published (moved to the store, digested) by the
/// engine; one elsewhere must carry its digest.
using StageOutputs = dsl::Fields;

using Environment = std::vector<std::pair<std::string, std::string>>;

/// What a running step may do. Made by the engine for one step; lives until the step's task has ended.
class StageContext {
 public:
  virtual ~StageContext() = default;

  virtual const std::string& pipeline_name() const = 0;
  virtual const std::string& step_name() const = 0;
  virtual const StageInputs& inputs() const = 0;
  virtual const std::vector<dsl::NodeOutput>& declared_outputs() const = 0;
  /// What `with { }` says; its variables are in `declared_environment`.
  virtual const dsl::NodeOptions& options() const = 0;

  /// A folder of this step's own, empty at the start, removed afterwards. Programs run in it and leave outputs in it.
  virtual const std::filesystem::path& work_directory() const = 0;
  /// Another one beside it, for what the stage itself needs: programs of the step see none of it.
  virtual const std::filesystem::path& scratch_directory() const = 0;
  /// Where the project is: sdl.yaml, or the pipeline's file.
  virtual const std::filesystem::path& project_directory() const = 0;
  /// $XDG_CACHE_HOME/sdlrun: what projects share, such as Python environments. Exists.
  virtual const std::filesystem::path& shared_cache_directory() const = 0;
  /// What a program of the step gets: PATH, HOME and a few others of the user's, `with { env }` with secrets resolved,
  /// and SDL_OUTPUT_<NAME> for each declared output.
  virtual const Environment& environment() const = 0;
  /// What of it `with { env }` says: what goes with a step that runs on another machine.
  virtual const Environment& declared_environment() const = 0;
  virtual World& world() = 0;

  /// Runs a program to its end; log file, secrets, directory and environment are filled in where left empty, and the
  /// step's last line follows its output. The result may be a failure of the program: look at success().
  virtual Task<Result<ProcessResult>> run(ProcessRequest request) = 0;
  /// Starts one without waiting; `done` as Processes::start.
  virtual ProcessId start_process(ProcessRequest request, std::function<void(Result<ProcessResult>)> done) = 0;
  virtual Task<Result<HttpResponse>> http(HttpRequest request) = 0;
  /// Gives true. (A Task always gives a value.)
  virtual Task<bool> sleep(Milliseconds delay) = 0;
  /// Waits until another task of this or another process on this machine has left the same named section of the shared
  /// cache; the section is left when the returned object goes.
  virtual Task<Result<std::shared_ptr<void>>> lock_shared(std::string name) = 0;

  /// Has something done beyond this machine exactly once: starts it, or takes over what an earlier run has started for
  /// this step's key, and follows it to its end. Gives its name. For stages that say so (Stage::starts_outside); one at a
  /// time, and `work` lives until it ends.
  virtual Task<Result<std::string>> outside(OutsideWork& work) = 0;

  /// Has a program run when the run has ended, however it ends: what the step is about to begin on this machine goes with
  /// the run. Where the engine is killed, the next run in this project does it first. On the disk when it returns.
  virtual Result<void> at_end(Closing closing) = 0;

  virtual Result<std::string> read_secret(const dsl::SecretValue& secret) = 0;

  /// A line for the step's log.
  virtual void log(std::string_view line) = 0;
  /// What the terminal shows beside the running step, such as "stage 3 of 7, 12 of 40 tasks".
  virtual void progress(std::string_view text) = 0;
  /// A warning shown with the step's result, and again when it comes from the cache.
  virtual void warn(std::string text) = 0;
  /// The last lines of the step's log.
  virtual std::string log_tail(std::size_t lines) const = 0;
  virtual bool stopping() const = 0;
};

/// Asks for an input of a step before anything has run: nothing where it is not known yet.
using KnownInputs = std::function<std::optional<dsl::Value>(std::string_view input)>;

/// What is wrong with an input, in the words of a diagnostic: the caret stands under the input, and `label` behind it.
struct InputMistake {
  std::string input;
  std::string message;
  std::string label = {};
  std::string hint = {};
};

class Stage {
 public:
  virtual ~Stage() = default;
  virtual const dsl::StageSchema& schema() const = 0;
  /// One line for `sdlrun plan`: what running it would do, in the user's terms. Inputs not known yet are missing from
  /// `known`. Touches nothing.
  virtual std::string plan(const dsl::Fields& known) const = 0;
  virtual Task<Result<StageOutputs>> run(StageContext& context) const = 0;
  /// What a run would refuse and can be told before anything runs (engine/plan/look_ahead). It may read files, and starts nothing;
  /// where it is not sure it says nothing, and `run` tells.
  virtual std::vector<InputMistake> mistakes(const KnownInputs& /*known*/) const { return {}; }
  /// Outputs that can be told before it runs, as far as they can: what steps that get them look at for their mistakes, and no more.
  virtual dsl::Fields foreseen(const KnownInputs& /*known*/) const { return {}; }
  /// Whether `key_parts` and `still_there` see more than their arguments, such as the disk. Then every run asks them, and none of this stage's
  /// is told to have nothing to do by what the engine itself has seen (engine/unchanged). `still_there` is asked only then.
  virtual bool looks_around() const { return false; }
  /// What else than its inputs decides the result, such as the version of a tool: becomes part of the key. Cheap.
  virtual std::vector<std::pair<std::string, std::string>> key_parts(const dsl::Fields& /*inputs*/) const { return {}; }
  /// What stands for the inputs in the key, where that is not all that they hold: a folder with the digest of what the stage
  /// takes of it. Nothing where it is as usual. Not all inputs may be known yet. The disk is looked at by `digests` only.
  virtual Result<std::optional<dsl::Fields>> keyed_inputs(const dsl::Fields& /*inputs*/, FileDigests& /*digests*/) const { return std::nullopt; }
  /// Whether cached outputs that live outside the store (a shared environment) are still there. Cheap.
  virtual bool still_there(const dsl::Fields&) const { return true; }
  /// Whether somebody outside, such as a registry, is to be asked before cached outputs are believed. Cheap.
  virtual bool asks_outside(const dsl::Fields& /*inputs*/) const { return false; }
  /// Asks, in the step's own slot: nothing where the outputs still hold, else why the step runs, such as "`python:3` is now
  /// sha256:…". What could not be found out is for the stage to decide; it may warn.
  virtual Task<std::optional<std::string>> changed_outside(StageContext& context, const dsl::Fields& outputs) const;
  /// Whether it may start things outside exactly once (StageContext::outside) with these inputs.
  virtual bool starts_outside(const dsl::Fields& /*inputs*/) const { return schema().effect == dsl::StageEffect::external; }
  /// Whether `preview` has something to tell.
  virtual bool has_preview() const { return false; }
  /// What running it would change outside, line by line, such as a difference; none: nothing would. Asked by `sdlrun plan`, also of a
  /// step that is cached. Changes nothing: `context` has no folders, and starts nothing outside.
  virtual Task<Result<std::vector<std::string>>> preview(StageContext& context) const;
};

/// The stages of a program, by full name.
class StageSet {
 public:
  void add(std::unique_ptr<Stage> stage) { stages_.push_back(std::move(stage)); }
  const Stage* find(const dsl::StageSchema& schema) const;
  const dsl::StageSchemas& schemas() const;
  const std::vector<std::unique_ptr<Stage>>& all() const { return stages_; }

 private:
  std::vector<std::unique_ptr<Stage>> stages_;
  mutable dsl::StageSchemas schemas_;
};

/// SDL_OUTPUT_<NAME> for each declared output, relative to `work_directory`.
Environment output_environment(const std::vector<dsl::NodeOutput>& outputs, const std::filesystem::path& work_directory);

/// Takes the declared outputs after the program has succeeded: files and folders as they lie, values read as JSON (or
/// matched in `standard_output`) and checked. The error names the output, what was expected and what was found.
Result<StageOutputs> collect_declared_outputs(StageContext& context, const std::filesystem::path& standard_output);

}  // namespace sdlrun::engine
