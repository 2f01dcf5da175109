// The grids of all experiments. `quick` is small enough for minutes on two cores; the notebooks share its sets and
// networks. `full` is what the claims are judged by.
import range from "lodash/range";
import { type Method, methods } from "../distill/methods";
import type { Grid, Variant } from "./cell";
import type { Searched } from "./searched";
import { tunedVariants } from "./tuned";
import { ablations, betaRules, betaVariants, plugs, quickVariant, shortened, toldApart } from "./variants";

/** Size of the full experiments: with six sets an exact sign-flip test can reach p < 0.05. */
const full = {
  ipcs: [1, 5, 10, 20, 50],
  seeds: [0, 1, 2, 3, 4, 5],
  trainings: [0, 1, 2],
} as const;

/** Size of the quick ones: networks get a quarter of the steps, and sampling half of them. */
const quick = { ipcs: [1, 5], seeds: [0, 1, 2], trainings: [0], steps: 100 } as const;

/** Grids with variants that depend on the IPC, as the settings that a search found do. */
async function atEachIpc(
  grids: readonly Omit<Grid, "variants">[],
  variants: (ipc: number) => Promise<readonly Variant[]>,
): Promise<Grid[]> {
  const each = grids.flatMap((grid) => grid.ipcs.map((ipc) => ({ ...grid, ipcs: [ipc] })));
  return Promise.all(each.map(async (grid) => ({ ...grid, variants: await variants(grid.ipcs[0]) })));
}

/** The grids of one experiment; those of `full` start from the settings that were found by the search (tune.ts). */
export interface Grids {
  readonly quick: () => Promise<readonly Grid[]>;
  /** @param ipcs images per class, in place of its own */
  readonly full: (ipcs?: readonly number[]) => Promise<readonly Grid[]>;
}

/** Every method at every number of images per class, claims (g) and (h). */
export const accuracyOverIpc: Grids = {
  quick: async () => [
    { ...quick, variants: (["random", "kmeans", "diffusion", "igds"] as const).map(quickVariant) },
  ],
  full: async (ipcs) => {
    const few = { ...full, ipcs: ipcs ?? [1, 10], trainings: [0] };
    return [
      ...(await atEachIpc([{ ...full, ipcs: ipcs ?? full.ipcs }], (ipc) =>
        // At other scales neither has been searched for.
        beside([...methods, ...(ipcs ? [] : (["minimax", "two-terms"] as const))], ipc),
      )),
      // Sets of a single image differ most. Whether the gain is largest there, claim (h), takes more of them.
      ...(await atEachIpc(ipcs ? [] : [{ ...full, ipcs: [1], seeds: range(6, 20) }], (ipc) =>
        beside(["diffusion", "igds"], ipc),
      )),
      ...(await atEachIpc(
        [
          // The network and training of the published tables, at their IPCs.
          { ...few, ipcs: ipcs ?? [1, 10, 50], protocol: "convnet3-plain" },
          { ...few, labels: "soft" },
        ],
        (ipc) => tunedVariants(methods, ipc),
      )),
    ];
  },
};

/** Methods with IGDS among them, and what tells its guidance apart. */
async function beside(methods: readonly (Method | Searched)[], ipc: number): Promise<Variant[]> {
  const tuned = await tunedVariants(methods, ipc);
  return [...tuned, ...tuned.filter(({ name }) => name === "igds").flatMap(toldApart)];
}

/** Plain samples against real subsets of the same size, claim (a). */
export const lowIpcDiversity: Grids = {
  quick: async () => [{ ...quick, variants: (["random", "diffusion"] as const).map(quickVariant) }],
  full: (ipcs = full.ipcs) =>
    atEachIpc([{ ...full, ipcs }], (ipc) => tunedVariants(["random", "diffusion"], ipc)),
};

/** Where every method lies between the two informations, claims (b) and (c). */
export const twoInformations: Grids = {
  quick: accuracyOverIpc.quick,
  full: (ipcs = full.ipcs) => atEachIpc([{ ...full, ipcs }], (ipc) => tunedVariants(methods, ipc)),
};

