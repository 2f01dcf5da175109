// beta(IPC): how much contextual information counts beside prototype information.

/**
 * beta as a function of the images per class: beta(IPC) = beta1 ln(IPC) / ln(10), so beta1 is its value at
 * IPC 10.
 *
 * The contextual terms can reach ln IPC nats, the prototype term ln C whatever the IPC: the weight grows
 * with what there is to gain, and is zero at IPC 1, where a set has no variety to keep.
 *
 * @throws RangeError unless IPC is a whole number >= 1
 */
export function betaOfIpc(ipc: number, beta1: number = betaDefaults.beta1): number {
  if (!Number.isInteger(ipc) || ipc < 1)
    throw new RangeError(`IPC (images per class) is a whole number of at least 1; found ${ipc}.`);
  return (beta1 * Math.log(ipc)) / Math.log(10);
}

/** Chosen on held-out training images (README, "How the settings were chosen"). */
export const betaDefaults = { beta1: 2 } as const;
