import { UsageError } from "./exit.ts";

/** Endings of files in another form than a page or a capture. */
const OTHER_FORMS = "csv|tsv|json|ndjson|jsonl|parquet|txt|xml|xlsx?|ods|pdf|docx?";

/** What a command writes that has one form alone. */
type Form = "HTML" | "pcapng";

const ENDINGS: Readonly<Record<Form, string>> = { HTML: ".html", pcapng: ".pcapng" };
const OTHERS: Readonly<Record<Form, RegExp>> = {
  HTML: new RegExp(`\\.(?:${OTHER_FORMS}|pcap|pcapng)$`, "i"),
  pcapng: new RegExp(`\\.(?:${OTHER_FORMS}|html?)$`, "i"),
};

/** Throws where the name that `option` gives says that the file is in another form than `command` writes. */
export function refuseOtherForm(command: string, option: string, file: string | undefined, form: Form): void {
  if (file !== undefined && OTHERS[form].test(file))
    throw new UsageError(
      `${option} ${file}: ${command} writes ${form}, so call it ${file.replace(OTHERS[form], ENDINGS[form])}`,
    );
}
