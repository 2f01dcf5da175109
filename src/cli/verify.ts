// igds verify: whether DiT, VAE and schedulers compute here what PyTorch computed.
import { Command } from "commander";
import {
  type Parity,
  type ParityCheck,
  parity,
  parityBound,
  parityRelativeBound,
} from "../diffusion/parity/parity";
import { engineReady } from "../tensor/engine";
import { printJson } from "./options";

export function verifyCommand(): Command {
  return new Command("verify")
    .description(
      "Compute what PyTorch computed with the weights of a folder: a DiT in the original layout and in that of " +
        "diffusers, guided and sampled from, its VAE, and the schedulers. Prints the largest absolute difference of " +
        "each check.",
    )
    .argument(
      "<folder>",
      "folder with the weights: config.json, dit.safetensors or .pt, diffusers/{transformer,vae}",
    )
    .option("--expected <file>", "what PyTorch computed (default: expected.safetensors in the folder)")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `
A check passes if no value is off by more than ${parityBound} or, where values are larger than ${parityBound / parityRelativeBound}, by more than ${parityRelativeBound} of
the largest. The exit code is 1 if a check fails or the file of expected tensors holds an unknown name.`,
    )
    .action(verify);
}

async function verify(folder: string, options: { expected?: string; json?: boolean }): Promise<void> {
  await engineReady();
  const result = await parity(folder, options.expected);
  if (options.json) printJson(result);
  else process.stdout.write(inWords(result));
  if (result.passed) return;
  process.exitCode = 1;
  process.stderr.write(`igds: ${whatFailed(result)}\n`);
}

function inWords({ checks }: Parity): string {
  const wide = Math.max(...checks.map(({ name }) => name.length), 0);
  const line = ({ name, difference, largest, passed, error, files = {} }: ParityCheck) =>
    [
      `${passed ? "ok    " : "failed"}  ${name.padEnd(wide)}  `,
      difference === null
        ? error
        : `${difference.toExponential(1).padStart(8)} of values up to ${largest!.toPrecision(3)}`,
      Object.keys(files).length > 1 ? ` (${Object.keys(files).join(", ")})` : "",
    ].join("");
  return checks.map((check) => `${line(check)}\n`).join("");
}

function whatFailed({ checks, unknown, expected }: Parity): string {
  const failed = checks
    .filter(({ passed }) => !passed)
    .map(({ name, difference, bound, error }) =>
      difference === null
        ? `${name}: ${error}`
        : `${name} is off by ${difference.toExponential(2)}, more than ${bound.toExponential(2)}`,
    );
  if (unknown.length > 0)
    failed.push(`${expected} holds ${unknown.map((name) => `"${name}"`).join(", ")}, which no check knows`);
  if (checks.length === 0) failed.push(`${expected} holds nothing to check`);
  return failed.join("; ");
}
