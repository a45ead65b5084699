/** Something about an audit that the user has to change; the message says what. The program ends with status 2. */
export class AuditError extends Error {
  override readonly name: string = "AuditError";
}
