// A run as JSON objects, one a line.
#pragma once

#include <iosfwd>
#include <mutex>

#include "cli/terminal/run_view.hpp"
#include "dsl/source/source.hpp"

namespace sdlrun::cli {

class JsonView : public RunView {
 public:
  JsonView(std::ostream& stream, const dsl::Sources& sources) : stream_(stream), sources_(sources) {}
  void show(const engine::Event& event) override;
  void note(std::string_view text) override;

 private:
  void write(std::string_view line);

  std::mutex mutex_;
  std::ostream& stream_;
  const dsl::Sources& sources_;
};

}  // namespace sdlrun::cli
