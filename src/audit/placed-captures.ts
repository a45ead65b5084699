import { NO_OFFSET } from "../capture/clock-line.ts";
import { type CaptureInput, compareInputs } from "../capture/inputs.ts";
import { surveyClocks } from "../classify/clock-survey.ts";
import type { CaptureSurvey, PlannedCapture } from "./tasks.ts";
import type { TimedCapture } from "./windows.ts";

/** A capture of the plan with what its survey said. */
export interface PlacedCapture extends TimedCapture {
  readonly capture: PlannedCapture;
  readonly survey: CaptureSurvey;
}

function inputOf({ name, path }: { readonly name: string; readonly path: string }): CaptureInput {
  return { name, path, source: path };
}

/** The captures in their order: compares their clocks, and gives them their places in time. */
export async function placeCaptures(unsorted: readonly CaptureSurvey[]): Promise<PlacedCapture[]> {
  const surveys = unsorted.toSorted((x, y) => compareInputs(inputOf(x), inputOf(y)));
  const inputs = surveys.map(inputOf);
  const clocks = await surveyClocks(inputs);
  const byInput = new Map(clocks.clocks.map((clock) => [clock.input, clock]));
  return surveys.map((survey, i): PlacedCapture => {
    const input = inputs[i];
    const clock = input === undefined ? undefined : byInput.get(input);
    const line = clock?.line ?? NO_OFFSET;
    const { firstSeconds, lastSeconds = 0, size } = survey;
    return {
      survey,
      first:
        firstSeconds === undefined
          ? undefined
          : Math.max(0, firstSeconds + Math.floor(line.at(firstSeconds) / 1e9)),
      last: Math.max(0, lastSeconds + Math.ceil(line.at(lastSeconds) / 1e9)),
      size,
      capture: {
        path: survey.path,
        name: survey.name,
        sha256: survey.sha256,
        survey: survey.id,
        size,
        modifiedSeconds: Math.floor(survey.mtimeMs / 1000),
        firstSeconds: survey.untimed > 0 ? 0 : firstSeconds,
        anchors: line.anchors,
        clock: clock === undefined ? undefined : { reference: clock.reference, exact: clock.exact },
      },
    };
  });
}