/** Accuracy over beta and IPC, claims (c) and (d). */
export const betaOfIpc: Grids = {
  quick: async () => [
    { ...quick, ipcs: [2, 5], seeds: [0], variants: betaVariants(quickVariant("igds"), [0, 2, 8]) },
  ],
  full: async (ipcs) => [
    ...(await atEachIpc([{ ...full, ipcs: ipcs ?? full.ipcs, trainings: [0] }], async (ipc) => {
      const [igds] = await tunedVariants(["igds"], ipc);
      return [...betaVariants(igds, [0, 0.5, 1, 2, 4, 8, 16]), ...betaRules(igds)];
    })),
    // Without the set term: the two terms of the paper's abstract alone.
    ...(await atEachIpc([{ ...full, ipcs: ipcs ?? [1, 10], trainings: [0] }], async (ipc) => {
      const [igds] = await tunedVariants(["igds"], ipc);
      const without = { ...igds, options: { ...igds.options, setWeight: 0 } };
      return betaVariants(without, [0, 1, 2, 4, 8]).map(({ name, options }) => ({
        name: `${name}, no set term`,
        options,
      }));
    })),
  ],
};

/** The guidance with parts left out, turned round or done otherwise, claim (d). */
export const ablation: Grids = {
  quick: async () => [
    {
      ...quick,
      ipcs: [5],
      seeds: [0, 1],
      variants: ablations(quickVariant("diffusion"), quickVariant("igds"), 5).slice(0, 5),
    },
  ],
  full: (ipcs = [1, 10, 50]) =>
    atEachIpc([{ ...full, ipcs }], async (ipc) => {
      const [diffusion, igds] = await tunedVariants(["diffusion", "igds"], ipc);
      return ablations(diffusion, igds, ipc);
    }),
};

/** Sets scored by networks that they were not made or chosen with, and with soft labels. */
export const crossArchitecture: Grids = {
  quick: async () => {
    const variants = (["random", "diffusion", "igds"] as const).map(quickVariant);
    return (["quick", "mlp", "vit"] as const).map((protocol) => ({
      ...quick,
      ipcs: [5],
      seeds: [0, 1],
      variants,
      protocol,
    }));
  },
  full: async (ipcs = [1, 10]) => {
    const variants = async (ipc: number) => {
      const tuned = await tunedVariants(["random", "kmeans", "herding", "diffusion", "igds", "mgd3"], ipc);
      const mixed = tuned
        .filter(({ name }) => name === "igds")
        .map(
          ({ options }): Variant => ({ name: "igds, mixed", options: { ...options, setFeatures: "mixed" } }),
        );
      return [...tuned, ...mixed];
    };
    const networks = ["quick", "convnet4", "resnet18", "resnet-ap10", "mlp", "vit"] as const;
    const scorings = [...networks.map((protocol) => ({ protocol })), { labels: "soft" } as const];
    return atEachIpc(
      scorings.map((scoring) => ({ ...full, ipcs, trainings: [0], ...scoring })),
      variants,
    );
  },
};

/** Plain and guided sampling by each sampler and each shipped denoiser that was not trained for it, claim (f). */
export const plugsIn: Grids = {
  quick: async () => [{ ...quick, ipcs: [5], seeds: [0, 1], variants: plugs("igds", { steps: 25 }) }],
  full: (ipcs = [1, 10]) =>
    atEachIpc([{ ...full, ipcs, trainings: [0] }], async (ipc) => {
      const [{ options }] = await tunedVariants(["igds"], ipc);
      return plugs("igds", options);
    }),
};

/** What fewer questions to the denoiser cost in accuracy, sampler by sampler. */
export const cost: Grids = {
  quick: async () => [
    {
      ...quick,
      ipcs: [5],
      seeds: [0],
      variants: shortened(quickVariant("diffusion"), quickVariant("igds"), [
        ["ddpm", 25],
        ["ddpm", 25, "middle"],
        ["dpmsolver", 10],
      ]),
    },
  ],
  full: async (ipcs = [10]) => {
    const ways = [
      ["ddpm", 50],
      ["ddpm", 50, "middle"],
      ["ddpm", 20],
      ["ddpm", 20, "middle"],
      ["ddim", 50],
      ["ddim", 20],
      ["ddim", 10],
      ["dpmsolver", 20],
      ["dpmsolver", 20, "middle"],
      ["dpmsolver", 10],
      ["dpmsolver", 6],
      ["heun", 20],
    ] as const;
    return atEachIpc([{ ...full, ipcs, seeds: [0, 1, 2], trainings: [0] }], async (ipc) => {
      const [diffusion, igds] = await tunedVariants(["diffusion", "igds"], ipc);
      return shortened(diffusion, igds, ways);
    });
  },
};
