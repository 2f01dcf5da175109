import type { Command } from "commander";
import { vi } from "vitest";

export interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Runs a command in this process; what it writes is caught, and the exit code put back. */
export async function runCommand(command: Command, ...args: string[]): Promise<Answer> {
  const written = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      written[stream] += String(text);
      return true;
    });
  process.exitCode = 0;
  try {
    await command.exitOverride().parseAsync(args, { from: "user" });
    return { ...written, code: Number(process.exitCode) };
  } finally {
    process.exitCode = 0;
    vi.restoreAllMocks();
  }
}
