// A browser that shows a notebook in a JupyterLab of its own, in a folder that goes with it.
import { rmSync } from "node:fs";
import path from "node:path";
import { newFolder } from "../newFolder";
import { JupyterLab } from "./jupyterLab";
import { NotebookPage, openBrowser } from "./notebookPage";

export interface LabSession {
  readonly folder: string;
  readonly notebook: NotebookPage;
  /** Address of the notebook. */
  readonly url: string;
  /** Ends browser and JupyterLab, and removes the folder. */
  close(): Promise<void>;
}

/**
 * @param name of the notebook's file
 * @param write puts the notebook where it is told
 * @param timeout how long the page may take for anything, ms
 */
export async function openLab(
  name: string,
  write: (file: string) => void,
  timeout: number,
): Promise<LabSession> {
  const folder = newFolder("lab");
  const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    write(path.join(folder, name));
    const lab = await JupyterLab.start(folder);
    ends.push(() => lab.stop());
    const browser = await openBrowser();
    ends.push(() => browser.close());
    const notebook = new NotebookPage(await browser.newPage());
    notebook.page.setDefaultTimeout(timeout);
    const url = lab.url(name);
    await notebook.open(url);
    return { folder, notebook, url, close };
  } catch (error) {
    await close();
    throw error;
  }
}
