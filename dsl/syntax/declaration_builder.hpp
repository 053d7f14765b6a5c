// Blocks, steps, items and declarations, built bottom up like expressions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dsl/syntax/expression_builder.hpp"
#include "dsl/syntax/type_builder.hpp"

namespace sdlrun::dsl {

class DeclarationBuilder {
 public:
  DeclarationBuilder(Module& module, ExpressionBuilder& expressions, TypeBuilder& types, SyntaxErrors& errors,
                     std::string_view text)
      : module_(module), expressions_(expressions), types_(types), errors_(errors), text_(text) {}

  // parts of steps
  void remember_name(Span name) { names_.push_back(named(name)); }
  void entry(Span span);
  void block(Span braces);
  void output_from_stdout(Span word) { stdout_end_ = word.end; }
  void declared_output(Span span);
  void outputs_block(Span braces);
  void with_block(Span braces);
  void stage_path(Span path) { stage_paths_.push_back(path); }
  void stage_call(Span span);
  void step_match_arm(Span span);
  void step_match(Span span);
  void step_if(Span span);
  void axis(Span span);

  // items
  void declared_name(Span name) { declared_names_.push_back(named(name)); }
  void param(Span span);
  void input(Span span);
  void secret(Span span);
  void pool(Span span);
  void let(Span span);
  void step(Span span);
  void require(Span span);
  void output(Span span);

  // declarations
  void pipeline(Span span);
  void stage(Span span);
  void type(Span span);
  void use(Span span);

  std::size_t item_count() const { return items_.size(); }
  /// The item at `begin` has a syntax error: its name stays known, with a value that nobody complains about.
  void broken_item(std::uint32_t begin);
  /// Forgets what an abandoned item that began at the offset has left.
  void forget_since(std::uint32_t begin);

 private:
  Name named(Span span) const { return {.text = text_.substr(span.begin, span.end - span.begin), .span = span}; }
  Name pop_declared_name(std::uint32_t begin);
  Name pop_name();
  /// The `##` lines right above an offset.
  DocComment doc_above(std::uint32_t begin) const;
  ExpressionId plain_string(ExpressionId id);
  std::optional<OutputsClause> pop_outputs_since(std::uint32_t begin);
  template <typename Declaration>
  void typed_item(Span span);
  template <typename Declaration>
  void declaration_with_items(Span span);

  Module& module_;
  ExpressionBuilder& expressions_;
  TypeBuilder& types_;
  SyntaxErrors& errors_;
  std::string_view text_;

  std::vector<Name> names_;
  std::vector<Name> declared_names_;
  std::vector<Entry> entries_;
  std::vector<Block> blocks_;
  std::vector<DeclaredOutput> declared_outputs_;
  std::vector<OutputsClause> outputs_clauses_;
  std::vector<Span> stage_paths_;
  std::vector<StageCall> calls_;
  std::vector<StepMatchArm> arms_;
  std::vector<Axis> axes_;
  std::vector<Item> items_;
  std::optional<StepBody> step_body_;
  std::optional<Block> with_;
  std::uint32_t stdout_end_ = 0;  // behind `stdout` in the declared output that is being read
};

}  // namespace sdlrun::dsl
