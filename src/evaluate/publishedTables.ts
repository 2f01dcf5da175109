// The published tables themselves, cell by cell (published.ts says what they mean).

/** A table of one source: a row for each number of images and network, a column for each method. */
export interface PublishedTable {
  readonly dataset: string;
  readonly labels: "hard" | "soft";
  readonly source: string;
  readonly remark?: string;
  /** Whether the protocol is one of those here, by network. */
  readonly shared: boolean;
  readonly methods: readonly string[];
  /** "24.3±1.1" or "24.3" for each method, "-" where there is none. */
  readonly rows: readonly (readonly [ipc: number | null, network: string, cells: string])[];
}

const minimax =
  "Minimax Diffusion (CVPR 2024), figs/results-imagewoof.png; the same in MGD3 (ICML 2025), table 8";
const imageNet1K = "Minimax Diffusion (CVPR 2024), figs/imagenet1k.png";
const mgd3 = "MGD3 (ICML 2025), table 1";
const idc = "IDC (ICML 2022), README";
const nineInOne = "the paper's main network; IDC, unlike IDC-I, keeps nine small images in each";
const igd = "IGD (ICLR 2025), as later papers quote it";
const dap = "DAP, as later papers quote it";
const ownSoft = "soft labels, each method by its own protocol";

export const tables: readonly PublishedTable[] = [
  {
    dataset: "imagewoof",
    labels: "hard",
    source: minimax,
    shared: true,
    methods: ["Random", "K-Center", "Herding", "DiT", "DM", "IDC-1", "GLaD", "Minimax"],
    rows: [
      [10, "ConvNet-6", "24.3±1.1 19.4±0.9 26.7±0.5 34.2±1.1 26.9±1.2 33.3±1.1 33.8±0.9 37.0±1.0"],
      [10, "ResNetAP-10", "29.4±0.8 22.1±0.1 32.0±0.3 34.7±0.5 30.3±1.2 39.1±0.5 32.9±0.9 39.2±1.3"],
      [10, "ResNet-18", "27.7±0.9 21.1±0.4 30.2±1.2 34.7±0.4 33.4±0.7 37.3±0.2 31.7±0.8 37.6±0.9"],
      [20, "ConvNet-6", "29.1±0.7 21.5±0.8 29.5±0.3 36.1±0.8 29.9±1.0 35.5±0.8 - 37.6±0.2"],
      [20, "ResNetAP-10", "32.7±0.4 25.1±0.7 34.9±0.1 41.1±0.8 35.2±0.6 43.4±0.3 - 45.8±0.5"],
      [20, "ResNet-18", "29.7±0.5 23.6±0.3 32.2±0.6 40.5±0.5 29.8±1.7 38.6±0.2 - 42.5±0.6"],
      [50, "ConvNet-6", "41.3±0.6 36.5±1.0 40.3±0.7 46.5±0.8 44.4±1.0 43.9±1.2 - 53.9±0.6"],
      [50, "ResNetAP-10", "47.2±1.3 40.6±0.4 49.1±0.7 49.3±0.2 47.1±1.1 48.3±1.0 - 56.3±1.0"],
      [50, "ResNet-18", "47.9±1.8 39.6±1.0 48.3±1.2 50.1±0.5 46.2±0.6 48.3±0.8 - 57.1±0.6"],
      [70, "ConvNet-6", "46.3±0.6 38.6±0.7 46.2±0.6 50.1±1.2 47.5±0.8 48.9±0.7 - 55.7±0.9"],
      [70, "ResNetAP-10", "50.8±0.6 45.9±1.5 53.4±1.4 54.3±0.9 51.7±0.8 52.8±1.8 - 58.3±0.2"],
      [70, "ResNet-18", "52.1±1.0 44.6±1.1 49.7±0.8 51.5±1.0 51.9±0.8 51.1±1.7 - 58.8±0.7"],
      [100, "ConvNet-6", "52.2±0.4 45.1±0.5 54.4±1.1 53.4±0.3 55.0±1.3 53.2±0.9 - 61.1±0.7"],
      [100, "ResNetAP-10", "59.4±1.0 54.8±0.2 61.7±0.9 58.3±0.8 56.4±0.8 56.1±0.9 - 64.5±0.2"],
      [100, "ResNet-18", "61.5±1.3 50.4±0.4 59.3±0.7 58.9±1.3 60.2±1.0 58.3±1.2 - 65.7±0.4"],
    ],
  },
  {
    dataset: "imagewoof",
    labels: "hard",
    source: "MGD3 (ICML 2025), table 8",
    remark: "with a DiT trained anew on ImageWoof",
    shared: true,
    methods: ["MGD3"],
    rows: [
      [10, "ConvNet-6", "34.7±1.1"],
      [10, "ResNetAP-10", "40.4±1.9"],
      [10, "ResNet-18", "38.5±2.5"],
      [20, "ConvNet-6", "39.0±3.46"],
      [20, "ResNetAP-10", "43.6±1.6"],
      [20, "ResNet-18", "41.9±2.1"],
      [50, "ConvNet-6", "54.5±1.6"],
      [50, "ResNetAP-10", "56.5±1.9"],
      [50, "ResNet-18", "58.3±1.4"],
      [70, "ConvNet-6", "55.1±2.5"],
      [70, "ResNetAP-10", "60.2±2.4"],
      [70, "ResNet-18", "59.7±2.7"],
      [100, "ConvNet-6", "60.1±1.2"],
      [100, "ResNetAP-10", "66.5±1.0"],
      [100, "ResNet-18", "68.8±0.7"],
    ],
  },
  {
    dataset: "imagewoof",
    labels: "hard",
    source: minimax,
    shared: true,
    methods: ["whole dataset"],
    rows: [
      [null, "ConvNet-6", "86.4±0.2"],
      [null, "ResNetAP-10", "87.5±0.5"],
      [null, "ResNet-18", "89.3±1.2"],
    ],
  },
  {
    dataset: "imagenette",
    labels: "hard",
    source: mgd3,
    shared: true,
    methods: ["Random", "DM", "Minimax", "LDM", "LDM + MGD3", "DiT", "DiT + D4M prototypes", "DiT + MGD3"],
    rows: [
      [10, "ResNetAP-10", "54.2±1.6 60.8±0.6 62.0±0.2 60.3±3.6 61.9±4.1 59.1±0.7 60.4±3.4 66.4±2.4"],
      [20, "ResNetAP-10", "63.5±0.5 66.5±1.1 66.8±0.4 62.0±2.6 65.3±1.3 64.8±1.2 65.5±1.2 71.2±0.5"],
      [50, "ResNetAP-10", "76.1±1.1 76.2±0.4 76.6±0.2 71.0±1.4 74.2±0.9 73.3±0.9 73.8±1.7 79.5±1.3"],
    ],
  },
  {
    dataset: "imagenet-10",
    labels: "hard",
    source: mgd3,
    remark: "ImageIDC, the first ten classes of IDC's list",
    shared: true,
    methods: ["Random", "DM", "Minimax", "LDM", "LDM + MGD3", "DiT", "DiT + D4M prototypes", "DiT + MGD3"],
    rows: [
      [10, "ResNetAP-10", "48.1±0.8 52.8±0.5 53.1±0.2 50.8±1.2 53.2±0.2 54.1±0.4 51.1±2.4 55.9±2.1"],
      [20, "ResNetAP-10", "52.5±0.9 58.5±0.4 59.0±0.4 55.1±2.0 58.3±1.7 58.9±0.2 58.0±1.4 61.9±0.9"],
      [50, "ResNetAP-10", "68.1±0.7 69.1±0.8 69.6±0.2 63.8±0.4 67.2±1.3 64.3±0.6 64.1±2.5 72.1±0.8"],
    ],
  },
  {
    dataset: "imagenet-10",
    labels: "hard",
    source: idc,
    remark: nineInOne,
    shared: true,
    methods: ["IDC-I", "IDC"],
    rows: [
      [10, "ResNetAP-10", "61.4 72.8"],
      [20, "ResNetAP-10", "65.5 76.6"],
    ],
  },
  {
    dataset: "imagenet-100",
    labels: "hard",
    source: idc,
    remark: nineInOne,
    shared: true,
    methods: ["IDC-I", "IDC"],
    rows: [
      [10, "ResNetAP-10", "29.2 46.7"],
      [20, "ResNetAP-10", "34.5 53.7"],
    ],
  },
  {
    dataset: "imagenette",
    labels: "hard",
    source: "DMGD, README",
    shared: true,
    methods: ["DMGD"],
    rows: [
      [10, "ResNetAP-10", "68.4±0.2"],
      [20, "ResNetAP-10", "72.6±0.6"],
      [50, "ResNetAP-10", "80.6±0.5"],
    ],
  },
  {
    dataset: "imagewoof",
    labels: "hard",
    source: "DMGD, README",
    shared: true,
    methods: ["DMGD"],
    rows: [
      [10, "ResNetAP-10", "40.8±1.1"],
      [20, "ResNetAP-10", "46.7±1.4"],
      [50, "ResNetAP-10", "60.1±0.8"],
    ],
  },
  {
    dataset: "imagenette",
    labels: "hard",
    source: igd,
    shared: true,
    methods: ["DiT-IGD"],
    rows: [
      [10, "ConvNet-6", "61.9"],
      [10, "ResNetAP-10", "66.5"],
      [10, "ResNet-18", "67.7"],
      [100, "ResNetAP-10", "85.2"],
    ],
  },
  {
    dataset: "imagewoof",
    labels: "hard",
    source: igd,
    remark: "the paper's number; two who repeated it report 35.6±1.2 and 35.8±0.7 (mchen725/DD_IGD, issue 4)",
    shared: true,
    methods: ["Minimax-IGD"],
    rows: [[10, "ResNetAP-10", "43.3±0.3"]],
  },
  {
    dataset: "imagewoof",
    labels: "hard",
    source: igd,
    shared: true,
    methods: ["DiT-IGD"],
    rows: [[100, "ResNet-18", "70.6"]],
  },
  {
    dataset: "imagenette",
    labels: "hard",
    source: dap,
    shared: true,
    methods: ["DAP"],
    rows: [
      [10, "ConvNet-6", "64.8"],
      [100, "ResNetAP-10", "86.0"],
    ],
  },
  {
    dataset: "imagewoof",
    labels: "hard",
    source: dap,
    shared: true,
    methods: ["DAP"],
    rows: [[100, "ResNet-18", "71.6"]],
  },
  {
    dataset: "imagenet-100",
    labels: "hard",
    source: "MGD3 (ICML 2025)",
    shared: true,
    methods: ["Random", "Minimax", "IDC-1", "MGD3", "whole dataset"],
    rows: [
      [10, "ConvNet-6", "17.0 22.3 24.3 23.4±0.9 -"],
      [10, "ResNetAP-10", "19.1 24.8 25.7 25.8±0.5 -"],
      [10, "ResNet-18", "17.5 22.5 25.1 23.6±0.4 -"],
      [20, "ConvNet-6", "- - - 30.6±0.4 -"],
      [20, "ResNetAP-10", "- - - 33.9±1.1 -"],
      [20, "ResNet-18", "- - - 32.6±0.4 -"],
      [null, "ConvNet-6", "- - - - 79.9"],
      [null, "ResNetAP-10", "- - - - 80.3"],
      [null, "ResNet-18", "- - - - 81.8"],
    ],
  },
  {
    dataset: "imagenet-1k",
    labels: "soft",
    source: imageNet1K,
    remark: "RDED's protocol",
    shared: true,
    methods: ["RDED", "DiT", "Minimax"],
    rows: [
      [10, "ResNet-18", "42.0±0.1 39.6±0.4 44.3±0.5"],
      [50, "ResNet-18", "56.5±0.1 52.9±0.6 58.6±0.3"],
    ],
  },
  {
    dataset: "imagenet-1k",
    labels: "soft",
    source: imageNet1K,
    remark: ownSoft,
    shared: false,
    methods: ["SRe2L"],
    rows: [
      [10, "ResNet-18", "21.3±0.6"],
      [50, "ResNet-18", "46.8±0.2"],
    ],
  },
  {
    dataset: "imagenet-1k",
    labels: "soft",
    source: "tables of MGD3 (ICML 2025) and OTG",
    remark: ownSoft,
    shared: false,
    methods: ["D4M", "EDC", "MGD3", "DiT-IGD", "Minimax-IGD", "DAP", "OTG"],
    rows: [
      [10, "ResNet-18", "27.9 48.6 45.6 45.5 46.2 49.1 52.9"],
      [50, "ResNet-18", "55.2 58.0 60.2 59.8 60.3 62.7 61.9"],
    ],
  },
  {
    dataset: "imagenet-1k",
    labels: "soft",
    source: "MGD3 (ICML 2025)",
    remark: ownSoft,
    shared: false,
    methods: ["SRe2L", "D4M", "RDED", "EDC", "MGD3"],
    rows: [[50, "ResNet-101", "60.8 63.4 61.2 64.9 67.7±0.4"]],
  },
  {
    dataset: "tiny-imagenet",
    labels: "soft",
    source: "D4M (CVPR 2024), table of ImageNet-1K and Tiny ImageNet",
    remark: "labels matched during training (FKD), not RDED's protocol",
    shared: false,
    methods: ["SRe2L", "D4M", "D4M-G", "whole dataset"],
    rows: [
      [50, "ResNet-18", "44.0 46.2 46.8 -"],
      [50, "ResNet-50", "47.7 51.8 51.9 -"],
      [50, "ResNet-101", "49.1 51.0 53.2 -"],
      [100, "ResNet-18", "50.8 51.4 53.3 -"],
      [100, "ResNet-50", "53.5 54.8 54.9 -"],
      [100, "ResNet-101", "54.2 55.3 54.5 -"],
      [null, "ResNet-18", "- - - 61.9"],
      [null, "ResNet-50", "- - - 62.0"],
      [null, "ResNet-101", "- - - 62.3"],
    ],
  },
];
