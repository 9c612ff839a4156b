// The few lines that make a shell ask `longshore` what may come next. Each asks for a line a candidate: the word, a tab,
// what it means; with no line it offers files.

const bash = `# Completion for longshore. To load it:  source <(longshore completion bash)
_longshore() {
  local IFS=$'\\n'
  COMPREPLY=($(longshore __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _longshore longshore
`;

const zsh = `#compdef longshore
# Completion for longshore. To load it:  source <(longshore completion zsh)
_longshore() {
  local -a found
  local word about
  while IFS=$'\\t' read -r word about; do
    found+=("\${word//:/\\\\:}\${about:+:$about}")
  done < <(longshore __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then _describe longshore found; else _files; fi
}
compdef _longshore longshore
`;

const fish = `# Completion for longshore. To load it:  longshore completion fish | source
function __longshore_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    longshore __complete -- $words[2..-1] "$current" 2>/dev/null
end
complete -c longshore -f -a '(__longshore_complete)'
complete -c longshore -n '__fish_seen_subcommand_from register update apply diff' -s f -l file -r -F
complete -c longshore -n '__fish_seen_subcommand_from record replay' -F
`;

export const completionScripts: Readonly<Record<string, string>> = { bash, zsh, fish };
