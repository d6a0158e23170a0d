/** The shells that a completion script exists for. */
export const shells = ['bash', 'zsh', 'fish'] as const;

/** A shell that a completion script exists for. */
export type Shell = (typeof shells)[number];

// All three ask `plumb __complete`, so that what is offered never differs from the commands themselves.
const scripts: Readonly<Record<Shell, string>> = {
  bash: `# bash completion of plumb
_plumb() {
  local line candidate
  COMPREPLY=()
  # Words as the user sees them: bash splits at = and : unless told otherwise.
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  local current="\${COMP_WORDS[COMP_CWORD]}"
  while IFS= read -r line; do
    candidate="\${line%%$'\\t'*}"
    [[ "$candidate" == "$current"* ]] && COMPREPLY+=("$candidate")
  done < <(plumb __complete -- "\${words[@]}" 2>/dev/null)
}
complete -o default -F _plumb plumb
`,
  zsh: `#compdef plumb
# zsh completion of plumb
_plumb() {
  local line
  local -a candidates
  while IFS= read -r line; do
    # A colon parts a candidate from its meaning here.
    candidates+=("\${\${line%%$'\\t'*}//:/\\\\:}\${\${line#*$'\\t'}:+:\${line#*$'\\t'}}")
  done < <(plumb __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#candidates} )); then
    _describe plumb candidates
  else
    _files
  fi
}
if [[ "$funcstack[1]" == "_plumb" ]]; then
  _plumb "$@"
else
  compdef _plumb plumb
fi
`,
  fish: `# fish completion of plumb
function __plumb_complete
  set -l words (commandline -opc) (commandline -ct)
  plumb __complete -- $words[2..-1] 2>/dev/null
end
complete -c plumb -f -a '(__plumb_complete)'
`,
};

/** The completion script of a shell. */
export function completionScript(shell: Shell): string {
  return scripts[shell];
}
