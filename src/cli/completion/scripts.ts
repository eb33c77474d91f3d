/**
 * What a shell needs to ask the program for the next word: it runs `kubeskippy __complete WORDS…`, and reads a line for
 * each candidate (the word, a tab, what it means) and then how it ends: `:files`, `:words`, or `:open` where the word
 * goes on, as `deployment/` does.
 */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const BASH = `# Completion of kubeskippy for bash. To have it in every shell:
#   kubeskippy completion bash > ~/.local/share/bash-completion/completions/kubeskippy
_kubeskippy() {
  local line current=\${COMP_WORDS[COMP_CWORD]} kind=
  [[ $current == '=' ]] && current=
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) kind=$line ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ $kind == :files ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current")
  elif [[ $kind == :open ]]; then
    compopt -o nospace 2>/dev/null
  fi
}
complete -F _kubeskippy kubeskippy
`;

const ZSH = `#compdef kubeskippy
# Completion of kubeskippy for zsh. To have it in every shell, with a folder of your $fpath:
#   kubeskippy completion zsh > "\${fpath[1]}/_kubeskippy"
_kubeskippy() {
  local line kind
  local -a found
  while IFS= read -r line; do
    case $line in
      :*) kind=$line ;;
      *) found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done < <("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  case $kind in
    :files) _files ;;
    :open) _describe kubeskippy found -S '' ;;
    *) _describe kubeskippy found ;;
  esac
}
# Loaded by itself, or by \`source <(kubeskippy completion zsh)\`.
if [[ \${funcstack[1]} == _kubeskippy ]]; then
  _kubeskippy "$@"
else
  compdef _kubeskippy kubeskippy
fi
`;

const FISH = `# Completion of kubeskippy for fish. To have it in every shell:
#   kubeskippy completion fish > ~/.config/fish/completions/kubeskippy.fish
function __kubeskippy_complete
    set -l typed (commandline -opc)
    for line in ($typed[1] __complete -- $typed[2..-1] (commandline -ct) 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path (commandline -ct)
        else if not string match -q ":*" -- $line
            echo $line
        end
    end
end
complete -c kubeskippy -f -a '(__kubeskippy_complete)'
`;

export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
