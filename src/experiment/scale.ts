// The size of the full experiments, the same for all.

/** Images per class. */
export const ipcs = [1, 5, 10, 20, 50] as const;

/** Sets of each method: with six an exact sign-flip test can reach p < 0.05. */
export const seeds = [0, 1, 2, 3, 4, 5] as const;

/** Networks trained on each set. */
export const trainings = [0, 1, 2] as const;

/** What the paper's own scale takes. */
export const imageNetScale =
  "Tiny ImageNet or an ImageNet subset as a folder of images, a DiT-XL/2 checkpoint with its VAE, and a GPU";
