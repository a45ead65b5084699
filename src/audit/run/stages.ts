import type { StageContext, StageTask } from "../tasks.ts";

/** Does a task of any stage; its answer is in the directory afterwards. The stages' code is loaded when it is needed. */
export async function runStage(directory: string, task: StageTask, context: StageContext): Promise<void> {
  switch (task.stage) {
    case "survey": {
      const { runSurvey } = await import("../survey.ts");
      await runSurvey(directory, task, context);
      return;
    }
    case "map": {
      const { runMap } = await import("../map.ts");
      await runMap(directory, task, context);
      return;
    }
    case "reduce": {
      const { runReduce } = await import("../reduce.ts");
      await runReduce(directory, task, context);
      return;
    }
    case "report": {
      const { runReport } = await import("../report.ts");
      await runReport(directory, task, context);
      return;
    }
  }
}
