#include "stages/kubernetes/cluster/local_tool.hpp"

#include "stages/container/printed.hpp"
#include "stages/container/program.hpp"
#include "stages/program/variables.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;

Task<Result<ToolEnd>> run_tool(engine::StageContext& context, std::vector<std::string> command, OwnFiles own, engine::Milliseconds timeout, std::function<void(std::string_view)> take) {
  if (auto made = context.world().files.make_directories(own.folder); !made) co_return tl::unexpected(made.error());
  const auto printed = std::make_shared<std::string>();
  const std::string program = command.front();
  engine::ProcessRequest request{.command = std::move(command), .environment = context.environment()};
  set_variable(request.environment, "KUBECONFIG", own.kubeconfig().string());
  request.timeout = timeout;
  request.on_line = [printed, take = std::move(take)](std::string_view line) {
    printed->append(line).append("\n");
    if (take) take(line);
  };
  Task<Result<engine::ProcessResult>> running = context.run(std::move(request));
  const Result<engine::ProcessResult> result = co_await running;
  if (!result || result->exit_code == 127) co_return tl::unexpected(container::not_installed(program));
  if (context.stopping()) co_return engine::failure("stopped");
  co_return ToolEnd{.is_good = result->success(), .how = describe(*result), .printed = *printed};
}

Task<Result<ToolAnswer>> ask_tool(engine::StageContext& context, std::vector<std::string> command, OwnFiles own) {
  const std::string program = command.front();
  command.insert(command.begin(), {"env", "KUBECONFIG=" + own.kubeconfig().string()});
  Task<Result<container::Answer>> asking = container::ask(context, std::move(command));
  const Result<container::Answer> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  if (!answer->is_installed()) co_return tl::unexpected(container::not_installed(program));
  co_return ToolAnswer{.exit_code = answer->result.exit_code, .output = answer->output, .errors = answer->errors};
}

std::string last_lines(const std::string& text, std::size_t most) {
  std::vector<std::string> lines = container::lines_of(text);
  if (lines.size() > most) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(most));
  std::string joined;
  for (const std::string& line : lines) joined += (joined.empty() ? "" : "\n") + line;
  return joined;
}

}  // namespace sdlrun::stages::kubernetes
