import type { Tensor } from "./engine";

/** How a gradient written by hand keeps what it needs: tfjs types it for one tensor. */
export type Save = (tensors: Tensor[]) => void;
