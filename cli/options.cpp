#include "cli/options.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <ostream>

#include "cli/exit_code.hpp"
#include "cli/messages.hpp"
#include "dsl/diagnostics/diagnostic.hpp"

namespace sdlrun::cli {

namespace {

struct PendingNumber {
  std::string name;
  std::string text;
  std::size_t* target;
};

/// CLI11 of Debian 12 makes up the usage line from the options; ours is written by hand.
class UsageFormatter : public CLI::Formatter {
 public:
  explicit UsageFormatter(std::string usage) : usage_(std::move(usage)) {
    column_width(28);
    label("TEXT", "");
  }
  std::string make_usage(const CLI::App*, std::string) const override { return "Usage: sdlrun " + usage_ + "\n"; }

 private:
  std::string usage_;
};

std::optional<std::size_t> positive(std::string_view text) {
  std::size_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || number == 0) return std::nullopt;
  return number;
}

}  // namespace

struct Options::State {
  State(std::string command_name, std::string usage_text, const std::string& description)
      : command(std::move(command_name)), usage(std::move(usage_text)), app(description, "sdlrun " + command) {
    app.formatter(std::make_shared<UsageFormatter>(usage));
    app.allow_extras();
  }

  std::string command;
  std::string usage;
  CLI::App app;
  std::vector<std::unique_ptr<PendingNumber>> numbers;
};

Options::Options(std::string command, std::string usage, std::string description)
    : state_(std::make_unique<State>(std::move(command), std::move(usage), description)) {}

Options::~Options() = default;

void Options::flag(const std::string& names, bool& target, const std::string& doc) {
  state_->app.add_flag(names, target, doc);
}

void Options::text(const std::string& names, std::string& target, const std::string& placeholder, const std::string& doc) {
  state_->app.add_option(names, target, doc)->type_name(placeholder);
}

void Options::texts(const std::string& names, std::vector<std::string>& target, const std::string& placeholder,
                    const std::string& doc) {
  state_->app.add_option(names, target, doc)->type_name(placeholder)->allow_extra_args(false);
}

void Options::number(const std::string& names, std::size_t& target, const std::string& doc) {
  auto& pending = state_->numbers.emplace_back(std::make_unique<PendingNumber>(PendingNumber{.name = {}, .text = {}, .target = &target}));
  pending->name = state_->app.add_option(names, pending->text, doc)->type_name("N")->get_name();
}

void Options::words(std::vector<std::string>& target) {
  state_->app.add_option("words", target)->group("");
}

void Options::footer(const std::string& text) { state_->app.footer(text); }

namespace {

/// What other tools' options are here.
std::string written_otherwise(const std::string& word) {
  if (word == "--dry-run" || word == "-n" || word == "--dryrun") return "`sdlrun plan FILE` shows what would run";
  if (word == "--force" || word == "-f" || word == "-B") return "`sdlrun clean FILE STEP` forgets a result, so that the step runs again";
  if (word == "-k" || word == "--keep-going") return "not there yet: after a failure no new step starts";
  const std::size_t equals = word.find('=');
  if (word.starts_with("--") && equals != std::string::npos) return "a param is set by `" + word.substr(2) + "`, without dashes";
  return "";
}

}  // namespace

std::optional<int> Options::parse(const std::vector<std::string>& arguments, const Console& console) {
  try {
    state_->app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    console.output.stream << state_->app.help();
    return exit_code::done;
  } catch (const CLI::ArgumentMismatch& mismatch) {
    return refuse(console, "an option lacks its value (" + std::string(mismatch.what()) + ")");
  } catch (const CLI::ParseError& problem) {
    return refuse(console, problem.what());
  }
  for (const std::string& word : state_->app.remaining()) {
    std::vector<std::string> names;
    for (const CLI::Option* option : state_->app.get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    const std::string other = written_otherwise(word);
    return refuse(console, "unknown option `" + word + "`", other.empty() ? dsl::did_you_mean(word, {names.begin(), names.end()}) : other);
  }
  for (const auto& number : state_->numbers) {
    if (number->text.empty()) continue;
    const std::optional<std::size_t> value = positive(number->text);
    if (!value) return refuse(console, "`" + number->name + "` takes a whole number of at least 1, not `" + number->text + "`");
    *number->target = *value;
  }
  return std::nullopt;
}

int Options::refuse(const Console& console, const std::string& message, std::string hint) const {
  if (hint.empty()) hint = "usage: sdlrun " + state_->usage;
  print_error(console.errors, {.message = message, .hint = std::move(hint)});
  return exit_code::wrong_input;
}

}  // namespace sdlrun::cli
