import { describe, expect, it } from "vitest";
import { classListNames } from "../../src/datasets/classLists";
import { besidePublished, type MeasuredResult } from "../../src/evaluate/besidePublished";
import { protocolNames } from "../../src/evaluate/protocols";
import { publishedResults } from "../../src/evaluate/published";
import { table } from "../../src/notebook/table";

const measured = (values: Partial<MeasuredResult["evaluation"]> = {}): MeasuredResult => ({
  dataset: "imagewoof",
  evaluation: {
    ipc: 10,
    method: "igds",
    protocol: "imagenet-convnet6",
    network: "ConvNet-6 (128)",
    labels: "hard",
    on: "test",
    seeds: ["0", "1"],
    steps: 4000,
    last: { mean: 35.5, ci95: 0.7, n: 2, values: [35, 36] } as MeasuredResult["evaluation"]["last"],
    best: { mean: 36.4, ci95: 1.26, n: 2, values: [36, 37] } as MeasuredResult["evaluation"]["best"],
    ...values,
  },
});

describe("publishedResults", () => {
  it("has the cells of the published tables", () => {
    const one = (method: string, dataset: string, ipc: number | null, network: string) =>
      publishedResults({ method, dataset, ipc, network }).map(({ accuracy, deviation }) => [
        accuracy,
        deviation,
      ]);
    expect(one("Minimax", "imagewoof", 10, "ResNetAP-10")).toEqual([[39.2, 1.3]]);
    expect(one("GLaD", "imagewoof", 10, "ResNet-18")).toEqual([[31.7, 0.8]]);
    expect(one("GLaD", "imagewoof", 20, "ResNet-18")).toEqual([]);
    expect(one("MGD3", "imagewoof", 20, "ConvNet-6")).toEqual([[39, 3.46]]);
    expect(one("MGD3", "imagewoof", 100, "ResNet-18")).toEqual([[68.8, 0.7]]);
    expect(one("Random", "imagewoof", 100, "ResNet-18")).toEqual([[61.5, 1.3]]);
    expect(one("whole dataset", "imagewoof", null, "ConvNet-6")).toEqual([[86.4, 0.2]]);
    expect(one("DiT + MGD3", "imagenette", 50, "ResNetAP-10")).toEqual([[79.5, 1.3]]);
    expect(one("DiT", "imagenet-10", 20, "ResNetAP-10")).toEqual([[58.9, 0.2]]);
    expect(one("MGD3", "imagenet-1k", 50, "ResNet-101")).toEqual([[67.7, 0.4]]);
    expect(one("Minimax", "imagenet-1k", 10, "ResNet-18")).toEqual([[44.3, 0.5]]);
    expect(one("D4M-G", "tiny-imagenet", 50, "ResNet-101")).toEqual([[53.2, null]]);
    expect(one("whole dataset", "imagenet-100", null, "ResNet-18")).toEqual([[81.8, null]]);
  });

  it("names a method, a dataset that is here, a source, and a protocol of ours for each, once", () => {
    const all = publishedResults();
    expect(all).toHaveLength(15 * 9 - 12 + 3 + 2 * 24 + 8 + 6 + 4 + 1 + 1 + 2 + 1 + 18 + 6 + 2 + 14 + 5 + 21);
    for (const { method, dataset, source, accuracy, deviation, protocol } of all) {
      expect(method).toMatch(/\w/);
      expect(source).toMatch(/[A-Z]/);
      expect([...classListNames, "tiny-imagenet"]).toContain(dataset);
      expect(accuracy).toBeGreaterThan(15);
      expect(accuracy).toBeLessThan(90);
      if (deviation !== null) expect(deviation).toBeLessThan(5);
      if (protocol) expect(protocolNames).toContain(protocol);
    }
    const keys = all.map(({ method, dataset, ipc, network, labels }) =>
      [method, dataset, ipc, network, labels].join("|"),
    );
    expect(new Set(keys).size).toBe(keys.length);
    expect(publishedResults({ labels: "hard" }).every(({ protocol }) => protocol !== null)).toBe(true);
    expect(publishedResults({ dataset: "tiny-imagenet" }).every(({ protocol }) => protocol === null)).toBe(
      true,
    );
  });
});

describe("besidePublished", () => {
  it("sets what was measured above what is published for the same task, each marked", () => {
    const rows = besidePublished([measured()]);
    expect(rows[0]).toEqual({
      method: "igds",
      dataset: "imagewoof",
      ipc: 10,
      network: "ConvNet-6 (128)",
      labels: "hard",
      best: 36.4,
      spread: "± 1.3 (95 % interval)",
      last: 35.5,
      mark: "measured here",
      source: "protocol imagenet-convnet6",
    });
    const others = rows.slice(1);
    expect(others.every(({ mark, last }) => mark === "published" && last === null)).toBe(true);
    expect(others.every(({ dataset, network }) => dataset === "imagewoof" && network === "ConvNet-6")).toBe(
      true,
    );
    // Nine methods, then the whole dataset.
    expect(others.map(({ ipc }) => ipc)).toEqual([...new Array(9).fill(10), "all"]);
    expect(others[0]).toMatchObject({ method: "Minimax", best: 37, spread: "± 1.0 (deviation)" });
    expect(others[8]).toMatchObject({ method: "K-Center", best: 19.4 });
  });

  it("shows nothing published beside another protocol, and what a filter asks for", () => {
    expect(besidePublished([measured({ protocol: "quick" })])).toHaveLength(1);
    expect(besidePublished([measured({ ipc: 11 })]).map(({ ipc }) => ipc)).toEqual([11, "all"]);
    const asked = besidePublished([{ ...measured(), remark: "a tenth of the epochs" }], {
      dataset: "imagenet-1k",
      ipc: 50,
      network: "ResNet-18",
    });
    expect(asked).toHaveLength(1 + 3 + 8);
    expect(asked[0].source).toBe("protocol imagenet-convnet6; a tenth of the epochs");
    expect(asked.find(({ method }) => method === "SRe2L")?.source).toMatch(/each method by its own protocol/);
  });

  it("is a table of a notebook", () => {
    const view = table(besidePublished([measured()]), { digits: 1 });
    expect(view.text).toMatch(/measured here/);
    expect(view.csv().split("\r\n")[0]).toBe(
      "method,dataset,ipc,network,labels,best,spread,last,mark,source",
    );
  });
});
