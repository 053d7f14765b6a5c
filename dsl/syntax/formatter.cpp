#include "dsl/syntax/formatter.hpp"

#include <algorithm>

#include "dsl/syntax/expression_formatter.hpp"
#include "dsl/syntax/page.hpp"

namespace sdlrun::dsl {

namespace {

using Part = ExpressionFormatter::Part;

std::size_t line_count(const DocComment& doc) {
  return doc.empty() ? 0 : 1 + static_cast<std::size_t>(std::count(doc.begin(), doc.end(), '\n'));
}

class ModuleFormatter {
 public:
  ModuleFormatter(std::string_view source, const Module& module)
      : module_(module), page_(source, module.comments), expressions_(page_, module) {}

  std::string format();

 private:
  template <typename Declared>
  void on_its_line(const Declared& declared);
  void write_name(std::string_view keyword, const Name& name);
  void write_value(ExpressionId value);
  void write_type(TypeExpressionId type);

  void print(const UseDeclaration& use);
  void print(const TypeDeclaration& type);
  void print(const StageDeclaration& stage) { body("stage", stage.name, stage.items, stage.span); }
  void print(const PipelineDeclaration& pipeline) { body("pipeline", pipeline.name, pipeline.items, pipeline.span); }
  void body(std::string_view keyword, const Name& name, const std::vector<Item>& items, Span span);

  void print(const ParamDeclaration& param) { typed("param", param.name, param.type, param.default_value); }
  void print(const InputDeclaration& input) { typed("input", input.name, input.type, input.default_value); }
  void print(const SecretDeclaration& secret);
  void print(const PoolDeclaration& pool);
  void print(const LetDeclaration& let);
  void print(const StepDeclaration& step);
  void print(const RequireDeclaration& require);
  void print(const OutputDeclaration& output);
  void typed(std::string_view keyword, const Name& name, TypeExpressionId type, std::optional<ExpressionId> value);

  void axes(const std::vector<Axis>& axes);
  void block(const Block& block);
  void outputs(const OutputsClause& clause);
  void declared_output(const DeclaredOutput& output);
  void call(StageCallId id);
  void step_body(const StepIf& choice);
  void step_body(const StepMatch& match);
  void step_body(StageCallId id) { call(id); }

