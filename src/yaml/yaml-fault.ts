/** Something wrong with a text of YAML, and where, in characters from its start. */
export interface YamlFault {
  readonly offset: number;
  readonly message: string;
}
