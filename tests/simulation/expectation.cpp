#include "expectation.hpp"

#include <algorithm>

#include "engine/cache/digest.hpp"

namespace sdlrun::simulation {

namespace {

using Fate = Expected::Fate;

constexpr std::size_t content_size = 16;

class Model {
 public:
  Model(const Scenario& scenario, std::int64_t param) : scenario_(scenario), param_(param) {}

  std::vector<Expected> all() {
    for (const Step& step : scenario_.steps) all_.push_back(expected(step));
    return std::move(all_);
  }

 private:
  bool lacks_any(const std::vector<std::size_t>& needed) const {
    return std::any_of(needed.begin(), needed.end(), [&](std::size_t from) {
      return all_[from].fate == Fate::failed || all_[from].fate == Fate::not_reached;
    });
  }

  Expected expected(const Step& step) const {
    const bool lacks_condition = step.when_even && lacks_any({*step.when_even});
    if (lacks_any(step.values) || lacks_any(step.files) || lacks_any(step.after) || lacks_condition) return {.fate = Fate::not_reached};
    // `when` refers to steps that are never skipped.
    if (step.when_even && value_of(all_[*step.when_even].content) % 2 != 0) return {.fate = Fate::skipped};
    Expected result{.fate = step.is_hopeless ? Fate::failed : Fate::good};
    std::vector<std::int64_t> values;
    if (step.takes_param) values.push_back(param_);
    for (const std::size_t from : step.values) values.push_back(all_[from].fate == Fate::skipped ? 7 : value_of(all_[from].content));
    result.content = content_of(step.work, step.label, values, contents(step));
    return result;
  }

  std::vector<std::string> contents(const Step& step) const {
    std::vector<std::string> contents;
    for (const bool folders : {false, true}) {
      for (const std::size_t from : step.files) {
        if ((scenario_.steps[from].work == Work::tree) == folders) contents.push_back(all_[from].content);
      }
    }
    return contents;
  }

  const Scenario& scenario_;
  std::int64_t param_;
  std::vector<Expected> all_;
};

}  // namespace

std::vector<Expected> expectation(const Scenario& scenario, std::int64_t param) { return Model(scenario, param).all(); }

std::string content_of(Work work, const std::string& label, const std::vector<std::int64_t>& values,
                       const std::vector<std::string>& contents) {
  std::string text = std::to_string(static_cast<int>(work)) + '|' + label;
  for (const std::int64_t value : values) text += '|' + std::to_string(value);
  for (const std::string& content : contents) text += '|' + content;
  return engine::sha256(text).substr(0, content_size);
}

std::int64_t value_of(const std::string& content) { return std::stoll(content.substr(0, 3), nullptr, 16); }

std::string file_text(const std::string& content) {
  std::string text;
  for (std::int64_t times = 0; times <= value_of(content) % 9; ++times) text += content;
  return text;
}

}  // namespace sdlrun::simulation