  const Module& module_;
  Page page_;
  ExpressionFormatter expressions_;
};

std::string ModuleFormatter::format() {
  for (const Declaration& declaration : module_.declarations) {
    std::visit([this](const auto& declared) { on_its_line(declared); }, declaration);
  }
  page_.flush_comments(static_cast<std::uint32_t>(page_.source().size()));
  std::string text = page_.take();
  if (!text.empty()) text += '\n';
  return text;
}

template <typename Declared>
void ModuleFormatter::on_its_line(const Declared& declared) {
  page_.begin_line(declared.span.begin, line_count(declared.doc));
  print(declared);
  page_.end_line(declared.span.end);
}

void ModuleFormatter::write_name(std::string_view keyword, const Name& name) {
  page_.write(keyword);
  page_.write(" ");
  page_.write(name.text);
}

void ModuleFormatter::write_value(ExpressionId value) {
  page_.write(" = ");
  expressions_.expression(value);
}

void ModuleFormatter::write_type(TypeExpressionId type) {
  page_.write(": ");
  expressions_.type(type);
}

// ---- declarations ---------------------------------------------------------------------------------------------------

void ModuleFormatter::print(const UseDeclaration& use) {
  page_.write("use ");
  expressions_.expression(use.path);
  if (use.version) {
    page_.write(" version ");
    expressions_.expression(*use.version);
  }
  if (use.alias) write_name(" as", *use.alias);
}

void ModuleFormatter::print(const TypeDeclaration& type) {
  write_name("type", type.name);
  page_.write(" = ");
  expressions_.type(type.type);
}

void ModuleFormatter::body(std::string_view keyword, const Name& name, const std::vector<Item>& items, Span span) {
  write_name(keyword, name);
  page_.write(" {");
  const std::uint32_t open = expressions_.braces_behind(span.file, name.span.end, span.end - 1).begin;
  if (items.empty() && !page_.has_comment_between(open, span.end)) return page_.write("}");
  page_.end_line(open + 1);
  {
    const Page::Indent indent(page_);
    for (const Item& item : items) std::visit([this](const auto& declared) { on_its_line(declared); }, item);
    page_.flush_comments(span.end - 1);
  }
  page_.break_line();
  page_.write("}");
}

// ---- items ----------------------------------------------------------------------------------------------------------

void ModuleFormatter::typed(std::string_view keyword, const Name& name, TypeExpressionId type, std::optional<ExpressionId> value) {
  write_name(keyword, name);
  write_type(type);
  if (value) write_value(*value);
}

void ModuleFormatter::print(const SecretDeclaration& secret) {
  write_name("secret", secret.name);
  write_value(secret.source);
}

void ModuleFormatter::print(const PoolDeclaration& pool) {
  write_name("pool", pool.name);
  write_value(pool.size);
}

void ModuleFormatter::print(const LetDeclaration& let) {
  write_name("let", let.name);
  if (let.type) write_type(*let.type);
  write_value(let.value);
}

void ModuleFormatter::print(const OutputDeclaration& output) {
  write_name("output", output.name);
  write_value(output.value);
}

void ModuleFormatter::print(const RequireDeclaration& require) {
  page_.write("require ");
  if (require.name) {
    page_.write(require.name->text);
    page_.write(" = ");
  }
  const auto print = [&](bool on_lines) {
    expressions_.expression(require.condition);
    if (!require.message) return;
    const Page::Indent indent(page_);
    on_lines ? page_.break_line() : page_.write(" ");
    page_.write("else ");
    expressions_.expression(*require.message);
  };
  if (!page_.on_one_line([&] { print(false); })) print(true);
}

// ---- steps ----------------------------------------------------------------------------------------------------------

void ModuleFormatter::print(const StepDeclaration& step) {
  write_name("step", step.name);
  if (!step.axes.empty()) axes(step.axes);
  page_.write(" = ");
  std::visit([this](const auto& body) { step_body(body); }, step.body);
  if (step.outputs) outputs(*step.outputs);
  if (!step.with) return;
  page_.write(" with ");
  block(*step.with);
}

void ModuleFormatter::axes(const std::vector<Axis>& axes) {
  page_.write("[");
  for (const Axis& axis : axes) {
    if (&axis != axes.data()) page_.write(", ");
    page_.write(axis.variable.text);
    page_.write(" in ");
    expressions_.expression(axis.source);
    if (!axis.by) continue;
    page_.write(" by ");
    expressions_.expression(*axis.by);
  }
  page_.write("]");
}

void ModuleFormatter::block(const Block& block) {
  std::vector<Part> parts;
  parts.reserve(block.entries.size());
  for (const Entry& entry : block.entries) {
    parts.push_back({entry.span, [this, &entry] {
                       page_.write(entry.name.text);
                       write_value(entry.value);
                     }});
  }
  expressions_.group(ExpressionFormatter::braces, block.span, parts);
}

void ModuleFormatter::outputs(const OutputsClause& clause) {
  std::vector<Part> parts;
  for (const DeclaredOutput& output : clause.outputs) {
    parts.push_back({output.span, [this, &output] { declared_output(output); }, line_count(output.doc)});
  }
  page_.write(" outputs ");
  expressions_.group(ExpressionFormatter::braces, clause.span, parts);
}

void ModuleFormatter::declared_output(const DeclaredOutput& output) {
  page_.write(output.name.text);
  write_type(output.type);
  if (output.source == OutputSource::standard_output) page_.write(" at stdout");
  if (output.path) {
    page_.write(" at ");
    expressions_.expression(*output.path);
  }
  if (output.pattern) {
    page_.write(" matching ");
    expressions_.expression(*output.pattern);
  }
}

void ModuleFormatter::call(StageCallId id) {
  const StageCall& call = module_.call(id);
  for (const Name& name : call.path) {
    if (&name != call.path.data()) page_.write(".");
    page_.write(name.text);
  }
  page_.write(" ");
  block(call.inputs);
  if (call.outputs) outputs(*call.outputs);
}

void ModuleFormatter::step_body(const StepIf& choice) {
  const auto print = [&](bool on_lines) {
    const auto next = [&] { on_lines ? page_.break_line() : page_.write(" "); };
    page_.write("if ");
    expressions_.expression(choice.condition);
    next();
    page_.write("then ");
    call(choice.then_call);
    next();
    page_.write("else ");
    call(choice.else_call);
  };
  if (page_.on_one_line([&] { print(false); })) return;
  const Page::Indent indent(page_);
  print(true);
}

void ModuleFormatter::step_body(const StepMatch& match) {
  page_.write("match ");
  expressions_.expression(match.subject);
  page_.write(" ");
  std::vector<Part> parts;
  for (const StepMatchArm& arm : match.arms) {
    parts.push_back({arm.span, [this, &arm] {
                       expressions_.pattern_list(arm.patterns);
                       call(arm.call);
                     }});
  }
  const std::uint32_t subject_end = expressions_.end_of(match.subject);
  const std::uint32_t last_end = match.arms.empty() ? subject_end : match.arms.back().span.end;
  expressions_.group(ExpressionFormatter::braces, expressions_.braces_behind(module_.file(), subject_end, last_end), parts);
}

}  // namespace

std::string format_module(const Sources& sources, const Module& module) {
  return ModuleFormatter(sources.file(module.file()).text(), module).format();
}

}  // namespace sdlrun::dsl
