import { AuditError } from "../audit-error.ts";

/** One of several equal shares of a stage's tasks; the first is number 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** All tasks of a stage. */
export const WHOLE: Shard = { index: 0, count: 1 };

/**
 * Reads `I/N`. Without it: what Slurm says of a job in an array, or Kubernetes of a pod of an indexed job, whose number
 * of pods only `shards` tells; one share of one where nothing says anything.
 */
export function readShard(
  text: string | undefined,
  shards: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Shard {
  if (text !== undefined) {
    const found = /^(\d+)\/(\d+)$/.exec(text);
    if (found === null) throw new AuditError(`--shard ${text}: wanted I/N, such as 0/16 for the first of 16`);
    if (shards !== undefined && whole(shards, "--shards") !== Number(found[2]))
      throw new AuditError(`--shard ${text} and --shards ${shards}: how many shares are there?`);
    return checked(Number(found[1]), Number(found[2]), `--shard ${text}`);
  }
  const count = shards === undefined ? undefined : whole(shards, "--shards");
  const slurm = environment["SLURM_ARRAY_TASK_ID"];
  if (slurm !== undefined) {
    const least = whole(environment["SLURM_ARRAY_TASK_MIN"] ?? "0", "SLURM_ARRAY_TASK_MIN");
    const most = whole(environment["SLURM_ARRAY_TASK_MAX"] ?? slurm, "SLURM_ARRAY_TASK_MAX");
    const step = whole(environment["SLURM_ARRAY_TASK_STEP"] ?? "1", "SLURM_ARRAY_TASK_STEP");
    const index = (whole(slurm, "SLURM_ARRAY_TASK_ID") - least) / step;
    return checked(index, count ?? Math.floor((most - least) / step) + 1, `SLURM_ARRAY_TASK_ID ${slurm}`);
  }
  const pod = environment["JOB_COMPLETION_INDEX"];
  if (pod !== undefined) {
    if (count === undefined)
      throw new AuditError("JOB_COMPLETION_INDEX is set: say with --shards how many pods the job has");
    return checked(whole(pod, "JOB_COMPLETION_INDEX"), count, `JOB_COMPLETION_INDEX ${pod}`);
  }
  if (count !== undefined && count !== 1)
    throw new AuditError(`--shards ${count}: which of them? --shard I/${count}`);
  return WHOLE;
}

/** The tasks of one share: every task is in one share, and shares differ by one task at most. */
export function shareOfTasks<T>(tasks: readonly T[], { index, count }: Shard): T[] {
  return tasks.filter((_, i) => i % count === index);
}

function checked(index: number, count: number, what: string): Shard {
  if (!Number.isInteger(index) || count < 1 || index < 0 || index >= count)
    throw new AuditError(`${what}: shares are numbered from 0 to ${Math.max(0, count - 1)}`);
  return { index, count };
}

function whole(text: string, what: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new AuditError(`${what} ${text}: wanted a whole number`);
  return Number(text);
}
