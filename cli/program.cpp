#include "cli/program.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <new>
#include <ostream>
#include <string_view>

#include "cli/commands/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/messages.hpp"
#include "cli/opened_pipeline.hpp"
#include "cli/pipeline_words.hpp"
#include "cli/terminal/text_width.hpp"

namespace sdlrun::cli {

namespace {

std::string program_help() {
  std::string result =
      "sdlrun runs pipelines: steps declared in a .sdl file, checked before they run,\n"
      "each run only when what it depends on has changed.\n\n"
      "  sdlrun FILE [name=value…] [goal…]   run a pipeline, or only what goals need\n"
      "  sdlrun COMMAND …                    (sdlrun COMMAND --help shows its options)\n\n"
      "Commands\n";
  for (const Command& command : commands()) {
    if (!command.summary.empty()) result += "  " + padded(command.name, 12) + ' ' + std::string(command.summary) + '\n';
  }
  return result +
         "\nExamples\n"
         "  sdlrun imdb.sdl epochs=5 train      run the step train and what it needs\n"
         "  sdlrun plan imdb.sdl                what would run, and why\n"
         "  sdlrun help notebook.convert        inputs, outputs and an example\n"
         "Exit codes: 0 done, 1 a step or requirement failed, 2 wrong usage or file,\n"
         "3 sdlrun could not work, 130 interrupted. Run options: sdlrun FILE --help.\n";
}

/// A file is meant unless the word looks like a command misspelt.
bool means_a_run(const std::string& word) { return word.starts_with('-') || names_a_file(word); }

int unknown_word(const Console& console, const std::string& word) {
  std::vector<std::string_view> names;
  for (const Command& command : commands()) {
    if (!command.summary.empty()) names.push_back(command.name);
  }
  std::string hint = dsl::did_you_mean(word, names);
  // `sdlrun imdb` means imdb.sdl where that is here.
  if (!missing_file(word + ".sdl")) hint = "did you mean `" + word + ".sdl`?";
  if (word == "run") hint = "a pipeline is run by `sdlrun FILE`";
  if (hint.empty()) hint = "`sdlrun --help` lists the commands";
  print_error(console.errors, {.message = "there is no command or file `" + word + '`', .hint = hint});
  return exit_code::wrong_input;
}

/// Nothing can be allocated any more. What the run has recorded stays; the guardian ends its processes.
void memory_ran_out() {
  constexpr std::string_view text = "error: sdlrun has run out of memory\nhint: see with `ulimit -v` and `free -m` how much there is\n";
  static_cast<void>(::write(STDERR_FILENO, text.data(), text.size()) > 0);
  std::_Exit(exit_code::cannot_work);
}

/// No exception is meant to come here; those that do are the system's, which gives no thread or no descriptor to a library.
[[noreturn]] void exception_was_not_caught() {
  std::string text = "error: sdlrun cannot go on";
  try {
    if (const std::exception_ptr exception = std::current_exception()) std::rethrow_exception(exception);
  } catch (const std::exception& exception) {
    text += std::string(": ") + exception.what();
  } catch (...) {  // nothing is known of it
  }
  text += "\nhint: see with `ulimit -a` whether this user may have more processes, files and memory; what was recorded stays\n";
  static_cast<void>(::write(STDERR_FILENO, text.data(), text.size()) > 0);
  std::_Exit(exit_code::cannot_work);
}

/// Of a file that is mapped into memory, a part is not there: SQLite's index of its log, on a full tmpfs, or cut off by somebody.
void mapped_file_ended(int) {
  constexpr std::string_view text =
      "error: a file in `.sdl` was cut off while sdlrun used it, or its disk is full\nhint: let nobody write there, see `df -h .`, and run again\n";
  static_cast<void>(::write(STDERR_FILENO, text.data(), text.size()) > 0);
  std::_Exit(exit_code::cannot_work);
}

}  // namespace

int run_program(Console& console, const std::vector<std::string>& words) {
  if (words.empty()) {
    console.errors.stream << program_help();
    return exit_code::wrong_input;
  }
  const std::string& first = words.front();
  if (first == "--help" || first == "-h") {
    console.output.stream << program_help();
    return exit_code::done;
  }
  if (first == "--version" || first == "-V") {
    console.output.stream << "sdlrun " SDLRUN_VERSION "\n";
    return exit_code::done;
  }
  if (const Command* command = find_command(first)) return command->run(console, {words.begin() + 1, words.end()});
  return means_a_run(first) ? run_command(console, words) : unknown_word(console, first);
}

int run_program(int argument_count, char** arguments) {
  Console console = process_console();
  std::set_new_handler(memory_ran_out);
  std::set_terminate(exception_was_not_caught);
  std::signal(SIGBUS, mapped_file_ended);
  const int code = run_program(console, {arguments + std::min(argument_count, 1), arguments + argument_count});
  return code_once_written(console, code);
}

}  // namespace sdlrun::cli
