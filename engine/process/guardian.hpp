// The process above the engine's that sees to it that nothing is left behind, however the engine ends.
//
//     shell ── sdlrun (guardian) ── sdlrun (engine) ── steps' processes, each a session of its own
//
// The guardian is forked before any thread exists. It is a subreaper: what a step's process orphans, by whatever double
// fork and setsid, becomes the engine's child (which is one too) and, when the engine has gone, the guardian's.
//
// Signals. The engine has a process group of its own, so the terminal's Ctrl-C, Ctrl-Z, hang-up and resize reach the
// guardian alone, which hands each to the engine exactly once; so does `kill` of the program or of its whole group. Two
// of one kind within a tenth of a second are one (`timeout` sends two). SIGTTOU is ignored in the engine, for it writes to the
// terminal from a group that is not the foreground's.
//
// Ends. Engine: whatever still lives below is killed, but for services (service.hpp), and the guardian ends as the engine did: same exit code, same signal.
// Guardian (killed): the engine is told by a pipe and SIGTERM, kills what is below it and ends at once with exit code 3.
#pragma once

#include <functional>

namespace sdlrun::engine {

/// Runs `engine_main` in a child process and gives its exit code; does not return where it was ended by a signal. Call it
/// first thing, while there is one thread. Where no process can be forked, it runs here, unguarded.
int run_guarded(const std::function<int()>& engine_main);

}  // namespace sdlrun::engine
