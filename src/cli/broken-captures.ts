import { faultOf } from "../audit/file-rows.ts";
import type { CaptureSurvey, SetAside } from "../audit/tasks.ts";
import { isWhole } from "../classify/run-summary.ts";
import { counted } from "../count-text.ts";
import type { AuditVoice } from "./audit-progress.ts";

/** Captures named one by one; the table `files` has all of them. */
const MOST_NAMED = 5;

/** Says which captures a result lacks, or has a part of. Answers whether there are any. */
export function sayBroken(
  surveys: readonly CaptureSurvey[],
  setAside: readonly SetAside[],
  voice: Pick<AuditVoice, "error">,
): boolean {
  const broken = surveys.filter((survey) => survey.error !== undefined || !isWhole(survey));
  for (const survey of broken.slice(0, MOST_NAMED))
    voice.error(faultOf(survey) ?? `${survey.name}: ${survey.status}`);
  if (broken.length > MOST_NAMED)
    voice.error(
      `and ${counted(broken.length - MOST_NAMED, "more capture")} with damage: the table files has all of them`,
    );
  for (const { path, reason } of setAside) voice.error(`${path}: set aside, ${reason}`);
  return broken.length > 0 || setAside.length > 0;
}
