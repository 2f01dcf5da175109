// Tests of faults come in two sizes: a short one for every change, and the whole of it (npm run test:long).
export const long: boolean = process.env.IGDS_LONG === "1";
