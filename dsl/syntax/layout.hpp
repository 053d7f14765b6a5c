// Where the grammar depends on its surroundings: new lines, nesting, and going on after an error. Every rule here reads
// or writes the parse state; all others (grammar.hpp) are plain PEGTL.
#pragma once

#include <tao/pegtl.hpp>

#include "dsl/syntax/keywords.hpp"
#include "dsl/syntax/recovery.hpp"
#include "dsl/syntax/syntax_errors.hpp"

namespace sdlrun::dsl::grammar {

namespace pegtl = tao::pegtl;

struct comment : pegtl::seq<pegtl::one<'#'>, pegtl::star<pegtl::not_one<'\n'>>> {};
struct blanks : pegtl::plus<pegtl::one<' ', '\t', '\r'>> {};
struct new_line : pegtl::one<'\n'> {};
struct line_gap : pegtl::seq<pegtl::opt<blanks>, pegtl::opt<comment>> {};
/// White space where new lines mean nothing.
struct free_gap : pegtl::star<pegtl::sor<blanks, new_line, comment>> {};

/// White space behind a token: with new lines inside `()` and `[]`, without them elsewhere.
struct gap {
  using rule_t = pegtl::opt<blanks>::rule_t;
  using subs_t = pegtl::type_list<line_gap, free_gap>;

  template <pegtl::apply_mode A, pegtl::rewind_mode M, template <typename...> class Action,
            template <typename...> class Control, typename Input, typename State>
  static bool match(Input& in, State& state) {
    const bool lines_count =
        state.errors.open.empty() ? state.lines_count : state.errors.open.back().kind != EnclosureKind::list;
    return lines_count ? Control<line_gap>::template match<A, M, Action, Control>(in, state)
                       : Control<free_gap>::template match<A, M, Action, Control>(in, state);
  }
};

/// The rule must match here. Unlike PEGTL's own must<> it goes back first, so that the error stands where the rule was to
/// begin and not somewhere inside.
template <typename Rule>
struct must {
  using rule_t = typename pegtl::seq<Rule>::rule_t;
  using subs_t = pegtl::type_list<Rule>;

  template <pegtl::apply_mode A, pegtl::rewind_mode, template <typename...> class Action,
            template <typename...> class Control, typename Input, typename State>
  static bool match(Input& in, State& state) {
    if (!Control<Rule>::template match<A, pegtl::rewind_mode::required, Action, Control>(in, state)) {
      Control<Rule>::raise(in, state);
    }
    return true;
  }
};

/// Open, content and close, with new lines meaning inside what the kind says. The content must always match.
template <EnclosureKind Kind, typename Open, typename Content, typename Close>
struct enclosed {
  using rule_t = typename pegtl::seq<Open, Content, Close>::rule_t;
  using subs_t = pegtl::type_list<Open, Content, Close>;

  template <pegtl::apply_mode A, pegtl::rewind_mode M, template <typename...> class Action,
            template <typename...> class Control, typename Input, typename State>
  static bool match(Input& in, State& state) {
    const auto begin = static_cast<std::uint32_t>(in.byte());
    if (!Control<Open>::template match<A, M, Action, Control>(in, state)) return false;
    const OpenGuard guard(state.errors.open, {Kind, begin, static_cast<std::uint32_t>(in.byte())});
    static_cast<void>(Control<Content>::template match<A, pegtl::rewind_mode::dontcare, Action, Control>(in, state));
    return Control<must<Close>>::template match<A, M, Action, Control>(in, state);
  }

 private:
  class OpenGuard {
   public:
    OpenGuard(std::vector<Enclosure>& open, Enclosure enclosure) : open_(open) { open_.push_back(enclosure); }
    ~OpenGuard() { open_.pop_back(); }
    OpenGuard(const OpenGuard&) = delete;
    OpenGuard& operator=(const OpenGuard&) = delete;

   private:
    std::vector<Enclosure>& open_;
  };
};

/// Like the rule itself, but an error where it stands inside too many of its kind: input cannot exhaust the stack.
template <typename Rule>
struct nested {
  using rule_t = typename pegtl::seq<Rule>::rule_t;
  using subs_t = pegtl::type_list<Rule>;

  template <pegtl::apply_mode A, pegtl::rewind_mode M, template <typename...> class Action,
            template <typename...> class Control, typename Input, typename State>
  static bool match(Input& in, State& state) {
    const typename State::NestingGuard guard(state, static_cast<std::uint32_t>(in.byte()));
    return Control<Rule>::template match<A, M, Action, Control>(in, state);
  }
};

/// Like must<Rule>, but after an error it goes on where `state.resume` finds something to go on with.
template <typename Rule, Recovery Where>
struct recovering {
  using rule_t = typename pegtl::seq<Rule>::rule_t;
  using subs_t = pegtl::type_list<Rule>;

  template <pegtl::apply_mode A, pegtl::rewind_mode, template <typename...> class Action,
            template <typename...> class Control, typename Input, typename State>
  static bool match(Input& in, State& state) {
    const auto begin = static_cast<std::uint32_t>(in.byte());
    const auto items_before = state.item_count();
    std::optional<std::uint32_t> resume;
    {
      auto back = in.template mark<pegtl::rewind_mode::required>();
      try {
        return back(Control<must<Rule>>::template match<A, pegtl::rewind_mode::dontcare, Action, Control>(in, state));
      } catch (const SyntaxFailure& failure) {
        resume = state.resume(Where, begin, items_before, failure);
        if (!resume) throw;
      }
    }
    in.bump(*resume - begin);
    return true;
  }
};

/// Like must<Rule>, but after the report it goes on as if the rule had matched.
template <typename Rule>
struct wanted {
  using rule_t = typename pegtl::opt<Rule>::rule_t;
  using subs_t = pegtl::type_list<Rule>;

  template <pegtl::apply_mode A, pegtl::rewind_mode, template <typename...> class Action,
            template <typename...> class Control, typename Input, typename State>
  static bool match(Input& in, State& state) {
    if (!Control<Rule>::template match<A, pegtl::rewind_mode::required, Action, Control>(in, state)) {
      Control<Rule>::report(in, state);
    }
    return true;
  }
};

/// A word of the language's own alphabet. Keyword or not is told by the two rules below.
struct any_word {
  using rule_t = pegtl::identifier::rule_t;
  using subs_t = pegtl::identifier::subs_t;

  template <typename Input>
  static bool match(Input& in) {
    const std::string_view word = word_at({in.current(), static_cast<std::size_t>(in.end() - in.current())}, 0);
    in.bump_in_this_line(word.size());
    return !word.empty();
  }
};

/// A word that is no keyword.
struct name {
  using rule_t = pegtl::identifier::rule_t;
  using subs_t = pegtl::identifier::subs_t;

  template <typename Input>
  static bool match(Input& in) {
    const std::string_view word = word_at({in.current(), static_cast<std::size_t>(in.end() - in.current())}, 0);
    if (word.empty() || is_keyword(word)) return false;
    in.bump_in_this_line(word.size());
    return true;
  }
};

/// Nothing, where an item or declaration begins.
struct item_begin {
  using rule_t = pegtl::success::rule_t;
  using subs_t = pegtl::empty_list;

  template <typename Input>
  static bool match(Input& in) {
    return begins_item({in.current(), static_cast<std::size_t>(in.end() - in.current())}, 0);
  }
};

}  // namespace sdlrun::dsl::grammar
