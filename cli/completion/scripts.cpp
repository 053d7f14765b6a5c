#include "cli/completion/scripts.hpp"

namespace sdlrun::cli {

namespace {

// bash cuts words at `=` and `:` for completion; the line is cut at blanks here, and what bash has already is taken off
// the candidates again.
constexpr std::string_view bash_script = R"script(# sdlrun completion for bash: eval "$(sdlrun completions bash)"
_sdlrun() {
  local line=${COMP_LINE:0:COMP_POINT} current prefix candidate
  local -a words
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  current=${words[-1]}
  prefix=${current%"${COMP_WORDS[COMP_CWORD]}"}
  [[ ${COMP_WORDS[COMP_CWORD]} == [=:] ]] && prefix=$current
  COMPREPLY=()
  while IFS=$'\t' read -r candidate _; do
    candidate=${candidate#"$prefix"}
    [[ $candidate == *[=/] ]] || candidate+=" "
    COMPREPLY+=("$candidate")
  done < <("${COMP_WORDS[0]}" __complete "${words[@]:1}" 2> /dev/null)
}
complete -o nospace -F _sdlrun sdlrun
)script";

constexpr std::string_view zsh_script = R"script(#compdef sdlrun
# sdlrun completion for zsh: eval "$(sdlrun completions zsh)", after compinit
_sdlrun() {
  local line candidate
  local -a whole open described
  for line in "${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2> /dev/null)}"; do
    candidate=${line%%$'\t'*}
    [[ -n $candidate ]] || continue
    if [[ $candidate == *[=/] ]]; then open+=("$candidate"); else whole+=("$candidate"); fi
  done
  (( $#whole )) && compadd -a whole
  (( $#open )) && compadd -S '' -a open
}
compdef _sdlrun sdlrun
)script";

constexpr std::string_view fish_script = R"script(# sdlrun completion for fish: sdlrun completions fish | source
function __sdlrun_complete
    set -l words (commandline -opc)
    $words[1] __complete $words[2..-1] (commandline -ct) 2> /dev/null
end
complete -c sdlrun -f -a '(__sdlrun_complete)'
)script";

}  // namespace

std::string_view completion_script(std::string_view shell) {
  if (shell == "bash") return bash_script;
  if (shell == "zsh") return zsh_script;
  if (shell == "fish") return fish_script;
  return {};
}

}  // namespace sdlrun::cli
