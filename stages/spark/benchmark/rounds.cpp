#include "stages/spark/benchmark/rounds.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "stages/spark/benchmark/one_run.hpp"
#include "stages/spark/benchmark/table.hpp"
#include "stages/spark/kubernetes/cluster_value.hpp"
#include "stages/spark/kubernetes/submit_on_cluster.hpp"

namespace sdlrun::stages::spark {

using engine::Result;
using engine::Task;

namespace {

using Clients = std::map<std::string, std::shared_ptr<kubernetes::Client>>;

/// The N of `local[N]`.
std::int64_t cores_of(const dsl::Value& cluster) {
  const std::string master = dsl::plain_text(*cluster.find("master"));
  std::int64_t cores = 0;
  const std::size_t begin = master.find('[') + 1;
  std::from_chars(master.data() + begin, master.data() + master.size(), cores);
  return cores;
}

std::string row_name(const Row& row) { return row.cluster + ", " + text_of(row.combination); }

class Rounds {
 public:
  explicit Rounds(engine::StageContext& context) : context_(context), warm_up_(context.inputs().integer("warm_up")), repetitions_(context.inputs().integer("repetitions")) {}

  Task<Result<std::vector<Row>>> run() {
    if (auto laid_out = lay_out(); !laid_out) co_return tl::unexpected(laid_out.error());
    Task<Result<bool>> opening = open_clients();
    if (const Result<bool> opened = co_await opening; !opened) co_return tl::unexpected(opened.error());
    for (std::int64_t round = 0; round < warm_up_ + repetitions_; ++round) {
      for (Row& row : rows_) {
        if (!row.fits()) continue;
        Task<Result<bool>> running = run_once(row, round);
        if (const Result<bool> ran = co_await running; !ran) co_return tl::unexpected(ran.error());
      }
    }
    const bool has_result = std::any_of(rows_.begin(), rows_.end(), [](const Row& row) { return row.fits(); });
    if (!has_result) co_return engine::failure("no combination of `matrix` fits: " + row_name(rows_.front()) + ": " + rows_.front().no_room, "name smaller ones, or give a larger cluster");
    co_return std::move(rows_);
  }

 private:
  const dsl::Value& cluster_of(const Row& row) const { return *context_.inputs()["clusters"].find(row.cluster); }

  /// The rows, and what can be said against them before anything runs.
  Result<void> lay_out() {
    const engine::StageInputs& inputs = context_.inputs();
    const auto combinations = combinations_of(inputs["matrix"]);
    if (!combinations) return tl::unexpected(combinations.error());
    for (const auto& [name, cluster] : *inputs["clusters"].as_fields()) {
      const engine::StageInputs run = inputs_of_run(inputs, cluster, combinations->front());
      if (auto fine = is_on_kubernetes(cluster) ? check_job_inputs(run) : check_run_here(context_, run); !fine) return fine;
      for (const Combination& combination : *combinations) {
        Row row{.cluster = name, .combination = combination};
        if (!is_on_kubernetes(cluster) && combination.slots() > cores_of(cluster)) {
          row.no_room = "it takes " + std::to_string(combination.slots()) + " cores, and `spark.local` has " + std::to_string(cores_of(cluster));
          context_.log(row_name(row) + " does not fit: " + row.no_room);
        }
        rows_.push_back(std::move(row));
      }
    }
    return {};
  }

  Task<Result<bool>> open_clients() {
    for (const auto& [name, cluster] : *context_.inputs()["clusters"].as_fields()) {
      if (!is_on_kubernetes(cluster)) continue;
      Task<Result<std::shared_ptr<kubernetes::Client>>> opening = kubernetes::Client::open(context_, cluster_in(cluster).place);
      auto client = co_await opening;
      if (!client) co_return tl::unexpected(client.error());
      clients_[name] = std::move(*client);
    }
    co_return true;
  }

  /// How many runs there are in all, as far as is known.
  std::int64_t runs_in_all() const {
    std::int64_t runs = 0;
    for (const Row& row : rows_) runs += row.fits() ? warm_up_ + repetitions_ : 0;
    return runs;
  }

  Task<Result<bool>> run_once(Row& row, std::int64_t round) {
    const bool counts = round >= warm_up_;
    const std::string which = counts ? "run " + std::to_string(round - warm_up_ + 1) + " of " + std::to_string(repetitions_) : "warm-up " + std::to_string(round + 1) + " of " + std::to_string(warm_up_);
    const std::string progress = "run " + std::to_string(++begun_) + " of " + std::to_string(runs_in_all()) + ": " + row_name(row);
    context_.progress(progress);
    engine::StageInputs inputs = inputs_of_run(context_.inputs(), cluster_of(row), row.combination);
    const auto client = clients_.find(row.cluster);
    Task<Result<RunEnd>> running = client == clients_.end() ? run_here(context_, std::move(inputs), static_cast<std::size_t>(begun_), progress)
                                                            : run_on_cluster(context_, *client->second, std::move(inputs), "spark.benchmark on " + row_name(row) + ", " + which, progress);
    Result<RunEnd> end = co_await running;
    if (!end) {
      if (!context_.stopping()) end.error().message = row_name(row) + ", " + which + ": " + end.error().message;
      co_return tl::unexpected(std::move(end.error()));
    }
    take(row, which, counts, *end);
    co_return true;
  }

  void take(Row& row, const std::string& which, bool counts, const RunEnd& end) {
    if (!end.no_room.empty()) {
      row.no_room = end.no_room;
      row.runs.clear();
      context_.log(row_name(row) + " does not fit: " + row.no_room);
      return;
    }
    const std::string start = end.time.start ? ", begun after " + fixed(*end.time.start, 1) + " s" : "";
    context_.log(row_name(row) + ", " + which + ": " + fixed(end.time.seconds, 3) + " s" + start);
    if (counts) row.runs.push_back(end.time);
  }

  engine::StageContext& context_;
  std::int64_t warm_up_, repetitions_;
  std::int64_t begun_ = 0;
  std::vector<Row> rows_;
  Clients clients_;
};

}  // namespace

Task<Result<std::vector<Row>>> measure(engine::StageContext& context) {
  Rounds rounds(context);
  Task<Result<std::vector<Row>>> running = rounds.run();
  co_return co_await running;
}

}  // namespace sdlrun::stages::spark
