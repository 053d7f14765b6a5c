#include "stages/kubernetes/artifacts/job_files.hpp"

namespace sdlrun::stages::kubernetes {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

std::string inputs_list(const std::string& job) { return job + ".inputs"; }
std::string outputs_list(const std::string& job) { return job + ".outputs"; }

std::vector<std::string> left_paths(const JobFiles& files) {
  std::vector<std::string> paths;
  for (const std::string& output : files.outputs) paths.push_back(work_beginning + output);
  if (files.wants_printed) paths.push_back(printed_file);
  return paths;
}

Task<Result<std::string>> bring_files(Client& client, StoreWish wish, std::string job, std::vector<CarriedEntry> inputs) {
  Task<Result<std::shared_ptr<ArtifactStore>>> opening = ArtifactStore::open(client, std::move(wish));
  const auto store = co_await opening;
  if (!store) co_return tl::unexpected(store.error());
  if (inputs.empty()) co_return (*store)->address();
  Task<Result<bool>> putting = (*store)->put(inputs_list(job), std::move(inputs));
  if (const Result<bool> put = co_await putting; !put) co_return tl::unexpected(put.error());
  co_return (*store)->address();
}

Task<Result<bool>> take_files(Client& client, std::string space, std::string job, fs::path work_folder, fs::path printed) {
  Task<Result<std::shared_ptr<ArtifactStore>>> looking = ArtifactStore::look_for(client, space);
  const auto store = co_await looking;
  if (!store) co_return tl::unexpected(store.error());
  if (*store == nullptr) co_return false;
  Task<Result<std::optional<std::vector<CarriedEntry>>>> finding = (*store)->find(outputs_list(job));
  const auto left = co_await finding;
  if (!left) co_return tl::unexpected(left.error());
  if (!left->has_value()) co_return false;
  std::vector<CarriedEntry> outputs, said;
  for (CarriedEntry entry : **left) {
    if (entry.path.starts_with(work_beginning)) {
      entry.path = entry.path.substr(std::string_view(work_beginning).size());
      outputs.push_back(std::move(entry));
    } else if (entry.path == printed_file && !printed.empty()) {
      entry.path = printed.filename().string();
      said.push_back(std::move(entry));
    }
  }
  Task<Result<bool>> taking = (*store)->take(std::move(outputs), std::move(work_folder));
  if (const Result<bool> taken = co_await taking; !taken) co_return taken;
  Task<Result<bool>> taking_said = (*store)->take(std::move(said), printed.parent_path());
  if (const Result<bool> taken = co_await taking_said; !taken) co_return taken;
  Task<bool> letting = (*store)->let_go({inputs_list(job), outputs_list(job)});
  co_await letting;
  co_return true;
}

engine::Error left_files_are_gone() {
  return {.message = "the job has done its work, and what it has left is gone", .hint = "the Pod that keeps files has ended meanwhile: a `retry` of the step, or the next run, starts the job again", .transient = true};
}

Task<bool> let_files_go(Client& client, std::string space, std::string job) {
  Task<Result<std::shared_ptr<ArtifactStore>>> looking = ArtifactStore::look_for(client, std::move(space));
  const auto store = co_await looking;
  if (!store || *store == nullptr) co_return false;
  Task<bool> letting = (*store)->let_go({inputs_list(job), outputs_list(job)});
  co_return co_await letting;
}

}  // namespace sdlrun::stages::kubernetes
