// sdlrun help: stages, pipelines, commands.
#include <ostream>

#include "cli/commands/commands.hpp"
#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/opened_pipeline.hpp"
#include "cli/report/pipeline_help.hpp"
#include "cli/report/stage_help.hpp"
#include "stages/all_stages.hpp"

namespace sdlrun::cli {

namespace {

int help_for_file(Console& console, const std::string& file, const dsl::StageSchemas& schemas, const Messages& messages) {
  if (const auto error = missing_file(file)) {
    messages.error(*error);
    return exit_code::wrong_input;
  }
  dsl::Sources sources;
  dsl::Diagnostics diagnostics;
  const auto program = dsl::load_program(sources, file, schemas, diagnostics);
  if (!program) {
    messages.diagnostics(sources, diagnostics);
    return exit_code::wrong_input;
  }
  const auto signature = dsl::signature(*program);
  if (!signature) {
    messages.error({.message = '`' + file + "` holds no pipeline, only types or stages", .hint = "other files take it by `use`"});
    return exit_code::wrong_input;
  }
  const PipelineHelp help{.file = file, .signature = *signature, .outputs = names_in_file(file).outputs};
  const Screen& screen = console.output;
  messages.json() ? screen.write(pipeline_help_json(help)) : screen.say(pipeline_help_text(help, screen.style, screen.columns()));
  return exit_code::done;
}

int unknown_topic(const std::string& topic, const dsl::StageSchemas& schemas, const Messages& messages) {
  std::vector<std::string> names;
  for (const dsl::StageSchema* schema : schemas.all()) names.push_back(schema->full_name());
  for (const Command& command : commands()) {
    if (!command.summary.empty()) names.emplace_back(command.name);
  }
  messages.error({.message = "there is no stage, command or file `" + topic + '`',
                  .hint = dsl::did_you_mean(topic, {names.begin(), names.end()}, "`sdlrun help` lists all stages")});
  return exit_code::wrong_input;
}

int help_for(Console& console, const std::string& topic, const Messages& messages) {
  const engine::StageSet stages = stages::all_stages();
  const dsl::StageSchemas& schemas = stages.schemas();
  const Screen& screen = console.output;
  const std::size_t dot = topic.find('.');
  const dsl::StageSchema* schema = dot == std::string::npos ? nullptr : schemas.find(topic.substr(0, dot), topic.substr(dot + 1));
  if (schema != nullptr) {
    messages.json() ? screen.write(stage_json(*schema)) : screen.say(stage_help(*schema, screen.style, screen.columns()));
    return exit_code::done;
  }
  if (schemas.has_family(topic)) {
    screen.stream << stage_list(schemas, topic, screen.style, screen.columns());
    return exit_code::done;
  }
  if (const Command* command = find_command(topic)) return command->run(console, {"--help"});
  if (names_a_file(topic)) return help_for_file(console, topic, schemas, messages);
  return unknown_topic(topic, schemas, messages);
}

int list_stages(const Console& console, bool json) {
  const engine::StageSet stages = stages::all_stages();
  const Screen& screen = console.output;
  if (json) {
    screen.stream << stages_json(stages.schemas());
    return exit_code::done;
  }
  screen.stream << screen.style.paint(Tone::strong, "Stages") << '\n'
                << stage_list(stages.schemas(), "", screen.style, screen.columns())
                << "\n`sdlrun help STAGE` shows one with its inputs, outputs and an example.\n";
  return exit_code::done;
}

}  // namespace

int help_command(Console& console, const Words& words) {
  Options options("help", "help [STAGE | FILE | COMMAND]", "Explains a stage (notebook.convert), a family of stages (notebook), a pipeline's file, or a command.\nAlone it lists all stages.");
  std::vector<std::string> topics;
  CommonOptions common;
  options.words(topics);
  common.declare(options);
  if (const auto code = options.parse(words, console)) return *code;
  common.apply(console);
  if (topics.empty()) return list_stages(console, common.json);
  if (topics.size() > 1) return options.refuse(console, "one topic at a time");
  return help_for(console, topics.front(), Messages(console, common.json));
}

int docs_command(Console& console, const Words&) {
  console.output.stream << stages_markdown(stages::all_stages().schemas());
  return exit_code::done;
}

}  // namespace sdlrun::cli
