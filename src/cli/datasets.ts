// igds datasets: which datasets there are and where; whether a folder holds what it should.
import { Command } from "commander";
import { type CheckOptions, checkDataset, type DatasetReport } from "../datasets/checkDataset";
import { datasetNames, datasetRemedy, findDataset } from "../datasets/load";
import { progressBars } from "../notebook/progressBars";
import { printJson } from "./options";

export function datasetsCommand(): Command {
  return new Command("datasets")
    .description("List the datasets that there are: where each was found on this machine, or how to get it.")
    .option("--json", "print the list as JSON")
    .action(list)
    .addCommand(checkCommand());
}

function checkCommand(): Command {
  return new Command("check")
    .description(
      "Check that a folder holds a dataset: its layout, its classes against the published list, the images of each " +
        "class against ImageNet's numbers and fastai's.",
    )
    .argument("<name>", "name of the dataset")
    .option("--folder <dir>", "folder that holds it (default: where it was found)")
    .option("--class-list <file>", "file that names the classes in label order, for ImageNet")
    .option("--pictures", "decode every picture as well")
    .option("--json", "print the findings as JSON")
    .addHelpText("after", "\nThe exit code is 1 if a check fails.")
    .action(check);
}

async function list({ json }: { json?: boolean }): Promise<void> {
  const found = await Promise.all(
    datasetNames().map(async (name) => {
      const folder = await findDataset(name);
      return { name, found: folder, remedy: folder ? null : datasetRemedy(name) };
    }),
  );
  if (json) return printJson(found);
  const wide = Math.max(...found.map(({ name }) => name.length));
  for (const { name, found: folder, remedy } of found)
    process.stdout.write(`${folder ? "found" : "  -  "}  ${name.padEnd(wide)}  ${folder ?? remedy}\n`);
}

// --json may stand before `check`, where it is the option of the list.
async function check(name: string, options: CheckOptions, command: Command): Promise<void> {
  const { json } = command.optsWithGlobals<{ json?: boolean }>();
  const { folder, classList, pictures } = options;
  const report = await checkDataset(name, {
    ...(folder ? { folder } : {}),
    ...(classList ? { classList } : {}),
    ...(pictures ? { pictures } : {}),
    onProgress: progressBars(),
  });
  if (json) printJson(report);
  else process.stdout.write(inWords(report));
  if (report.passed) return;
  process.exitCode = 1;
  process.stderr.write(`igds: ${folder ?? report.folder} is not ${name} as it should be\n`);
}

function inWords({ name, folder, checks }: DatasetReport): string {
  const lines = checks.map(
    (one) => `${one.passed ? "ok    " : "failed"}  ${one.name.padEnd(8)}  ${one.found}\n`,
  );
  return `${name} in ${folder}\n${lines.join("")}`;
}
