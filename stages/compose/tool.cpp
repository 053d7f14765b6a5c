#include "stages/compose/tool.hpp"

#include <algorithm>
#include <cctype>
#include <deque>
#include <mutex>

#include "stages/container/printed.hpp"
#include "stages/container/program.hpp"

namespace sdlrun::stages::compose {

using engine::Result;
using engine::Task;

namespace {

constexpr std::size_t lines_kept = 200;

}  // namespace

std::string Tool::shown() const {
  std::string text;
  for (const std::string& word : command) text += (text.empty() ? "" : " ") + word;
  return text;
}

Tool tool_of(std::vector<std::string> command, std::string_view printed) {
  for (std::string line : container::lines_of(printed)) {
    if (line.starts_with('v')) line.erase(0, 1);
    const bool is_version = line.find('.') != std::string::npos && std::isdigit(static_cast<unsigned char>(line[0])) != 0;
    if (is_version) return {.command = std::move(command), .version = line, .is_v1 = line.starts_with("1.")};
  }
  return {};
}

Task<Result<Tool>> find_tool(engine::StageContext& context) {
  const std::vector<std::vector<std::string>> commands = {{"docker", "compose"}, {"docker-compose"}};
  for (const std::vector<std::string>& command : commands) {
    std::vector<std::string> question = command;
    question.insert(question.end(), {"version", "--short"});
    Task<Result<container::Answer>> asking = container::ask(context, std::move(question));
    const Result<container::Answer> answer = co_await asking;
    if (!answer) co_return tl::unexpected(answer.error());
    if (!answer->result.success()) continue;
    if (Tool tool = tool_of(command, answer->output); !tool.command.empty()) co_return tool;
  }
  co_return engine::failure("Docker Compose is not installed: there is neither the plugin `docker compose` nor a program `docker-compose`",
                            "`apt-get install docker-compose` on Debian and Ubuntu, or Docker's own package docker-compose-plugin");
}

Task<Result<Finished>> run_tool(engine::StageContext& context, std::vector<std::string> command, std::filesystem::path directory) {
  struct Printed {
    std::mutex mutex;
    std::deque<std::string> lines;
  };
  const auto printed = std::make_shared<Printed>();
  engine::ProcessRequest request;
  request.command = std::move(command);
  request.directory = std::move(directory);
  request.on_line = [printed](std::string_view line) {
    const std::lock_guard lock(printed->mutex);
    printed->lines.emplace_back(line);
    if (printed->lines.size() > lines_kept) printed->lines.pop_front();
  };
  Task<Result<engine::ProcessResult>> running = context.run(std::move(request));
  const Result<engine::ProcessResult> result = co_await running;
  if (!result) co_return tl::unexpected(result.error());
  Finished finished{.result = *result, .printed = ""};
  const std::lock_guard lock(printed->mutex);
  for (const std::string& line : printed->lines) finished.printed += line + '\n';
  co_return finished;
}

}  // namespace sdlrun::stages::compose
