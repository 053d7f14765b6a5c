#include "stages/service/service_end.hpp"

#include <algorithm>
#include <csignal>

#include "engine/cache/digest.hpp"

namespace sdlrun::stages {

using engine::Result;
using engine::Task;

namespace {

constexpr engine::Milliseconds between_looks{50};
constexpr int looks_until_kill = 200;
constexpr int looks_in_all = 300;

bool may_stand_in_name(char character) {
  return std::isalnum(static_cast<unsigned char>(character)) != 0 || character == '-' || character == '_' || character == '.';
}

}  // namespace

Result<std::string> service_identity(const engine::StageContext& context, const std::string& name) {
  if (name.empty() || name.front() == '.' || name.size() > 64 || !std::all_of(name.begin(), name.end(), may_stand_in_name)) {
    return engine::failure("`" + name + "` cannot be the name of a service", "up to 64 letters, digits, `-`, `_` and `.`, and no `.` first");
  }
  return name + " of " + context.project_directory().string();
}

Task<Result<std::shared_ptr<void>>> lock_service(engine::StageContext& context, std::string identity) {
  std::string section = "service-" + engine::sha256(identity).substr(0, 16);
  Task<Result<std::shared_ptr<void>>> locking = context.lock_shared(std::move(section));
  co_return co_await locking;
}

Task<bool> end_service(engine::StageContext& context, engine::ServiceProcess service) {
  for (int look = 0; look < looks_in_all; ++look) {
    const int signal = look == 0 ? SIGTERM : look >= looks_until_kill ? SIGKILL : 0;
    if (!engine::signal_service(service, signal)) co_return true;
    Task<bool> sleeping = context.sleep(between_looks);
    co_await sleeping;
    if (context.stopping()) break;
  }
  co_return !engine::signal_service(service, SIGKILL);
}

}  // namespace sdlrun::stages
