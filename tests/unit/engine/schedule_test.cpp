// Who is next: the schedule as plain data.
#include "engine/run/schedule.hpp"

#include <doctest/doctest.h>

#include "engine/run/last_times.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;

namespace {

using Turn = Schedule::Turn;

constexpr dsl::NodeId a{0}, b{1}, c{2};

/// a is the shortest, c the longest.
Schedule schedule_of_three(std::size_t slots) {
  dsl::Pipeline pipeline;
  pipeline.nodes.resize(3);
  return Schedule({{Milliseconds(1), Milliseconds(0)}, {Milliseconds(2), Milliseconds(1)}, {Milliseconds(3), Milliseconds(2)}}, Resources(pipeline, slots, {}));
}

void arrive_all(Schedule& schedule) {
  for (const dsl::NodeId node : {a, b, c}) REQUIRE(schedule.arrive(node));
}

}  // namespace

TEST_CASE("steps are decided and started in the order of their critical paths") {
  Schedule schedule = schedule_of_three(3);
  arrive_all(schedule);
  CHECK(schedule.next_to_decide() == c);
  CHECK(schedule.next_to_decide() == b);
  CHECK(schedule.next_to_decide() == a);
  CHECK(schedule.next_to_decide() == std::nullopt);
  for (const dsl::NodeId node : {a, b, c}) CHECK(schedule.wants_to_run(node, std::to_string(static_cast<int>(node))) == Turn::ready);
  CHECK(schedule.next_to_start() == c);
  CHECK(schedule.next_to_start() == b);
  CHECK(schedule.next_to_start() == a);
}

TEST_CASE("nobody overtakes a step ahead of it that is still being decided") {
  Schedule schedule = schedule_of_three(3);
  arrive_all(schedule);
  for (int i = 0; i < 3; ++i) schedule.next_to_decide();
  CHECK(schedule.wants_to_run(b, "b") == Turn::ready);
  CHECK(schedule.next_to_start() == std::nullopt);
  schedule.ended(c);  // cached
  CHECK(schedule.next_to_start() == b);
}

TEST_CASE("no more steps start than there are slots; an end frees one") {
  Schedule schedule = schedule_of_three(1);
  arrive_all(schedule);
  for (int i = 0; i < 3; ++i) schedule.next_to_decide();
  for (const dsl::NodeId node : {a, b, c}) schedule.wants_to_run(node, std::to_string(static_cast<int>(node)));
  CHECK(schedule.next_to_start() == c);
  CHECK(schedule.next_to_start() == std::nullopt);
  schedule.ended(c);
  CHECK(schedule.next_to_start() == b);
}

TEST_CASE("a step that has done its work gives its slot to the next, which waits for nothing then") {
  Schedule schedule = schedule_of_three(1);
  arrive_all(schedule);
  for (int i = 0; i < 3; ++i) schedule.next_to_decide();
  for (const dsl::NodeId node : {a, b, c}) schedule.wants_to_run(node, std::to_string(static_cast<int>(node)));
  CHECK(schedule.next_to_start() == c);
  CHECK(schedule.next_in_place_of(c) == b);
  CHECK(schedule.next_in_place_of(c) == std::nullopt);  // it has given it away
  schedule.ended(c);
  CHECK(schedule.next_to_start() == std::nullopt);
  SUBCASE("not to one behind those that wait for its end") {
    CHECK(schedule.next_in_place_of(b) == a);  // as long as the longest of them
    schedule.ended(b);
    CHECK(schedule.next_in_place_of(a) == std::nullopt);
  }
  SUBCASE("nor once the run is to end") {
    schedule.halt();
    CHECK(schedule.next_in_place_of(b) == std::nullopt);
  }
  SUBCASE("and may rest all the same") {
    CHECK(schedule.next_in_place_of(b) == a);
    CHECK(schedule.rest(b));
    CHECK(schedule.rested(b));
    CHECK(schedule.next_to_start() == std::nullopt);
    schedule.ended(a);
    CHECK(schedule.next_to_start() == b);
  }
}

TEST_CASE("one that waits for the end of a step may be longer than all that are ready: the slot is kept for it") {
  dsl::Pipeline pipeline;
  pipeline.nodes.resize(3);
  Schedule schedule({{Milliseconds(1), Milliseconds(0)}, {Milliseconds(2), Milliseconds(0)}, {Milliseconds(9), Milliseconds(5)}}, Resources(pipeline, 1, {}));
  arrive_all(schedule);
  for (int i = 0; i < 3; ++i) schedule.next_to_decide();
  for (const dsl::NodeId node : {a, b, c}) schedule.wants_to_run(node, std::to_string(static_cast<int>(node)));
  CHECK(schedule.next_to_start() == c);
  CHECK(schedule.next_in_place_of(c) == std::nullopt);
  schedule.ended(c);
  CHECK(schedule.next_to_start() == b);
}

