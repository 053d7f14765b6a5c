// What the program's exit says; documented in --help and docs/json.md.
#pragma once

namespace sdlrun::cli::exit_code {

constexpr int done = 0;
/// A step or a requirement failed; `fmt --check` found a file that is not in the canonical form.
constexpr int failed = 1;
/// The command line, the file or a value is wrong.
constexpr int wrong_input = 2;
/// sdlrun itself could not work: its state cannot be written, the disk is full.
constexpr int cannot_work = 3;
constexpr int interrupted = 130;

}  // namespace sdlrun::cli::exit_code
