import {
  type CompletionCommand,
  flagsOf,
  pathsOf,
  takingFlags,
  valuesOf,
  wordsOf,
} from "./completion-tree.ts";

/**
 * For bash from 3.2 on. Files are readline's own affair (`-o default`): it knows about quotes, `~`, variables and names
 * with `*` or `[` in them. `-o filenames` would take a command for the folder of the same name.
 */
export function bashCompletion(name: string, tree: readonly CompletionCommand[]): string {
  const values = [...valuesOf(tree)].map(
    ([option, words]) => `    "${option}") words="${words.join(" ")}" ;;`,
  );
  const cases = tree.map(
    (command) =>
      `    "${command.path}") words="${wordsOf(command).join(" ")}" options="${flagsOf(command).join(" ")}" files="${command.takesFiles ? "yes" : ""}" ;;`,
  );
  const paths = pathsOf(tree).map((path) => path.replaceAll(" ", "/"));
  return `_${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local route="" operand="" words="" options="" files="" before="" word
  local taking=" ${takingFlags(tree).join(" ")} " IFS=$' \\t\\n' i=1
  COMPREPLY=()
  # --format=csv is three words, or one where = does not part words
  if [[ "$current" == "=" ]]; then
    current=""
  elif [[ "$previous" == "=" ]] && (( COMP_CWORD > 2 )); then
    previous="\${COMP_WORDS[COMP_CWORD-2]}"
  elif [[ "$current" == --*=* ]]; then
    previous="\${current%%=*}" before="\${current%%=*}=" current="\${current#*=}"
  fi
  while (( i < COMP_CWORD )); do
    word="\${COMP_WORDS[i]}"
    i=$((i + 1))
    if [[ "$taking" == *" $word "* ]]; then
      if [[ "\${COMP_WORDS[i]}" == "=" ]]; then i=$((i + 1)); fi
      i=$((i + 1))
      continue
    fi
    if [[ "$word" == -* ]]; then continue; fi
    case " ${paths.join(" ")} " in
      *" \${route:+$route/}$word "*) route="\${route:+$route/}$word" ;;
      *) operand="yes"; break ;;
    esac
  done
  route="\${route//\\// }"
  if [[ "$taking" == *" $previous "* ]]; then
    case "$route $previous" in
${values.join("\n")}
    esac
    if [[ -n "$words" ]]; then COMPREPLY=($(compgen -P "$before" -W "$words" -- "$current")); fi
    return
  fi
  case "$route" in
${cases.join("\n")}
  esac
  if [[ -z "$files" ]]; then compopt +o default 2>/dev/null; fi
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ -n "$words" && -z "$operand" ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    if [[ -n "$files" && -z "$current" ]]; then
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f)
    fi
  fi
}
complete -o default -F _${name} ${name}
`;
}