TEST_CASE("a step whose key runs is parked until that has ended, and then decided anew") {
  Schedule schedule = schedule_of_three(2);
  arrive_all(schedule);
  for (int i = 0; i < 3; ++i) schedule.next_to_decide();
  CHECK(schedule.wants_to_run(c, "same") == Turn::ready);
  CHECK(schedule.wants_to_run(b, "same") == Turn::parked);
  CHECK(schedule.state(b) == StepState::parked);
  CHECK(schedule.next_to_start() == c);
  CHECK(schedule.ended(c) == 1);
  CHECK(schedule.next_to_decide() == b);
}

TEST_CASE("a step whose key has ended since its decision began is decided anew, once") {
  Schedule schedule = schedule_of_three(2);
  arrive_all(schedule);
  for (int i = 0; i < 3; ++i) schedule.next_to_decide();
  schedule.wants_to_run(c, "same");
  schedule.next_to_start();
  schedule.ended(c);
  CHECK(schedule.wants_to_run(b, "same") == Turn::decide_again);
  CHECK(schedule.next_to_decide() == b);
  CHECK(schedule.wants_to_run(b, "same") == Turn::ready);  // its result was not to be had, after all
}

TEST_CASE("after halt what had arrived goes no further, and what runs still ends") {
  Schedule schedule = schedule_of_three(1);
  arrive_all(schedule);
  schedule.next_to_decide();
  schedule.next_to_decide();
  schedule.wants_to_run(c, "c");
  CHECK(schedule.next_to_start() == c);
  CHECK(schedule.halt().given_up == std::vector{a});
  CHECK(schedule.wants_to_run(b, "b") == Turn::halted);
  CHECK_FALSE(schedule.arrive(a));
  CHECK(schedule.next_to_decide() == std::nullopt);
  CHECK_FALSE(schedule.is_over());
  schedule.ended(c);
  CHECK(schedule.next_to_start() == std::nullopt);
  CHECK(schedule.is_over());
  CHECK(schedule.halt().given_up.empty());
}

TEST_CASE("a critical path is the longest chain of needed steps behind a step, its own time included") {
  dsl::Pipeline pipeline;
  pipeline.nodes.resize(4);
  pipeline.nodes[1].dependencies = {a};
  pipeline.nodes[2].dependencies = {a};
  pipeline.nodes[3].dependencies = {b};
  LastTimes times(4);
  for (std::size_t i = 0; i < times.size(); ++i) times[i].duration = Milliseconds(i == 2 ? 50 : 10);
  const auto all = critical_paths(pipeline, NeededNodes(pipeline, {c, dsl::NodeId{3}}), times);
  CHECK(all == std::vector<Milliseconds>{Milliseconds(60), Milliseconds(20), Milliseconds(50), Milliseconds(10)});
  const auto some = critical_paths(pipeline, NeededNodes(pipeline, {dsl::NodeId{3}}), times);
  CHECK(some[0] == Milliseconds(30));
}

TEST_CASE("one that rests has no slot, but its key; then it waits for a slot again") {
  Schedule schedule = schedule_of_three(1);
  arrive_all(schedule);
  for (int i = 0; i < 3; ++i) schedule.next_to_decide();
  CHECK(schedule.wants_to_run(c, "same") == Turn::ready);
  CHECK(schedule.wants_to_run(b, "b") == Turn::ready);
  CHECK(schedule.next_to_start() == c);
  CHECK(schedule.rest(c));
  CHECK(schedule.wants_to_run(a, "same") == Turn::parked);
  CHECK(schedule.next_to_start() == b);
  CHECK(schedule.rested(c));
  CHECK(schedule.next_to_start() == std::nullopt);
  schedule.ended(b);
  CHECK(schedule.next_to_start() == c);
  CHECK(schedule.ended(c) == 1);
}

TEST_CASE("after a halt nobody rests: those that do are named, and end") {
  Schedule schedule = schedule_of_three(3);
  arrive_all(schedule);
  for (int i = 0; i < 3; ++i) schedule.next_to_decide();
  for (const dsl::NodeId node : {a, b, c}) schedule.wants_to_run(node, std::to_string(static_cast<int>(node)));
  for (int i = 0; i < 3; ++i) schedule.next_to_start();
  CHECK(schedule.rest(a));
  CHECK(schedule.rest(b));
  CHECK(schedule.rested(b));  // it waits for a slot
  CHECK(schedule.halt().resting == std::vector{a, b});
  CHECK_FALSE(schedule.rested(a));
  CHECK_FALSE(schedule.rest(c));
  for (const dsl::NodeId node : {a, b, c}) schedule.ended(node);
  CHECK(schedule.is_over());
}
