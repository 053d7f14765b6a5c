#include "cli/report/collection_report.hpp"

#include "cli/report/json_text.hpp"
#include "cli/report/words.hpp"
#include "dsl/values/value.hpp"

namespace sdlrun::cli {

namespace {

using engine::Amount;
using engine::CollectionPolicy;
using engine::CollectionReport;

std::uint64_t bytes_freed(const CollectionReport& report) {
  return report.results.bytes + report.leftovers.bytes + report.store_files.bytes + report.runs.bytes + report.database_bytes_freed;
}

/// "3 results, 1 past run".
std::string list(const std::vector<std::pair<std::size_t, std::string_view>>& things) {
  std::string text;
  for (const auto& [count, thing] : things) {
    if (count > 0) text += (text.empty() ? "" : ", ") + counted(count, thing);
  }
  return text;
}

std::string what_went(const CollectionReport& report, bool dry_run) {
  const std::string things = list({{report.results.count, "result"},
                                   {report.leftovers.count, "leftover"},
                                   {report.store_files.count, "store file"},
                                   {report.runs.count, "past run"}});
  if (things.empty()) return "nothing to remove\n";
  return (dry_run ? "would remove " : "removed ") + things + ": " + size_text(bytes_freed(report)) + '\n';
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string duration_words(engine::Milliseconds duration) { return dsl::plain_text(dsl::Value(dsl::Value::Data(dsl::Duration{duration.count()}))); }

std::string why_recent(const CollectionPolicy& policy) {
  if (!policy.older_than) return "fit into the size";
  return "used in the last " + duration_words(*policy.older_than);
}

std::string what_stays(const CollectionReport& report, const CollectionPolicy& policy) {
  const std::size_t results = report.in_use + report.linked + report.of_new_runs + report.recent;
  const std::string things = list({{results, "result"}, {report.kept_runs, "past run"}});
  if (things.empty()) return "";
  std::string text = "kept " + things + ": " + size_text(report.kept_bytes) + '\n';
  const auto line = [&](std::size_t count, const std::string& why) {
    if (count > 0) text += "  " + counted(count, "result") + ' ' + why + '\n';
  };
  line(report.in_use, "in use by " + joined(report.running) + ", running now");
  line(report.linked, "linked from out/");
  line(report.of_new_runs, policy.keep_runs == 1 ? "of each pipeline's last successful run" : "of each pipeline's last " + std::to_string(policy.keep_runs) + " successful runs");
  line(report.recent, why_recent(policy));
  return text;
}

Json amount(const Amount& amount) { return {{"count", amount.count}, {"bytes", amount.bytes}}; }

}  // namespace

std::string collection_text(const CollectionReport& report, const CollectionPolicy& policy) {
  std::string text = what_went(report, policy.dry_run) + what_stays(report, policy);
  if (policy.max_size && report.kept_bytes > *policy.max_size) {
    text += "more than " + size_text(*policy.max_size) + " stays, as all of it is in use, linked, or of new runs\n";
  }
  return text;
}

std::string collection_json(const CollectionReport& report, const CollectionPolicy& policy) {
  return json_document({{"dry_run", policy.dry_run},
                        {"removed",
                         {{"results", amount(report.results)},
                          {"leftovers", amount(report.leftovers)},
                          {"store_files", amount(report.store_files)},
                          {"runs", amount(report.runs)},
                          {"database_bytes", report.database_bytes_freed},
                          {"bytes", bytes_freed(report)}}},
                        {"kept",
                         {{"results_in_use", report.in_use},
                          {"results_linked", report.linked},
                          {"results_of_new_runs", report.of_new_runs},
                          {"results_recent", report.recent},
                          {"runs", report.kept_runs},
                          {"bytes", report.kept_bytes}}},
                        {"running", report.running}});
}

}  // namespace sdlrun::cli
