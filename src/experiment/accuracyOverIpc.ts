// Every method at every number of images per class: the main result, claims (g) and (h).
import { type Grid, plainVariant } from "./cell";
import { imageNetScale, ipcs, seeds, trainings } from "./scale";
import { tunedVariants } from "./tuned";

const all = ["random", "kmeans", "herding", "kcenter", "diffusion", "igds"] as const;
const peers = ["mgd3", "particle", "cads", "igd", "cao2", "d4m"] as const;

export const accuracyOverIpc = {
  quick: async (): Promise<Grid[]> => [
    {
      variants: (["random", "kmeans", "diffusion", "igds"] as const).map(plainVariant),
      ipcs: [1, 10],
      seeds: [0, 1],
      trainings: [0],
      steps: 200,
    },
  ],
  full: async (): Promise<Grid[]> => {
    const variants = await tunedVariants([...all, ...peers]);
    return [
      { variants, ipcs, seeds, trainings },
      // The network and training of the published tables, where it can be afforded.
      { variants, ipcs: [1, 10], seeds, trainings: [0], protocol: "convnet3-plain" },
      { variants, ipcs: [1, 10], seeds, trainings: [0], labels: "soft" },
    ];
  },
  paper: imageNetScale,
};
