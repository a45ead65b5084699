import {
  type CompletionCommand,
  flagsOf,
  pathsOf,
  takingFlags,
  valuesOf,
  wordsOf,
} from "./completion-tree.ts";

/** For PowerShell, which completes files by itself where a script has no answer. */
export function powershellCompletion(name: string, tree: readonly CompletionCommand[]): string {
  const table = (rows: readonly (readonly [string, readonly string[]])[]): string =>
    rows.map(([key, words]) => `    ${quoted(key)} = ${list(words)}`).join("\n");
  return `Register-ArgumentCompleter -Native -CommandName ${name} -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $routes = ${list(pathsOf(tree))}
  $taking = ${list(takingFlags(tree))}
  $arguments = @{
${table(tree.map((command) => [command.path, wordsOf(command)]))}
  }
  $options = @{
${table(tree.map((command) => [command.path, flagsOf(command)]))}
  }
  $values = @{
${table([...valuesOf(tree)])}
  }
  $typed = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($wordToComplete -ne '' -and $typed.Count -gt 0) { $typed = @($typed | Select-Object -SkipLast 1) }
  $route = ''
  $operand = $false
  $skip = $false
  foreach ($word in $typed) {
    if ($skip) { $skip = $false; continue }
    if ($taking -ccontains $word) { $skip = $true; continue }
    if ($word.StartsWith('-')) { continue }
    $longer = ($route + ' ' + $word).Trim()
    if ($routes -ccontains $longer) { $route = $longer } else { $operand = $true; break }
  }
  if ($skip) { $words = $values["$route $($typed[-1])"] }
  elseif ($wordToComplete.StartsWith('-')) { $words = $options[$route] }
  elseif (-not $operand) { $words = $arguments[$route] }
  $words | Where-Object { $_ -and $_.StartsWith($wordToComplete) } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`;
}

function list(words: readonly string[]): string {
  return `@(${words.map(quoted).join(", ")})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
