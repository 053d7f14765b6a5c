// What the journal holds: one thing that happened a record, as JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "engine/cache/state.hpp"

namespace sdlrun::engine {

struct ForgottenResult {
  std::string key;
};
struct SyncedResults {
  std::vector<std::string> keys;
};
struct FinishedRun {
  RunRecord run;
};
using Record = std::variant<StepResult, ForgottenResult, SyncedResults, StepAttempt, FinishedRun>;

std::string encode_record(const Record& record, const std::filesystem::path& state_folder);
/// Nothing where the text is no such record.
std::optional<Record> decode_record(std::string_view text, const std::filesystem::path& state_folder);

/// The columns of state.db that are JSON.
std::string encode_outputs(const dsl::Fields& outputs, const std::filesystem::path& state_folder);
std::optional<dsl::Fields> decode_outputs(std::string_view text, const std::filesystem::path& state_folder);
std::string encode_warnings(const std::vector<std::string>& warnings);
std::vector<std::string> decode_warnings(std::string_view text);
std::string encode_parts(const std::vector<KeyPart>& parts);
std::vector<KeyPart> decode_parts(std::string_view text);
std::string encode_log_file(const std::filesystem::path& path, const std::filesystem::path& state_folder);
std::filesystem::path decode_log_file(std::string_view text, const std::filesystem::path& state_folder);

}  // namespace sdlrun::engine
