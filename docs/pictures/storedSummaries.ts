// What the stored rows of the full profile say, as the pages need it.
import * as igds from "../../src";

/** Every method's accuracy under the usual protocol with hard labels. */
export async function accuracySummaries(): Promise<igds.experiment.Summary[]> {
  const summaries = await summariesOf("accuracy-over-ipc");
  return summaries.filter(({ protocol, labels }) => protocol === "quick" && labels === "hard");
}

/** Those of an experiment, as far as it was computed. */
export async function summariesOf(experiment: string): Promise<igds.experiment.Summary[]> {
  const rows = await igds.experiment.runExperiment(experiment, {
    profile: "full",
    readOnly: true,
    onProgress: () => {},
  });
  return igds.experiment.summarise(rows);
}
