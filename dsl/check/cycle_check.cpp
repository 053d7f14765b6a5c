// Finds names of a body that need each other in a circle.
#include <algorithm>

#include "dsl/check/body_checker.hpp"

namespace sdlrun::dsl {

void BodyChecker::report_cycles() {
  enum class Mark : std::uint8_t { unseen, on_path, done };
  std::vector<Mark> marks(references_.size(), Mark::unseen);
  struct Visit {
    std::uint32_t item;
    std::size_t next = 0;
  };
  for (std::uint32_t root = 0; root < references_.size(); ++root) {
    if (marks[root] != Mark::unseen) continue;
    std::vector<Visit> path{{root}};  // an own stack: the chain may be as long as the file
    marks[root] = Mark::on_path;
    while (!path.empty()) {
      Visit& visit = path.back();
      if (visit.next == references_[visit.item].size()) {
        marks[visit.item] = Mark::done;
        path.pop_back();
        continue;
      }
      const std::uint32_t next = references_[visit.item][visit.next++];
      if (marks[next] == Mark::unseen) {
        marks[next] = Mark::on_path;
        path.push_back({next});
        continue;
      }
      if (marks[next] == Mark::done) continue;
      const auto begin = std::find_if(path.begin(), path.end(), [&](const Visit& on_path) { return on_path.item == next; });
      std::string circle;
      std::vector<RelatedPlace> related;
      for (auto member = begin; member != path.end(); ++member) {
        const auto name = declared_name((*body_.items)[member->item]);
        circle += "`" + std::string(name->text) + "` → ";
        if (member != begin) related.push_back({name->span, "part of the circle"});
      }
      const auto name = declared_name((*body_.items)[next]);
      const bool alone = path.back().item == next;
      error("dependency-cycle", name->span, alone ? "`" + std::string(name->text) + "` needs itself" : "these need each other: " + circle + "`" + std::string(name->text) + "`", "the circle closes here",
            "take one of these references out", related);
    }
  }
}

}  // namespace sdlrun::dsl
