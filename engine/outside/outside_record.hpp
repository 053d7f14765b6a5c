// What is known of one thing that was, or was to be, started beyond this machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/world/clock.hpp"

namespace sdlrun::engine {

enum class OutsideState {
  intended,   // the request may have gone out, or not
  started,    // the other side has given its handle
  succeeded,  // has done its work; the step's result is not yet known to be on the disk
  failed,     // has failed; it is to be taken away, and another may be started
  given_up,   // perhaps runs, and is to be ended before another is started
  settled,    // nothing is to be done with it; kept, so that its number is not used again
};

struct OutsideRecord {
  std::string name = {};
  std::string key = {};  // of the step; with `cache = "off"` one that is the same each time
  std::int64_t attempt = 1;
  std::string kind = {};
  std::string place = {};
  std::string pipeline = {};
  std::string step = {};
  std::string run = {};  // that intended it
  Milliseconds intended_at{0};
  OutsideState state = OutsideState::intended;
  std::string handle = {};  // the other side's word, where it has been started
  std::string note = {};    // why it is as it is, for people

  /// It may go on, or has ended and waits to be taken over: another must not be started.
  bool is_to_be_taken_over() const { return state <= OutsideState::succeeded; }
  bool is_open() const { return state != OutsideState::settled; }
};

/// "may have been started", "was started", … : what stands behind a thing's name.
std::string_view state_text(OutsideState state);

/// JSON.
std::string encode_outside_record(const OutsideRecord& record);
std::optional<OutsideRecord> decode_outside_record(std::string_view text);

}  // namespace sdlrun::engine
