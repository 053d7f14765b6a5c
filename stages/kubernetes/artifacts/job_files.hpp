// The files of one job on a cluster, there and back, through its namespace's artifact store.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "stages/kubernetes/artifacts/artifact_store.hpp"

namespace sdlrun::stages::kubernetes {

/// Of the folder that carry.py knows, the one that the job's program runs in, and the file beside it that holds what the program has
/// printed, where that is wanted.
inline constexpr const char* work_beginning = "work/";
inline constexpr const char* printed_file = "printed";

struct JobFiles {
  std::vector<CarriedEntry> inputs = {};  // below carry.py's folder
  std::vector<std::string> outputs = {};  // below the work folder
  bool wants_printed = false;

  bool leaves_files() const { return !outputs.empty() || wants_printed; }
  /// A job that finds and leaves nothing asks no store, and waits for none.
  bool needs_store() const { return !inputs.empty() || leaves_files(); }
};

/// The lists of what a job finds, and of what it has left.
std::string inputs_list(const std::string& job);
std::string outputs_list(const std::string& job);
/// The paths that carry.py is to leave.
std::vector<std::string> left_paths(const JobFiles& files);

/// Begins the store where none runs, and brings the inputs. Gives the address by which Pods reach it.
engine::Task<engine::Result<std::string>> bring_files(Client& client, StoreWish wish, std::string job, std::vector<CarriedEntry> inputs);

/// Places what the job has left below `work_folder`, and what it has printed at `printed`. False: it is gone, with the store.
/// The store may forget it then, when it wants the room: until its end it can be taken again.
engine::Task<engine::Result<bool>> take_files(Client& client, std::string space, std::string job, std::filesystem::path work_folder, std::filesystem::path printed);

/// The error for that.
engine::Error left_files_are_gone();

/// What the job found and left is not wanted any more. Where no store runs nothing is done, and nothing that fails is told.
engine::Task<bool> let_files_go(Client& client, std::string space, std::string job);

}  // namespace sdlrun::stages::kubernetes
