// minikube and kind: programs that make clusters on this machine.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "stages/kubernetes/cluster/own_files.hpp"

namespace sdlrun::stages::kubernetes {

struct ToolEnd {
  bool is_good = false;
  /// For a message: "exit code 3", "stopped after its timeout".
  std::string how = {};
  /// Standard output and error as they came.
  std::string printed = {};
};

/// Runs `minikube …` or `kind …` with KUBECONFIG on the cluster's own file, so that the user's own stays as it is. `take` gets each line
/// as it comes, from another thread.
engine::Task<engine::Result<ToolEnd>> run_tool(engine::StageContext& context, std::vector<std::string> command, OwnFiles own, engine::Milliseconds timeout, std::function<void(std::string_view)> take);

struct ToolAnswer {
  int exit_code = 0;
  std::string output = {};
  std::string errors = {};
};
/// Asks it for something, quietly: an error where it is not installed.
engine::Task<engine::Result<ToolAnswer>> ask_tool(engine::StageContext& context, std::vector<std::string> command, OwnFiles own);

/// The last lines, for a message's detail.
std::string last_lines(const std::string& text, std::size_t most);

}  // namespace sdlrun::stages::kubernetes
