/** Something wrong with a text of YAML, and where, in characters from its start. */
export interface YamlFault {
  readonly offset: number;
  readonly message: string;
}

/** What whoever writes a path of Windows between double quotes stumbles over. */
export const ESCAPES: string =
  "between double quotes a backslash begins an escape: write / for it, or single quotes";
