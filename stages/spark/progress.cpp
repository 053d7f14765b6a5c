#include "stages/spark/progress.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace sdlrun::stages {

using Json = nlohmann::json;

namespace {

engine::Task<Json> get_json(engine::StageContext& context, std::string url) {
  engine::HttpRequest request;
  request.url = std::move(url);
  request.connect_timeout = engine::Milliseconds(500);
  request.stall_timeout = engine::Milliseconds(2000);
  engine::Task<engine::Result<engine::HttpResponse>> calling = context.http(std::move(request));
  const engine::Result<engine::HttpResponse> response = co_await calling;
  if (!response || response->status != 200) co_return Json();
  Json body = Json::parse(response->body, nullptr, false);
  if (body.is_discarded()) co_return Json();
  co_return body;
}

std::string progress_text(const Json& stages) {
  std::int64_t done = 0, running_stages = 0, complete_tasks = 0, tasks = 0;
  for (const Json& stage : stages) {
    const std::string status = stage.value("status", "");
    if (status == "COMPLETE") ++done;
    if (status != "ACTIVE") continue;
    ++running_stages;
    complete_tasks += stage.value("numCompleteTasks", std::int64_t{0});
    tasks += stage.value("numTasks", std::int64_t{0});
  }
  if (running_stages == 0) return "";
  return "Spark stage " + std::to_string(done + 1) + ", " + std::to_string(complete_tasks) + " of " + std::to_string(tasks) + " tasks";
}

}  // namespace

std::uint16_t free_port() {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return 0;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool bound = bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0;
  close(descriptor);
  return bound ? ntohs(address.sin_port) : std::uint16_t{0};
}

engine::Task<std::string> spark_progress(std::function<engine::Task<Json>(std::string path)> ask) {
  engine::Task<Json> asking = ask("applications");
  const Json applications = co_await asking;
  if (!applications.is_array() || applications.empty()) co_return "";
  std::string path = "applications/" + applications[0].value("id", "") + "/stages";
  engine::Task<Json> asking_stages = ask(std::move(path));
  const Json stages = co_await asking_stages;
  co_return stages.is_array() ? progress_text(stages) : std::string();
}

engine::Task<std::string> spark_progress(engine::StageContext& context, std::uint16_t port) {
  const std::string base = "http://127.0.0.1:" + std::to_string(port) + "/api/v1/";
  engine::Task<std::string> asking = spark_progress([&context, base](std::string path) { return get_json(context, base + path); });
  co_return co_await asking;
}

}  // namespace sdlrun::stages
